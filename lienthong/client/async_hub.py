"""A hub as a program of asyncio sees it: what `hub.Hub` does, awaited."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any, Self, TypeVar

import httpx

from lienthong.client import events, flows, wire
from lienthong.client.access import Credentials
from lienthong.client.answers import Fault, Obligation, Raw, Receipt, Refusal, Result
from lienthong.client.events import Data, Event
from lienthong.client.exchange import Flow, Login, Lost, Pause, Reply, Request, Response, Step
from lienthong.client.flows import ClientSession
from lienthong.client.patience import Patience

T = TypeVar("T")


class AsyncHub:
    """One registered client of a hub, for the tasks of one event loop. Parameters and methods are those of `Hub`."""

    def __init__(
        self,
        address: str | httpx.AsyncClient,
        credentials: Credentials,
        *,
        source: str,
        patience: Patience | None = None,
        language: str = "vi",
    ) -> None:
        self._own = isinstance(address, str)
        self._http = httpx.AsyncClient(**wire.settings(address)) if isinstance(address, str) else address
        self._session = ClientSession(credentials, patience or Patience(), random.random, language)
        self._lock = asyncio.Lock()
        self.source = source

    @property
    def client_id(self) -> str:
        return self._session.credentials.client_id

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        if self._own:
            await self._http.aclose()

    def event(self, said: Data, *, id: str) -> Event:
        return events.event(said, source=self.source, id=id)

    async def obligations(self, *, round: str | None = None, unit: str | None = None) -> list[Obligation]:
        return await self._run(flows.obligations(self._session, round, unit))

    async def submit(self, event: Event, *, binary: bool = False) -> Receipt:
        return await self._run(flows.submit(self._session, event, binary=binary))

    async def try_out(self, event: Event, *, binary: bool = False) -> tuple[Fault, ...]:
        return await self._run(flows.try_out(self._session, event, binary=binary))

    async def submit_all(
        self, events_: Iterable[Event], *, batch: bool = False, dry_run: bool = False
    ) -> AsyncIterator[Result]:
        for chunk in events.chunks(events_):
            for result in await self._run(flows.submit_many(self._session, chunk, batch=batch, dry_run=dry_run)):
                yield result

    async def receipts(self) -> AsyncIterator[Receipt]:
        async for item in self.pages("/v1/receipts", "receipts"):
            yield Receipt.of(item)

    async def refusals(self) -> AsyncIterator[Refusal]:
        async for item in self.pages("/v1/refusals", "refusals"):
            yield Refusal.of(item)

    async def report(self, id: str) -> Any:
        return await self.get(f"/v1/reports/{wire.quoted(id)}")

    async def form(self, duty: Obligation) -> Any:
        return await self.get(duty.schema)

    async def pages(self, path: str, name: str, params: Mapping[str, Any] | None = None) -> AsyncIterator[Raw]:
        link: str | None = path
        while link is not None:
            items, link = await self._run(flows.page(self._session, link, params, name))
            params = None
            for item in items:
                yield item

    async def get(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        return await self._run(flows.read(self._session, path, params))

    async def download(self, path: str, params: Mapping[str, Any] | None = None, *, accept: str = "") -> bytes:
        return (await self._run(flows.fetch(self._session, path, params, accept))).content

    async def act(self, path: str, body: Any = None) -> Any:
        return await self._run(flows.act(self._session, path, body))

    async def _run(self, flow: Flow[T]) -> T:
        reply: Reply = None
        while True:
            try:
                step = flow.send(reply)
            except StopIteration as done:
                result: T = done.value
                return result
            reply = await self._do(step)

    async def _do(self, step: Step) -> Reply:
        match step:
            case Request():
                return await self._ask(step)
            case Pause():
                await asyncio.sleep(step.seconds)
                return None
            case Login():
                async with self._lock:
                    return await self._run(flows.logged_in(self._session, step.stale))

    async def _ask(self, request: Request) -> Response | Lost:
        try:
            answer = await self._http.request(
                request.method, request.path, headers=dict(request.headers), content=request.content
            )
        except wire.FAILURES as error:
            return wire.loss_of(error)
        return wire.response(answer)
