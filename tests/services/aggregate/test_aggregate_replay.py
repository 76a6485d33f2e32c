"""Replay rebuilds what was there, verify proves it or says which cell is wrong."""

from __future__ import annotations

import random

import pytest

from lienthong import events
from lienthong.errors import Misconfigured
from lienthong.eventlog.consumer import Consumer
from lienthong.postgres.pool import Pool
from services.aggregate import store
from services.aggregate.replay import replay, shares
from services.aggregate.verify import verify
from services.aggregate.worker import CONSUMER, Aggregator
from tests.builders.aggregating import Hub
from tests.builders.small_plan import BUSY, RATE, SHARE, a_plan, an_opening

COMMUNES = tuple(f"06{n:03d}" for n in range(1, 8))
SETS = [(SHARE,), (SHARE, RATE), (RATE, BUSY), (SHARE, RATE, BUSY)]
TASKS = [
    {"code": "T-1", "title": {"vi": "Tập huấn"}, "lead": ["06001", "06002"], "done_when": "each_lead"},
    {"code": "T-2", "title": {"vi": "Chuyên mục"}, "due": "2026-12-01"},
]
SAID = {"tasks": TASKS, "computed": [{"figure": "items", "content": {"kinds": ["news"]}}]}


def a_history(hub: Hub, seed: int, length: int = 120, key: str = "20") -> None:
    """Random reports, corrections, withdrawals, late ones, words on tasks, items, changed units and plans, releases,
    for two rounds.
    """
    chance, plan = random.Random(seed), a_plan(f"P1-{key}", issued_by=key, **SAID)
    code, revisions, version, releases = plan["plan"]["plan"], dict[tuple[str, str], int](), 1, 0
    hub.plan(plan, key=key)
    for year in (2026, 2027):
        hub.opened(an_opening(plan, year, communes=COMMUNES[:5], province=key))
    for _ in range(length):
        act, round_, unit = chance.random(), f"{code}.{chance.choice((2026, 2027))}", chance.choice(COMMUNES)
        number = revisions[round_, unit] = revisions.get((round_, unit), 0) + chance.choice((1, 1, 3))
        if act < 0.75:
            values = [chance.choice((None, 0, chance.randrange(10**6), 10**15)) for _ in range(4)]
            hub.report(
                unit,
                values,
                round_=round_,
                form=f"{code}.commune",
                revision=number,
                key=key,
                late=chance.random() < 0.3,
                asks=chance.random() < 0.3,
                says=chance.choice(("", "", "đã đối chiếu")),
            )
            if chance.random() < 0.1:
                hub.explain(unit, "sau đó", round_=round_, form=f"{code}.commune", revision=number, key=key)
        elif act < 0.78:
            said = chance.choice(("not_begun", "in_hand", "done"))
            hub.task(chance.choice(COMMUNES), said, task=chance.choice(("T-1", "T-2")), plan=code, key=key)
        elif act < 0.80:
            hub.item(chance.choice("abcde"), unit=f"{key}.SKHCN", key=key)
        elif act < 0.82:
            hub.item_withdrawn(chance.choice("abcde"), unit=f"{key}.SKHCN", key=key)
        elif act < 0.88:
            hub.withdraw(unit, round_=round_, form=f"{code}.commune", revision=number, key=key)
        elif act < 0.93:
            hub.append(
                events.ROUND_OBLIGED_CHANGED,
                {"round": round_, "reason": "x", "obliged": {f"{code}.commune": sorted(chance.sample(COMMUNES, 4))}},
                subject=round_,
                key=key,
            )
        elif act < 0.97:
            version += 1
            hub.plan(
                a_plan(code, issued_by=key, version=version, indicators=chance.choice(SETS), **SAID),
                key=key,
            )
        else:
            releases += 1
            hub.sign(releases, round_=f"{code}.2026", key=key)


def contents(hub: Hub) -> dict[str, list[tuple[object, ...]]]:
    with hub.pool.connection() as conn:
        return {
            table: sorted(conn.execute(f"SELECT t::text FROM aggregate.{table} AS t").fetchall())
            for table in (
                "plans",
                "rounds",
                "reports",
                "rollups",
                "releases",
                "populations",
                "units",
                "queries",
                "explanations",
            )
        }


@pytest.mark.parametrize("seed", range(6))
def test_any_history_equals_recomputation_and_a_replay_changes_nothing(pool: Pool, database: str, seed: int) -> None:
    hub = Hub(pool, batch=1 + seed * 7)
    a_history(hub, seed)
    a_history(hub, seed + 100, length=40, key="33")
    hub.consume()
    found = verify(pool)
    assert found.is_good, found.differences[:5]
    assert found.cells > 50
    before, heads = contents(hub), hub.log.heads()
    replayed = replay(database, processes=2)
    assert contents(hub) == before
    assert hub.log.heads() == heads, "a replay appends nothing"
    assert replayed.diverged == ()


def test_verify_names_the_cell_that_was_tampered_with(pool: Pool) -> None:
    hub = Hub(pool)
    hub.plan(a_plan())
    hub.opened(an_opening(a_plan()))
    hub.report("06001", [4, 10, 20, 15])
    hub.consume()
    with pool.transaction() as tx:
        tx.execute("UPDATE aggregate.rollups SET slots[1] = slots[1] + 1 WHERE form = 'P1-LS.commune'")
    found = verify(pool)
    assert not found.is_good
    assert {(d.slot, d.held, d.recounted, d.basis) for d in found.differences} == {
        ("reports", 2, 1, "log"),
        ("reports", 2, 1, "reports"),
    }


def test_verify_notices_a_report_that_differs_from_the_log(pool: Pool) -> None:
    hub = Hub(pool)
    hub.plan(a_plan())
    hub.opened(an_opening(a_plan()))
    hub.report("06001", [4, 10, 20, 15])
    hub.consume()
    with pool.transaction() as tx:
        tx.execute("UPDATE aggregate.reports SET figures[1] = 5")
        tx.execute("DELETE FROM aggregate.rollups WHERE form = 'P1-LS.department'")
    found = verify(pool)
    assert ("sum(items)", 4, 5, "reports") in {(d.slot, d.held, d.recounted, d.basis) for d in found.differences}
    assert ("reports", None, 0, "log") in {(d.slot, d.held, d.recounted, d.basis) for d in found.differences}


def test_verify_reads_a_locked_round_by_the_plan_it_was_locked_with(pool: Pool) -> None:
    hub = Hub(pool)
    hub.plan(a_plan())
    hub.opened(an_opening(a_plan()))
    hub.report("06001", [7, 10, 20, 15])
    hub.append(events.ROUND_LOCKED, {"round": "P1-LS.2026", "by": "x", "reason": "y"}, subject="P1-LS.2026")
    hub.plan(a_plan(version=2, indicators=(SHARE, RATE, BUSY)))
    hub.consume()
    assert verify(pool).differences == ()


def test_verify_looks_only_as_far_as_was_consumed(pool: Pool) -> None:
    hub = Hub(pool)
    hub.plan(a_plan())
    hub.opened(an_opening(a_plan()))
    hub.consume()
    hub.report("06001", [4, 10, 20, 15])
    assert verify(pool).is_good


def test_replay_that_makes_another_dataset_keeps_the_released_one_and_says_so(pool: Pool, database: str) -> None:
    hub = Hub(pool)
    hub.plan(a_plan())
    hub.opened(an_opening(a_plan()))
    hub.report("06001", [4, 10, 20, 15])
    hub.sign()
    hub.consume()
    released = hub.dataset()
    with pool.transaction() as tx:
        tx.execute("UPDATE eventlog.events SET data = replace(data, '[4,10,20,15]', '[9,10,20,15]')")
    assert [one[0] for one in replay(database, processes=1).diverged] == ["P1-LS.2026/1"]
    assert hub.dataset() == released
    with pool.connection() as conn:
        assert store.latest_dataset(conn, "P1-LS.2026") == released


def test_replay_refuses_to_begin_beside_a_living_worker(pool: Pool, database: str) -> None:
    hub = Hub(pool)
    hub.plan(a_plan())
    subscription = hub.log.subscribe(CONSUMER)
    aggregator = Aggregator(hub.appender, hub.log)
    Consumer(subscription, aggregator, pool).consume_until(hub.log.heads(), 10)
    with pytest.raises(Misconfigured, match="running"):
        replay(database)
    subscription.close()


def test_replay_tells_its_progress(pool: Pool, database: str) -> None:
    hub = Hub(pool)
    hub.plan(a_plan())
    hub.opened(an_opening(a_plan()))
    pairs: list[tuple[int, int]] = []
    replay(database, processes=1, progress=lambda done, total: pairs.append((done, total)))
    assert pairs[-1] == (2, 2)


def test_partitions_are_dealt_out_by_their_size() -> None:
    assert shares({"01": 100, "04": 60, "08": 50, "11": 1}, 2) == [{"01": 100, "11": 1}, {"04": 60, "08": 50}]
    assert shares({}, 2) == []
