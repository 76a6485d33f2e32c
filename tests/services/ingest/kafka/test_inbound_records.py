"""A Kafka record becomes the same claim as over HTTP, or reasons; what is told of it never repeats its content."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import replace
from typing import Any

import pytest
from confluent_kafka import Message

from lienthong import events
from lienthong.errors import Rejected
from lienthong.kafka.administration import Right
from lienthong.kafka.messages import Received
from lienthong.kafka.reader import message_of
from services.ingest.claims import claim as submission
from services.ingest.claims.claim import Claim
from services.ingest.kafka import records
from services.ingest.kafka.opening import strangers
from services.ingest.kinds import KINDS

EVENT = {
    "specversion": "1.0",
    "type": events.REPORT_SUBMITTED,
    "source": "/20/06040",
    "id": "bc-1",
    "subject": "xã Hòa",
    "data": {"round": "P119-LS.2026", "revision": 1},
}
STRUCTURED = {"content-type": b"application/cloudevents+json; charset=UTF-8"}
BINARY = {"content-type": b"application/json", **{f"ce_{n}": str(v).encode() for n, v in EVENT.items() if n != "data"}}
DATA = json.dumps(EVENT["data"]).encode()


def a_record(headers: dict[str, bytes], value: bytes) -> Received:
    return Received(topic="lienthong.inbound.ld-06040", partition=0, offset=17, headers=headers, value=value)


def refused(headers: dict[str, bytes], value: bytes, largest: int = records.LARGEST) -> Rejected:
    with pytest.raises(Rejected) as why:
        records.claim_of(a_record(headers, value), KINDS, largest)
    return why.value


def codes(why: Rejected) -> set[str]:
    return {item.code for item in why.problems}


def test_both_modes_give_the_claim_that_http_gives() -> None:
    raw = json.dumps(EVENT).encode()
    over_http = submission.from_structured(raw, KINDS)
    assert records.claim_of(a_record(STRUCTURED, raw), KINDS) == over_http
    assert records.claim_of(a_record(BINARY, DATA), KINDS) == over_http


@pytest.mark.parametrize("media", ["application/json;", "application/json; ;charset=UTF-8"])
def test_an_empty_parameter_says_nothing(media: str) -> None:
    assert records.claim_of(a_record({**BINARY, "content-type": media.encode()}, DATA), KINDS).id


def test_attributes_are_text_as_it_is_and_not_percent_encoded() -> None:
    claim = records.claim_of(a_record({**BINARY, "ce_id": b"50%25"}, DATA), KINDS)
    assert claim.id == "50%25"


def test_text_of_headers_is_brought_into_nfc() -> None:
    decomposed = "Ho\u0300a".encode()
    assert records.claim_of(a_record({**BINARY, "ce_subject": decomposed}, DATA), KINDS).subject == "Hòa"


def test_a_null_header_is_none_and_one_that_stands_twice_is_refused_whichever_is_null() -> None:
    given = list(BINARY.items())

    def read(*more: tuple[str, bytes | None]) -> Claim:
        # What confluent-kafka hands out; its stubs know no null headers.
        made: Any = Message(topic="t", partition=0, offset=1, value=DATA, headers=[*given, *more], timestamp=(2, 1))
        return records.claim_of(message_of(made), KINDS)

    assert read(("ce_traceparent", None), ("other", None)).traceparent is None
    for more in ([("ce_id", None)], [("ce_traceparent", b"x"), ("ce_traceparent", None)]):
        with pytest.raises(Rejected) as why:
            read(*more)
        assert "header_repeated" in codes(why.value)


@pytest.mark.parametrize("name", ["content-type", "ce_id", "ce_subject"])
def test_a_header_that_stands_twice_is_refused_by_name(name: str) -> None:
    record = replace(a_record(BINARY, DATA), repeated=frozenset({name}))
    with pytest.raises(Rejected) as why:
        records.claim_of(record, KINDS)
    assert "header_repeated" in codes(why.value)


@pytest.mark.parametrize(
    ("headers", "value", "code", "status"),
    [
        ({}, b"hello", "not_a_cloudevent", 415),
        ({"content-type": b"application/json"}, b"{}", "not_a_cloudevent", 415),
        ({"content-type": b"application/cloudevents-batch+json"}, b"[]", "not_a_cloudevent", 415),
        ({"content-type": b"application/avro", "ce_specversion": b"1.0"}, b"x", "not_a_cloudevent", 415),
        ({**BINARY, "ce_id": b"\xff"}, DATA, "not_utf8", 400),
        ({**BINARY, "content-type": b"application/json; charset=utf-16"}, DATA, "charset_not_supported", 415),
        ({"content-type": b"application/cloudevents+json;charset=iso-8859-1"}, b"{}", "charset_not_supported", 415),
        (BINARY, b"", "attribute_missing", 400),
        (BINARY, b"{", "not_json", 400),
        ({**BINARY, "ce_type": b"vn.lienthong.report.accepted.v1"}, DATA, "type_unknown", 400),
        (STRUCTURED, b"\xff", "not_utf8", 400),
        (STRUCTURED, b"[]", "event_not_an_object", 400),
    ],
)
def test_what_is_no_claim_is_refused_with_reasons(
    headers: dict[str, bytes], value: bytes, code: str, status: int
) -> None:
    why = refused(headers, value)
    assert code in codes(why)
    assert why.status == status


def test_a_record_over_the_limit_is_refused_unread() -> None:
    assert codes(refused(STRUCTURED, b"{" * 11, largest=10)) == {"body_too_large"}
    assert codes(refused(STRUCTURED, b"{" * 10, largest=10)) == {"not_json"}


def test_a_refusal_names_the_place_the_hash_and_every_problem() -> None:
    record = a_record(STRUCTURED, b"hello")
    refusal = records.refusal(record, refused(STRUCTURED, b"hello"), None, replay=False)
    assert refusal["original"] == {
        "topic": "lienthong.inbound.ld-06040",
        "partition": 0,
        "offset": 17,
        "hash": "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
    }
    assert refusal["problem"]["code"] == "not_json"
    assert "hello" not in json.dumps(refusal)


@pytest.mark.parametrize(
    "value",
    [
        b'{"specversion":"1.0","type":"x","data":{"classification":"secret","narrative":"ZQXJ"}}',
        b'{"data":{"classification" : "top-secret","narrative":"ZQXJ"',
        b'{"data":{"classification":null,"narrative":"ZQXJ"',
        b'{"data_base64" : "' + b64encode(b'{"classification":"secret","narrative":"ZQXJ"}') + b'"}',
        b'{"data_base64":"' + b64encode(b'{"x":1,"x":1,"classification":"secret","narrative":"ZQXJ"')[:-1] + b'"',
    ],
)
def test_what_says_it_is_classified_and_cannot_be_read_leaves_neither_content_nor_hash(value: bytes) -> None:
    why = refused(STRUCTURED, value)
    assert codes(why) == {"classified_content_refused"}
    refusal = records.refusal(a_record(STRUCTURED, value), why, None, replay=False)
    assert refusal["original"]["hash"] is None
    assert "ZQXJ" not in json.dumps(refusal)


@pytest.mark.parametrize("value", [DATA, b"ZQXJ", b"ZQXJ" * records.LARGEST])
@pytest.mark.parametrize("mark", [b"secret", "mật".encode(), b"\xff", b""])
def test_a_header_that_marks_a_record_as_classified_leaves_neither_content_nor_hash(mark: bytes, value: bytes) -> None:
    record = a_record({**BINARY, "ce_classification": mark}, value)
    claim: Claim | None = None
    try:
        claim = records.claim_of(record, KINDS)
        why = Rejected(claim.faults)
    except Rejected as refusal:
        why = refusal
    assert [(item.pointer, item.code) for item in why.problems] == [("/classification", "classified_content_refused")]
    assert claim is None or (claim.data, claim.body) == ({}, b"")
    told = records.refusal(record, why, claim, replay=False)
    assert told["original"]["hash"] is None
    assert "ZQXJ" not in json.dumps(told)


def test_a_header_that_marks_twice_or_as_public() -> None:
    twice = replace(
        a_record({**BINARY, "ce_classification": b"public"}, DATA), repeated=frozenset({"ce_classification"})
    )
    with pytest.raises(Rejected) as why:
        records.claim_of(twice, KINDS)
    assert codes(why.value) == {"classified_content_refused"}
    public = a_record({**BINARY, "ce_classification": b"public"}, DATA)
    assert records.claim_of(public, KINDS) == records.claim_of(a_record(BINARY, DATA), KINDS)


def test_what_says_it_is_public_and_cannot_be_read_is_told_why() -> None:
    assert codes(refused(STRUCTURED, b'{"data":{"classification": "public"')) == {"not_json"}


@pytest.mark.parametrize(
    ("right", "stranger"),
    [
        (Right(principal="User:a", topic="lt.inbound.a"), False),
        (Right(principal="User:b", topic="lt.inbound.a"), True),
        (Right(principal="User:b", topic="lt.inbound.ab"), False),
        (Right(principal="User:b", topic="lt.inbound.", prefix=True), True),
        (Right(principal="User:b", topic="*"), True),
        (Right(principal="User:*", topic="lt.inbound.a"), True),
    ],
)
def test_a_topic_tells_its_client_only_where_nobody_else_may_write(right: Right, stranger: bool) -> None:
    assert bool(strangers("lt.inbound.a", "User:a", [right])) is stranger
