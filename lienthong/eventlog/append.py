"""Appending to the log: the same on every engine, because PostgreSQL is the record.

Hazard: positions are without holes and in commit order only because the head row of a partition stays locked
from `lock_heads` to the end of the transaction, and because heads are locked in ascending order. Whoever needs
other locks (on a report, on a delivery) takes them before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import groupby
from pathlib import Path

from lienthong.eventlog.port import Conflict, LockedHeads, Place
from lienthong.eventlog.rows import TYPES, from_row, to_row
from lienthong.events import LEDGER_KEPT, Event, Recorded, link, seal_of
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.proof.links import noted_of_fact

SQL = Queries(Path(__file__).with_name("queries.sql"))


class PostgresAppender:
    """The Appender of both engines. Thread-safe; keeps only the table of partitions."""

    def __init__(self, partitions: Mapping[str, int]) -> None:
        """partitions: key → number, as `partitions_of(conn)` reads it."""
        self._partitions = dict(partitions)

    @cached_property
    def _keys(self) -> dict[int, str]:
        return {partition: key for key, partition in self._partitions.items()}

    def lock_heads(self, tx: Connection, counts: Mapping[str, int]) -> LockedHeads:
        wanted = [self._number(key) for key, count in counts.items() if count > 0]
        if not wanted:
            raise ValueError("a lock names at least one partition")
        rows = tx.execute(SQL.lock_heads, {"partitions": wanted}, binary=True).fetchall()
        places = {
            self._keys[partition]: Place(
                key=self._keys[partition], partition=partition, first=position + 1, chain=chain
            )
            for partition, position, chain, _ in rows
        }
        return LockedHeads(places=places, now=max(now for *_, now in rows))

    def write(self, tx: Connection, heads: LockedHeads, recorded: Sequence[Recorded]) -> None:
        ends = [_check(heads, key, list(group)) for key, group in _by_key(recorded)]
        with tx.cursor() as cursor:
            with cursor.copy(SQL.copy_events) as copy:
                copy.set_types(TYPES)
                for event in recorded:
                    copy.write_row(to_row(event))
            moves = {
                "partitions": [place.partition for place, _, _ in ends],
                "before": [place.first - 1 for place, _, _ in ends],
                "last": [last for _, last, _ in ends],
                "chains": [chain for _, _, chain in ends],
                "recorded": [max((event.recorded_at for event in recorded), default=heads.now)] * len(ends),
            }
            if cursor.execute(SQL.advance_heads, moves).rowcount != len(ends):
                raise ValueError(f"{sorted(heads.places)} were not locked in this transaction")

    def append(self, tx: Connection, events: Sequence[Event]) -> list[Recorded]:
        if not events:
            return []
        heads = self.lock_heads(tx, _counts(events))
        by_event = self._recorded_before(tx, events)
        fresh = [event for event in _first_of_each(events) if (event.source, event.id) not in by_event]
        recorded = list(seal_and_place(heads, fresh))
        if recorded:
            self.write(tx, heads, recorded)
        by_event |= {(event.event.source, event.event.id): event for event in recorded}
        return [by_event[event.source, event.id] for event in events]

    def _recorded_before(self, tx: Connection, events: Sequence[Event]) -> dict[tuple[str, str], Recorded]:
        events_by_id = {(event.source, event.id): event for event in events if event.type not in LEDGER_KEPT}
        if not events_by_id:
            return {}
        sources, ids = zip(*events_by_id, strict=True)
        rows = tx.execute(SQL.recorded_before, {"sources": list(sources), "ids": list(ids)}, binary=True)
        by_event: dict[tuple[str, str], Recorded] = {}
        for partition, *row in rows:
            recorded = from_row(self._keys[partition], partition, row)
            _same_content(events_by_id[recorded.event.source, recorded.event.id], recorded.event)
            by_event[recorded.event.source, recorded.event.id] = recorded
        return by_event

    def _number(self, key: str) -> int:
        try:
            return self._partitions[key]
        except KeyError:
            raise KeyError(f"{key!r} is no partition: 'VN' or the code of a province") from None


def partitions_of(conn: Connection) -> dict[str, int]:
    """Key → partition of this installation."""
    return dict(conn.execute(SQL.partitions))


def seal_and_place(heads: LockedHeads, events: Iterable[Event]) -> Iterable[Recorded]:
    """Give each event the next place of its partition, its seal and its link."""
    next_position = {key: place.first for key, place in heads.places.items()}
    chain = {key: place.chain for key, place in heads.places.items()}
    for event in events:
        key, seal, noted = event.partition_key, seal_of(event), noted_of_fact(event.time, heads.now)
        chain[key] = link(chain[key], seal, noted)
        yield Recorded(
            event=event,
            partition=heads.places[key].partition,
            position=next_position[key],
            recorded_at=heads.now,
            seal=seal,
            link=chain[key],
            noted=noted,
        )
        next_position[key] += 1


def _counts(events: Iterable[Event]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for event in events:
        counts[event.partition_key] = counts.get(event.partition_key, 0) + 1
    return counts


def _by_key(recorded: Sequence[Recorded]) -> Iterable[tuple[str, Iterable[Recorded]]]:
    ordered = sorted(recorded, key=lambda event: (event.partition, event.position))
    return groupby(ordered, key=lambda event: event.event.partition_key)


def _check(heads: LockedHeads, key: str, recorded: Sequence[Recorded]) -> tuple[Place, int, bytes]:
    place = heads.places.get(key)
    if place is None:
        raise ValueError(f"partition {key} was not claimed")
    chain = place.chain
    for expected, event in enumerate(recorded, start=place.first):
        chain = link(chain, event.seal, event.noted)
        if event.position != expected or event.partition != place.partition:
            raise ValueError(f"partition {key}: position {event.position} where {expected} is next")
        if event.link != chain:
            raise ValueError(f"partition {key}: the link at position {expected} does not continue the chain")
    return place, place.first + len(recorded) - 1, chain


def _first_of_each(events: Sequence[Event]) -> list[Event]:
    firsts: dict[tuple[str, str], Event] = {}
    for event in events:
        _same_content(firsts.setdefault((event.source, event.id), event), event)
    return list(firsts.values())


def _same_content(first: Event, other: Event) -> None:
    if (first.type, first.partition_key, first.subject, first.data) != (
        other.type,
        other.partition_key,
        other.subject,
        other.data,
    ):
        raise Conflict(f"event {other.id!r} of {other.source!r} is already recorded with other content")
