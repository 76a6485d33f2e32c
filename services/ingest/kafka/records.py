"""Kafka records as they come in: CloudEvents' Kafka binding, binary and structured mode. Pure.

A record becomes the same claim as over HTTP, or problems. What is told of a record names its place and its hash,
and never repeats its content.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any, NoReturn

from lienthong.contracts import canonical
from lienthong.contracts.explaining import CLASSIFIED
from lienthong.errors import Message, Rejected
from lienthong.kafka.messages import Received
from lienthong.refusals import problem, refused
from lienthong.web.problems import document
from services.ingest.claims import claim as submission
from services.ingest.claims.claim import Claim, Taken

LARGEST = 900_000
"""Bytes of an event. Below what Kafka's clients send by default (1,000,000 with headers) and the topic takes
(1,048,588), so that what is a little too large is refused with a reason; the rest the client library refuses."""

STRUCTURED = "application/cloudevents+json"

# What can't be read may still say that it is classified; then nothing of it may be repeated, not even its hash.
_SAYS_CLASSIFIED = re.compile(rb'"classification"\s*:\s*(?!\s*"public")')


def read(received: Received, taken: Taken, largest: int = LARGEST) -> Claim:
    """The claim that a record carries. Raises Rejected with every problem of the envelope."""
    try:
        return _read(received, taken, largest)
    except Rejected:
        if _SAYS_CLASSIFIED.search(received.value):
            _refuse(
                "/data/classification",
                CLASSIFIED,
            )
        raise


def _read(received: Received, taken: Taken, largest: int) -> Claim:
    if len(received.value) > largest:
        _refuse(
            "",
            "body_too_large",
            limit=largest,
        )
    media = received.headers.get("content-type", b"").decode("latin-1").split(";")[0].strip().lower()
    if media == STRUCTURED:
        return submission.structured(received.value, taken)
    if media in ("application/json", "") and "ce_specversion" in received.headers:
        return _binary(received.headers, received.value, taken)
    _refuse(
        "",
        "not_a_cloudevent",
        structured=STRUCTURED,
    )


def _binary(headers: Mapping[str, bytes], value: bytes, taken: Taken) -> Claim:
    """Attributes in `ce_` headers as UTF-8 (nothing is percent-encoded in Kafka), data as the value."""
    attributes: dict[str, Any] = {}
    for name, octets in headers.items():
        if name.startswith("ce_"):
            try:
                attributes[name[3:]] = octets.decode("utf-8")
            except UnicodeDecodeError as error:
                _refuse(
                    f"/{name[3:43]}",
                    "not_utf8",
                    what=Message(vi=f"Tiêu đề «{name[:43]}»", en=f"The header '{name[:43]}'"),
                    byte=error.start,
                )
    found = canonical.clean(attributes)
    return submission.from_document({**found, "data": canonical.read(value)} if value else found, taken)


def _refuse(pointer: str, code: str, **params: Any) -> NoReturn:
    raise refused(code, pointer, **params)


def hash_of(received: Received) -> str:
    """`sha256:…` of the record's value as it stands in the topic."""
    return f"sha256:{hashlib.sha256(received.value).hexdigest()}"


def original(received: Received) -> dict[str, Any]:
    """Where a record stands."""
    return {"topic": received.topic, "partition": received.partition, "offset": received.offset}


def refusal(received: Received, why: Rejected, claim: Claim | None, *, replay: bool) -> dict[str, Any]:
    """What is told of a refused record: where its original stands, its hash, the problem document (RFC 9457).

    hash: `sha256:…` of the record's value; null for what says it is classified, because nothing of it is kept.
    """
    classified = any(item.code == CLASSIFIED for item in why.problems)
    told = {
        "status": "refused",
        "replay": replay,
        "problem": document(why),
        "original": {**original(received), "hash": None if classified else hash_of(received)},
    }
    return told if claim is None else {**told, "source": claim.source, "id": claim.id}


def set_aside() -> Rejected:
    """For a record at which the hub itself failed: it goes on with the next, and a person has to look."""
    return Rejected(
        [
            problem(
                "",
                "set_aside",
            )
        ],
        status=500,
    )


def revoked() -> Rejected:
    """For what a client wrote whose registration has ended."""
    return Rejected([problem("", "client_revoked")], status=403)


def expired(first: int, last: int) -> Rejected:
    """For records that Kafka removed by retention before they were judged."""
    return Rejected(
        [
            problem(
                "",
                "expired_unread",
                first=first,
                last=last,
            )
        ],
        status=410,
    )
