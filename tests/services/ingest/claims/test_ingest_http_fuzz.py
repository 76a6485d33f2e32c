"""Whatever a sender sends, ingest answers with a receipt or with a reason: never a fault of its own, never silence.

Valid documents with one place made odd, their bytes damaged, headers of every kind. The seed is fixed, so a
failure repeats; LIENTHONG_FUZZ multiplies the rounds for a longer search.
"""

from __future__ import annotations

import copy
import http.client
import json
import os
import random
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from psycopg.conninfo import make_conninfo

from lienthong import events
from services.ingest.claims.modes import BATCH, NDJSON, STRUCTURED
from tests.builders.hub import ROUND, SOURCE, a_hub, a_report, a_withdrawal
from tests.builders.ingest_http import BINARY, Served, serving
from tests.conftest import _temporary_database

ROUNDS = int(os.environ.get("LIENTHONG_FUZZ", "1")) * 300
UNIT = "05977"

ODD: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    2**31,
    2**63,
    2**64,
    10**15,
    10**23,
    -(10**23),
    0.5,
    1.0,
    1.25,
    1e20,
    1e-20,
    -0.0,
    "",
    " ",
    "x",
    "0",
    "1",
    "-1",
    "x" * 201,
    "x" * 5000,
    "é",
    "e\u0301",
    "\U0001f4a9",
    "\u202e",
    "\x7f",
    "\x01",
    "\ufeff",
    "²",
    "２０２６",
    "2026",
    "2026-02-30",
    "9999-12-31",
    "0000-00-00",
    "P119-LS.2026",
    "P119-LS.commune",
    "1.0.0",
    "1.0.²",
    "99.0.0",
    "05977",
    "20",
    "VN",
    "*",
    "secret",
    "classified",
    "../",
    "%00",
    "%s",
    "{0}",
    "{",
    "'; --",
    "\\",
    "/",
    "~",
    "~1",
    [],
    {},
    [[]],
    [None],
    {"": None},
    {"a": {}},
    [{}] * 50,
    {"x" * 3000: 1},
    {f"k{n}": n for n in range(300)},
    {"~/": 1, "": 2},
)
HEADERS = (
    "ce-id",
    "ce-type",
    "ce-source",
    "ce-specversion",
    "ce-subject",
    "ce-time",
    "ce-data",
    "ce-",
    "ce-x_y",
    "ce-correlationid",
    "ce-traceparent",
    "accept-language",
    "content-type",
    "content-encoding",
    "accept",
    "traceparent",
    "x-forwarded-for",
    "expect",
    "cookie",
    "authorization",
    "ce-datacontenttype",
    "range",
)
VALUES = (
    b"",
    b" ",
    b"1.0",
    b"%",
    b"%zz",
    b"%00",
    b"%ED%A0%80",
    b"%FF%FE",
    b"\xff\xfe",
    b"\xc3\xa9",
    b"x" * 300,
    b"x" * 5000,
    b"vi",
    b"en;q=",
    b",,,;;q=9",
    b"*",
    b"gzip",
    b"application/json;charset=utf-16",
    b"application/cloudevents+json; charset=\xff",
    b"text/plain",
    b"multipart/form-data",
    b"application/x-ndjson",
    b"application/cloudevents-batch+json",
    b"Bearer \xff",
    b"00-x-y-01",
    b"bytes=0-",
    events.REPORT_SUBMITTED.encode(),
    b"\t",
    b"a\tb",
)


@pytest.fixture(scope="module")
def served(postgres: str, filled: str) -> Iterator[Served]:
    with _temporary_database(postgres, filled) as name:
        conninfo = make_conninfo(postgres, dbname=name)
        with serving(conninfo, max_body_bytes=65_536, max_batch_bytes=200_000, max_batch_events=50) as made:
            yield made


@pytest.fixture(scope="module")
def documents(postgres: str, filled: str) -> list[dict[str, Any]]:
    """One valid event of every type."""
    with _temporary_database(postgres, filled) as name, a_hub(make_conninfo(postgres, dbname=name)) as hub:
        report = a_report(hub)
    difficulty = {"unit": UNIT, "plan": "P119-LS", "text": "Thiếu kinh phí", "round": ROUND}
    supply = {"unit": UNIT, "round": ROUND, "form": report["data"]["form"], "system": "so"}
    supply |= {"figures": dict(list(report["data"]["figures"].items())[:1])}
    task = {"unit": "20.SKHCN", "plan": "P119-LS", "task": "T-119-LS-2.3", "status": "done", "asOf": "2026-10-09"}
    item = {
        "unit": UNIT,
        "item": "tin-1",
        "revision": 1,
        "kind": "news",
        "title": "Ra quân",
        "language": "vi",
        "link": "https://example.vn/tin-1",
        "licence": "CC-BY-4.0",
        "programmes": ["P119"],
        "publishedAt": "2026-10-01T08:00:00+07:00",
    }
    gone = {"unit": UNIT, "item": "tin-1", "reason": "Đăng nhầm"}
    return [
        report,
        report,
        report,
        a_withdrawal(),
        _event(events.DIFFICULTY_RAISED, difficulty),
        _event(events.TASK_REPORTED, task),
        _event(events.FIGURES_SUPPLIED, supply),
        _event(events.CONTENT_SUBMITTED, item),
        _event(events.CONTENT_WITHDRAWAL, gone),
    ]


def _event(type_: str, data: dict[str, Any]) -> dict[str, Any]:
    return {"specversion": "1.0", "type": type_, "source": SOURCE, "id": "x", "data": data}


class Sender:
    """Keeps one connection while the server does. Every answer is judged as it comes."""

    def __init__(self, served: Served) -> None:
        self._served, self._token = served, served.token()
        self._conn: http.client.HTTPConnection | None = None
        self.statuses: dict[int, int] = {}

    def send(self, body: bytes, media: str, case: object) -> None:
        conn = self._conn or http.client.HTTPConnection("127.0.0.1", self._served.port, timeout=120)
        conn.request("POST", "/v1/events", body, {"Authorization": f"Bearer {self._token}", "Content-Type": media})
        self._conn = conn
        self._judge(conn.getresponse(), case)

    def send_head(self, head: list[tuple[str, bytes]], body: bytes, case: object) -> None:
        given = {name for name, _ in head}
        lines = [b"POST /v1/events HTTP/1.1", b"Host: hub", b"Connection: close", b"Content-Length: %d" % len(body)]
        if "authorization" not in given:
            lines.append(b"Authorization: Bearer " + self._token.encode())
        lines += [name.encode() + b": " + value for name, value in head]
        with socket.create_connection(("127.0.0.1", self._served.port), timeout=120) as conn:
            conn.sendall(b"\r\n".join(lines) + b"\r\n\r\n" + body)
            response = http.client.HTTPResponse(conn)
            response.begin()
            self._judge(response, case)

    def _judge(self, response: http.client.HTTPResponse, case: object) -> None:
        body = response.read()
        self.statuses[response.status] = self.statuses.get(response.status, 0) + 1
        assert response.status < 500, (case, body)
        if response.status >= 400:
            kind = response.getheader("content-type")
            assert kind == "application/problem+json" or body == b"Invalid HTTP request received.", (case, body)
        if response.getheader("connection") == "close":
            self._conn = None


def places(document: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value in a document."""
    inside = enumerate(document) if isinstance(document, list) else getattr(document, "items", list)()
    return [at, *(place for name, value in inside for place in places(value, (*at, name)))]


def made_odd(document: Any, chance: random.Random) -> Any:
    """A copy with one place replaced, removed, renamed or added to."""
    made = copy.deepcopy(document)
    *path, last = chance.choice(places(made)[1:])
    holder = made
    for name in path:
        holder = holder[name]
    act = chance.randrange(5)
    if act == 0:
        del holder[last]
    elif act == 1 and isinstance(holder, dict):
        holder[chance.choice(("", "x", "data", "é", "a/b~c", "x" * 300, "data_base64"))] = holder.pop(last)
    elif act == 2 and isinstance(holder, dict):
        holder[chance.choice(("", "x", "time", "data_base64", "\u202e"))] = copy.deepcopy(chance.choice(ODD))
    else:
        holder[last] = copy.deepcopy(chance.choice(ODD))
    return made


def damaged(raw: bytes, chance: random.Random) -> bytes:
    """Bytes with a few cut out, put in or changed."""
    found = bytearray(raw)
    for _ in range(chance.randrange(1, 4)):
        place, act = chance.randrange(len(found)), chance.randrange(4)
        if act == 0:
            del found[place : place + chance.randrange(1, 20)]
        elif act == 1:
            found[place:place] = chance.choice(
                (
                    b"\\u0000",
                    b"\\ud800",
                    b"\xff",
                    b"\x00",
                    b"[" * 40,
                    b'"',
                    b"{",
                    b"}",
                    b",",
                    b"1e999",
                    b"NaN",
                    b"\\",
                    b"\r\n",
                    b"9" * 40,
                    b'"a":1,"a":2,',
                )
            )
        else:
            found[place] = chance.randrange(256)
        found = found or bytearray(b"x")
    return bytes(found)


def test_documents_with_one_odd_place_get_a_receipt_or_a_reason(served: Served, documents: list[Any]) -> None:
    chance, sender = random.Random(1), Sender(served)
    for number in range(ROUNDS * 2):
        document = {**chance.choice(documents), "id": f"odd-{number}"}
        document = {**document, "data": {**document["data"], "revision": number + 1}} if number % 2 else document
        odd = made_odd(document, chance)
        if chance.random() < 0.3:
            odd = made_odd(odd, chance) if isinstance(odd, dict) and odd else odd
        sender.send(json.dumps(odd).encode(), STRUCTURED, odd)
    assert {200, 201, 400, 403, 422} & set(sender.statuses), sender.statuses


def test_damaged_bytes_get_a_reason_in_every_shape(served: Served, documents: list[Any]) -> None:
    chance, sender = random.Random(2), Sender(served)
    for number in range(ROUNDS):
        document = {**chance.choice(documents), "id": f"bytes-{number}"}
        media = chance.choice((STRUCTURED, STRUCTURED, BATCH, NDJSON[0]))
        raw = json.dumps([document] * 2 if media == BATCH else document).encode()
        sender.send(damaged(raw, chance), media, raw)


def test_odd_values_stand_in_batches_and_lines_beside_good_ones(served: Served, documents: list[Any]) -> None:
    chance, sender = random.Random(3), Sender(served)
    for number in range(ROUNDS // 10):
        many = [made_odd({**chance.choice(documents), "id": f"many-{number}-{n}"}, chance) for n in range(10)]
        many.append(copy.deepcopy(chance.choice(ODD)))
        sender.send(json.dumps(many).encode(), BATCH, many)
        sender.send(b"\n".join(json.dumps(one).encode() for one in many), NDJSON[0], many)


def test_headers_of_every_kind_get_an_answer(served: Served, documents: list[Any]) -> None:
    chance, sender = random.Random(4), Sender(served)
    for number in range(ROUNDS // 2):
        document = chance.choice(documents)
        head = [(f"ce-{name}", document[name].encode()) for name in ("specversion", "type", "source")]
        head += [("ce-id", b"head-%d" % number), ("content-type", BINARY.encode())]
        for _ in range(chance.randrange(1, 4)):
            extra = (chance.choice(HEADERS), chance.choice(VALUES))
            head = [pair for pair in head if pair[0] != extra[0] or chance.random() < 0.3] + [extra]
        sender.send_head(head, json.dumps(document["data"]).encode(), head)


def test_the_hub_still_accepts_afterwards(served: Served, documents: list[Any]) -> None:
    document = {**documents[0], "id": "last", "data": {**documents[0]["data"], "revision": 100}}
    assert served.post(document).status == 201
