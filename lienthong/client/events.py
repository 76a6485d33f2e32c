"""What a unit says: reports, corrections, withdrawals, difficulties, content items, as CloudEvents. Pure.

An id is the sender's own and stands for one content for ever: keep it before the event goes out, and send the same
event with the same id until there is an answer. A correction is another event: another id, a higher revision.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote

from lienthong import events as kinds
from lienthong.client.answers import Obligation

STRUCTURED: Final = "application/cloudevents+json"
BATCH: Final = "application/cloudevents-batch+json"
LINES: Final = "application/x-ndjson"

Event = Mapping[str, Any]
"""A CloudEvent in structured form."""
Figures = Mapping[str, int | str | float | Decimal | None]

_CHUNK, _CHUNK_BYTES = 500, 1_000_000  # of one request of many events: what a lost answer costs to send again
_IN_HEADERS = " !#$&'()*+,/:;=?@[]-._~"  # what a header's value shows as it is; the rest in percent


@dataclass(frozen=True, kw_only=True, slots=True)
class Data:
    """What an event says, before it has a source and an id."""

    type: str
    data: Mapping[str, Any]


def report(
    *,
    round: str,
    form: str,
    form_version: str,
    unit: str,
    revision: int,
    figures: Figures,
    results: str = "",
    shortcomings: str = "",
    proposals: str = "",
    signed: Mapping[str, Any] | None = None,
    explanations: Mapping[str, str] | None = None,
    **more: Any,
) -> Data:
    """A report, or with a higher revision a correction. figures: every one of the form; None is *not reported*, which
    is not zero. signed: number and date of the signed document. explanations: of queries that a try-out found, by their
    `check`. more: further members of the form's schema.
    """
    data = {
        "round": round,
        "form": form,
        "formVersion": form_version,
        "unit": unit,
        "revision": revision,
        "figures": dict(figures),
        "narrative": {"results": results, "shortcomings": shortcomings, "proposals": proposals},
        **({} if signed is None else {"signedDocument": dict(signed)}),
        **({"explanations": _answers(explanations)} if explanations else {}),
        **more,
    }
    return Data(type=kinds.REPORT_SUBMITTED, data=data)


def report_for(duty: Obligation, *, figures: Figures, **more: Any) -> Data:
    """A report for an obligation; a correction where one stands already. more: what `report` takes."""
    body: dict[str, Any] = {
        "round": duty.round,
        "form": duty.form,
        "form_version": duty.form_version,
        "unit": duty.unit,
        "revision": duty.next_revision,
    }
    return report(figures=figures, **body | more)


def withdrawal(*, round: str, form: str, unit: str, revision: int, reason: str) -> Data:
    """Takes a report back. revision: the one that stands now."""
    data = {"round": round, "form": form, "unit": unit, "revision": revision, "reason": reason}
    return Data(type=kinds.REPORT_WITHDRAWAL, data=data)


def explanation(*, round: str, form: str, unit: str, revision: int, texts: Mapping[str, str]) -> Data:
    """Answers queries on a report: warnings of its receipt. texts: by the warning's `check`; revision: the latest."""
    answered = {"round": round, "form": form, "unit": unit, "revision": revision, "explanations": _answers(texts)}
    return Data(type=kinds.EXPLANATION_SUBMITTED, data=answered)


def _answers(texts: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"check": check, "text": text} for check, text in texts.items()]


def difficulty(*, unit: str, plan: str, text: str, **more: Any) -> Data:
    """A difficulty (khó khăn, vướng mắc). more: round, obligation, title, proposal, signedDocument."""
    return Data(type=kinds.DIFFICULTY_RAISED, data={"unit": unit, "plan": plan, "text": text, **more})


def task(*, unit: str, plan: str, task: str, status: str, **more: Any) -> Data:
    """How far a task of a plan is: `not_begun`, `in_hand`, `done`. more: note, asOf, signedDocument."""
    return Data(type=kinds.TASK_REPORTED, data={"unit": unit, "plan": plan, "task": task, "status": status, **more})


def supplied(*, unit: str, round: str, form: str, system: str, figures: Mapping[str, Any], **more: Any) -> Data:
    """What one system knows of a unit's figures before the report. more: asOf, share (`part`, `whole`)."""
    given = {"unit": unit, "round": round, "form": form, "system": system, "figures": dict(figures)}
    return Data(type=kinds.FIGURES_SUPPLIED, data={**given, **more})


def item(*, unit: str, item: str, revision: int, **more: Any) -> Data:
    """A content item. more: kind, title, link, language, licence, programmes, publishedAt …"""
    return Data(type=kinds.CONTENT_SUBMITTED, data={"unit": unit, "item": item, "revision": revision, **more})


def item_withdrawal(*, unit: str, item: str, reason: str) -> Data:
    """Takes a content item back."""
    return Data(type=kinds.CONTENT_WITHDRAWAL, data={"unit": unit, "item": item, "reason": reason})


def reach(*, unit: str, item: str, channel: str, day: str, reach: int, interactions: int | None = None) -> Data:
    """How many an item reached on a channel, cumulative to the end of a day (YYYY-MM-DD); sent again, it corrects."""
    reached = {"unit": unit, "item": item, "channel": channel, "day": day, "reach": reach, "interactions": interactions}
    return Data(type=kinds.REACH_MEASURED, data=reached)


def material(*, unit: str, material: str, **more: Any) -> Data:
    """Material shared with other units; sent again whole to change it. more: kind, title, subject, link, programmes,
    summary, visibleTo; withdrawn=True shares it no more."""
    return Data(type=kinds.MATERIAL_SHARED, data={"unit": unit, "material": material, **more})


def directive(*, unit: str, directive: str, **more: Any) -> Data:
    """A directive document; sent again whole when more was done. more: number, title, issuer, issued, programmes,
    posted, shared; withdrawn=True takes it off the register."""
    return Data(type=kinds.DIRECTIVE_REGISTERED, data={"unit": unit, "directive": directive, **more})


def event(said: Data, *, source: str, id: str) -> Event:
    """The CloudEvent. source: one of the client's own."""
    return {
        "specversion": "1.0",
        "type": said.type,
        "source": source,
        "id": id,
        "datacontenttype": "application/json",
        "data": dict(said.data),
    }


def json_line(value: Any) -> bytes:
    """As JSON on one line. A Decimal is written with the digits it has."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_number).encode()


def binary(event: Event) -> tuple[dict[str, str], bytes]:
    """Headers and body of binary mode: the attributes become headers, the data the body."""
    headers = {
        f"ce-{name}": quote(str(value), safe=_IN_HEADERS)
        for name, value in event.items()
        if name not in ("data", "datacontenttype")
    }
    return headers | {"content-type": "application/json"}, json_line(event["data"])


@dataclass(frozen=True, kw_only=True, slots=True)
class Chunk:
    """Some of many events, as they go out in one request. first: number of the first of them, from 1."""

    first: int
    events: tuple[Event, ...]
    texts: tuple[bytes, ...]

    def lines(self) -> bytes:
        return b"".join(text + b"\n" for text in self.texts)

    def batch(self) -> bytes:
        return b"[" + b",".join(self.texts) + b"]"


def chunks(events: Iterable[Event], *, most: int = _CHUNK, most_bytes: int = _CHUNK_BYTES) -> Iterator[Chunk]:
    """The events in requests of bounded size; each event is taken from the iterable only when its chunk is due."""
    first, taken, texts, size = 1, list[Event](), list[bytes](), 0
    for each in events:
        text = json_line(each)
        if texts and (len(texts) >= most or size + len(text) > most_bytes):
            yield Chunk(first=first, events=tuple(taken), texts=tuple(texts))
            first, taken, texts, size = first + len(texts), [], [], 0
        taken.append(each)
        texts.append(text)
        size += len(text)
    if texts:
        yield Chunk(first=first, events=tuple(taken), texts=tuple(texts))


def _number(value: object) -> int | float:
    """A Decimal as the number whose digits JSON shows as they are. Raises ValueError where there is none."""
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} has no place in an event")
    if not value.is_finite():
        raise ValueError(f"{value} is no number that can be reported")
    if value == value.to_integral_value():
        return int(value)
    near = float(value)
    if Decimal(repr(near)) != value:
        raise ValueError(f"{value} has more digits than a JSON number keeps exactly")
    return near
