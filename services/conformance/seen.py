"""What the hub saw: requests as they came, and the events that stood in them with what the hub decided. Pure."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

from lienthong import events as kinds

EVENTS = "/v1/events"
TOKEN = "/oauth/token"
LINES = frozenset({"application/x-ndjson", "application/ndjson", "application/jsonl"})
BATCH = "application/cloudevents-batch+json"
STRUCTURED = "application/cloudevents+json"
LATER = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers after which the same may be sent again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Exchange:
    """One request and what became of it. began, ended: seconds of one clock that only grows; ended is when the answer
    went out, or the connection broke. status, answer: the hub's own, also where it never reached the sender (`lost`) or
    reached it changed. headers: names in lower case, without the proof of who asks. stale: its token was good no more.
    done: whether the hub was given it. asked_to_wait: seconds that the answer asked for.
    """

    number: int
    began: float
    ended: float
    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    status: int
    answer: bytes = b""
    fault: str | None = None
    lost: bool = False
    stale: bool = False
    done: bool = True
    asked_to_wait: float | None = None

    @property
    def media(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def submits(self) -> bool:
        return (self.method, self.path) == ("POST", EVENTS) and "dryrun=true" not in self.query.lower()

    @property
    def unanswered(self) -> bool:
        """Whether the sender knows nothing of what became of it, and has to send it again."""
        return self.lost or self.fault == "cut" or self.status in LATER

    def __str__(self) -> str:
        text = "–" if self.lost else str(self.status)
        return f"#{self.number} {self.method} {self.path} → {text}" + (f" ({self.fault})" if self.fault else "")


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """One event of a request. verdict: accepted, repeated, refused, or None where the hub decided nothing of it."""

    exchange: Exchange
    source: str
    id: str
    type: str
    data: Mapping[str, Any]
    verdict: str | None = None
    codes: tuple[tuple[str, str], ...] = ()
    receipt: str | None = None
    late: bool = False
    warnings: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str, str]:
        """(round, form, unit) of the report that it is about."""
        return nfc(self.data.get("round")), nfc(self.data.get("form")), nfc(self.data.get("unit"))

    @property
    def withdraws(self) -> bool:
        return self.type == kinds.REPORT_WITHDRAWAL

    @property
    def name(self) -> tuple[str, str]:
        """Source and id, as the hub keeps them."""
        return nfc(self.source), nfc(self.id)

    @property
    def content(self) -> Any:
        """What is compared when the same is sent again: the same whatever library wrote it."""
        return self.type, plain(self.data)


def nfc(text: object) -> str:
    return unicodedata.normalize("NFC", text) if isinstance(text, str) else ""


def plain(value: Any) -> Any:
    """A value in which equal things are equal: texts in NFC, numbers by what they are worth, members in any order."""
    if isinstance(value, str):
        return nfc(value)
    if isinstance(value, Mapping):
        return {nfc(name): plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value


def read(text: bytes | str) -> Any:
    """JSON in which a number that is written with a point or an exponent stays a Decimal. None: it is none."""
    try:
        return json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError):
        return None


def events_sent(exchanges: Sequence[Exchange]) -> tuple[Sent, ...]:
    """Every event of every submission, in order."""
    return tuple(submission for exchange in exchanges if exchange.submits for submission in _events_of(exchange))


def refusals(exchange: Exchange) -> tuple[tuple[str, str], ...]:
    """(pointer, code) of everything that a problem document names; its own code where it names nothing."""
    body = read(exchange.answer)
    if not isinstance(body, Mapping) or exchange.status < 400:
        return ()
    listed = body.get("errors")
    return (
        _codes(body) if isinstance(listed, list) and listed else (("", str(body.get("code", body.get("error", "")))),)
    )


def _events_of(exchange: Exchange) -> Iterator[Sent]:
    verdicts = list(_verdicts(exchange))
    for number, event in enumerate(_events(exchange)):
        verdict = verdicts[number] if number < len(verdicts) else {}
        data = event.get("data")
        yield Sent(
            exchange=exchange,
            source=str(event.get("source", "")),
            id=str(event.get("id", "")),
            type=str(event.get("type", "")),
            data=data if isinstance(data, Mapping) else {},
            **verdict,
        )


def _events(exchange: Exchange) -> list[Mapping[str, Any]]:
    """The events as they were written; what is no event is an empty one, so that places stay right."""
    if exchange.media in LINES:
        claims = [read(line) for line in exchange.body.split(b"\n") if line.strip()]
    elif exchange.media == BATCH:
        whole = read(exchange.body)
        claims = whole if isinstance(whole, list) else []
    elif exchange.media == STRUCTURED:
        claims = [read(exchange.body)]
    else:
        names = {name[3:]: unquote(value) for name, value in exchange.headers.items() if name.startswith("ce-")}
        claims = [{**names, "data": read(exchange.body)}] if names else []
    return [each if isinstance(each, Mapping) else {} for each in claims]


def _verdicts(exchange: Exchange) -> Iterator[dict[str, Any]]:
    """What the hub decided of each event, in order; nothing where it decided of none."""
    if not exchange.done:
        return
    if exchange.media in LINES and exchange.status == 200:
        lines = [read(line) for line in exchange.answer.splitlines()]
        yield from (_verdict(line) for line in lines if isinstance(line, Mapping) and "line" in line)
        return
    body = read(exchange.answer)
    if not isinstance(body, Mapping):
        return
    if isinstance(body.get("results"), list):
        yield from map(_verdict, body["results"])
    elif exchange.status in (200, 201):
        yield _verdict({"status": body.get("status"), "receipt": body})
    elif exchange.status not in (LATER | {401, 413}):
        yield {"verdict": "refused", "codes": refusals(exchange)}


def _verdict(line: Mapping[str, Any]) -> dict[str, Any]:
    receipt = line.get("receipt") or {}
    return {
        "verdict": line.get("status"),
        "codes": _codes(line),
        "receipt": receipt.get("receipt"),
        "late": receipt.get("late") is True,
        "warnings": tuple(str(each.get("code")) for each in receipt.get("warnings", ())),
    }


def _codes(body: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((str(each.get("pointer", "")), str(each.get("code", ""))) for each in body.get("errors") or ())
