"""What a part of the hub reads before it does anything, read by being imported: in the nursery alone.

Nothing of it may start a thread, or open what two processes can't share: others are forked from this one.
"""

from __future__ import annotations

import gc
from importlib import import_module

from setproctitle import setproctitle

from services.hub.nursery import end_with_parent

KAFKAS = ("lienthong.kafka", "services.ingest.kafka", "lienthong.eventlog.relay")
"""What reads Kafka's client, 20 MB that most hubs never need: left to the parts that do."""

_ALL = (
    "typer.rich_utils",
    "uvicorn",
    "uvloop",
    "lienthong.eventlog.wakeup",
    "lienthong.web.serving",
    "services.aggregate.api",
    "services.aggregate.worker",
    "services.console.app",
    "services.console.asking",
    "services.console.entering.drafts",
    "services.export.app",
    "services.export.settings",
    "services.export.worker",
    "services.hub.http",
    "services.hub.people",
    "services.hub.workers",
    "services.identity.app",
    "services.identity.sessions.provider",
    "services.identity.sessions.session",
    "services.ingest.app",
    "services.ingest.definitions.current",
    "services.ingest.portals.worker",
    "services.ingest.reminders.settings",
    "services.ingest.reminders.worker",
    "services.ingest.rounds.acts",
    "services.cli",
    "services.commands.platform",
    "services.commands.processes",
)
"""What the parts of the roster and the commands that run them import in their functions. By name: most stand above."""


def _read() -> None:
    setproctitle("lienthong nursery")
    end_with_parent()
    for module in _ALL:
        import_module(module)
    gc.collect()
    gc.freeze()  # else the first look through it would copy what all of them share


_read()
