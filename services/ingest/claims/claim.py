"""CloudEvents as they come in: structured, binary, batch and NDJSON texts become claims. Pure.

A claim is what somebody says (`report.submitted`); what the log carries is a fact (`report.accepted`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lienthong.contracts import canonical
from lienthong.errors import Problem, Rejected
from lienthong.refusals import problem

Taken = Collection[str]
"""The event types that are taken, in the order in which a refusal lists them."""

_ATTRIBUTE = re.compile(r"^[a-z0-9]{1,20}$")
_MAX_ID = 200  # enough for a URI or a UUID with a prefix; ids are remembered for ever, so they must be small
_MAX_SOURCE = 200
_MEMBERS_OF_SPEC = {
    "specversion",
    "id",
    "source",
    "type",
    "subject",
    "time",
    "datacontenttype",
    "dataschema",
    "data",
    "data_base64",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """A submitted event, read and in NFC.

    body: canonical form of `data`. correlation/trace: carried on to the facts made of it.
    """

    source: str
    id: str
    type: str
    data: Any
    body: bytes
    subject: str | None = None
    correlation_id: str | None = None
    traceparent: str | None = None


def structured(raw: bytes, taken: Taken) -> Claim:
    """One event in structured JSON mode. Raises Rejected with every problem of the envelope."""
    return from_document(canonical.read(raw), taken)


def batch(raw: bytes) -> list[Any]:
    """The documents of a JSON batch, each to be given to `from_document`."""
    documents = canonical.read(raw)
    if not isinstance(documents, list):
        raise Rejected(
            [
                problem(
                    "",
                    "batch_not_a_list",
                )
            ],
            status=400,
        )
    return documents


def binary(headers: Mapping[str, str], raw: bytes, taken: Taken) -> Claim:
    """One event in binary mode: attributes in `ce-` headers (names in lower case), data in the body."""
    found = {name[3:]: _percent_decoded(value) for name, value in headers.items() if name.startswith("ce-")}
    return from_document({**canonical.clean(found), "data": canonical.read(raw)}, taken)


def is_binary(headers: Mapping[str, str]) -> bool:
    """Whether a request is in binary mode."""
    return "ce-specversion" in headers or "ce-type" in headers


def from_document(document: Any, taken: Taken) -> Claim:
    """A claim from the members of a CloudEvent. Raises Rejected with every problem at once."""
    if not isinstance(document, dict):
        raise Rejected(
            [problem("", "event_not_an_object")],
            status=400,
        )
    problems = [*_attributes(document, taken), *_extensions(document)]
    if problems:
        raise Rejected(problems, status=400)
    data = document["data"]
    return Claim(
        source=document["source"],
        id=document["id"],
        type=document["type"],
        data=data,
        body=canonical.write(data),
        subject=document.get("subject"),
        correlation_id=document.get("correlationid"),
        traceparent=document.get("traceparent"),
    )


def revision_of(data: Mapping[str, Any]) -> int | None:
    """The revision that a claim names; JSON Schema takes 1.0 for a whole number too."""
    revision = data.get("revision")
    if isinstance(revision, Decimal) and revision == revision.to_integral_value():
        return int(revision)
    return revision if isinstance(revision, int) and not isinstance(revision, bool) else None


def _attributes(document: Mapping[str, Any], taken: Taken) -> list[Problem]:
    # CloudEvents: an attribute that is null is an attribute that is not there.
    problems = [_required(name) for name in ("specversion", "id", "source", "type") if document.get(name) is None]
    if "data" not in document:
        problems.append(_required("data"))
    for name, limit in (
        ("id", _MAX_ID),
        ("source", _MAX_SOURCE),
        ("type", 100),
        ("subject", 200),
        ("correlationid", 200),
        ("traceparent", 60),
    ):
        value = document.get(name)
        if value is not None and not (isinstance(value, str) and 0 < len(value) <= limit):
            problems.append(
                problem(
                    f"/{name}",
                    "attribute_invalid",
                    name=name,
                    limit=limit,
                )
            )
    if document.get("specversion") not in ("1.0", None):
        problems.append(
            problem(
                "/specversion",
                "specversion_unknown",
            )
        )
    kind = document.get("type")
    if isinstance(kind, str) and kind not in taken:
        problems.append(
            problem(
                "/type",
                "type_unknown",
                kind=kind[:100],
                known=list(taken),
            )
        )
    if document.get("data_base64") is not None:
        problems.append(
            problem(
                "/data_base64",
                "data_base64_not_supported",
            )
        )
    if document.get("datacontenttype") not in ("application/json", None):
        problems.append(
            problem(
                "/datacontenttype",
                "data_not_json",
            )
        )
    return problems


def _extensions(document: Mapping[str, Any]) -> list[Problem]:
    return [
        problem(
            f"/{name[:40]}",
            "attribute_name_invalid",
            name=name[:40],
        )
        for name in document
        if name not in _MEMBERS_OF_SPEC and not _ATTRIBUTE.match(name)
    ]


def _required(name: str) -> Problem:
    return problem(
        f"/{name}",
        "attribute_missing",
        name=name,
    )


def _percent_decoded(value: str) -> str:
    """Header values carry text beyond ASCII percent-encoded (CloudEvents HTTP binding §3.1.3.2)."""
    if "%" not in value:
        return value
    octets = re.sub(rb"%([0-9A-Fa-f]{2})", lambda m: bytes([int(m[1], 16)]), value.encode("latin-1", "replace"))
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return value
