"""Everything the client does, as flows: which requests, in which order, what their answers mean. No I/O, no waiting.

`Hub` and `AsyncHub` run these very generators, so that nothing is decided twice.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from lienthong.client import events
from lienthong.client.access import METADATA, TOKEN, Credentials, Token
from lienthong.client.answers import Fault, Obligation, Receipt, Result
from lienthong.client.errors import NotAnswered, NotUnderstood, Problem, Refused, problem_of
from lienthong.client.events import Chunk, Event
from lienthong.client.exchange import Flow, Lost, Request, Response, ask, login, pause
from lienthong.client.patience import LATER, Patience, retry_after

EVENTS = "/v1/events"


@dataclass(slots=True)
class ClientSession:
    """What the flows of one client share. chance: a number from 0 to 1, new each time. language: of messages."""

    credentials: Credentials
    patience: Patience
    chance: Callable[[], float]
    language: str = "vi"
    token: Token = field(default_factory=Token)
    issuer: str | None = None

    def request(self, method: str, path: str, **more: Any) -> Request:
        headers = {"accept-language": self.language, **more.pop("headers", {})}
        return Request(method=method, path=path, headers=headers, **more)


def logged_in(session: ClientSession, stale: str | None) -> Flow[str]:
    """The access token: the one there is while it is good and not `stale`, else a new one."""
    if session.token.good(stale):
        return session.token.value
    if session.credentials.for_one_hub and session.issuer is None:
        metadata = _json(
            METADATA, (yield from _patiently(session, lambda: session.request("GET", METADATA), safe=True))
        )
        session.issuer = str(metadata.get("issuer", ""))
    issuer = session.issuer or ""
    answer = yield from _patiently(session, lambda: session.credentials.request(issuer), safe=True)
    try:
        return session.token.take(_json(TOKEN, answer))
    except (KeyError, TypeError, ValueError) as error:
        raise NotUnderstood(TOKEN, answer) from error


def answer_to(session: ClientSession, request: Request, *, safe: bool) -> Flow[Response]:
    """The answer to a request with a token, when it is 2xx. safe: it may be done twice.

    A 401 is followed by one new token: the hub may have forgotten the old one.
    """
    token = yield from login(None)
    try:
        return (yield from _patiently(session, lambda: request.with_token(token), safe=safe))
    except Refused as refused:
        if refused.status != 401:
            raise
    token = yield from login(token)
    return (yield from _patiently(session, lambda: request.with_token(token), safe=safe))


def fetch(
    session: ClientSession, path: str, params: Mapping[str, Any] | None = None, accept: str = ""
) -> Flow[Response]:
    """What stands at an address of the hub, as it came."""
    headers = {"accept": accept} if accept else {}
    request = session.request("GET", _address(path, params), headers=headers)
    return (yield from answer_to(session, request, safe=True))


def read(session: ClientSession, path: str, params: Mapping[str, Any] | None = None) -> Flow[Any]:
    """The JSON that stands at an address."""
    return _json(path, (yield from fetch(session, path, params)))


Page = tuple[list[Any], str | None]
"""Items, and the address of the page after them."""


def page(session: ClientSession, path: str, params: Mapping[str, Any] | None, name: str) -> Flow[Page]:
    """One page of a list. name: of the member that has the items."""
    body = yield from read(session, path, params)
    links = body.get("links", {})
    return list(body[name]), links.get("next")


def obligations(session: ClientSession, round_: str | None, unit: str | None) -> Flow[list[Obligation]]:
    """What the client's units owe."""
    body = yield from read(session, "/v1/obligations", {"round": round_, "unit": unit})
    return [Obligation.of(line) for line in body["obligations"]]


def act(session: ClientSession, path: str, body: Any) -> Flow[Any]:
    """An operator's act. Where it can't be told whether it was done it is not done again: NotAnswered."""
    content = None if body is None else events.json_line(body)
    headers = {} if body is None else {"content-type": "application/json"}
    request = session.request("POST", path, headers=headers, content=content)
    answer = yield from answer_to(session, request, safe=False)
    return _json(path, answer) if answer.content else None


def submit(session: ClientSession, event: Event, *, binary: bool) -> Flow[Receipt]:
    """The receipt of one event, however often it has to be sent."""
    body = _json(EVENTS, (yield from _send(session, event, binary=binary, dry_run=False)))
    return Receipt.of(body, repeated=body["status"] == "repeated")


def try_out(session: ClientSession, event: Event, *, binary: bool) -> Flow[tuple[Fault, ...]]:
    """The warnings that an event would get; nothing of it is kept."""
    body = _json(EVENTS, (yield from _send(session, event, binary=binary, dry_run=True)))
    return tuple(map(Fault.of, body.get("warnings", ())))


def submit_many(session: ClientSession, chunk: Chunk, *, batch: bool, dry_run: bool) -> Flow[list[Result]]:
    """What became of each event of a chunk, in order. An answer that was cut off is no answer: all is sent again."""
    media, content = (events.BATCH, chunk.batch()) if batch else (events.LINES, chunk.lines())
    path = _address(EVENTS, {"dryRun": "true"} if dry_run else None)
    request = session.request("POST", path, headers={"content-type": media}, content=content)
    tries = session.patience.tries
    for attempt in range(1, tries + 1):
        answer = yield from answer_to(session, request, safe=True)
        bodies = _batch(answer) if batch else _lines(answer)
        if bodies is not None:
            return _results(chunk, bodies, answer)
        wait = session.patience.pause(attempt, Lost(reason="", sent=True), safe=True, chance=session.chance())
        if wait is not None:
            yield from pause(wait)
    raise NotAnswered(f"POST {path}", f"the answer was cut off {tries} times")


def _send(session: ClientSession, event: Event, *, binary: bool, dry_run: bool) -> Flow[Response]:
    if binary:
        headers, content = events.binary(event)
    else:
        headers, content = {"content-type": events.STRUCTURED}, events.json_line(event)
    path = _address(EVENTS, {"dryRun": "true"} if dry_run else None)
    request = session.request("POST", path, headers=headers, content=content)
    return (yield from answer_to(session, request, safe=True))


def _patiently(session: ClientSession, make: Callable[[], Request], *, safe: bool) -> Flow[Response]:
    """The answer, when it is 2xx; asked for again while that can help. make: the request of each try."""
    for attempt in range(1, session.patience.tries + 1):
        request = make()
        reply = yield from ask(request)
        wait = session.patience.pause(attempt, reply, safe=safe, chance=session.chance())
        if wait is None:
            return _require_success(request, reply)
        yield from pause(wait)
    raise AssertionError("the last try settles it")


def _require_success(request: Request, reply: Response | Lost) -> Response:
    request_line = f"{request.method} {request.path}"
    if isinstance(reply, Lost):
        raise NotAnswered(request_line, reply.reason)
    if 200 <= reply.status < 300:
        return reply
    problem = problem_of(reply)
    if reply.status in LATER:
        raise NotAnswered(request_line, _reason(reply, problem), problem=problem, retry_after=retry_after(reply))
    if problem is None:
        raise NotUnderstood(request_line, reply)
    raise Refused(problem)


def _reason(reply: Response, problem: Problem | None) -> str:
    return f"{reply.status} {reply.content[:200].decode('utf-8', 'replace')}" if problem is None else str(problem)


def _address(path: str, params: Mapping[str, Any] | None) -> str:
    if not path.startswith("/"):  # a token goes to no other address
        raise ValueError(f"not an address of the hub: {path}")
    given = {name: value for name, value in (params or {}).items() if value is not None}
    return f"{path}{'&' if '?' in path else '?'}{urlencode(given)}" if given else path


def _json(request_line: str, response: Response) -> Any:
    try:
        return json.loads(response.content)
    except ValueError as error:
        raise NotUnderstood(request_line, response) from error


def _batch(answer: Response) -> Sequence[Mapping[str, Any]] | None:
    body = _json(EVENTS, answer)
    bodies: list[Mapping[str, Any]] = body["results"]
    return bodies


def _lines(answer: Response) -> Sequence[Mapping[str, Any]] | None:
    """The lines before the summary; None for an answer that ends before it."""
    lines = answer.content.splitlines()
    try:
        outcomes = [json.loads(line) for line in lines]
    except ValueError:
        return None
    return outcomes[:-1] if outcomes and "summary" in outcomes[-1] else None


def _results(chunk: Chunk, bodies: Sequence[Mapping[str, Any]], answer: Response) -> list[Result]:
    """A result for each event, held against its source and id: a line that speaks of another event is no answer."""
    if [line.get("line") for line in bodies] != list(range(1, len(chunk.events) + 1)):
        raise NotUnderstood(f"POST {EVENTS}", answer)
    for sent, line in zip(chunk.events, bodies, strict=True):
        if "id" in line and (_nfc(line["source"]), _nfc(line["id"])) != (_nfc(sent["source"]), _nfc(sent["id"])):
            raise NotUnderstood(f"POST {EVENTS}", answer)
    return [Result.of(line, chunk.first + number) for number, line in enumerate(bodies)]


def _nfc(text: str) -> str:
    """The hub keeps all text in NFC."""
    return unicodedata.normalize("NFC", text)
