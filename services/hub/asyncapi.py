"""AsyncAPI 3.0 of the hub's events: what clients send over HTTP, every topic of Kafka. All references lead inside."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import yaml

from lienthong import events
from lienthong.contracts.schemas import event_id
from lienthong.shipped import schemas_folder


def document() -> dict[str, Any]:
    """AsyncAPI 3.0: what clients send over HTTP, and every topic of schemas/topics/, a message for each type."""
    folder = schemas_folder()
    topics = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((folder / "topics").glob("*.yaml"))]
    kinds = {kind for topic in topics for kind in topic["events"]} | events.CLAIMS | events.FACTS
    schemas = _schemas(folder)
    http = {
        "address": "/v1/events",
        "servers": [{"$ref": "#/servers/http"}],
        "messages": _refs(sorted(events.CLAIMS)),
        "description": "What units and systems submit: CloudEvents, structured, binary, batch or NDJSON.",
    }
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Lien Thong", "version": "1", "description": "Events of the hub, as CloudEvents 1.0."},
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
        "components": {
            "messages": {_short_name(kind): _message(kind, schemas) for kind in sorted(kinds)},
            "schemas": schemas,
        },
    }


def _schemas(folder: Path) -> dict[str, Any]:
    """Every schema that an event can lead to, by a name; what one says of another leads to its place here."""
    files = [
        *(folder / "events").glob("*.json"),
        *(folder / "programmes").glob("*.json"),
        *(folder / "platform").glob("*.json"),
    ]
    schemas = {read["$id"]: read for read in (json.loads(path.read_text(encoding="utf-8")) for path in sorted(files))}
    return {_place(id_): _inside(schema, id_, schemas) for id_, schema in sorted(schemas.items())}


def _place(id_: str) -> str:
    """`https://lienthong.vn/events/report.submitted/v1` → `events_report.submitted_v1`."""
    return re.sub(r"[^A-Za-z0-9.]+", "_", id_.split("//")[1].partition("/")[2])


def _inside(value: Any, base: str, schemas: Mapping[str, Any]) -> Any:
    """A part of the schema `base` as it stands within this document: its references lead to where they point."""
    if isinstance(value, list):
        return [_inside(item, base, schemas) for item in value]
    if not isinstance(value, dict):
        return value
    part = {name: _inside(member, base, schemas) for name, member in value.items() if name not in ("$id", "$schema")}
    if isinstance(value.get("$ref"), str):
        target, _, place = urljoin(base, value["$ref"]).partition("#")
        if target not in schemas:
            raise ValueError(f"{base}: {value['$ref']} leads to no schema that is shipped")
        part["$ref"] = f"#/components/schemas/{_place(target)}{place}"
    return part


def _message(kind: str, schemas: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": kind,
        "title": _short_name(kind),
        "contentType": "application/cloudevents+json",
        "payload": {
            "type": "object",
            "required": ["specversion", "type", "source", "id", "data"],
            "properties": {"type": {"const": kind}, "data": _data(kind, schemas)},
        },
    }


def _data(kind: str, schemas: Mapping[str, Any]) -> dict[str, Any]:
    place = _place(event_id(kind))
    return {"$ref": f"#/components/schemas/{place}"} if place in schemas else {"type": "object"}


def _name(topic: Mapping[str, Any]) -> str:
    return str(topic["topic"]).split(".", maxsplit=1)[0]


def _channel(topic: Mapping[str, Any]) -> dict[str, Any]:
    """A topic as its file says it; the prefix of the installation stands before its name."""
    channel: dict[str, Any] = {
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
        channel["parameters"] = {"client": {"description": "The client's id; each has a topic of its own."}}
    return channel


def _operation(topic: Mapping[str, Any]) -> dict[str, Any]:
    """Seen from the hub: it receives what clients produce, and sends the rest."""
    action = "receive" if "client" in topic["producers"] else "send"
    return {"action": action, "channel": {"$ref": f"#/channels/{_name(topic)}"}}


def _refs(kinds: Sequence[str]) -> dict[str, Any]:
    return {_short_name(kind): {"$ref": f"#/components/messages/{_short_name(kind)}"} for kind in kinds}


def _short_name(kind: str) -> str:
    return kind.removeprefix(events.PREFIX)
