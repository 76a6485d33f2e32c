"""The workers of the hub. Each is imported only where it runs: a process pays for its own libraries alone."""

from __future__ import annotations

import threading
from contextlib import ExitStack

from lienthong.refusals import misconfigured
from lienthong.settings import load
from services.hub.base import Base


def aggregate(found: Base, stack: ExitStack, stop: threading.Event) -> None:
    """Consume the log into rollups and releases until told to stop."""
    from services.aggregate.worker import Worker  # noqa: PLC0415

    pool = found.pool("aggregate", stack, timeout_ms=0)
    Worker(found.engine(pool), pool, found.appender(), found.metrics).run(stop)


def export(found: Base, stack: ExitStack, stop: threading.Event) -> None:
    """Consume releases and content, and push them, until told to stop."""
    from services.export.settings import ExportSettings  # noqa: PLC0415
    from services.export.worker import Worker  # noqa: PLC0415

    settings = load(ExportSettings)
    pool = found.pool("export", stack, size=settings.senders + 8, timeout_ms=0)
    Worker(found.engine(pool), pool, settings, shown=found.metrics).run(stop)


def inbound(found: Base, stack: ExitStack, stop: threading.Event) -> None:
    """Take what clients submit by Kafka until told to stop. Raises Misconfigured without Kafka's address."""
    from lienthong.eventlog.wakeup import Notifier  # noqa: PLC0415
    from services.ingest.kafka import worker  # noqa: PLC0415

    if found.kafka is None:
        raise misconfigured("kafka_not_set")
    pool = found.pool("ingest", stack, timeout_ms=0)
    notifier = Notifier(pool)
    stack.callback(notifier.close)
    worker.run(
        pool=pool,
        conninfo=found.conninfo,
        kafka=found.kafka,
        appender=found.appender(),
        committed=notifier.nudge,
        shown=found.metrics,
        stop=stop,
    )


def portals(found: Base, stack: ExitStack, stop: threading.Event) -> None:
    """Read the portals that do not submit themselves until told to stop."""
    from lienthong.eventlog.wakeup import Notifier  # noqa: PLC0415
    from services.ingest.portals import worker  # noqa: PLC0415

    pool = found.pool("ingest", stack, size=2, timeout_ms=0)
    notifier = Notifier(pool)
    stack.callback(notifier.close)
    worker.run(pool=pool, conninfo=found.conninfo, appender=found.appender(), committed=notifier.nudge, stop=stop)


def relay(found: Base, stack: ExitStack, stop: threading.Event) -> None:
    """Copy the log's table to Kafka until told to stop. Raises Misconfigured without Kafka's address."""
    from lienthong.eventlog.relay import Relay  # noqa: PLC0415

    if found.kafka is None:
        raise misconfigured("kafka_not_set")
    Relay(found.pool("export", stack, timeout_ms=0), found.kafka).run(stop)
