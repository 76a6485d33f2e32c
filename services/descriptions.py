"""The machine-readable descriptions of the hub, generated: OpenAPI of its HTTP, AsyncAPI of its events, the lint's
report on the shipped plans.
"""

from __future__ import annotations

import json
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from lienthong import events, planfiles, units
from lienthong.contracts import event_id
from lienthong.lint import lint
from lienthong.lint.rendering import render
from lienthong.postgres.embedded import EmbeddedServer
from lienthong.settings import Settings
from services import front, parts, serving

OPENAPI = "docs/openapi.json"
ASYNCAPI = "docs/asyncapi.json"
LINT_REPORT = "docs/lint-report.md"


def files(root: Path) -> dict[str, str]:
    """Text by path, relative to the checkout."""
    return {OPENAPI: _written(openapi()), ASYNCAPI: _written(asyncapi(root)), LINT_REPORT: lint_report(root)}


def openapi() -> dict[str, Any]:
    """OpenAPI 3.1 of all services, read off the running apps (over an empty database that is thrown away)."""
    with tempfile.TemporaryDirectory(prefix="lienthong-openapi-") as folder, ExitStack() as stack:
        Path(folder).chmod(0o755)  # the server may run as another user, who has to pass through
        conninfo = stack.enter_context(EmbeddedServer(Path(folder) / "data"))
        settings = Settings(public_url="https://lienthong.example.vn")
        parts.prepare(settings, conninfo)
        made = serving.http(parts.Base(settings=settings, conninfo=conninfo), parts.NAMES, stack)
        return front.openapi(made.apps)


def asyncapi(root: Path) -> dict[str, Any]:
    """AsyncAPI 3.0: the claims that clients send, the facts that the log carries, a message for each type."""
    paths = _paths(root)
    messages = {_short(kind): _message(kind, paths) for kind in sorted(events.CLAIMS | events.FACTS)}
    channels = {
        "claims": {"address": "/v1/events", "description": "What units and systems submit (CloudEvents over HTTP or Kafka).",
                   "messages": _refs(events.CLAIMS)},
        "facts": {"address": "lienthong.facts", "messages": _refs(events.FACTS),
                  "description": "What the log carries: one partition for each province and one for the nation, "
                                 "`sequence` without holes within each."},
    }
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Liên Thông", "version": "1", "description": "Events of the hub, as CloudEvents 1.0."},
        "defaultContentType": "application/cloudevents+json",
        "channels": channels,
        "operations": {
            "submit": {"action": "receive", "channel": {"$ref": "#/channels/claims"}},
            "publish": {"action": "send", "channel": {"$ref": "#/channels/facts"}},
        },
        "components": {"messages": messages},
    }


def lint_report(root: Path) -> str:
    """What the lint says of the shipped plans."""
    found = lint(planfiles.load(root / "schemas" / "programmes"), units.load(root / "schemas" / "units"))
    return render(found, "markdown", root=str(root))


def _paths(root: Path) -> dict[str, str]:
    """$id → path from docs/, of the schemas of events."""
    return {json.loads(path.read_text(encoding="utf-8"))["$id"]: f"../{path.relative_to(root).as_posix()}"
            for path in sorted((root / "schemas" / "events").rglob("*.json"))}


def _message(kind: str, paths: dict[str, str]) -> dict[str, Any]:
    return {"name": kind, "title": _short(kind), "contentType": "application/cloudevents+json",
            "payload": {"type": "object", "required": ["specversion", "type", "source", "id", "data"],
                        "properties": {"type": {"const": kind}, "data": {"$ref": paths[event_id(kind)]}}}}


def _refs(kinds: frozenset[str]) -> dict[str, Any]:
    return {_short(kind): {"$ref": f"#/components/messages/{_short(kind)}"} for kind in sorted(kinds)}


def _short(kind: str) -> str:
    return kind.removeprefix(events.PREFIX)


def _written(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
