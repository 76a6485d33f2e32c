"""One province that somebody holds up keeps nobody else waiting, and says so."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

import pytest

from lienthong.errors import Transient
from lienthong.postgres.pool import Connection, connect
from lienthong.postgres.unanswered import Waiting
from services.ingest.claims import committer, lanes
from services.ingest.claims.work import Outcome
from tests.builders.hub import Hub, a_principal, a_report

OTHER = a_principal(province="33", units=("*",), sources=("/33/test",))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(committer, "LOCK_WAIT_MS", 300)


@contextmanager
def held(hub: Hub, province: str) -> Iterator[Connection]:
    """Somebody holds the head of a province's partition."""
    with connect(hub.conninfo) as conn, conn.transaction():
        conn.execute(
            "SELECT FROM eventlog.heads JOIN eventlog.partitions USING (partition) WHERE key = %s FOR UPDATE OF heads",
            (province,),
        )
        yield conn


def an_item(id: str) -> dict[str, Any]:
    """A content item of an agency of province 33."""
    return {
        "specversion": "1.0",
        "type": "vn.lienthong.content.submitted.v1",
        "source": "/33/test",
        "id": id,
        "data": {
            "unit": "33.BPTTH",
            "item": id,
            "revision": 1,
            "kind": "news",
            "title": "Tin",
            "language": "vi",
            "link": "https://baohungyen.vn/tin",
            "licence": "CC-BY-4.0",
            "programmes": ["P119"],
            "publishedAt": "2026-10-09T08:00:00+07:00",
        },
    }


def _committing(hub: Hub) -> int:
    """How many connections accept."""
    [(count,)] = hub.rows(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name = 'lienthong ingest committer'"
    )
    return int(count)


def _until(condition: Callable[[], bool], seconds: float = 60, pause: float = 0.02) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(pause)


def _code(done: Future[list[Outcome]]) -> str:
    with pytest.raises(Transient) as raised:
        done.result(timeout=120)
    return raised.value.code


def test_a_held_lock_stops_its_own_province_alone(hub: Hub) -> None:
    with held(hub, "20"):
        blocked = hub.queue(a_report(hub))
        others = [hub.queue(an_item(f"tin-{n}"), principal=OTHER) for n in range(5)]
        assert [other.result(timeout=120)[0].verdict for other in others] == ["accepted"] * 5
        assert _code(blocked) == "database_locked"
        again = hub.queue(a_report(hub))
        assert hub.send(an_item("tin-khac"), principal=OTHER)[0].verdict == "accepted"
        assert _code(again) == "database_locked"
        assert list(hub.committer.held_provinces()) == ["20"]
        assert hub.committer.why_down() is None
    assert hub.send(a_report(hub))[0].verdict == "accepted"
    assert hub.committer.held_provinces() == {}


def test_a_province_that_is_free_again_goes_with_the_others_after_a_rest(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "REST", 0.1)
    with held(hub, "20"):
        assert _code(hub.queue(a_report(hub))) == "database_locked"
    assert hub.send(a_report(hub))[0].verdict == "accepted"
    hub.send(an_item("tin"), principal=OTHER)
    assert _committing(hub) == 2
    _until(lambda: hub.send(a_report(hub))[0].verdict == "repeated" and _committing(hub) == 1, pause=0.3)


def test_when_all_that_submit_wait_nothing_is_accepted_and_it_says_so(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(committer, "STUCK", 0.5)
    with held(hub, "20"):

        def told() -> bool:
            assert _code(hub.queue(a_report(hub))) == "database_locked"
            return "every province" in (hub.committer.why_down() or "")

        _until(told)
    assert hub.send(a_report(hub))[0].verdict == "accepted"
    assert hub.committer.why_down() is None


@pytest.mark.parametrize(("state", "code"), [("25006", "database_read_only"), ("53100", "database_full")])
def test_a_database_that_takes_no_writes_is_told_until_one_succeeds(hub: Hub, state: str, code: str) -> None:
    hub.rows("SELECT 1")
    with connect(hub.conninfo) as owner:
        owner.execute(
            f"CREATE FUNCTION pg_temp_refuse() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{state}'; END $$"
        )
        owner.execute("CREATE TRIGGER refuse BEFORE INSERT ON ingest.ledger EXECUTE FUNCTION pg_temp_refuse()")
        assert _code(hub.queue(a_report(hub))) == code
        assert (hub.committer.why_down() or "").startswith(code)
        owner.execute("DROP TRIGGER refuse ON ingest.ledger")
    assert hub.send(a_report(hub))[0].verdict == "accepted"
    assert hub.committer.why_down() is None


def test_a_server_that_says_nothing_keeps_no_sender_waiting(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one whose transaction it is, those behind it, and those who come later; then all goes on by itself."""
    assert hub.send(an_item("tin-1"), principal=OTHER)[0].verdict == "accepted"
    monkeypatch.setattr(committer, "STUCK", 0.3)
    conn = hub.committer._conn
    assert isinstance(conn, Waiting)
    conn.patience, silent = 1.0, conn.info.backend_pid
    os.kill(silent, signal.SIGSTOP)
    try:
        began = time.monotonic()
        first, behind = hub.queue(an_item("tin-2"), principal=OTHER), hub.queue(an_item("tin-3"), principal=OTHER)
        _until(lambda: "has not ended" in (hub.committer.why_down() or ""))
        assert not first.done()
        assert _code(hub.queue(an_item("tin-4"), principal=OTHER)) == "database_away"
        assert [_code(first), _code(behind)] == ["database_away"] * 2
        assert time.monotonic() - began < 30
        assert hub.send(an_item("tin-2"), principal=OTHER)[0].verdict == "accepted"
    finally:
        os.kill(silent, signal.SIGCONT)
