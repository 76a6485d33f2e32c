"""The machine-readable descriptions of the hub, generated: OpenAPI of its HTTP, AsyncAPI of its events, the lint's
report on the shipped plans.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import yaml

from lienthong import events, units
from lienthong.contracts.schemas import event_id
from lienthong.embedded.postgres.server import EmbeddedServer
from lienthong.lint import lint
from lienthong.lint.rendering import render
from lienthong.programmes import files as planfiles
from lienthong.settings import Settings
from lienthong.web import errors_page
from services.hub import base, roster
from services.hub import http as serving
from services.hub import openapi as openapi_document

OPENAPI = "docs/openapi.json"
ASYNCAPI = "docs/asyncapi.json"
LINT_REPORT = "docs/lint-report.md"
ERRORS = "docs/errors.md"


def files(root: Path) -> dict[str, str]:
    """Text by path, relative to the checkout."""
    return {
        OPENAPI: _written(openapi()),
        ASYNCAPI: _written(asyncapi(root)),
        LINT_REPORT: lint_report(root),
        ERRORS: errors_page.text(),
    }


def openapi() -> dict[str, Any]:
    """OpenAPI 3.1 of all services, read off the running apps (over an empty database that is thrown away)."""
    with tempfile.TemporaryDirectory(prefix="lienthong-openapi-") as folder, ExitStack() as stack:
        Path(folder).chmod(0o755)  # the server may run as another user, who has to pass through
        conninfo = stack.enter_context(EmbeddedServer(Path(folder) / "data"))
        settings = Settings(public_url="https://lienthong.example.vn")
        base.prepare(settings, conninfo)
        made = serving.http(
            base.Base(settings=settings, conninfo=conninfo), tuple(one.name for one in roster.serving()), stack
        )
        return openapi_document.document(made.apps)


def asyncapi(root: Path) -> dict[str, Any]:
    """AsyncAPI 3.0: what clients send over HTTP, and every topic of schemas/topics/, a message for each type."""
    paths = _paths(root)
    topics = [
        yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((root / "schemas/topics").glob("*.yaml"))
    ]
    kinds = {kind for topic in topics for kind in topic["events"]} | events.CLAIMS | events.FACTS
    http = {
        "address": "/v1/events",
        "servers": [{"$ref": "#/servers/http"}],
        "messages": _refs(sorted(events.CLAIMS)),
        "description": "What units and systems submit: CloudEvents, structured, binary, batch or NDJSON.",
    }
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Liên Thông", "version": "1", "description": "Events of the hub, as CloudEvents 1.0."},
        "defaultContentType": "application/cloudevents+json",
        "servers": {
            "http": {"host": "lienthong.example.vn", "protocol": "https"},
            "kafka": {"host": "kafka.example.vn:9093", "protocol": "kafka-secure"},
        },
        "channels": {"events": http, **{_name(topic): _channel(topic) for topic in topics}},
        "operations": {
            "submit": {"action": "receive", "channel": {"$ref": "#/channels/events"}},
            **{_name(topic): _operation(topic) for topic in topics},
        },
        "components": {"messages": {_short(kind): _message(kind, paths) for kind in sorted(kinds)}},
    }


def lint_report(root: Path) -> str:
    """What the lint says of the shipped plans."""
    found = lint(planfiles.load(root / "schemas" / "programmes"), units.load(root / "schemas" / "units"))
    return render(found, "markdown", root=str(root))


def _paths(root: Path) -> dict[str, str]:
    """$id → path from docs/, of the schemas of events."""
    return {
        json.loads(path.read_text(encoding="utf-8"))["$id"]: f"../{path.relative_to(root).as_posix()}"
        for path in sorted((root / "schemas" / "events").rglob("*.json"))
    }


def _message(kind: str, paths: dict[str, str]) -> dict[str, Any]:
    return {
        "name": kind,
        "title": _short(kind),
        "contentType": "application/cloudevents+json",
        "payload": {
            "type": "object",
            "required": ["specversion", "type", "source", "id", "data"],
            "properties": {"type": {"const": kind}, "data": _data(kind, paths)},
        },
    }


def _data(kind: str, paths: dict[str, str]) -> dict[str, Any]:
    path = paths.get(event_id(kind))
    return {"$ref": path} if path is not None else {"type": "object"}


def _name(topic: Mapping[str, Any]) -> str:
    return str(topic["topic"]).split(".", maxsplit=1)[0]


def _channel(topic: Mapping[str, Any]) -> dict[str, Any]:
    """A topic as its file says it; the prefix of the installation stands before its name."""
    made: dict[str, Any] = {
        "address": f"lienthong.{topic['topic']}",
        "title": topic["title"]["vi"],
        "summary": topic["title"]["en"],
        "description": topic["description"]["en"],
        "servers": [{"$ref": "#/servers/kafka"}],
        "messages": _refs(topic["events"]),
        "bindings": {
            "kafka": {
                "partitions": topic["partitions"],
                "topicConfiguration": {
                    "cleanup.policy": [topic["cleanup"]],
                    "retention.ms": topic["retention_days"] * 86_400_000,
                    "max.message.bytes": topic["max_message_bytes"],
                },
            }
        },
    }
    if "{client}" in topic["topic"]:
        made["parameters"] = {"client": {"description": "The client's id; each has a topic of its own."}}
    return made


def _operation(topic: Mapping[str, Any]) -> dict[str, Any]:
    """Seen from the hub: it receives what clients produce, and sends the rest."""
    action = "receive" if "client" in topic["producers"] else "send"
    return {"action": action, "channel": {"$ref": f"#/channels/{_name(topic)}"}}


def _refs(kinds: Sequence[str]) -> dict[str, Any]:
    return {_short(kind): {"$ref": f"#/components/messages/{_short(kind)}"} for kind in kinds}


def _short(kind: str) -> str:
    return kind.removeprefix(events.PREFIX)


def _written(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
