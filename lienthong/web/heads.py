"""HTTP connections within bounds: uvicorn's protocol with what it lacks.

uvicorn (0.54, with httptools) takes a head of any length for any time, keeps reading after it has answered, waits for
ever for a reader that does not read, lets trailers after a body into the headers, and takes the body of who offers an
upgrade for another protocol. Here: a head is complete within HEAD_SECONDS and HEAD_BYTES, what surrounds a chunked body
is bounded, what comes after an answer is dropped for a moment and then the connection ends, who reads nothing for
WRITE_SECONDS is cut off, an upgrade is not heard, a head that two readers could understand in two ways is refused, and
connections are counted in all and by address. What is refused here is answered as a problem document, like everything
else.
"""

from __future__ import annotations

import asyncio
import re
from http import HTTPStatus
from typing import Any, ClassVar

import httptools
import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from lienthong.refusals import refused
from lienthong.web.connections import Connections
from lienthong.web.problems import MEDIA_TYPE, document

HEAD_SECONDS = 10.0
HEAD_BYTES = 49_152  # a token of a client of 200 units has 16,384; a proxy adds a few thousand
URL_BYTES = 8_192
HEADERS = 100
PIPELINED = 32  # requests that one connection may have waiting; browsers and libraries send one
FRAMING = 16_384  # bytes around a chunked body beyond eight for each of its own: trailers, extensions of chunks
LINGER_SECONDS, LINGER_BYTES = 2.0, 1_048_576  # what is dropped after an answer, so that the sender sees it
WRITE_SECONDS = 60.0
_ONCE = (b"host", b"authorization", b"content-type", b"content-encoding", b"transfer-encoding")
"""Headers of one value: who reads the first of two and who reads the last would not agree on the request."""
_HOST = re.compile(rb"(?:\[[0-9A-Fa-f:.]+\]|(?:[\w.~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*)(?::[0-9]{0,5})?[ \t]*")


def protocol(connections: Connections) -> type[HttpToolsProtocol]:
    """The protocol class for uvicorn.Config(http=…), counting in `connections`."""
    return type("Counted", (Bounded,), {"connections_of_process": connections})


class Bounded(HttpToolsProtocol):
    """One connection."""

    connections_of_process: ClassVar[Connections]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._address: str | None = None  # None while it is not counted
        self._in_head, self._parted = True, False
        self._head_until: float | None = None  # the loop's time; None while no head is coming
        self._fed = self._body = self._dropped = 0
        self._host = b"/"  # the last one that was judged; at first none that anybody could send
        self._timers: dict[str, asyncio.TimerHandle] = {}

    # -- the connection ----------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        address = self.client[0] if self.client else ""
        if self.connections_of_process.admit(address):
            self._address = address
            self._await_head()
        else:
            self._part("too_many_connections")

    def connection_lost(self, exc: Exception | None) -> None:
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        if self._address is not None:
            self.connections_of_process.remove(self._address)
            self._address = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._parted:
            self._drop(len(data))
            return
        self._fed += len(data)
        if self._in_head and self._head_until is None:
            self._await_head()
        self._unset_keepalive_if_required()
        self._feed(data)
        if self._parted or self.transport.is_closing():
            return
        if self._in_head:
            if self._fed > HEAD_BYTES:
                self._part("head_too_large")
        elif self._fed - self._body > FRAMING + 8 * self._body:
            self._part("request_unreadable")
        elif self.cycle is not None and self.cycle.response_complete:
            self._drop(len(data))

    def eof_received(self) -> bool | None:  # type: ignore[override]
        """Whether who sends no more is still answered: what came whole counts, and its sender has to be told. A request
        that is not whole never will be; over TLS nobody can end one direction alone.
        """
        cycle = self.cycle
        if self._parted or cycle is None or cycle.more_body or cycle.response_complete or self.scheme == "https":
            return False
        cycle.keep_alive = False  # it is the last
        return True

    def pause_writing(self) -> None:
        super().pause_writing()
        self._arm("write", WRITE_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        self._disarm("write")
        super().resume_writing()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self._in_head and not self.transport.is_closing():  # answered before the body was all there
            self._arm("linger", LINGER_SECONDS, self.transport.close)

    # -- the parser --------------------------------------------------------------------------------------

    def _feed(self, data: bytes) -> None:
        """Let the parser read. It ends a request at its head where that offers an upgrade, and would read the body as
        the next request; whoever ignores the offer reads on as usual (RFC 9110 §7.8). So the head is read again, by a
        parser that has heard of none.
        """
        while True:
            try:
                self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:
                if self.scope["method"] == "CONNECT":  # what follows its head is never HTTP
                    self.send_400_response("")
                    return
                data = self._without_upgrade() + data[upgrade.args[0] :]
                self.parser = self._parser_made()
                continue
            except httptools.HttpParserError:
                self.logger.warning("Invalid HTTP request received.")
                self.send_400_response("")
            return

    def _without_upgrade(self) -> bytes:
        """The head just read, as it came but for the header Upgrade. The parser lets no line end into a part of it."""
        scope = self.scope
        lines = [f"{scope['method']} ".encode("ascii") + self.url + f" HTTP/{scope['http_version']}".encode("ascii")]
        lines += [name + b": " + value for name, value in scope["headers"] if name != b"upgrade"]
        return b"\r\n".join([*lines, b"", b""])

    def _parser_made(self) -> httptools.HttpRequestParser:
        """As uvicorn makes it: what a sender writes after a request with `Connection: close` is no fault."""
        parser = httptools.HttpRequestParser(self)
        parser.set_dangerous_leniencies(lenient_data_after_close=True)
        return parser

    def _should_upgrade(self) -> bool:
        """Whether nothing is begun yet for a request that offers an upgrade: `_feed` gives its head once more."""
        return True

    def on_message_begin(self) -> None:
        if len(self.pipeline) >= PIPELINED:
            self._stop("request_unreadable")
        super().on_message_begin()
        self._in_head = True

    def on_headers_complete(self) -> None:
        self._head_until = None
        if len(self.url) > URL_BYTES:
            self._stop("address_too_long")
        size = len(self.url)
        for name, value in self.headers:
            size += len(name) + len(value)
        if size > HEAD_BYTES or len(self.headers) > HEADERS:
            self._stop("head_too_large")
        by_name = dict(self.headers)
        if len(by_name) < len(self.headers):
            self._refuse_repeated()
        if by_name.get(b"host") != self._host or b"transfer-encoding" in by_name:
            self._judge(by_name)
        self._in_head = False
        self._fed = self._body = 0
        super().on_headers_complete()
        self.headers = []  # for the trailers after a body, which would else pass for headers of the request

    def _refuse_repeated(self) -> None:
        names = [name for name, _ in self.headers]
        for name in _ONCE:
            if names.count(name) > 1:
                self._stop("header_repeated", name=name.decode("ascii").title())

    def _judge(self, by_name: dict[bytes, bytes]) -> None:
        """What RFC 9112 asks of a head (§2.5, §3.2, §6.1). A kept connection names one host again and again, so that
        most requests do not come here.
        """
        version, host = self.parser.get_http_version(), by_name.get(b"host")
        if version not in ("1.0", "1.1"):
            self._stop("request_unreadable")
        if (host is None and version == "1.1") or not _HOST.fullmatch(host or b""):
            self._stop("host_invalid")
        coding = by_name.get(b"transfer-encoding")
        if coding is not None and (version == "1.0" or coding.strip().lower() != b"chunked"):
            self._stop("transfer_encoding_unknown")
        if host is not None:
            self._host = host

    def on_body(self, body: bytes) -> None:
        self._body += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._in_head, self._fed = True, 0
        self._disarm("linger")

    def send_400_response(self, msg: str) -> None:
        """What the parser could not read."""
        if not self._parted:
            self._part("request_unreadable")

    # -- refusing ----------------------------------------------------------------------------------------

    def _stop(self, code: str, **params: str) -> None:
        """From within the parser: refuse, and let it read no further."""
        self._part(code, **params)
        raise ValueError(code)

    def _part(self, code: str, **params: str) -> None:
        """Say why, read no more, and end the connection as soon as the sender can have seen it."""
        self._parted = True
        self._head_until = None
        self.pipeline.clear()
        if self._broke_off() or self.cycle is None or self.cycle.response_complete:
            self.transport.write(_answer(code, **params))
            if self.transport.can_write_eof():
                self.transport.write_eof()
        # Else the answer to what came whole is under way, and is the last.
        self._arm("linger", LINGER_SECONDS, self.transport.abort)

    def _broke_off(self) -> bool:
        """Whether what is refused is the body of the request at hand, and nothing was answered to it. Its app may wait
        for the rest, and is told that there is none.
        """
        cycle = self.cycle
        if cycle is None or not cycle.more_body or cycle.response_started:
            return False
        cycle.disconnected = True
        cycle.message_event.set()
        return True

    def _drop(self, size: int) -> None:
        self._dropped += size
        if self._dropped > LINGER_BYTES:
            self.transport.abort()

    def _await_head(self) -> None:
        """From now on there is HEAD_SECONDS. The timer of a head before is left running, and looks again when it is
        over: to arm and disarm one with each request was a twentieth of what it costs to answer it. (Only in tests does
        a later head have less time than the one before.)
        """
        self._head_until = self.loop.time() + HEAD_SECONDS
        timer = self._timers.get("head")
        if timer is None or timer.when() > self._head_until:
            self._arm("head", HEAD_SECONDS, self._head_due)

    def _head_due(self) -> None:
        del self._timers["head"]
        if self._head_until is None:
            return
        left = self._head_until - self.loop.time()
        if left > 0:
            self._arm("head", left, self._head_due)
        else:
            self._head_too_slow()

    def _head_too_slow(self) -> None:
        if self.flow.read_paused:  # it is we who do not read
            self._await_head()
        elif self._fed:
            self._part("head_too_slow")
        else:
            self.transport.close()

    def _arm(self, name: str, seconds: float, then: Any) -> None:
        self._disarm(name)
        self._timers[name] = self.loop.call_later(seconds, then)

    def _disarm(self, name: str) -> None:
        timer = self._timers.pop(name, None)
        if timer is not None:
            timer.cancel()


def _answer(code: str, **params: str) -> bytes:
    error = refused(code, **params)
    status = error.status or 400
    body = orjson.dumps(document(error))
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\ncontent-type: {MEDIA_TYPE}\r\ncontent-language: vi\r\n"
        f"x-content-type-options: nosniff\r\ncache-control: no-store\r\ncontent-length: {len(body)}\r\n"
        "connection: close\r\n\r\n"
    )
    return head.encode("ascii") + body
