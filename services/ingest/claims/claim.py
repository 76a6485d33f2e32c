"""CloudEvents as they come in: texts become claims. Pure.

A claim is what somebody says (`report.submitted`); what the log carries is a fact (`report.accepted`). What the
attributes have to be is in attributes.py, how HTTP and Kafka carry them in modes.py and services/ingest/kafka/records.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from lienthong.contracts import canonical, strict, texts
from lienthong.errors import Problem, Rejected
from lienthong.refusals import refused, status_of
from services.ingest.claims import attributes
from services.ingest.claims.attributes import TakenTypes


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """A submitted event, read and in NFC.

    body: canonical form of `data`. correlation/trace: carried on to the facts made of it. faults: of its attributes. A
    claim that has any is checked all the same, so that its sender is told everything at once, and never accepted; its
    id is the beginning of what stood there.
    """

    source: str
    id: str
    type: str
    data: Any
    body: bytes
    subject: str | None = None
    correlation_id: str | None = None
    traceparent: str | None = None
    faults: tuple[Problem, ...] = ()


def from_structured(raw: bytes, taken: TakenTypes) -> Claim:
    """One event in structured JSON mode. Raises as from_document."""
    return from_document(read_json(raw), taken)


def from_binary(given: Mapping[str, str], raw: bytes, taken: TakenTypes) -> Claim:
    """One event in binary mode: attributes as they were decoded, data as the body; none is a missing one."""
    event = strict.clean(dict(given))
    if attributes.says_classified(event):
        return _classified({**event, "data": {}}, taken)
    return from_document({**event, "data": read_json(raw)} if raw else event, taken)


def read_json(raw: bytes) -> Any:
    """The value of a JSON text, within the bounds of one event."""
    return strict.read(raw, values=strict.MAX_VALUES)


def from_document(document: Any, taken: TakenTypes) -> Claim:
    """A claim from the members of a CloudEvent. Raises Rejected, with everything that is wrong with the attributes,
    where nothing can be said of the data: there are none, or it is not known of what type or from whom they are.
    """
    if not isinstance(document, dict):
        raise refused("event_not_an_object")
    if attributes.says_classified(document):
        return _classified(document, taken)
    problems = attributes.problems_of(document, taken)
    if problems:
        if _is_encoded(document):
            return from_document(_with_decoded_data(document), taken)
        return _faulty_claim(document, problems)
    data = document["data"]
    return Claim(
        source=document["source"],
        id=document["id"],
        type=document["type"],
        data=data,
        body=canonical_body(data),
        subject=document.get("subject"),
        correlation_id=document.get("correlationid"),
        traceparent=document.get("traceparent"),
    )


def _faulty_claim(document: Mapping[str, Any], problems: Sequence[Problem]) -> Claim:
    """A claim that can't be accepted. Raises Rejected where its data can't be checked."""
    data, wrong = document.get("data"), {each.pointer for each in problems}
    if not isinstance(data, dict) or wrong & {"/type", "/source", ""}:  # "": there were more problems than are told
        raise Rejected(problems, status=status_of(problems))
    try:
        body = canonical_body(data)
    except Rejected as refusal:
        everything = [*problems, *refusal.problems]
        raise Rejected(everything, status=status_of(everything)) from None
    id_ = document.get("id")
    return Claim(
        source=document["source"],
        id=id_[: attributes.LONGEST["id"]] if isinstance(id_, str) else "",
        type=document["type"],
        data=data,
        body=body,
        faults=tuple(problems),
    )


def _classified(document: Mapping[str, Any], taken: TakenTypes) -> Claim:
    """A claim of an event whose envelope says that it is classified: its data are not looked at, and not kept. Raises
    Rejected where it is not known of what type or from whom it is.
    """
    fault = attributes.classified()
    wrong = {each.pointer for each in attributes.problems_of(document, taken)}
    if wrong & {"/type", "/source", ""}:
        raise Rejected([fault], status=status_of([fault]))
    id_ = "" if "/id" in wrong else document["id"]
    return Claim(source=document["source"], id=id_, type=document["type"], data={}, body=b"", faults=(fault,))


def _is_encoded(document: Mapping[str, Any]) -> bool:
    """Whether the data are JSON in base64, which CloudEvents' JSON format (§3.1.1) lets a producer write. Asked only of
    what is refused otherwise.
    """
    media = document.get("datacontenttype")
    is_json = media is None or (isinstance(media, str) and attributes.is_json(media))
    return is_json and "data" not in document and isinstance(document.get("data_base64"), str)


def _with_decoded_data(document: Mapping[str, Any]) -> dict[str, Any]:
    """The same event with its data as JSON. Raises Rejected for what is no base64, or no JSON that is read anywhere."""
    try:
        raw = b64decode(document["data_base64"], validate=True)
    except ValueError as error:
        raise refused("data_base64_malformed", "/data_base64") from error
    try:
        data = read_json(raw)
    except Rejected as refusal:
        faults = [replace(fault, pointer=f"/data_base64{fault.pointer}") for fault in refusal.problems]
        raise Rejected(faults, status=refusal.status) from None
    return {**{name: value for name, value in document.items() if name != "data_base64"}, "data": data}


def canonical_body(data: Any) -> bytes:
    """The canonical form of an event's data. Raises Rejected for a text that the strict reader bars anywhere else: what
    a terminal obeys, a workbook can't hold. Days are a matter of the schema: a free text may read like any.
    """
    body = canonical.write(data)
    if texts.may_be_barred(body):
        texts.free({"data": data})
    return body


def revision_of(data: Mapping[str, Any]) -> int | None:
    """The revision that a claim names; JSON Schema takes 1.0 for a whole number too."""
    revision = data.get("revision")
    if isinstance(revision, Decimal) and revision == revision.to_integral_value():
        return int(revision)
    return revision if isinstance(revision, int) and not isinstance(revision, bool) else None
