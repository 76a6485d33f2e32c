"""Connections within bounds: a real server, raw bytes."""

from __future__ import annotations

import asyncio
import http.client
import resource
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

import pytest
import uvicorn
from fastapi import Body, Depends, FastAPI
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from lienthong.access.keys import SigningKey
from lienthong.access.principals import Principal
from lienthong.access.tokens import Trust, Verifier, issue
from lienthong.settings import Settings
from lienthong.web import bodies, handling, heads, serving
from lienthong.web.authorization import authorize
from tests.builders.ingest_http import Answer, _bound, _until, read_response

ISSUER = "http://127.0.0.1"
KEY = SigningKey.generate()


class Served:
    def __init__(self, port: int, server: uvicorn.Server) -> None:
        self.port, self.server = port, server

    @contextmanager
    def connected(self) -> Iterator[socket.socket]:
        with socket.create_connection(("127.0.0.1", self.port), timeout=120) as opened:
            yield opened

    def speak(self, raw: bytes) -> Answer:
        with self.connected() as conn:
            conn.sendall(raw)
            return read_response(conn)

    @property
    def open(self) -> int:
        return len(self.server.server_state.connections)


def _app() -> FastAPI:
    made = FastAPI(openapi_url=None)
    made.state.verifier = Verifier(issuer=ISSUER, trust=lambda: Trust.of(KEY))
    handling.install(made)

    @made.get("/small")
    def small() -> dict[str, str]:
        return {"said": "small"}

    @made.get("/slow")
    async def slow() -> dict[str, str]:
        await asyncio.sleep(0.05)
        return {"said": "slow"}

    @made.get("/large")
    def large() -> bytes:
        return b"x"

    @made.post("/act", dependencies=[Depends(authorize("operate:rounds"))])
    def act(given: dict[str, str] = Body()) -> dict[str, str]:  # noqa: B008  (FastAPI's way)
        return given

    @made.post("/own")
    async def own(request: Request) -> dict[str, int]:
        return {"read": len(await request.body())}

    return made


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    app = _app()

    async def big(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == "/big":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            for _ in range(400):
                await send({"type": "http.response.body", "body": b"x" * 100_000, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
            return
        await app(scope, receive, send)

    settings = Settings(max_connections=40, max_connections_per_address=30, address_burst=10_000)
    edged = serving.edge(big, settings, app.state.verifier)
    server = uvicorn.Server(serving.config(edged, settings))
    bound = _bound()
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    _until(lambda: server.started)
    yield Served(bound.getsockname()[1], server)
    server.should_exit = True
    thread.join(timeout=20)
    bound.close()


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine may need a while for what ends well; nobody waits for the end of what was answered."""
    monkeypatch.setattr(heads, "HEAD_SECONDS", 120)
    monkeypatch.setattr(heads, "LINGER_SECONDS", 0.4)


@pytest.fixture
def quick(patient: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests of what does not end."""
    monkeypatch.setattr(heads, "HEAD_SECONDS", 0.4)


def _token() -> str:
    who = Principal(
        client_id="test",
        name="test",
        province="20",
        units=frozenset("*"),
        sources=frozenset(),
        scopes=frozenset({"operate:rounds"}),
        role="province",
    )
    return issue(who, key=KEY, issuer=ISSUER)


def _head(path: str, *more: str, method: str = "POST") -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: hub", *more, "", ""]).encode("latin-1")


def _code(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json["code"]


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _flood(conn: socket.socket, piece: bytes, megabytes: int) -> int:
    """Send until it is refused; how much was sent."""
    sent = 0
    with suppress(OSError):
        for _ in range(megabytes * 1_048_576 // len(piece)):
            conn.sendall(piece)
            sent += len(piece)
    return sent


def test_a_head_beyond_its_limit_is_refused_while_it_is_being_sent(served: Served) -> None:
    for head in (b"GET /" + b"a" * 60_000, b"GET / HTTP/1.1\r\nX-A: " + b"a" * 60_000):
        assert _code(served.speak(head)) == (431, "head_too_large")
    many = _head("/small", *(f"X-{n}: 1" for n in range(200)), method="GET")
    assert _code(served.speak(many)) == (431, "head_too_large")
    assert _code(served.speak(_head("/" + "a" * 9000, method="GET"))) == (414, "address_too_long")


@pytest.mark.parametrize(
    "begun",
    [b"GET / HTTP/1.1\r\nX-A: ", b"GET /", b"GET / HTTP/1.1\r\nHost: a\r\n", b"\r\n"],
    ids=["header", "address", "headers", "nothing"],
)
def test_a_flood_of_headers_costs_no_memory(served: Served, begun: bytes) -> None:
    before = _megabytes()
    with served.connected() as conn:
        conn.sendall(begun)
        sent = _flood(conn, b"X-Abc: " + b"d" * 992 + b"\r\n" if begun.endswith(b"\n") else b"d" * 1000, 300)
    assert sent < 20 * 1_048_576
    assert _megabytes() - before < 20


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("begun", [b"", b"G", b"GET / HTTP/1.1\r\nHost: hub\r\n", b"\r\n"])
def test_a_head_that_does_not_end_ends_its_connection(served: Served, begun: bytes) -> None:
    with served.connected() as conn:
        conn.sendall(begun)
        assert _ended(conn)
    _until(lambda: served.open == 0)


@pytest.mark.usefixtures("quick")
def test_a_head_that_drips_is_not_given_more_time(served: Served) -> None:
    """At this pace the head takes more than 25 of its deadlines; its end is never sent."""
    with served.connected() as conn, pytest.raises(OSError):
        for byte in _head("/small", *(f"X-{n}: 1" for n in range(50)), method="GET"):
            conn.sendall(bytes([byte]))
            time.sleep(0.02)
    _until(lambda: served.open == 0)


def test_a_second_head_on_a_kept_connection_has_its_deadline_too(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served.connected() as conn:
        conn.sendall(_head("/small", method="GET"))
        assert read_response(conn).status == 200
        conn.settimeout(5)  # far below the time that an idle connection is kept
        monkeypatch.setattr(heads, "HEAD_SECONDS", 0.4)
        conn.sendall(b"GET /small HTT")
        assert _ended(conn)


def test_nothing_is_read_of_a_body_before_the_right_to_send_it_is_known(served: Served) -> None:
    before = _megabytes()
    with served.connected() as conn:
        conn.sendall(_head("/act", "Transfer-Encoding: chunked", "Content-Type: application/json"))
        answer = read_response(conn)
        assert _code(answer) == (401, "token_missing")
        sent = _flood(conn, b"10000\r\n" + b"x" * 65_536 + b"\r\n", 100)
    assert sent < 20 * 1_048_576
    assert _megabytes() - before < 20


def test_the_right_scope_is_asked_before_the_body_too(served: Served) -> None:
    asked = _head("/act", "Content-Length: 100000000", "Content-Type: application/json", "Authorization: Bearer x.y.z")
    assert _code(served.speak(asked)) == (401, "token_invalid")


def test_a_body_beyond_its_limit_is_refused_by_what_it_says_or_as_it_grows(served: Served) -> None:
    token = f"Authorization: Bearer {_token()}"
    said = _head("/act", "Content-Length: 100000000", "Content-Type: application/json", token)
    assert _code(served.speak(said)) == (413, "body_too_large")
    before = _megabytes()
    for path in ("/act", "/own"):
        with served.connected() as conn:
            conn.sendall(_head(path, "Transfer-Encoding: chunked", "Content-Type: application/json", token))
            assert _flood(conn, b"10000\r\n" + b"x" * 65_536 + b"\r\n", 100) < 40 * 1_048_576
    assert _megabytes() - before < 60


def test_a_body_that_drips_is_refused(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "GRACE", 0.3)
    monkeypatch.setattr(bodies, "SLOWEST", 10_000)
    with served.connected() as conn:
        conn.sendall(_head("/own", "Content-Length: 1000"))
        with suppress(OSError):
            for _ in range(60):
                conn.sendall(b"x")
                time.sleep(0.05)
        assert _code(read_response(conn)) == (408, "body_too_slow")


def test_a_body_that_stops_is_refused(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "IDLE", 0.2)
    with served.connected() as conn:
        conn.sendall(_head("/own", "Content-Length: 10") + b"x")
        assert _code(read_response(conn)) == (408, "body_too_slow")


def test_what_stands_around_a_chunked_body_is_bounded(served: Served) -> None:
    for framing in (b"5;a=" + b"b" * 1000, b"0\r\n" + b"X-Trailer: " + b"t" * 1000 + b"\r\n"):
        with served.connected() as conn:
            conn.sendall(_head("/own", "Transfer-Encoding: chunked"))
            assert _flood(conn, framing, 50) < 10 * 1_048_576
    _until(lambda: served.open == 0)


@pytest.mark.parametrize("chunk", [b"ZZ\r\n", b"-1\r\n", b"F" * 18 + b"\r\n", b"1\r\nxx\r\n", b"1\nx", b"1;\x00\r\n"])
def test_a_body_that_cannot_be_read_is_answered_though_its_route_waits_for_it(served: Served, chunk: bytes) -> None:
    assert _code(served.speak(_head("/own", "Transfer-Encoding: chunked") + chunk)) == (400, "request_unreadable")
    _until(lambda: served.open == 0)


def test_what_came_whole_is_answered_before_what_cannot_be_read(served: Served) -> None:
    assert served.speak(_head("/slow", method="GET") + b"\x00" * 100).status == 200


@pytest.mark.parametrize("framed", ["Content-Length: 10", "Transfer-Encoding: chunked"])
def test_who_goes_away_within_a_body_is_no_failure_of_ours(
    served: Served, caplog: pytest.LogCaptureFixture, framed: str
) -> None:
    with served.connected() as conn:
        conn.sendall(_head("/own", framed) + b"1")
        _until(lambda: served.open == 1)
    _until(lambda: served.open == 0)
    assert served.speak(_head("/small", method="GET")).status == 200  # after whatever became of the other
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


def test_trailers_are_no_headers(served: Served) -> None:
    with served.connected() as conn:
        conn.sendall(_head("/own", "Transfer-Encoding: chunked") + b"1\r\nx\r\n0\r\nAuthorization: Bearer x\r\n\r\n")
        assert read_response(conn).json == {"read": 1}


def test_who_reads_nothing_is_cut_off(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heads, "WRITE_SECONDS", 0.4)
    with served.connected() as conn:
        conn.sendall(_head("/big", method="GET"))
        _until(lambda: served.open == 0)


def test_connections_of_one_address_are_bounded(served: Served) -> None:
    held = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(30)]
    try:
        _until(lambda: served.open == 30)
        with served.connected() as one_more:
            assert _code(read_response(one_more)) == (503, "too_many_connections")
    finally:
        for conn in held:
            conn.close()
    _until(lambda: served.open == 0)
    assert served.speak(_head("/small", method="GET")).status == 200


@pytest.mark.parametrize(
    "raw",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET\r\n\r\n",
        b"\x00" * 100,
        b"GET / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nA b: c\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"CONNECT a:1 HTTP/1.1\r\n\r\n",
        b"GET http://a:99999/ HTTP/1.1\r\n\r\n",
        b"GET * HTTP/1.1\r\n\r\n",
    ],
)
def test_what_is_no_http_is_refused_in_our_words(served: Served, raw: bytes) -> None:
    answer = served.speak(raw)
    assert 400 <= answer.status < 500
    assert answer.headers["content-type"].startswith("application/problem+json")


_OFFERS = {
    "h2c": ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA"),
    "websocket": ("Upgrade: websocket", "Connection: keep-alive, Upgrade", "Sec-WebSocket-Key: x"),
    "several": ("Connection: Upgrade", "Upgrade: TLS/1.0", "Upgrade: h2c, foo/2"),
}


def _sent(conn: socket.socket, raw: bytes, cut: int) -> None:
    """In two segments, if the cut is within."""
    conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    conn.sendall(raw[:cut])
    if raw[cut:]:
        time.sleep(0.05)
        conn.sendall(raw[cut:])


def test_an_upgrade_is_answered_as_if_nobody_had_asked(served: Served) -> None:
    for offer in _OFFERS.values():
        assert served.speak(_head("/small", *offer, method="GET")).status == 200


@pytest.mark.parametrize("offer", _OFFERS.values(), ids=_OFFERS)
@pytest.mark.parametrize(
    "framed",
    [("Content-Length: 36", b"%s"), ("Transfer-Encoding: chunked", b"24\r\n%s\r\n0\r\n\r\n")],
    ids=["length", "chunks"],
)
def test_the_body_of_who_offers_an_upgrade_is_a_body(
    served: Served, offer: tuple[str, ...], framed: tuple[str, bytes]
) -> None:
    """A body that reads as a request, in each segmentation: whole, parted in the head, after it and within the body."""
    hidden = b"GET /slow HTTP/1.1\r\nHost: hub\r\n\r\n123"
    head = _head("/own", *offer, framed[0])
    raw = head + framed[1] % hidden
    for cut in (len(raw), len(head), len(head) - 1, len(head) - 3, len(head) + 4, head.index(b"Upgrade") + 3):
        with served.connected() as conn:
            _sent(conn, raw + _head("/small", method="GET"), cut)
            with conn.makefile("rb") as answers:
                assert [_next(answers), _next(answers)] == [b'{"read":36}', b'{"said":"small"}'], cut


def test_offers_of_an_upgrade_in_one_breath_are_answered_in_order(served: Served) -> None:
    offering = _head("/own", *_OFFERS["h2c"], "Content-Length: 4") + b"GET "
    closing = _head("/own", "Connection: close, Upgrade", "Upgrade: h2c", "Content-Length: 2") + b"PU"
    with served.connected() as conn:
        conn.sendall(offering * 3 + _head("/small", method="GET") + closing + offering)
        with conn.makefile("rb") as answers:
            said = [_next(answers) for _ in range(5)]
            assert said == [b'{"read":4}'] * 3 + [b'{"said":"small"}', b'{"read":2}']
            assert answers.read() == b""


def test_a_tunnel_is_refused_and_nothing_after_it_is_read(served: Served) -> None:
    for after in (b"", _head("/small", method="GET")):
        with served.connected() as conn:
            conn.sendall(_head("hub:443", "Content-Length: 0", method="CONNECT") + after)
            with conn.makefile("rb") as answers:
                assert answers.readline().startswith(b"HTTP/1.1 400 ")
                assert b"HTTP/1.1 " not in answers.read()


def _next(answers: BinaryIO) -> bytes:
    """The body of the next answer."""
    assert answers.readline().split()[1] == b"200"
    return answers.read(int(http.client.parse_headers(answers)["content-length"]))  # type: ignore[arg-type]


_HEAD = "POST /own HTTP/1.1\r\n"


@pytest.mark.parametrize(
    ("code", "raw"),
    [
        ("host_invalid", _HEAD),
        ("host_invalid", _HEAD + "Host: a b\r\n"),
        ("host_invalid", _HEAD + "Host: a/b\r\n"),
        ("host_invalid", _HEAD + "Host: who@hub\r\n"),
        ("host_invalid", _HEAD + "Host: hub:80a\r\n"),
        ("host_invalid", _HEAD + "Host: hub\xe9\r\n"),
        ("header_repeated", _HEAD + "Host: hub\r\nhost: hub\r\n"),
        ("header_repeated", _HEAD + "Host: hub\r\nAuthorization: Bearer a\r\nauthorization: Bearer b\r\n"),
        ("header_repeated", _HEAD + "Host: hub\r\nContent-Encoding: gzip\r\nContent-Encoding: identity\r\n"),
        ("header_repeated", _HEAD + "Host: hub\r\nContent-Type: a/b\r\nContent-Type: a/b\r\n"),
        ("transfer_encoding_unknown", _HEAD + "Host: hub\r\nTransfer-Encoding: gzip, chunked\r\n"),
        ("transfer_encoding_unknown", "POST /own HTTP/1.0\r\nHost: hub\r\nTransfer-Encoding: chunked\r\n"),
        ("request_unreadable", "GET /small\r\n"),
    ],
)
def test_a_head_that_two_readers_could_understand_in_two_ways_is_refused_and_ends_the_connection(
    served: Served, code: str, raw: str
) -> None:
    """On a new connection, and after a request that was answered."""
    for before in (b"", _head("/small", method="GET")):
        with served.connected() as conn:
            if before:
                conn.sendall(before)
                assert read_response(conn).status == 200
            conn.sendall(raw.encode("latin-1") + b"\r\n0\r\n\r\n" + _head("/small", method="GET"))
            assert _code(read_response(conn)) == (400, code)
            assert _ended(conn)


@pytest.mark.parametrize("version", ["", " HTTP/0.9", " HTTP/2.0"])
def test_another_version_of_the_protocol_is_refused(served: Served, version: str) -> None:
    assert _code(served.speak(f"GET /small{version}\r\nHost: hub\r\n\r\n".encode())) == (400, "request_unreadable")


@pytest.mark.parametrize("host", ["hub", "hub:8443", "127.0.0.1:80", "[::1]:8443", "", "xn--lin-thng-7ya.vn", "a_b"])
def test_a_host_is_a_name_or_an_address_with_or_without_a_port(served: Served, host: str) -> None:
    assert (
        served.speak(f"GET /small HTTP/1.1\r\nHost: {host} \r\nAccept: a/b\r\nAccept: c/d\r\n\r\n".encode()).status
        == 200
    )
    assert served.speak(b"GET /small HTTP/1.0\r\n\r\n").status == 200


def test_who_sends_no_more_is_answered_what_came_whole(served: Served) -> None:
    whole = _head("/own", "Content-Length: 2") + b"{}"
    for raw, answers in ((whole, 1), (_head("/slow", method="GET"), 1), (whole + _head("/slow", method="GET") * 3, 4)):
        with served.connected() as conn:
            conn.sendall(raw)
            conn.shutdown(socket.SHUT_WR)
            with conn.makefile("rb") as read:
                assert read.read().count(b"HTTP/1.1 200 OK\r\n") == answers
    _until(lambda: served.open == 0)


@pytest.mark.parametrize("raw", [b"", b"GET /sma", _head("/own", "Content-Length: 10") + b"1"])
def test_who_sends_no_more_within_a_request_is_not_waited_for(served: Served, raw: bytes) -> None:
    with served.connected() as conn:
        conn.sendall(raw)
        conn.shutdown(socket.SHUT_WR)
        assert conn.recv(100) == b""
    with served.connected() as conn:
        conn.sendall(_head("/small", method="GET"))
        assert read_response(conn).status == 200
        conn.shutdown(socket.SHUT_WR)
        assert _ended(conn)
    _until(lambda: served.open == 0)


def test_who_goes_away_before_the_answer_is_no_failure_of_ours(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    for path in ("/slow", "/big"):
        with served.connected() as conn:
            conn.sendall(_head(path, method="GET"))
            time.sleep(0.02)
    _until(lambda: served.open == 0)
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


def _statuses(conn: socket.socket, count: int) -> list[int]:
    """Of so many answers. Through one buffer: what is read ahead belongs to the next."""
    statuses = []
    with conn.makefile("rb") as answers:
        for _ in range(count):
            statuses.append(int(answers.readline().split()[1]))
            answers.read(int(http.client.parse_headers(answers)["content-length"]))
    return statuses


def test_many_requests_in_one_breath_are_answered_in_order_up_to_a_limit(served: Served) -> None:
    with served.connected() as conn:
        conn.sendall(_head("/small", method="GET") * 10)
        assert _statuses(conn, 10) == [200] * 10
    with served.connected() as conn:
        conn.sendall(_head("/small", method="GET") * 5000)
        assert read_response(conn).status == 200
    _until(lambda: served.open == 0)


def _ended(conn: socket.socket) -> bool:
    """Whether the other side ends the connection; raises TimeoutError after the patience of the socket."""
    try:
        while conn.recv(65_536):
            pass
    except ConnectionResetError:
        pass
    return True
