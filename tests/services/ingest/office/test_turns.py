"""Operators who act at the same moment: each is decided on what the one before left, and none is sent away."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial

from lienthong.errors import Rejected
from lienthong.eventlog.append import PostgresAppender, partitions_of
from lienthong.postgres.pool import Connection, connect
from services.ingest.definitions.current import Current
from services.ingest.office.desk import Office
from services.ingest.releases import acts as releases
from services.ingest.rights.acting import Actor
from services.ingest.rounds import acts as rounds
from services.ingest.rounds.acts import open_due
from tests.builders.hub import OCTOBER, ROUND, Hub, a_report
from tests.builders.signing import NOWHERE

MANY = 8


def an_office(hub: Hub) -> Office:
    """Of another process, with a connection for each act."""

    @contextmanager
    def connection() -> Iterator[Connection]:
        with connect(hub.conninfo, role="lienthong_ingest", lock_timeout_ms=120_000) as conn:
            yield conn

    appender = PostgresAppender(partitions_of(hub.conn))
    known = hub.contracts
    current = Current.of(hub.conn, contracts=known, open_due=partial(open_due, appender))
    return replace(hub.desk.office, connection=connection, appender=appender, current=current, _turn=threading.Lock())


def test_those_who_change_definitions_at_the_same_moment_get_their_turn_in_every_process(hub: Hub) -> None:
    offices = [an_office(hub), an_office(hub)]
    owed = next(each for each in hub.desk.definitions().rounds[ROUND].deadlines if each.sender == "units")
    together = threading.Barrier(MANY, timeout=120)

    def extend(number: int) -> str:
        together.wait()
        with offices[number % 2].act(Actor(name=f"person:{number}"), changes=True) as act:
            return rounds.extend(
                act,
                round_=ROUND,
                until=OCTOBER + timedelta(days=120 + number),
                reason=f"Lần {number}",
                document=NOWHERE,
                obligation=owed.obligation,
            )

    with ThreadPoolExecutor(MANY) as people:
        list(people.map(extend, range(MANY)))
    granted = hub.rows("SELECT count(*) FROM ingest.extensions")
    assert granted == [(MANY,)]


def test_an_act_that_fails_gives_its_turn_to_the_next(hub: Hub) -> None:
    office = an_office(hub)
    for _ in range(2):
        try:
            with office.act(hub.desk.actor, changes=True) as act:
                act.change()
                raise LookupError
        except LookupError:
            pass
    with hub.desk.act(changes=True) as act:
        assert act.change() is not None


def test_of_many_who_sign_one_draft_at_the_same_moment_one_does_and_so_of_who_withdraws_it(hub: Hub) -> None:
    hub.send(a_report(hub))
    with hub.desk.act(changes=True) as act:
        releases.draft(act, round_=ROUND, recipients=None, document=NOWHERE)
    offices = [an_office(hub), an_office(hub)]

    def sign(number: int) -> str:
        with offices[number % 2].act(Actor(name=f"person:{number}"), changes=True) as act:
            return releases.sign(act, round_=ROUND, confirm=True)[0]

    def withdraw(number: int) -> str:
        with offices[number % 2].act(Actor(name=f"person:{number}"), changes=True) as act:
            releases.withdraw(act, release=f"{ROUND}/1", reason="Sai số liệu", document=NOWHERE)
        return "withdrawn"

    assert at_once(sign) == {f"{ROUND}/1": 1, "release_unchanged": MANY - 1}
    assert hub.rows("SELECT count(*) FROM ingest.releases") == [(1,)]
    assert at_once(withdraw) == {"withdrawn": 1, "release_withdrawn_already": MANY - 1}
    told = hub.rows("SELECT count(*) FROM eventlog.events WHERE type = 'vn.lienthong.release.withdrawn.v1'")
    assert told == [(1,)]


def at_once(act: Callable[[int], str]) -> Counter[str]:
    """What became of an act that MANY do at the same moment: what it gave, or the code of its refusal."""
    together = threading.Barrier(MANY, timeout=120)

    def done(number: int) -> str:
        together.wait()
        try:
            return act(number)
        except Rejected as error:
            return error.code

    with ThreadPoolExecutor(MANY) as people:
        return Counter(people.map(done, range(MANY)))
