"""One HTTP exchange with somebody else's server: resolved, checked, sent and read within one limit.

Nothing a server does gains it time: neither a head that drips, nor `102 Processing` again and again, nor a body that
never ends; each wait gets what is left of the one limit. Nor does it gain the processor, which other destinations need:
of interim answers a few are read. The connection goes to the very address that was checked
(a name that resolves differently a moment later gains nothing), the certificate is checked against the name. No
redirect is followed, no proxy of the environment is used, nothing is unpacked, no connection is kept.
"""

from __future__ import annotations

import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import h11

from lienthong.pushes.addresses import Address, is_allowed

MOST_INTERIM = 20  # answers such as `102 Processing`; who works on a delivery for its whole limit says so now and then
MOST_HEAD = 32 * 1024  # bytes of a head; real ones have one or two thousand
_PIECE = 64 * 1024
_CLOSED = "the connection was closed before the answer was complete"

Resolve = Callable[[str, int], list[str]]


class Unreachable(Exception):
    """No answer came. code: stable name of why; permanent: trying again can't help."""

    def __init__(self, code: str, reason: str, *, permanent: bool = False) -> None:
        super().__init__(reason)
        self.code = code
        self.permanent = permanent


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What is sent. target: path and query behind the address's own path."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What came back. headers: by lower-case name. body: its first bytes, as many as were asked for."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class TimeLimit:
    """A moment that nothing moves."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds

    def seconds_left(self) -> float:
        """Seconds that are left. Raises Unreachable when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise Unreachable("timeout", f"no answer within {self._seconds:g} s")
        return left


def resolve(host: str, port: int) -> list[str]:
    """All addresses of a name, in the system's order. Raises OSError."""
    addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in addresses))


def exchange(
    address: Address,
    question: Question,
    *,
    reach: str,
    seconds: float,
    most: int,
    context: ssl.SSLContext,
    resolve: Resolve = resolve,
) -> Answer:
    """Send and read within `seconds`. most: bytes of the answer's body that are read. Raises Unreachable."""
    limit = TimeLimit(seconds)
    with _failures_as_unreachable():
        texts = _require_allowed(_resolve(resolve, address, limit), address.host, reach)
        with _connection(address, texts, limit, context) as sock:
            return _ask(sock, address, question, limit, most)


def _resolve(resolve: Resolve, address: Address, limit: TimeLimit) -> list[str]:
    """In a thread of its own: the system's resolver knows no limit, and is left behind when it takes too long."""
    answers: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(resolve(address.host, address.port))
        except Exception as error:  # noqa: BLE001 (it is raised again below, by the thread that waits)
            answers.put(error)

    threading.Thread(target=ask, name="resolve", daemon=True).start()
    try:
        texts = answers.get(timeout=limit.seconds_left())
    except queue.Empty:
        raise Unreachable("name_not_resolved", f"the name {address.host} was not resolved in time") from None
    if isinstance(texts, Exception):
        raise texts
    return texts


def _require_allowed(addresses: list[str], host: str, reach: str) -> list[str]:
    refused = [address for address in addresses if not is_allowed(address, reach)]
    if refused or not addresses:
        where = refused[0] if refused else "nowhere"
        raise Unreachable(
            "address_refused", f"{host} is at {where}, which the reach {reach!r} does not allow", permanent=True
        )
    return addresses


@contextmanager
def _connection(
    address: Address, texts: list[str], limit: TimeLimit, context: ssl.SSLContext
) -> Iterator[socket.socket]:
    sock = _first_that_answers(texts, address.port, limit)
    try:
        if address.scheme == "https":
            sock.settimeout(limit.seconds_left())
            wrapped = context.wrap_socket(sock, server_hostname=address.host, do_handshake_on_connect=False)
            sock = wrapped
            wrapped.do_handshake()  # one limit for all of it, however it drips
        yield sock
    finally:
        sock.close()


def _first_that_answers(texts: list[str], port: int, limit: TimeLimit) -> socket.socket:
    """Each address gets its share of the time, so that one that swallows everything leaves some for the next."""
    for place, ip in enumerate(texts):
        try:
            return socket.create_connection((ip, port), timeout=limit.seconds_left() / (len(texts) - place))
        except OSError as error:
            if place + 1 == len(texts):
                limit.seconds_left()
                raise Unreachable("connection_failed", str(error)) from error
    raise AssertionError("there is an address")


def _ask(sock: socket.socket, address: Address, question: Question, limit: TimeLimit, most: int) -> Answer:
    http = h11.Connection(h11.CLIENT, max_incomplete_event_size=MOST_HEAD)
    headers = {
        "host": address.authority,
        "content-length": str(len(question.body)),
        "accept-encoding": "identity",  # a few bytes that unpack to gigabytes would be read before they are counted
        "connection": "close",
        **question.headers,
    }
    head = h11.Request(method=question.method, target=address.path + question.target, headers=list(headers.items()))
    pieces = (http.send(head) or b"", http.send(h11.Data(data=question.body)) or b"", http.send(h11.EndOfMessage()))
    broken = _send(sock, b"".join(piece or b"" for piece in pieces), limit)
    try:
        return _read(sock, http, limit, most)
    except OSError as error:
        raise broken or error from error


def _send(sock: socket.socket, data: bytes, limit: TimeLimit) -> OSError | None:
    """Sends. A server may answer and close before it has read everything: its answer is read all the same."""
    view = memoryview(data)
    try:
        while view:
            sock.settimeout(limit.seconds_left())
            view = view[sock.send(view[:_PIECE]) :]
    except TimeoutError:
        raise
    except OSError as error:
        return error
    return None


def _read(sock: socket.socket, http: h11.Connection, limit: TimeLimit, most: int) -> Answer:
    answer: h11.Response | None = None
    parts: list[bytes] = []
    size, ended, interim = 0, False, 0
    while True:
        try:
            event = http.next_event()
        except h11.RemoteProtocolError as error:
            if ended:
                raise Unreachable("connection_broken", _CLOSED) from error
            raise Unreachable("answer_malformed", str(error)) from error
        if event is h11.NEED_DATA:
            sock.settimeout(limit.seconds_left())
            received = sock.recv(_PIECE)
            ended = not received
            http.receive_data(received)
        elif isinstance(event, h11.Response):
            answer = event
        elif isinstance(event, h11.Data):
            limit.seconds_left()
            parts.append(bytes(event.data))
            size += len(event.data)
        elif isinstance(event, h11.InformationalResponse):
            interim += 1
            if interim > MOST_INTERIM:
                raise Unreachable(
                    "answer_malformed", f"more than {MOST_INTERIM} interim answers (1xx) and no final one"
                )
            limit.seconds_left()
        if answer is not None and (isinstance(event, h11.EndOfMessage | h11.ConnectionClosed) or size >= most):
            return Answer(status=answer.status_code, headers=_headers(answer), body=b"".join(parts)[:most])
        if isinstance(event, h11.ConnectionClosed):
            raise Unreachable("connection_broken", _CLOSED)


def _headers(answer: h11.Response) -> dict[str, str]:
    return {bytes(name).decode("ascii"): bytes(value).decode("latin-1") for name, value in answer.headers}


@contextmanager
def _failures_as_unreachable() -> Iterator[None]:
    """What the system and the libraries raise, as Unreachable."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise Unreachable("certificate_refused", error.verify_message) from error
    except socket.gaierror as error:
        raise Unreachable("name_not_resolved", str(error)) from error
    except TimeoutError as error:
        raise Unreachable("timeout", "no answer in time") from error
    except OSError as error:
        raise Unreachable("connection_broken", str(error)) from error
