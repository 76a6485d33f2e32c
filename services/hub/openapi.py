"""One OpenAPI 3.1 document of all apps, such that generators make clients of it.

FastAPI describes parameters and bodies. What every route has besides stands here once: operation ids, the problems
that can come, the events that are taken. Pure, but for reading the schemas that are shipped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from lienthong import events
from lienthong.refusals import refused
from lienthong.shipped import schemas_folder
from lienthong.web.authorization import TOKEN_PATH
from services.ingest import bodies
from services.ingest.kinds import KINDS

_PROBLEM = "application/problem+json"
_DESCRIPTION = """\
Trục trao đổi dữ liệu báo cáo giữa xã, sở, tỉnh và Bộ. Mọi lỗi theo RFC 9457, tiếng Việt trước, tiếng Anh kèm theo.
Danh sách đọc theo trang: `limit`, `cursor`, `links.next`.

Event-driven exchange of reports between communes, departments, provinces and the Ministry. Every problem is of RFC
9457, in both languages (`Accept-Language`). Lists go page by page: `limit`, `cursor`, `links.next`.
"""
_WORDS = {
    400: "Yêu cầu không đọc được / the request can't be read",
    401: "Chưa xác thực / not authenticated",
    403: "Không có quyền / not allowed",
    404: "Không có, hoặc không thuộc phạm vi / not there, or not the caller's to see",
    408: "Gửi quá chậm / the body came too slowly",
    409: "Xung đột với dữ liệu đã tiếp nhận / conflicts with what was accepted",
    413: "Vượt quá giới hạn / too large",
    415: "Loại nội dung không nhận / content type not taken",
    422: "Dữ liệu bị từ chối, mọi lỗi cùng lúc / refused, with everything that is wrong",
    429: "Quá nhiều yêu cầu; xem Retry-After / too many requests",
    503: "Tạm thời chưa phục vụ được; xem Retry-After / unavailable for now",
}
_ALWAYS, _OF_BODIES = (400, 401, 403, 404, 429, 503), (408, 409, 413, 415, 422)

Document = dict[str, Any]


def document(apps: Sequence[FastAPI]) -> Document:
    """The document."""
    spec: Document = get_openapi(
        title="Lien Thong",
        version="1",
        openapi_version="3.1.0",
        summary="Liên Thông: trục trao đổi dữ liệu xã – sở – tỉnh – Bộ / data-exchange hub",
        description=_DESCRIPTION,
        routes=[route for app in apps for route in app.routes],
    )
    schemas = spec["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):  # such an answer is a problem with status 400
        schemas.pop(name, None)
    schemas.update(_answers())
    schemas.update(_events())
    schemas.update(dataset_component())
    for path, method, operation in _operations(spec):
        operation["operationId"] = _name(method, path)
        operation["responses"] = _responses(path, operation)
    spec["paths"]["/v1/events"]["post"].update(_submitting())
    return spec


def _operations(spec: Document) -> Iterator[tuple[str, str, Document]]:
    for path, item in spec["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def _name(method: str, path: str) -> str:
    """`get_rounds_round_indicators`: from the address, so that it stays when code is renamed."""
    words = re.sub(r"[^A-Za-z0-9]+", "_", path.removeprefix("/v1")).strip("_")
    return f"{method}_{words}".rstrip("_")


def _responses(path: str, operation: Document) -> Document:
    """Those of the route, and every problem that can come."""
    own = {status: response for status, response in operation["responses"].items() if status < "400"}
    if path == TOKEN_PATH:
        refused = {"application/json": {"schema": _ref("OAuthError")}}
        errors = {str(status): {"description": _WORDS[status], "content": refused} for status in (400, 401, 429)}
        return own | errors | {"503": _problem(503)}
    statuses = (*_ALWAYS, *(_OF_BODIES if "requestBody" in operation else ()))
    return own | {str(status): _problem(status) for status in sorted(statuses)}


def _problem(status: int) -> Document:
    response: Document = {"description": _WORDS[status], "content": {_PROBLEM: {"schema": _ref("Problem")}}}
    if status in (429, 503):
        response["headers"] = {"Retry-After": {"description": "giây / seconds", "schema": {"type": "integer"}}}
    return response


def _answers() -> Document:
    """What ingest answers, as components."""
    models = [
        getattr(bodies, name)
        for name in (
            "Problem",
            "OAuthError",
            "Submitted",
            "TriedOut",
            "Batch",
            "LastLine",
            "Receipts",
            "Refusals",
            "Difficulties",
            "Report",
        )
    ]
    _, body = models_json_schema(
        [(model, "serialization") for model in models], ref_template="#/components/schemas/{model}"
    )
    components: Document = body["$defs"]
    return components


def _events() -> Document:
    """Each claim as a CloudEvent, their data, and the union of all."""
    folder = schemas_folder() / "events"
    envelope = json.loads((folder / "envelope-claim.v1.json").read_text(encoding="utf-8"))
    components: Document = {}
    for kind in sorted(events.CLAIMS):
        data = _document_of(kind, f"events/{kind.removeprefix(events.PREFIX)}.json")
        components[f"{_title(kind)}Data"] = {name: value for name, value in data.items() if not name.startswith("$")}
        components[_title(kind)] = _event(envelope, kind, f"{_title(kind)}Data")
    names = {kind: f"#/components/schemas/{_title(kind)}" for kind in sorted(events.CLAIMS)}
    components["Event"] = {
        "description": "Một sự kiện CloudEvents 1.0 / any event that is taken",
        "oneOf": [{"$ref": reference} for reference in names.values()],
        "discriminator": {"propertyName": "type", "mapping": names},
    }
    return components


def dataset_component() -> Document:
    """The dataset of a release, its parts as components beside it."""
    name = "ReleaseDataset"
    file = schemas_folder() / "platform" / "release-dataset.schema.json"
    text = re.sub(
        r"#/\$defs/(\w+)", lambda at: f"#/components/schemas/{name}{_capitalized(at[1])}", file.read_text("utf-8")
    )
    schema = json.loads(text)
    parts = {f"{name}{_capitalized(part)}": body for part, body in schema.pop("$defs").items()}
    return {
        name: {word: value for word, value in schema.items() if not word.startswith("$")} | {"title": name},
        **parts,
    }


def _capitalized(part: str) -> str:
    """`held_counts` → `HeldCounts`."""
    return "".join(word[0].upper() + word[1:] for word in part.split("_"))


def _event(envelope: Mapping[str, Any], kind: str, data: str) -> Document:
    """The envelope of one type. Extension attributes are allowed, whatever their names."""
    return {
        "title": _title(kind),
        "description": f"{kind}",
        "type": "object",
        "required": envelope["required"],
        "properties": envelope["properties"] | {"type": {"const": kind, "type": "string"}, "data": _ref(data)},
        "additionalProperties": {"type": ["string", "integer", "boolean"]},
    }


def _title(kind: str) -> str:
    """`vn.lienthong.report.submitted.v1` → `ReportSubmitted`."""
    return "".join(word.capitalize() for word in kind.removeprefix(events.PREFIX).split(".")[:-1])


def _submitting() -> Document:
    """What POST /v1/events takes and gives, in each of its shapes."""
    examples = {kind.removeprefix(events.PREFIX).removesuffix(".v1"): {"value": example(kind)} for kind in KINDS}
    return {
        "requestBody": {
            "required": True,
            "content": {
                "application/cloudevents+json": {"schema": _ref("Event"), "examples": examples},
                "application/cloudevents-batch+json": {"schema": {"type": "array", "items": _ref("Event")}},
                "application/x-ndjson": {
                    "schema": {"type": "string", "description": "Mỗi dòng một sự kiện / an Event on each line"}
                },
            },
        },
        "responses": {
            "200": {
                "description": "Đã nhận từ trước; kết quả của lô; gửi thử / repeated; results of many; a try-out",
                "content": {
                    "application/json": {"schema": {"anyOf": [_ref("Submitted"), _ref("TriedOut"), _ref("Batch")]}},
                    "application/x-ndjson": {
                        "schema": {"type": "string", "description": "Mỗi dòng một Result, dòng cuối là LastLine"}
                    },
                },
            },
            "201": {
                "description": "Đã tiếp nhận: biên nhận / accepted: the receipt",
                "content": {"application/json": {"schema": _ref("Submitted")}},
            },
            **{str(status): _problem(status) for status in sorted((*_ALWAYS, *_OF_BODIES))},
        },
    }


def example(kind: str) -> Any:
    """A valid one of those that are shipped."""
    return _document_of(kind, f"examples/valid/events/{kind.removeprefix(events.PREFIX)}/typical.json")


def _document_of(kind: str, file: str) -> Any:
    """What a file of an event type says. Raises Rejected where a new type lacks it yet."""
    path = schemas_folder() / file
    if not path.is_file():
        raise refused("event_file_missing", kind=kind, file=f"schemas/{file}")
    return json.loads(path.read_text(encoding="utf-8"))


def _ref(name: str) -> Document:
    return {"$ref": f"#/components/schemas/{name}"}
