"""The hub's own routes, asked in this process in the name of the person logged in.

No socket and no second way: what a page shows passed the same checks as an answer to a client. Problems come back
as the error tree, in the words that the route chose.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import orjson
from starlette.requests import Request
from starlette.types import ASGIApp

from lienthong.errors import Message, Problem, Rejected, Transient
from lienthong.refusals import refused
from lienthong.web import etags

_AT_ONCE = 1000  # rows of a list, the most that a route gives
_PATIENCE = 20.0  # seconds; a statement of the routes ends after 15
_UNCHANGED, _ABSENT = 304, 404
_BUSY = 500  # from this status on it is the hub's fault, and trying again may help

Answer = Mapping[str, Any]


class Hub:
    """app: the front over all services of this process."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    def asking(self, token: str, *, lang: str, client: str | None) -> Asking:
        """What one request asks. client: the person's own address, for the audit log."""
        return self._asking("http://hub", client, {"Authorization": f"Bearer {token}", "Accept-Language": lang})

    def as_browser(self, request: Request, *, lang: str, csrf: str = "") -> Asking:
        """The same with the browser's own cookies, for the routes of sessions. Headers go on byte by byte: a browser
        may write anything into them."""
        headers = {
            name: request.headers[name].encode("latin-1")
            for name in ("cookie", "user-agent", "sec-fetch-site")
            if name in request.headers
        }
        address = request.client.host if request.client else None
        # Under https the cookies have other names, so the routes have to see how the browser came.
        return self._asking(
            f"{request.url.scheme}://hub", address, {**headers, "X-CSRF-Token": csrf, "Accept-Language": lang}
        )

    def _asking(self, base: str, client: str | None, headers: Mapping[str, str | bytes]) -> Asking:
        transport = httpx.ASGITransport(self._app, raise_app_exceptions=False, client=(client or "127.0.0.1", 0))
        raw_headers = [
            (name.encode(), value if isinstance(value, bytes) else value.encode()) for name, value in headers.items()
        ]
        return Asking(
            client=httpx.AsyncClient(
                transport=transport, base_url=base, timeout=_PATIENCE, trust_env=False, headers=raw_headers
            )
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Asking:
    """Questions of one person in one request."""

    client: httpx.AsyncClient

    async def get(self, path: str, **query: str | int | None) -> Answer:
        """The JSON of a route. Raises Rejected with the route's own problems, Transient when the hub is busy."""
        answer, _ = await self.with_version(path, **query)
        return answer

    async def with_version(self, path: str, **query: str | int | None) -> tuple[Answer, str]:
        """(JSON, ETag) of a thing that is edited, the ETag empty where the route has none. Raises as `get`.

        The ETag is that of its version: what the hub counts beside it is nothing that a form could overwrite.
        """
        parameters = {name: value for name, value in query.items() if value is not None}
        try:
            response = await self.client.get(path, params=parameters or None)  # none would take off those of a link
        except httpx.TransportError as error:
            raise Transient(f"the hub does not answer: {error}") from error
        return _answer(response), etags.of_version(response.headers.get("etag", ""))

    async def every(
        self,
        path: str,
        member: str,
        query: Mapping[str, str | int | None],
        *,
        most: int | None = None,
        too_long: str = "file_too_long",
    ) -> Answer:
        """All pages of a list as one answer, with what the first says beside it. most: the list's rows, where somebody
        could ask for those of ten years. Raises as `get`, Rejected (400, too_long) for more rows than that.
        """
        first = page = await self.get(path, **{"limit": _AT_ONCE, **query})
        rows: list[Any] = list(page[member])
        while "next" in page["links"]:
            if most is not None and len(rows) >= most:
                raise refused(too_long, most=most)
            page = await self.get(page["links"]["next"])
            rows += page[member]
        return {**first, member: rows}

    async def unless(self, path: str, etag: str) -> tuple[str, Answer | None] | None:
        """(ETag, the JSON of a route), the JSON None where it is still what was held under this ETag. None where the
        hub has nothing there (404). Raises as `get`.
        """
        try:
            response = await self.client.get(path, headers={"If-None-Match": etag} if etag else {})
        except httpx.TransportError as error:
            raise Transient(f"the hub does not answer: {error}") from error
        if response.status_code == _ABSENT:
            return None
        unchanged = response.status_code == _UNCHANGED
        return response.headers.get("etag", ""), None if unchanged else _answer(response)

    async def send(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, version: str = ""
    ) -> httpx.Response:
        """An act by a route. Raises as `get`; the response is for whoever needs its headers.

        version: the ETag of what is edited; with another one by now nothing is done (412).
        """
        try:
            response = await self.client.request(
                method, path, json=body, headers={"If-Match": version} if version else None
            )
        except httpx.TransportError as error:
            raise Transient(f"the hub does not answer: {error}") from error
        if not response.is_success:
            _answer(response)
        return response

    async def submit(self, event: bytes, *, dry_run: bool) -> Answer:
        """Send one event (structured mode), or only ask what would become of it. Raises as `get`."""
        query = {"dryRun": "true"} if dry_run else {}
        headers = {"Content-Type": "application/cloudevents+json"}
        try:
            response = await self.client.post("/v1/events", params=query, content=event, headers=headers)
        except httpx.TransportError as error:
            raise Transient(f"the hub does not answer: {error}") from error
        return _answer(response)

    async def all(self, *questions: Awaitable[Answer]) -> list[Answer]:
        """Several at once, answers in order. The first problem is raised."""
        return list(await asyncio.gather(*questions))

    async def close(self) -> None:
        await self.client.aclose()


def _answer(response: httpx.Response) -> Answer:
    if response.is_success:
        document: Answer = orjson.loads(response.content)
        return document
    if response.status_code >= _BUSY:
        raise Transient(f"the hub answered {response.status_code}")
    raise Rejected(_problems(response), status=response.status_code)


def _problems(response: httpx.Response) -> list[Problem]:
    try:
        body = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        body = {}
    return [
        Problem(
            pointer=error["pointer"],
            code=error["code"],
            message=Message(vi=error["message_vi"], en=error["message_en"]),
            params=error.get("params", {}),
        )
        for error in body.get("errors", ())
    ]
