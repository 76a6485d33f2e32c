"""The real app of ingest behind a real uvicorn on loopback, and a client that can send anything.

`serving(conninfo)` gives a `Served`; `Served.post(...)` sends one request on its own connection, `raw(...)` bytes
as they are.
"""

from __future__ import annotations

import http.client
import json
import random
import socket
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn

from lienthong.access.keys import SigningKey
from lienthong.access.principals import Principal
from lienthong.access.tokens import Trust, Verifier, issue
from lienthong.contracts.schemas import Contracts
from lienthong.eventlog.append import PostgresAppender, partitions_of
from lienthong.eventlog.postgres import PostgresEventLog
from lienthong.eventlog.wakeup import Notifier
from lienthong.postgres.pool import Pool, connect
from lienthong.settings import Settings
from lienthong.web.serving import Answered
from services.hub.front import Front
from services.ingest import app as api
from services.ingest.claims.modes import BATCH, NDJSON, STRUCTURED
from tests.builders.hub import SOURCE

ISSUER = "http://127.0.0.1"
BINARY = "application/json"


@dataclass(frozen=True)
class Answer:
    """A response: status, headers (names in lower case), body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.body.splitlines()]

    @property
    def codes(self) -> set[str]:
        return {error["code"] for error in self.json["errors"]}


@dataclass
class Served:
    """A hub's ingest behind HTTP. key signs the tokens that it trusts."""

    port: int
    conninfo: str
    key: SigningKey
    contracts: Contracts
    server: uvicorn.Server

    def token(
        self,
        *,
        client: str = "test",
        units: Iterable[str] = ("*",),
        sources: Iterable[str] = (SOURCE,),
        province: str = "20",
        scopes: Iterable[str] = ("report:submit", "report:read", "content:submit"),
        role: str = "unit",
    ) -> str:
        """A token of a client; unless said otherwise one of Lạng Sơn that may report for every unit."""
        who = Principal(
            client_id=client,
            name=client,
            province=province,
            units=frozenset(units),
            sources=frozenset(sources),
            scopes=frozenset(scopes),
            role=role,
        )
        return issue(who, key=self.key, issuer=ISSUER)

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        media: str | None = None,
        headers: Mapping[str, str] | None = None,
        token: str | None = None,
    ) -> Answer:
        """One request on a connection of its own. body: bytes, an iterable of them (chunked), or None."""
        sent = {
            "Authorization": f"Bearer {token or self.token()}",
            **({"Content-Type": media} if media else {}),
            **(headers or {}),
        }
        conn = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            conn.request(method, path, body, sent, encode_chunked=body is not None and not isinstance(body, bytes))
            return _answer(conn.getresponse())
        finally:
            conn.close()

    def post(self, body: Any, media: str = STRUCTURED, *, dry_run: bool = False, **more: Any) -> Answer:
        """POST /v1/events. body: bytes, an iterable of bytes, or an object to be written as JSON."""
        ready = body if isinstance(body, bytes) or hasattr(body, "__next__") else json.dumps(body).encode()
        return self.request("POST", "/v1/events" + ("?dryRun=true" if dry_run else ""), ready, media=media, **more)

    def bulk(self, documents: Iterable[Any], **more: Any) -> Answer:
        """POST /v1/events as NDJSON in one body."""
        return self.post(b"".join(json.dumps(document).encode() + b"\n" for document in documents), NDJSON[0], **more)

    def batch(self, documents: list[Any], **more: Any) -> Answer:
        """POST /v1/events as a batch."""
        return self.post(json.dumps(documents).encode(), BATCH, **more)

    def get(self, path: str, **more: Any) -> Answer:
        return self.request("GET", path, **more)

    @contextmanager
    def connected(self) -> Iterator[socket.socket]:
        """A socket to the server, to speak any bytes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as opened:
            yield opened

    def head(self, media: str, *, length: int | None, more: str = "") -> bytes:
        """The head of a POST: length None is a chunked body."""
        framing = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
        return (
            f"POST /v1/events HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {self.token()}\r\n"
            f"Content-Type: {media}\r\n{framing}\r\n{more}\r\n"
        ).encode("latin-1")

    def rows(self, query: str, *given: Any) -> list[tuple[Any, ...]]:
        with connect(self.conninfo) as owner:
            return owner.execute(query.encode(), given).fetchall()


def read_response(conn: socket.socket) -> Answer:
    """The response on a socket that has been written to."""
    response = http.client.HTTPResponse(conn)
    response.begin()
    return _answer(response)


@contextmanager
def serving(conninfo: str, **settings: Any) -> Iterator[Served]:
    """The app over a database that `hub.fill` made, on a free port below the ephemeral ones."""
    key = SigningKey.generate()
    contracts = Contracts.load()
    with ExitStack() as stack:
        pool = stack.enter_context(Pool(conninfo, role="lienthong_ingest", application_name="test", max_size=8))
        notifier = Notifier(pool)
        stack.callback(notifier.close)
        with connect(conninfo) as owner:
            appender = PostgresAppender(partitions_of(owner))
        verifier = Verifier(issuer=ISSUER, trust=lambda: Trust.of(key))
        app = api.app(
            api.Parts(
                settings=Settings(**settings),
                pool=pool,
                conninfo=conninfo,
                log=PostgresEventLog(pool),
                appender=appender,
                contracts=contracts,
                verifier=verifier,
                notifier=notifier,
            )
        )
        front = Answered(Front([app], ready=dict, degraded=dict, behind=dict, metrics=bytes))
        server = uvicorn.Server(uvicorn.Config(front, log_config=None, access_log=False, server_header=False))
        bound = _bound()
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
        thread.start()
        _until(lambda: server.started)
        try:
            yield Served(port=bound.getsockname()[1], conninfo=conninfo, key=key, contracts=contracts, server=server)
        finally:
            server.should_exit = True
            thread.join(timeout=20)
            bound.close()


def _bound() -> socket.socket:
    """A socket on a free port below 32768, where no outgoing connection of the machine takes it."""
    while True:
        found = socket.socket()
        try:
            found.bind(("127.0.0.1", random.randrange(20_000, 32_000)))
        except OSError:
            found.close()
        else:
            return found


def _until(condition: Any, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("waited in vain")
        time.sleep(0.01)


def _answer(response: http.client.HTTPResponse) -> Answer:
    body = response.read()
    return Answer(status=response.status, headers={k.lower(): v for k, v in response.getheaders()}, body=body)
