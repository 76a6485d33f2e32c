"""What describes the API to whoever asks: `/openapi.json`, `/asyncapi.json`, and `/docs` to be read by people.

The page is made here, without scripts and without anything from elsewhere: an office's network may lead nowhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
from fastapi import FastAPI

from services.hub import asyncapi, openapi
from services.hub.probes import Description

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_TAGS = {
    "submit": "Gửi và hỏi / submitting and asking",
    "oauth": "Mã truy cập / access tokens",
    "feed": "Bộ và nền tảng đọc / the Ministry's feed",
    "consolidate": "Tổng hợp / rollups and indicators",
    "units": "Đơn vị / units",
    "plans": "Kế hoạch / plans",
    "operate": "Điều hành / operating",
    "clients": "Ứng dụng / clients",
    "people": "Người dùng / people",
    "deliveries": "Lượt chuyển / deliveries",
    "destinations": "Nơi nhận / destinations",
}


def descriptions(apps: Sequence[FastAPI]) -> Mapping[str, Description]:
    """By path."""
    return {
        "/openapi.json": Description(make=lambda: orjson.dumps(openapi.document(apps))),
        "/asyncapi.json": Description(make=lambda: orjson.dumps(asyncapi.document())),
        "/docs": Description(
            make=lambda: page(openapi.document(apps)).encode(),
            media="text/html",
            headers={"Content-Security-Policy": _POLICY, "X-Content-Type-Options": "nosniff"},
        ),
    }


def page(document: Mapping[str, Any]) -> str:
    """The document as a page."""
    from jinja2 import Environment, FileSystemLoader  # noqa: PLC0415  (for who reads the page)

    env = Environment(loader=FileSystemLoader(Path(__file__).with_name("templates")), autoescape=True)
    env.filters["schema_name"] = schema_name
    schemas = sorted(document["components"]["schemas"].items())
    return env.get_template("reference.html").render(document=document, groups=_groups(document), schemas=schemas)


def schema_name(schema: Mapping[str, Any]) -> str:
    """A schema in a few words: the name of a component, a type, a list of either."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return " | ".join(schema_name(branch) for branch in schema[union])
    if schema.get("type") == "array":
        return f"[{schema_name(schema.get('items', {}))}]"
    if "const" in schema or "enum" in schema:
        return " | ".join(map(str, schema.get("enum", [schema.get("const")])))
    kind = schema.get("type", "")
    return " | ".join(kind) if isinstance(kind, list) else str(kind)


def _groups(document: Mapping[str, Any]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Operations by what they are for; what senders need comes first."""
    by_tag: dict[str, list[dict[str, Any]]] = {tag: [] for tag in _TAGS}
    for path, item in sorted(document["paths"].items()):
        for method, operation in item.items():
            tag = (operation.get("tags") or ["operate"])[0]
            by_tag.setdefault(tag, []).append({"path": path, "method": method.upper(), **operation})
    return [(_TAGS.get(tag, tag), operations) for tag, operations in by_tag.items() if operations]
