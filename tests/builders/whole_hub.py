"""The whole hub over one database as `lienthong http` serves it: all apps, the edge, a real server on loopback.

`serving(conninfo)` gives a `Whole`: requests by any client, and raw sockets.
"""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson
import uvicorn
from fastapi import FastAPI

from lienthong.access.principals import SCOPES, Principal
from lienthong.access.tokens import issue
from lienthong.postgres.pool import connect
from lienthong.settings import Settings
from lienthong.web import serving as edge
from services.hub import http as side
from services.hub import roster
from services.hub.base import Base
from services.hub.openapi import document
from services.identity import keys
from tests.builders.ingest_http import Answer, _answer, _bound, _until, read_response

__all__ = ["Answer", "Whole", "read_response", "serving"]


@dataclass
class Whole:
    """A hub behind HTTP. key signs tokens that it trusts."""

    port: int
    conninfo: str
    settings: Settings
    key: Any
    server: uvicorn.Server
    apps: Sequence[FastAPI]

    @cached_property
    def described(self) -> dict[str, Any]:
        """The OpenAPI document: made for those who ask for it, for it takes a second."""
        return document(self.apps)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def token(
        self,
        *,
        client: str = "test",
        province: str = "20",
        scopes: Iterable[str] = tuple(SCOPES),
        units: Iterable[str] = ("*",),
        role: str = "province",
    ) -> str:
        """A token of a client; unless said otherwise one of Lạng Sơn that may do everything."""
        who = Principal(
            client_id=client,
            name=client,
            province=province,
            units=frozenset(units),
            sources=frozenset({f"/{province}/{client}"}),
            scopes=frozenset(scopes),
            role=role,
        )
        return issue(who, key=self.key, issuer=self.settings.address)

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        media: str | None = None,
        token: str | None = "",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request on a connection of its own. body: bytes, an iterable of them, or an object for JSON. token: ""
        is that of `token()`, None is no token at all.
        """
        sent = {**({} if token is None else {"Authorization": f"Bearer {token or self.token()}"}), **(headers or {})}
        if body is not None and not isinstance(body, bytes) and not hasattr(body, "__next__"):
            body, media = orjson.dumps(body), media or "application/json"
        if media:
            sent["Content-Type"] = media
        conn = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            conn.request(method, path, body, sent, encode_chunked=hasattr(body, "__next__"))
            return _answer(conn.getresponse())
        finally:
            conn.close()

    def get(self, path: str, **more: Any) -> Answer:
        return self.request("GET", path, **more)

    @contextmanager
    def connected(self) -> Iterator[socket.socket]:
        """A socket to the server, to speak any bytes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=120) as opened:
            yield opened

    def speak(self, raw: bytes) -> Answer:
        """The answer to these bytes."""
        with self.connected() as conn:
            conn.sendall(raw)
            return read_response(conn)


@contextmanager
def serving(conninfo: str, **settings: Any) -> Iterator[Whole]:
    """The hub over a database that `hub.fill` made, on a free port below the ephemeral ones."""
    with ExitStack() as stack:
        bound = _bound()
        stack.callback(bound.close)
        made = Settings(port=bound.getsockname()[1], **settings)
        base = Base(settings=made, conninfo=conninfo)
        with connect(conninfo, role="lienthong_identity") as conn:
            keys.ensure(conn)
            key = keys.current_key(conn)
        front = side.http(base, tuple(row.name for row in roster.serving()), stack)
        app = edge.edge(front, made, front.apps[0].state.verifier)
        server = uvicorn.Server(edge.config(app, made))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
        thread.start()
        _until(lambda: server.started)
        try:
            yield Whole(port=made.port, conninfo=conninfo, settings=made, key=key, server=server, apps=front.apps)
        finally:
            server.should_exit = True
            thread.join(timeout=20)
