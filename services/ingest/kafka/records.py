"""Kafka records as they come in: CloudEvents' Kafka binding, binary and structured mode. Pure.

A record becomes the same claim as over HTTP, or problems. What is told of a record names its place and its hash,
and never repeats its content.
"""

from __future__ import annotations

import re
from base64 import b64decode
from typing import Any

from lienthong.contracts import canonical
from lienthong.contracts.collected import Collected, Enough
from lienthong.contracts.explaining import CLASSIFIED
from lienthong.contracts.pointers import pointer_of, printable_name
from lienthong.errors import Rejected
from lienthong.kafka.messages import Received
from lienthong.refusals import phrase, problem, refused
from lienthong.web.problems import document
from services.ingest.claims import claim as submission
from services.ingest.claims.attributes import MARKING, OPEN, TakenTypes
from services.ingest.claims.claim import Claim
from services.ingest.claims.modes import STRUCTURED, is_of_binary, media_of, must_be_utf8, name_problems

LARGEST = 900_000
"""Bytes of an event. Below what Kafka's clients send by default (1,000,000 with headers) and the topic takes
(1,048,588), so that what is a little too large is refused with a reason; the rest the client library refuses."""

_PREFIX = "ce_"

# What can't be read may still say that it is classified; then nothing of it may be repeated, not even its hash. Each
# run of spaces is taken whole (`*+`): taken back sign by sign, 900 kB of them would be looked at for hours.
_SAYS_CLASSIFIED = re.compile(rb'"classification"\s*+:\s*+(?!"public")')

_ENCODED = re.compile(rb'"data_base64"\s*+:\s*+"([A-Za-z0-9+/]*+)')


def claim_of(received: Received, taken: TakenTypes, largest: int = LARGEST) -> Claim:
    """The claim that a record carries. Raises Rejected with every problem of the envelope."""
    try:
        return _claim_by_mode(received, taken, largest)
    except Rejected:
        if _header_says_classified(received):
            raise refused(CLASSIFIED, "/classification") from None
        if _says_classified(received.value):
            raise refused(CLASSIFIED, "/data/classification") from None
        raise


def _header_says_classified(received: Received) -> bool:
    name = _PREFIX + MARKING
    return name in received.repeated or received.headers.get(name, OPEN.encode()) != OPEN.encode()


def _says_classified(value: bytes) -> bool:
    encoded = _ENCODED.search(value)
    texts = [value] if encoded is None else [value, b64decode(encoded[1][: len(encoded[1]) // 4 * 4])]
    return any(_SAYS_CLASSIFIED.search(text) for text in texts)


def _claim_by_mode(received: Received, taken: TakenTypes, largest: int) -> Claim:
    if len(received.value) > largest:
        raise refused("body_too_large", limit=largest)
    given = received.headers.get("content-type", b"").decode("latin-1")
    media = media_of(given)
    if "content-type" in received.repeated:
        raise refused("header_repeated", name="content-type")
    if media == STRUCTURED:
        must_be_utf8(given)
        return submission.from_structured(received.value, taken)
    binary = any(name.startswith(_PREFIX) for name in received.headers)
    if binary and is_of_binary(media, given):
        must_be_utf8(given)
        return submission.from_binary(_attributes(received), received.value, taken)
    raise refused("not_a_cloudevent", structured=STRUCTURED)


def _attributes(received: Received) -> dict[str, str]:
    """Attributes in `ce_` headers as UTF-8: nothing is percent-encoded in Kafka, and a null header is none."""
    collected, attributes = Collected(), dict[str, str]()
    try:
        for name in sorted(received.repeated):  # also where the last of them is null
            if name.startswith(_PREFIX):
                attribute = name.removeprefix(_PREFIX)
                collected.add(problem(pointer_of([attribute]), "header_repeated", name=printable_name(name)))
        for name, octets in received.headers.items():
            if name.startswith(_PREFIX):
                attribute = name.removeprefix(_PREFIX)
                collected.extend(name_problems(attribute))
                attributes[attribute] = _header_text(name, octets, collected)
    except Enough:
        pass
    if collected.problems:
        raise Rejected(collected.problems, status=400)
    return attributes


def _header_text(name: str, octets: bytes, collected: Collected) -> str:
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError as error:
        what = phrase("of_header", name=printable_name(name))
        collected.add(problem(pointer_of([name.removeprefix(_PREFIX)]), "not_utf8", what=what, byte=error.start))
        return ""


def hash_of(received: Received) -> str:
    """`sha256:…` of the record's value as it stands in the topic."""
    return canonical.digest(received.value)


def original_place(received: Received) -> dict[str, Any]:
    """Where a record stands."""
    return {"topic": received.topic, "partition": received.partition, "offset": received.offset}


def refusal(received: Received, why: Rejected, claim: Claim | None, *, replay: bool) -> dict[str, Any]:
    """What is told of a refused record: where its original stands, its hash, the problem document (RFC 9457).

    hash: `sha256:…` of the record's value; null for what says it is classified, because nothing of it is kept.
    """
    classified = any(item.code == CLASSIFIED for item in why.problems)
    body = {
        "status": "refused",
        "replay": replay,
        "problem": document(why),
        "original": {**original_place(received), "hash": None if classified else hash_of(received)},
    }
    return body if claim is None else {**body, "source": claim.source, "id": claim.id}


def record_set_aside() -> Rejected:
    """For a record at which the hub itself failed: it goes on with the next, and a person has to look."""
    return Rejected([problem("", "set_aside")], status=500)


def client_revoked() -> Rejected:
    """For what a client wrote whose registration has ended."""
    return refused("client_revoked")


def expired_unread(first: int, last: int) -> Rejected:
    """For records that Kafka removed by retention before they were judged."""
    return refused("expired_unread", first=first, last=last)
