"""Setting a fact aside is an act: of whoever holds the partition, recorded, of a fact that somebody stands before."""

from __future__ import annotations

from typing import Any

import pytest

from lienthong import events
from lienthong.errors import Rejected
from lienthong.eventlog import stops
from lienthong.eventlog.consumer import Consumer
from lienthong.eventlog.port import Batch, HoleInLog
from lienthong.eventlog.postgres import PostgresEventLog
from lienthong.postgres.pool import Connection, Pool
from lienthong.web import problems
from services.ingest.aside.acts import SetAside, set_aside
from services.ingest.office.act import Act
from services.ingest.office.facts import fact
from services.ingest.rights.acting import Actor
from tests.builders.hub import Hub, an_operator

THE_PROVINCE = an_operator("20")


class Picky:
    """A consumer that can't digest one fact."""

    def __init__(self, position: int) -> None:
        self._position = position
        self.applied: list[int] = []

    def __call__(self, tx: Connection, batch: Batch, /) -> None:
        if any(event.position == self._position for event in batch.events):
            raise ValueError("indigestible")
        self.applied += [event.position for event in batch.events]


def act(hub: Hub, actor: Actor, position: int, partition: str = "20") -> SetAside:
    with hub.desk.office.act(actor) as made:
        return set_aside(made, partition=partition, position=position, reason="hỏng")


def refusal(hub: Hub, actor: Actor, position: int) -> dict[str, Any]:
    with pytest.raises(Rejected) as refused:
        act(hub, actor, position)
    return problems.document(refused.value)


def stopped_at(hub: Hub, pool: Pool, position: int) -> Consumer:
    """A consumer that stands before a position of partition 20, and its log."""
    with hub.desk.act() as made:
        _something(made)
    consumer = Consumer(PostgresEventLog(pool).subscribe("picky", ["20"]), Picky(position), pool)
    while not stops_of(pool):
        consumer.step(0.1)
    return consumer


def _something(made: Act) -> None:
    data = {"round": "P119-LS.2026", "by": "x", "reason": "y"}
    made.append(fact(events.ROUND_LOCKED, f"x/{made.now()}", "P119-LS.2026", "20", made.now(), data))


def stops_of(pool: Pool) -> list[stops.Stop]:
    with pool.connection() as conn:
        return stops.stops(conn, "20")


@pytest.fixture
def pool(hub: Hub) -> Any:
    with Pool(hub.conninfo, role="lienthong_aggregate", max_size=3) as made:
        yield made


def test_the_fact_is_left_out_the_act_is_recorded_and_the_consumer_goes_on(hub: Hub, pool: Pool) -> None:
    head = PostgresEventLog(pool).head("20")
    consumer = stopped_at(hub, pool, head + 1)
    done = act(hub, THE_PROVINCE, head + 1)
    assert (done.consumers, done.recorded) == (("picky",), head + 2)
    assert stops_of(pool) == []
    consumer.consume_until({"20": head + 2}, 20)
    [aside] = _asides(pool)
    assert (aside.position, aside.consumers, aside.reason) == (head + 1, ("picky",), "hỏng")
    assert hub.rows("SELECT act, subject FROM ingest.audit WHERE province = '20' ORDER BY seq DESC LIMIT 1") == [
        ("fact.set_aside", f"20/{head + 1}")
    ]


def _asides(pool: Pool) -> list[stops.Aside]:
    with pool.connection() as conn:
        return stops.asides(conn, "20")


def test_nobody_else_may_and_nothing_is_told(hub: Hub, pool: Pool) -> None:
    position = PostgresEventLog(pool).head("20") + 1
    stopped_at(hub, pool, position)
    missing = refusal(hub, THE_PROVINCE, position + 5)
    for stranger in (an_operator("33"), an_operator("20", units=["05977"])):
        answer = refusal(hub, stranger, position)
        assert (answer["status"], [e["code"] for e in answer["errors"]]) == (404, ["fact_not_stopped"])
        assert str(answer).replace(str(position), "n") == str(missing).replace(str(position + 5), "n")
    reader = an_operator("20", scopes=["read:province"])
    answers = [refusal(hub, reader, at) for at in (position, position + 5)]
    assert [[e["code"] for e in answer["errors"]] for answer in answers] == [["scope_missing"]] * 2
    assert answers[0] == answers[1]


def test_what_goes_on_is_not_set_aside(hub: Hub, pool: Pool) -> None:
    head = PostgresEventLog(pool).head("20")
    assert refusal(hub, THE_PROVINCE, head)["status"] == 404


def test_a_hole_is_not_set_aside(hub: Hub, pool: Pool) -> None:
    with pool.connection() as conn:
        conn.execute(
            "INSERT INTO eventlog.positions (consumer, partition) SELECT 'picky', partition"
            " FROM eventlog.partitions WHERE key = '20'"
        )
        stops.record(conn, "picky", "20", 1, None, HoleInLog("20", 1, 2))
    answer = refusal(hub, THE_PROVINCE, 1)
    assert (answer["status"], [e["code"] for e in answer["errors"]]) == (409, ["log_damaged_there"])
