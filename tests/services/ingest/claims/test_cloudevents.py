"""CloudEvents 1.0.2 to the letter: each MUST that falls to a receiver, of the specification, the JSON format and the
HTTP protocol binding. (Kafka: tests/services/ingest/kafka/test_inbound_records.py.)
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import quote

import pytest

from lienthong import events
from lienthong.errors import Problem, Rejected
from services.ingest.claims import claim
from services.ingest.claims.batch import events_of
from services.ingest.claims.claim import Claim
from services.ingest.claims.modes import Mode, attributes_of, mode_of
from services.ingest.kinds import KINDS

DATA = {"unit": "06040", "text": "Thiếu kinh phí"}


def an_event(**members: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "type": events.DIFFICULTY_RAISED,
        "source": "/20/06040",
        "id": "kk-1",
        "data": DATA,
        **members,
    }


def structured(**members: Any) -> Claim:
    return claim.from_structured(json.dumps(an_event(**members)).encode(), KINDS)


def faults(read: Callable[[], Claim]) -> tuple[Problem, ...]:
    """What is wrong with the attributes: of a claim that is checked for the rest of its faults, or of none."""
    try:
        found = read().faults
    except Rejected as refusal:
        found = tuple(refusal.problems)
    assert found
    return found


def refusals(**members: Any) -> set[tuple[str, str]]:
    return {(item.pointer, item.code) for item in faults(lambda: structured(**members))}


def headers(*more: tuple[str, str | bytes], **attributes: str) -> list[tuple[bytes, bytes]]:
    given = {"specversion": "1.0", "type": events.DIFFICULTY_RAISED, "source": "/20/06040", "id": "kk-1", **attributes}
    pairs = [(f"ce-{name}", value) for name, value in given.items()]
    return [
        (name.encode(), value if isinstance(value, bytes) else value.encode("latin-1"))
        for name, value in [("content-type", "application/json"), *pairs, *more]
    ]


def binary(*more: tuple[str, str | bytes], **attributes: str) -> Claim:
    assert mode_of(headers(*more)) is Mode.BINARY
    return claim.from_binary(attributes_of(headers(*more, **attributes)), json.dumps(DATA).encode(), KINDS)


def header_codes(*more: tuple[str, str | bytes], **attributes: str) -> set[str]:
    return {item.code for item in faults(lambda: binary(*more, **attributes))}


# ---------------------------------------------------------------- the specification: attributes and their types


@pytest.mark.parametrize("name", ["specversion", "id", "source", "type"])
def test_a_required_attribute_that_is_missing_or_null_is_asked_for(name: str) -> None:
    assert (f"/{name}", "attribute_missing") in refusals(**{name: None})
    event = an_event()
    del event[name]
    assert faults(lambda: claim.from_document(event, KINDS))[0].code == "attribute_missing"


def test_an_optional_attribute_that_is_null_is_one_that_is_not_there() -> None:
    absent = dict.fromkeys(("subject", "time", "dataschema", "datacontenttype", "correlationid", "comexample"))
    assert structured(**absent) == structured()


@pytest.mark.parametrize("name", ["id", "source", "type", "subject"])
def test_these_attributes_must_not_be_empty(name: str) -> None:
    assert (f"/{name}", "attribute_invalid") in refusals(**{name: ""})


@pytest.mark.parametrize("version", ["1.0.2", "0.3", "1", "", 1.0, "1.0 "])
def test_the_version_is_1_0(version: Any) -> None:
    assert ("/specversion", "specversion_unknown") in refusals(specversion=version)


@pytest.mark.parametrize("sign", ["\x01", "\x1f", "\t", "\n", "\x7f", "\x80", "\x9f", "\ufdd0", "\ufffe", "\U0001ffff"])
@pytest.mark.parametrize("name", ["id", "subject", "comexample"])
def test_control_characters_and_noncharacters_are_no_text(name: str, sign: str) -> None:
    assert refusals(**{name: f"a{sign}b"}) == {(f"/{name}", "control_character")}


@pytest.mark.parametrize("sign", ["\x01", "\x0b", "\x1b", "\x7f", "\x80", "\x9f", "\ufdd0", "\ufffe", "\U0001ffff"])
def test_data_hold_no_control_characters_either(sign: str) -> None:
    data = {"narrative": {"results": f"Đã làm{sign}"}, "titles": ["ổn", f"{sign}"]}
    assert refusals(data=data) == {
        ("/data/narrative/results", "control_character"),
        ("/data/titles/1", "control_character"),
    }


@pytest.mark.parametrize("text", ["9999-12-31", "31/12/9999", "0001-01-01T00:00:00Z"])
def test_whether_a_text_is_taken_depends_on_nothing_beside_it(text: str) -> None:
    """What reads as a day in a free text is none; another text with a sign that has to be looked at changes nothing."""
    for beside in ("thường", "a\u00a0b", "😀\ufeff"):
        assert structured(data={"narrative": text, "other": beside}).data["narrative"] == text


def test_lines_tabs_and_signs_of_all_writings_stay() -> None:
    data = {"results": "một\r\n\thai\u00a0– «ba» 😀\ufeff"}
    assert structured(data=data).data == data


@pytest.mark.parametrize("text", ['"\\ud800"', '"\\udfff\\ud800"'])
def test_a_surrogate_without_its_other_half_is_no_text(text: str) -> None:
    raw = json.dumps(an_event(id="ID")).replace('"ID"', text).encode()
    with pytest.raises(Rejected) as why:
        claim.from_structured(raw, KINDS)
    assert {(p.pointer, p.code) for p in why.value.problems} == {("/id", "lone_surrogate")}


@pytest.mark.parametrize("name", ["A", "ComExample", "com-example", "com_example", "com.example", "xã", "", "a b"])
def test_names_are_of_small_letters_and_digits(name: str) -> None:
    assert {code for _, code in refusals(**{name: "x"})} == {"attribute_name_invalid"}


def test_a_name_may_have_more_than_the_twenty_letters_that_are_recommended() -> None:
    assert structured(comexampleverylongextensionname="x")


@pytest.mark.parametrize("value", ["text", "", True, False, 0, -(2**31), 2**31 - 1])
def test_an_extension_is_text_or_a_boolean_or_an_integer(value: Any) -> None:
    assert structured(comexample=value)


@pytest.mark.parametrize("value", [2**31, -(2**31) - 1, 1.5, {"a": 1}, [1]])
def test_an_extension_is_nothing_else(value: Any) -> None:
    assert refusals(comexample=value) == {("/comexample", "extension_invalid")}


@pytest.mark.parametrize("source", ["/20/06040", "urn:uuid:6e8bc430", "https://x.vn/a?b#c", "a/b", "#x", "mailto:a@b"])
def test_a_source_is_a_uri_reference(source: str) -> None:
    assert structured(source=source).source == source


@pytest.mark.parametrize("source", ["/a b", "/xã", "1a:b", "/%zz", "a#b#c", "<x>"])
def test_what_is_no_uri_reference_is_no_source(source: str) -> None:
    assert refusals(source=source) == {("/source", "source_not_uri")}


@pytest.mark.parametrize("schema", ["/schemas/a", "a", "http://x y"])
def test_the_schema_of_the_data_is_a_full_uri(schema: str) -> None:
    assert refusals(dataschema=schema) == {("/dataschema", "dataschema_not_uri")}
    assert structured(dataschema="https://lienthong.vn/forms/x")


@pytest.mark.parametrize(
    "time",
    ["2026-10-10T08:00:00Z", "2026-10-10t08:00:00.123456789z", "2026-10-10T08:00:00+07:00", "2026-12-31T23:59:60Z"],
)
def test_a_time_is_one_of_rfc_3339(time: str) -> None:
    assert structured(time=time)


@pytest.mark.parametrize(
    "time",
    ["2026-10-10", "2026-10-10T08:00:00", "2026-10-10 08:00:00Z", "2026-02-30T08:00:00Z", "10/10/2026", 1760000000],
)
def test_what_is_no_such_time_is_refused(time: Any) -> None:
    assert {pointer for pointer, _ in refusals(time=time)} == {"/time"}


@pytest.mark.parametrize(
    "media",
    ["application/json", "Application/JSON", "application/json; charset=utf-8", "text/json", "x/y+json"],
)
def test_the_type_of_the_data_is_any_way_to_say_json(media: str) -> None:
    assert structured(datacontenttype=media) == structured()


@pytest.mark.parametrize("media", ["application/xml", "json", "application/json;", "application/json x", "a/b/json"])
def test_data_of_another_type_are_not_taken(media: str) -> None:
    assert refusals(datacontenttype=media) == {("/datacontenttype", "data_not_json")}


def test_base64_is_not_taken_beside_or_instead_of_data() -> None:
    assert refusals(data_base64="eA==") == {("/data_base64", "data_base64_not_supported")}


def _encoded(raw: bytes | str, **members: Any) -> dict[str, Any]:
    text = raw if isinstance(raw, str) else b64encode(raw).decode()
    return {name: value for name, value in an_event(**members).items() if name != "data"} | {"data_base64": text}


@pytest.mark.parametrize("more", [{}, {"datacontenttype": "application/json"}, {"datacontenttype": None}])
def test_json_in_base64_is_the_same_json(more: dict[str, Any]) -> None:
    raw = json.dumps(_encoded(json.dumps(DATA).encode(), **more)).encode()
    assert claim.from_structured(raw, KINDS) == structured()


@pytest.mark.parametrize(
    ("raw", "more", "told"),
    [
        ("e*==", {}, ("/data_base64", "data_base64_malformed")),
        ("eyJ", {}, ("/data_base64", "data_base64_malformed")),
        (b"<a/>", {}, ("/data_base64", "not_json")),
        (b"\xff", {}, ("/data_base64", "not_utf8")),
        (b'{"a": {"b": 1, "b": 2}}', {}, ("/data_base64/a/b", "duplicate_key")),
        (b"", {}, ("/data_base64", "not_json")),
        (b"{}", {"datacontenttype": "application/xml"}, ("/data_base64", "data_base64_not_supported")),
        (b"{}", {"time": "yesterday"}, ("/time", "time_not_rfc3339")),
    ],
)
def test_what_is_no_json_in_base64_is_refused_at_its_place(
    raw: bytes | str, more: dict[str, Any], told: tuple[str, str]
) -> None:
    read = partial(claim.from_structured, json.dumps(_encoded(raw, **more)).encode(), KINDS)
    assert told in {(item.pointer, item.code) for item in faults(read)}


def test_an_id_in_another_composition_is_the_same_id() -> None:
    assert structured(id="xa\u0303-1").id == structured(id="x\u00e3-1").id == "x\u00e3-1"


# ---------------------------------------------------------------- the HTTP binding: modes


@pytest.mark.parametrize(
    "media, mode",
    [
        ("application/cloudevents+json", Mode.STRUCTURED),
        ("Application/CloudEvents+JSON", Mode.STRUCTURED),
        ("application/cloudevents+json; charset=UTF-8", Mode.STRUCTURED),
        ('application/cloudevents+json;charset="utf-8"; x=y', Mode.STRUCTURED),
        ("application/cloudevents-batch+json", Mode.BATCH),
        ("APPLICATION/CLOUDEVENTS-BATCH+JSON;charset=utf-8", Mode.BATCH),
        ("application/x-ndjson", Mode.LINES),
        ("application/json", Mode.BINARY),
        ("application/json; charset=utf-8", Mode.BINARY),
        ("application/json;", Mode.BINARY),
        ("application/json ; ;charset=utf-8; ", Mode.BINARY),
        ("application/vnd.lienthong.report+json", Mode.BINARY),
        ("", Mode.BINARY),
    ],
)
def test_the_media_type_tells_the_mode_in_any_case_and_with_parameters(media: str, mode: Mode) -> None:
    given = [(b"content-type", media.encode())] if media else []
    assert mode_of([*given, (b"ce-id", b"1")]) is mode


@pytest.mark.parametrize(
    "media",
    ["application/cloudevents", "application/cloudevents+xml", "application/cloudevents-batch+avro", "application/xml"],
)
def test_a_format_that_is_not_taken_is_415_even_beside_attributes_in_headers(media: str) -> None:
    with pytest.raises(Rejected) as why:
        mode_of([(b"content-type", media.encode()), (b"ce-id", b"1"), (b"ce-specversion", b"1.0")])
    assert (why.value.status, why.value.code) == (415, "content_type_not_supported")


def test_a_charset_that_json_does_not_have_is_refused() -> None:
    with pytest.raises(Rejected) as why:
        mode_of([(b"content-type", b"application/cloudevents+json; charset=utf-16")])
    assert (why.value.status, why.value.code) == (415, "charset_not_supported")


def test_a_second_content_type_is_refused() -> None:
    with pytest.raises(Rejected) as why:
        mode_of([(b"content-type", b"application/json"), (b"content-type", b"application/cloudevents+json")])
    assert why.value.code == "header_repeated"


def test_in_structured_mode_headers_of_attributes_are_copies_and_not_read() -> None:
    given = [(b"content-type", b"application/cloudevents+json"), (b"ce-id", "ã".encode())]
    assert mode_of(given) is Mode.STRUCTURED


# ---------------------------------------------------------------- the HTTP binding: attributes in headers


def test_an_event_is_the_same_in_both_modes() -> None:
    id_, subject = 'xã "06040" 100%', "kỳ 2026/Q3"
    assert binary(id=quote(id_, safe=""), subject=quote(subject, safe="")) == structured(id=id_, subject=subject)


@pytest.mark.parametrize(
    "value, id_",
    [
        ("kk-1", "kk-1"),
        ("a%20b", "a b"),
        ("%41bc", "Abc"),  # encoded without need
        ("x%c3%a3", "x\u00e3"),  # in small letters
        ("xa%CC%83", "x\u00e3"),  # NFD
        ("%25%32%30", "%20"),  # one round of decoding, not two
        ("a+b", "a+b"),
        ("%F0%9F%93%84", "\U0001f4c4"),
        ('"quoted id"', "quoted id"),
        ('"a\\"b\\\\c"', 'a"b\\c'),
        ('"x%C3%A3"', "x\u00e3"),  # unquoted first, then decoded
        ("two words", "two words"),  # of senders of earlier versions
        ('5" pipe', '5" pipe'),
        ("  kk-1\t", "kk-1"),  # white space around a header's value
    ],
)
def test_a_value_is_unquoted_and_then_percent_decoded_once(value: str, id_: str) -> None:
    assert binary(id=value).id == id_


@pytest.mark.parametrize("value", ["%C0%A0", "%E1", "%ED%A0%80", "%FF"])
def test_octets_that_are_no_utf8_are_refused(value: str) -> None:
    assert header_codes(id=value) == {"not_utf8"}


@pytest.mark.parametrize("value", ["100%", "%2", "%zz", '"open', '"a"b"', '"a\\"'])
def test_encoding_and_quotes_that_can_not_be_read_are_refused(value: str) -> None:
    assert header_codes(id=value) == {"header_malformed"}


@pytest.mark.parametrize("value", ["xã".encode(), b"x\xe3", b"a\x01b", b"a\x7fb", b"a\tb"])
def test_raw_octets_beyond_printable_ascii_are_refused(value: bytes) -> None:
    assert header_codes(("ce-subject", value)) == {"header_not_ascii"}


def test_control_characters_are_refused_however_they_are_encoded() -> None:
    assert header_codes(id="a%0Ab") == {"control_character"}
    assert header_codes(id="a%00b") == {"nul_character"}


def test_an_attribute_in_two_headers_is_refused() -> None:
    assert header_codes(("ce-id", "kk-1")) == {"header_repeated"}


def test_the_type_of_the_data_has_no_header_of_its_own() -> None:
    assert header_codes(datacontenttype="application/json") == {"datacontenttype_in_header"}


@pytest.mark.parametrize("name", ["data", "data_base64"])
def test_data_is_no_attribute(name: str) -> None:
    assert header_codes((f"ce-{name}", "x")) == {"attribute_name_invalid"}


def test_every_wrong_header_is_told_at_once() -> None:
    assert header_codes(("ce-subject", b"\xe3"), id="%", datacontenttype="x") == {
        "header_not_ascii",
        "header_malformed",
        "datacontenttype_in_header",
    }


def test_in_binary_mode_a_missing_body_is_missing_data() -> None:
    with pytest.raises(Rejected) as why:
        claim.from_binary(attributes_of(headers()), b"", KINDS)
    assert {(p.pointer, p.code) for p in why.value.problems} == {("/data", "attribute_missing")}


# ---------------------------------------------------------------- the JSON format: batches


def test_an_empty_batch_is_a_batch() -> None:
    assert [events_of(raw, 10) for raw in (b"[]", b" [ \n ] ", b"\xef\xbb\xbf[]")] == [[], [], []]


def test_a_batch_gives_the_text_of_each_event() -> None:
    texts = [json.dumps(an_event(id=f'{n},[{{\\"')).encode() for n in range(3)]
    assert [text.strip() for text in events_of(b"[" + b", ".join(texts) + b"]", 10)] == texts


@pytest.mark.parametrize("raw", [b"{}", b'"x"', b"1", b"null"])
def test_what_is_no_array_is_no_batch(raw: bytes) -> None:
    with pytest.raises(Rejected) as why:
        events_of(raw, 10)
    assert why.value.code == "batch_not_a_list"


@pytest.mark.parametrize("raw", [b"", b"[", b"[{}", b"[{}]]", b"[{}] x", b'["a', b"[}", b"[" * 100_000])
def test_a_broken_batch_is_no_json(raw: bytes) -> None:
    with pytest.raises(Rejected) as why:
        events_of(raw, 10)
    assert why.value.code in ("not_json", "too_deep", "too_many_values", "batch_not_a_list")


def test_an_event_that_can_not_be_read_leaves_the_others_of_its_batch() -> None:
    good = json.dumps(an_event()).encode()
    texts = events_of(b"[" + b",".join([good, b'{"a": NaN}', b"{broken}", b"", good]) + b"]", 10)
    assert (len(texts), texts[0], texts[4]) == (5, good, good)


@pytest.mark.parametrize("events", [[b"{}"] * 11, [b"0"] * 11, [b"[1,2]"] * 100_000])
def test_too_many_events_are_refused_without_reading_them(events: list[bytes]) -> None:
    with pytest.raises(Rejected) as why:
        events_of(b"[" + b",".join(events) + b"]", 10)
    assert (why.value.code, why.value.status) == ("too_many_events", 413)


# ---------------------------------------------------------------- a marking of secrecy in the envelope (an extension)

SECRET = [("/classification", "classified_content_refused")]


def marked(read: Callable[[], Claim]) -> list[tuple[str, str]]:
    """What is said of an event that is marked; of a claim, whose data must not have been kept."""
    try:
        found = read()
    except Rejected as refusal:
        return [(item.pointer, item.code) for item in refusal.problems]
    assert (found.data, found.body) == ({}, b"")
    return [(item.pointer, item.code) for item in found.faults]


@pytest.mark.parametrize("mark", ["mật", "Public", "public ", "", 1, True, ["public"], {"level": "public"}])
def test_an_event_marked_as_classified_is_refused_like_its_data_would_be(mark: Any) -> None:
    """Nothing else is said of it: neither of its attributes nor of its data."""
    assert marked(lambda: structured(classification=mark)) == SECRET
    assert marked(lambda: structured(classification=mark, id="", time="hôm qua", data="x")) == SECRET
    assert marked(lambda: structured(classification=mark, type="x")) == SECRET
    encoded = {key: value for key, value in an_event(classification=mark, data_base64="?").items() if key != "data"}
    assert marked(lambda: claim.from_structured(json.dumps(encoded).encode(), KINDS)) == SECRET


@pytest.mark.parametrize("value", ["secret", quote("mật"), "mật".encode(), '"secret"', "secret%", "%ff"])
def test_the_header_of_binary_mode_marks_too_however_it_is_written(value: str | bytes) -> None:
    assert marked(lambda: binary(("ce-classification", value))) == SECRET
    given = attributes_of(headers(("ce-classification", "secret")))
    assert marked(lambda: claim.from_binary(given, b"no JSON at all", KINDS)) == SECRET
    assert marked(lambda: binary(("ce-classification", "public"), ("ce-classification", "secret"))) == SECRET


def test_what_is_marked_as_public_or_not_at_all_is_taken() -> None:
    assert structured(classification="public") == structured(classification=None) == structured()
    assert binary(("ce-classification", '"public"')) == binary()
    assert header_codes(("ce-classification", "public"), ("ce-id", "%")) == {"header_repeated", "header_malformed"}
