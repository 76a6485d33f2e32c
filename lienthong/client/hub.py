"""A hub as a program with threads sees it."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
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


class Hub:
    """One registered client of a hub; safe to share between threads.

    source: the CloudEvents source of what it sends. http: a client of httpx to use (and to close) instead of an own
    one; its base_url is the hub's address. language: of messages, `vi` or `en`.
    """

    def __init__(
        self,
        address: str | httpx.Client,
        credentials: Credentials,
        *,
        source: str,
        patience: Patience | None = None,
        language: str = "vi",
    ) -> None:
        self._own = isinstance(address, str)
        self._http = httpx.Client(**wire.settings(address)) if isinstance(address, str) else address
        self._session = ClientSession(credentials, patience or Patience(), random.random, language)
        self._lock = threading.Lock()
        self.source = source

    @property
    def client_id(self) -> str:
        return self._session.credentials.client_id

    @property
    def credentials(self) -> Credentials:
        return self._session.credentials

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connections, if they are its own."""
        if self._own:
            self._http.close()

    def event(self, said: Data, *, id: str) -> Event:
        """A CloudEvent of this client. Keep it, and its id, before it is sent."""
        return events.event(said, source=self.source, id=id)

    def obligations(self, *, round: str | None = None, unit: str | None = None) -> list[Obligation]:
        """What this client's units owe, in open rounds (or one round, open or locked)."""
        return self._run(flows.obligations(self._session, round, unit))

    def submit(self, event: Event, *, binary: bool = False) -> Receipt:
        """Send one event, again and again with the same id until there is an answer. Raises Refused, NotAnswered."""
        return self._run(flows.submit(self._session, event, binary=binary))

    def try_out(self, event: Event, *, binary: bool = False) -> tuple[Fault, ...]:
        """Check an event; nothing is kept. The warnings that it would get. Raises Refused, NotAnswered."""
        return self._run(flows.try_out(self._session, event, binary=binary))

    def submit_all(self, events_: Iterable[Event], *, batch: bool = False, dry_run: bool = False) -> Iterator[Result]:
        """Send any number of events; a result for each, in order, as soon as its request is answered.

        They go as NDJSON (batch: as CloudEvents batches), some hundred in a request. After NotAnswered send the same
        again: what had been accepted comes back as repeated.
        """
        for chunk in events.chunks(events_):
            yield from self._run(flows.submit_many(self._session, chunk, batch=batch, dry_run=dry_run))

    def receipts(self) -> Iterator[Receipt]:
        """The receipts that this client may see, oldest first."""
        return map(Receipt.of, self.pages("/v1/receipts", "receipts"))

    def refusals(self) -> Iterator[Refusal]:
        """Why submissions were refused, newest first."""
        return map(Refusal.of, self.pages("/v1/refusals", "refusals"))

    def report(self, id: str) -> Any:
        """A report by the id of one of its events or by a receipt's number: state, and all revisions."""
        return self.get(f"/v1/reports/{wire.quoted(id)}")

    def form(self, duty: Obligation) -> Any:
        """The JSON Schema of what is owed."""
        return self.get(duty.schema)

    def pages(self, path: str, name: str, params: Mapping[str, Any] | None = None) -> Iterator[Raw]:
        """The items of any list of the hub, page by page. name: of the member that has them."""
        link: str | None = path
        while link is not None:
            items, link = self._run(flows.page(self._session, link, params, name))
            params = None
            yield from items

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        """The JSON at an address of the hub."""
        return self._run(flows.read(self._session, path, params))

    def download(self, path: str, params: Mapping[str, Any] | None = None, *, accept: str = "") -> bytes:
        """What stands at an address of the hub, as it came."""
        return self._run(flows.fetch(self._session, path, params, accept)).content

    def act(self, path: str, body: Any = None) -> Any:
        """POST of an operator. It is done once or, when the answer is lost, possibly once: NotAnswered."""
        return self._run(flows.act(self._session, path, body))

    def _run(self, flow: Flow[T]) -> T:
        reply: Reply = None
        while True:
            try:
                step = flow.send(reply)
            except StopIteration as done:
                result: T = done.value
                return result
            reply = self._do(step)

    def _do(self, step: Step) -> Reply:
        match step:
            case Request():
                return self._ask(step)
            case Pause():
                time.sleep(step.seconds)
                return None
            case Login():
                with self._lock:  # the others wait for the one token
                    return self._run(flows.logged_in(self._session, step.stale))

    def _ask(self, request: Request) -> Response | Lost:
        try:
            answer = self._http.request(
                request.method, request.path, headers=dict(request.headers), content=request.content
            )
        except wire.FAILURES as error:
            return wire.loss_of(error)
        return wire.response(answer)
