"""Walking a partition's log: positions without holes, links that continue the chain, seals that are those of the data,
copies that agree, redactions that were recorded. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from lienthong.contracts import strict
from lienthong.errors import Problem, Rejected
from lienthong.events import EXPLANATION_ACCEPTED, REPORT_ACCEPTED, REPORT_WITHDRAWN, TEXT_REDACTED, Recorded
from lienthong.instants import read, wire
from lienthong.proof.links import is_noted, is_old
from lienthong.proof.seals import CLAIMS, hash_of_remains, is_erased, of_claim, seal, sealed_member
from lienthong.proof.witness import finding


def data_of(recorded: Recorded) -> Any:
    """The event's data, read strictly; None where it can't be read."""
    try:
        return strict.read(recorded.event.data.encode())
    except Rejected:
        return None


class LogWalk:
    """The witness of the log itself."""

    def __init__(
        self, key: str, chain: bytes, head: tuple[int, bytes] | None = None, *, after: int = 0, sample: bool = False
    ) -> None:
        """chain: before the first event, after: its position. head: where the partition says that it ends. sample: the
        clock went where it was set.
        """
        self._key = key
        self._chain = chain
        self._head = head
        self._position = after
        self._sample = sample
        self._recorded: datetime | None = None  # when the last event was, of those whose times are promised
        self._first: dict[tuple[str, str, str], datetime] = {}  # by report: when its first accepted revision came
        self._erased: dict[int, str] = {}
        self._redacted: dict[int, str | None] = {}

    @property
    def redacted(self) -> int:
        """Events seen whose text was removed."""
        return len(self._erased)

    def see(self, recorded: Recorded, data: Any, /) -> Iterator[Problem]:
        position = recorded.position
        if position != self._position + 1:
            yield finding(self._key, self._position + 1, "position_missing", found=position)
        elif is_noted(self._chain, recorded, data):
            yield from self._times(recorded, data)
        elif not is_old(self._chain, recorded):
            yield finding(self._key, position, "link_broken", field="link")
        # From what stands there on, so that one change is told once.
        self._position, self._chain = position, recorded.link
        try:
            yield from self._content(recorded, data)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            yield finding(self._key, position, "fact_unreadable", field="data")  # and the chain is walked on

    def end(self) -> Iterator[Problem]:
        if self._head is not None and self._head != (self._position, self._chain):
            yield finding(self._key, self._head[0], "head_differs", reached=self._position)
        for position, rest in self._erased.items():
            if position not in self._redacted:
                yield finding(self._key, position, "erased_without_redaction", field="salt")
            elif self._redacted[position] not in (None, rest):
                yield finding(self._key, position, "redacted_rest_differs", field="data")
        for position in self._redacted.keys() - self._erased.keys():
            yield finding(self._key, position, "redaction_undone", field="data")

    def _content(self, recorded: Recorded, data: Any) -> Iterator[Problem]:
        event, position = recorded.event, recorded.position
        if data is None:
            yield finding(self._key, position, "fact_unreadable", field="data")
            return
        if is_erased(data):
            self._erased[position] = hash_of_remains(data)
        elif not _seal_fits(recorded, data):
            yield finding(self._key, position, "seal_differs", field=sealed_member(event, data))
        if event.type == TEXT_REDACTED:
            yield from self._redaction(position, data)
        if of_claim(event, data):
            yield from self._copies(recorded, data, self._first_of(recorded, data))

    def _times(self, recorded: Recorded, data: Any) -> Iterator[Problem]:
        """Recorded not before it came, nor before the event before it. Promised of events that have something noted:
        what a version of before recorded has the time of the server's clock, which may have been set back.
        """
        at, earlier = recorded.recorded_at, [] if self._recorded is None or self._sample else [self._recorded]
        if of_claim(recorded.event, data):
            earlier.append(recorded.event.time)
        if earlier and at < max(earlier):
            yield finding(
                self._key,
                recorded.position,
                "recorded_too_early",
                field="recordedAt",
                held=wire(at),
                earlier=wire(max(earlier)),
            )
        self._recorded = at

    def _first_of(self, recorded: Recorded, data: Mapping[str, Any]) -> datetime:
        """When the report's first accepted revision came: a correction makes nobody late."""
        received = recorded.event.time
        if recorded.event.type != REPORT_ACCEPTED:
            return received
        report = (str(data.get("round")), str(data.get("form")), str(data.get("unit")))
        return self._first.setdefault(report, received)

    def _redaction(self, position: int, data: Mapping[str, Any]) -> Iterator[Problem]:
        try:
            self._redacted[int(data["target"]["position"])] = data.get("remains")
        except (KeyError, TypeError, ValueError):
            yield finding(self._key, position, "fact_unreadable", field="data/target")

    def _copies(self, recorded: Recorded, data: Mapping[str, Any], first: datetime) -> Iterator[Problem]:
        """What an event tells twice agrees. Its envelope is not under the seal of a claim; it follows from the rest."""
        for field, stated, follows in _envelope(recorded, data):
            if stated != follows:
                yield finding(
                    self._key, recorded.position, "fact_field_differs", field=field, held=stated, expected=follows
                )
        for field, expected in _expected_members(recorded, data, first).items():
            held = data.get(field)
            if field in ("receivedAt",) and isinstance(held, str):
                held = wire(read(held))  # whoever wrote it spelled it so
            if held != expected:
                yield finding(
                    self._key, recorded.position, "fact_field_differs", field=field, held=held, expected=expected
                )


def _seal_fits(recorded: Recorded, data: Any) -> bool:
    try:
        return recorded.seal == seal(recorded.event, data)
    except (LookupError, TypeError, ValueError):
        return False


def _expected_members(recorded: Recorded, data: Mapping[str, Any], first: datetime) -> dict[str, Any]:
    """What the members of a claim's fact must be, by what stands elsewhere in it, and by when the report came first."""
    event = recorded.event
    body: dict[str, Any] = {
        "contentHash": f"sha256:{recorded.seal.hex()}",
        "link": recorded.link.hex(),
        "position": recorded.position,
        "receivedAt": wire(event.time),
        "claim": {"source": (data.get("claim") or {}).get("source"), "id": event.causation_id},
    }
    if "deadline" in data:
        body["late"] = _is_late(first, data["deadline"])
    claim = data.get(CLAIMS[event.type][1])
    if event.type in (REPORT_ACCEPTED, REPORT_WITHDRAWN, EXPLANATION_ACCEPTED) and isinstance(claim, dict):
        body |= {field: claim[field] for field in ("round", "form", "unit", "revision") if field in claim}
    return body


def _envelope(recorded: Recorded, data: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    event = recorded.event
    yield "id", event.id, f"{event.partition_key}-{recorded.position}"
    yield "source", event.source, f"/hub/{event.partition_key}"
    if "round" in data:
        yield "subject", event.subject, f"{data['round']}/{data.get('form')}/{data.get('unit')}"


def _is_late(received: datetime, deadline: str | None) -> bool:
    return deadline is not None and received >= read(deadline)


def problems_of(walk: LogWalk, events: Iterable[Recorded]) -> Iterator[Problem]:
    """Everything about a stretch of the log."""
    for recorded in events:
        yield from walk.see(recorded, data_of(recorded))
    yield from walk.end()
