"""Setting a fact aside: the consumers that stand before it leave it out, now and on every replay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from lienthong.eventlog import stops
from lienthong.eventlog.stops import Stop
from lienthong.events import FACT_SET_ASIDE
from lienthong.postgres.pool import Connection
from lienthong.refusals import refused
from services.ingest.office.act import Act
from services.ingest.office.facts import fact

SCOPE = "operate:facts"


@dataclass(frozen=True, kw_only=True, slots=True)
class SetAside:
    """What was set aside. position: of the fact; consumers: those that leave it out; recorded: where the act stands."""

    partition: str
    position: int
    consumers: tuple[str, ...]
    recorded: int


def set_aside(
    act: Act, *, partition: str, position: int, reason: str, document: Mapping[str, Any] | None = None
) -> SetAside:
    """Set the fact at a position aside, for the consumers that stand before it. Nothing is taken out of the log.

    Raises Rejected: 404 for what is not the actor's or where nobody stands, 409 where the log itself is damaged.
    """
    unknown = refused("fact_not_stopped", partition=partition, position=position)
    if not act.actor.sight_by(SCOPE).covers_whole(partition):
        raise unknown
    act.grant(SCOPE)
    standing = _stops_before(act.tx, partition, position)
    if not standing:
        raise unknown
    if any(stop.type is None for stop in standing):
        raise refused("log_damaged_there", partition=partition, position=position)
    consumers = tuple(stop.consumer for stop in standing)
    subject, now, first = stops.subject_of(partition, position), act.now(), standing[0]
    data = {
        "partition": partition,
        "position": position,
        "type": first.type,
        "consumers": list(consumers),
        "code": first.code,
        "cause": first.reason,
        "reason": reason,
        "document": dict(document or {"number": None, "date": None}),
        "by": act.actor.name,
    }
    act.record("fact.set_aside", subject, province=partition, issuer=partition, details=data)
    name = f"{subject}/{'+'.join(consumers)}"
    [recorded] = act.append(fact(FACT_SET_ASIDE, name, subject, partition, now, data))
    return SetAside(partition=partition, position=position, consumers=consumers, recorded=recorded.position)


def _stops_before(tx: Connection, partition: str, position: int) -> list[Stop]:
    """Who stands before this fact; held there until the act is done, so that nobody applies what is set aside."""
    standing = [stop for stop in stops.stops(tx, partition) if stop.position == position]
    held = tx.execute(
        stops.SQL.hold_consumers, {"key": partition, "consumers": [stop.consumer for stop in standing]}
    ).fetchall()
    still = {consumer for consumer, at in held if at == position - 1}
    return [stop for stop in standing if stop.consumer in still]


def body_of(stop: Stop) -> dict[str, Any]:
    """A stop as the API shows it."""
    body = asdict(stop)
    body["partition"] = body.pop("key")
    return body
