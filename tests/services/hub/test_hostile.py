"""Hostile values in every parameter and every field of every route of the OpenAPI document: refused or looked up in
vain, never a failure, and nothing of them stops what reads the log.

A new route is tried by itself; a new name of a path parameter needs a row in KNOWN.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote_from_bytes

import pytest

from lienthong.eventlog.postgres import PostgresEventLog
from lienthong.postgres.pool import Pool
from lienthong.programmes import files
from services.aggregate import replay
from services.aggregate.worker import CONSUMER, ROLE
from tests.builders.plans import shipped
from tests.builders.thorough import LONG
from tests.builders.whole_hub import Whole

KNOWN = {
    "round": "P119-LS.2026",
    "plan": "P119-LS",
    "form": "P119-LS.commune",
    "version": "1",
    "code": "06040",
    "unit": "06040",
    "item": "bai-1",
    "partition": "20",
    "province": "20",
    "position": "1",
    "id_": "bao-cao-1",
    "receipt": "20-1",
    "identifier": "lan-1",
    "session_id": "s-1",
    "person": "lan.nt",
    "client_id": "ld-06040",
    "client": "ld-06040",
    "kid": "k-1",
    "release": "P119-LS.2026/1",
    "programme": "P119",
    "period": "2026",
    "portal": "langson",
    "task": "T-119-LS-2.3",
}
"""What stands in the other parameters while one is tried."""

TEXTS = (
    b"\x00",
    b"a\x00b",
    b"\xed\xa0\x80",
    b"\xff\xfe",
    b"\x1b[31m",
    b"\x7f",
    "\u0085".encode(),
    "\ufffe".encode(),
    "\U0001f98b".encode(),
    "Xa\u0303 Nam Cu\u031bo\u031b\u0300ng".encode(),
    b"A" * 3000,
    b"9999-12-31",
    b"0001-01-01",
    b"10000-01-01",
    b"9999-12-31T23:59:59+00:00",
    b"0001-01-01T00:00:00+14:00",
    b"99",
    b"00",
    b"-1",
    b"0",
    b"1.5",
    b"9223372036854775807",
    b"9223372036854775808",
    b"1" * 400,
    b"1e999",
    b"NaN",
    b"Infinity",
    b"'; DROP TABLE x; --",
    b"../../etc/passwd",
    b"%00",
    b"%2e%2e",
    b"true",
    b"yes",
    b"null",
    b"[]",
    b"{}",
    b" ",
    b"\t",
    b"\r\nX-A: b",
    b"99-1",
    b"20-47",
    b"20-99999999999999999999",
    b"VN",
    b"vn",
    b"*",
)
EACH = 7
"""Of the 2,000 values of a plan every so many is tried; the number shares no divisor with that of the VALUES."""
VALUES = (
    "\x00",
    "a\x00b",
    "\ud800",
    "\udfff\ud800",
    "\x1b]0;x\x07",
    "\u0085",
    "\ufffe",
    "A" * 100_000,
    "",
    " ",
    "\n",
    "*",
    "9999-12-31",
    "0001-01-01",
    "9999-12-31T23:59:59Z",
    "0001-01-01T00:00:00+14:00",
    "2026-02-30",
    "99",
    "99-1",
    None,
    True,
    -1,
    0,
    2**31,
    2**63,
    10**30,
    1.5,
    1e308,
    [],
    {},
    [[]],
    [None],
    [{}],
    {"a": {"b": {}}},
    ["\x00"],
    ["platform"] * 10_000,
    {"\x00": 1},
    {"number": "\x00"},
    {"number": "a" * 200, "date": "9999-12-31"},
)


FEW = 1 if LONG else 5
"""Of the values every fifth is tried in a place, each in every fifth place; LIENTHONG_LONG_TESTS=1 tries all."""


@contextmanager
def _conversation(whole: Whole) -> Iterator[Any]:
    """Requests over one connection; gives a function (method, path, body, token) → (status, body)."""
    held = http.client.HTTPConnection("127.0.0.1", whole.port, timeout=60)

    def asked(method: str, path: str, body: bytes | None, token: str) -> tuple[int, bytes]:
        headers = {"Authorization": f"Bearer {token}", **({"Content-Type": "application/json"} if body else {})}
        try:
            held.request(method, path, body, headers)
            answer = held.getresponse()
        except ConnectionError:  # the server ends a connection on which it failed, or which it was sent too much on
            held.close()
            held.request(method, path, body, headers)
            answer = held.getresponse()
        return answer.status, answer.read()

    try:
        yield asked
    finally:
        held.close()


def _operations(whole: Whole) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in sorted(whole.described["paths"].items()):
        for method, operation in item.items():
            yield method.upper(), path, operation


def _address(path: str, given: dict[str, str], query: dict[str, str]) -> str:
    for name, value in given.items():
        path = path.replace("{" + name + "}", value).replace("{" + name + ":path}", value)
    return path + ("?" + "&".join(f"{name}={value}" for name, value in query.items()) if query else "")


def _schema(whole: Whole, operation: dict[str, Any]) -> dict[str, Any] | None:
    content = operation.get("requestBody", {}).get("content", {})
    found = content.get("application/json", {}).get("schema")
    return None if found is None else _resolved(whole, found)


def _resolved(whole: Whole, schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = whole.described["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def _plausible(whole: Whole, schema: dict[str, Any]) -> Any:
    """A value of the schema, so that the fields around a hostile one are right."""
    schema = _resolved(whole, schema)
    if "anyOf" in schema:
        schema = _resolved(whole, schema["anyOf"][0])
    if schema.get("examples"):
        return schema["examples"][0]
    if schema.get("type") == "object":
        return {name: _plausible(whole, below) for name, below in schema.get("properties", {}).items()}
    if schema.get("type") == "array":
        return [_plausible(whole, schema["items"])] if schema.get("minItems") else []
    formats = {"date": "2026-12-01", "date-time": "2026-12-20T17:00:00+07:00"}
    plain = {"string": "một lý do", "integer": 1, "number": 1, "boolean": False}
    return formats.get(schema.get("format", ""), plain.get(schema.get("type", ""), "x"))


def _places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield place
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in below:
        yield from _places(item, (*place, name))


def _with(document: Any, place: tuple[Any, ...], value: Any) -> Any:
    if not place:
        return value
    copy = dict(document) if isinstance(document, dict) else list(document)
    copy[place[0]] = _with(document[place[0]], place[1:], value)
    return copy


def test_every_path_parameter_has_a_known_value(whole: Whole) -> None:
    names = {
        parameter["name"]
        for _, _, operation in _operations(whole)
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "path"
    }
    assert names <= set(KNOWN)


@pytest.mark.parametrize("province", ["20", "VN"])
def test_no_address_makes_the_hub_fail(whole: Whole, province: str) -> None:
    failed, tried = [], 0
    token = whole.token(province=province, role="province" if province == "20" else "hub")
    with _conversation(whole) as asked:
        for method, path, operation in _operations(whole):
            parameters = operation.get("parameters", ())
            given = {one["name"]: KNOWN[one["name"]] for one in parameters if one["in"] == "path"}
            for one in parameters:
                tried += 1
                for text in TEXTS[tried % FEW :: FEW]:
                    hostile = quote_from_bytes(text, safe="")
                    in_path = one["in"] == "path"
                    address = _address(
                        path,
                        given | ({one["name"]: hostile} if in_path else {}),
                        {} if in_path else {one["name"]: hostile},
                    )
                    status, _ = asked(method, address, b"{}" if method != "GET" else None, token)
                    if status >= 500:
                        failed.append((method, address[:200], status))
    assert failed == []


def test_no_field_of_a_body_makes_the_hub_fail(whole: Whole) -> None:
    failed, tried = [], 0
    token = whole.token()
    with _conversation(whole) as asked:
        for method, path, operation in _operations(whole):
            schema = _schema(whole, operation)
            if schema is None or path == "/v1/events":
                continue
            given = {
                parameter["name"]: KNOWN[parameter["name"]]
                for parameter in operation.get("parameters", ())
                if parameter["in"] == "path"
            }
            document = _plausible(whole, schema)
            for place in _places(document):
                tried += 1
                for value in VALUES[tried % FEW :: FEW]:
                    body = json.dumps(_with(document, place, value)).encode()
                    status, _ = asked(method, _address(path, given, {}), body, token)
                    if status >= 500:
                        failed.append((method, path, place, repr(value)[:60], status))
    assert failed == []


def test_no_text_of_a_plan_makes_the_hub_fail(whole: Whole) -> None:
    documents = files.published_documents(shipped())
    document = documents["P119-LS"]
    failed = []
    with _conversation(whole) as asked:
        for number, place in enumerate(_places(document)):
            if number % EACH:
                continue
            value = VALUES[number // EACH % len(VALUES)]
            body = json.dumps(_with(document, place, value)).encode()
            status, _ = asked("POST", "/v1/plans?dryRun=true", body, whole.token())
            if status >= 500:
                failed.append((place, repr(value)[:60], status))
    assert failed == []


def test_what_reads_the_log_goes_on_after_all_that(whole: Whole) -> None:
    """Whatever of it was accepted can be applied: a NUL in a reason once stopped two consumers for ever."""
    done = replay.replay(whole.conninfo, processes=1)
    assert done.is_good
    with Pool(whole.conninfo, role=ROLE, application_name="test") as pool:
        log = PostgresEventLog(pool)
        heads, positions = log.heads(), log.positions(CONSUMER)
    assert heads["20"] > 0
    assert positions == {partition: head for partition, head in heads.items() if head}
