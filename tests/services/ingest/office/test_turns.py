"""Operators who act at the same moment: each is decided on what the one before left, and none is sent away."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial

from lienthong.eventlog.append import PostgresAppender, partitions_of
from lienthong.postgres.pool import Connection, connect
from services.ingest.definitions.current import Current
from services.ingest.office.desk import Office
from services.ingest.rights.acting import Actor
from services.ingest.rounds import acts as rounds
from services.ingest.rounds.acts import open_due
from tests.builders.hub import OCTOBER, ROUND, Hub
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
