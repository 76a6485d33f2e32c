"""What outlives its retention goes; what has a receipt stays."""

from __future__ import annotations

import threading
from datetime import timedelta

from lienthong.errors import Transient
from lienthong.postgres.pool import Pool
from lienthong.retention import sweep
from services.ingest.claims import refusals
from tests.builders.hub import OCTOBER, Hub, a_report

DAYS = 1095


def test_reasons_of_refusals_go_when_their_time_is_over_and_receipts_stay(hub: Hub) -> None:
    assert [o.verdict for o in hub.send(a_report(hub), a_report(hub, id="again"))] == ["accepted", "refused"]
    hub.set_clock(OCTOBER + timedelta(days=DAYS - 1))
    assert hub.send(a_report(hub, id="once more"))[0].verdict == "refused"
    with Pool(hub.conninfo, role="lienthong_ingest", application_name="test", max_size=2) as pool:
        assert refusals.forget(pool, DAYS) == 0
        hub.set_clock(OCTOBER + timedelta(days=DAYS + 1))
        assert (refusals.forget(pool, DAYS), refusals.forget(pool, DAYS)) == (1, 0)
    assert hub.rows("SELECT id FROM ingest.refusals") == [("once more",)]
    assert hub.rows("SELECT count(*) FROM ingest.ledger") == [(1,)]


def test_sweeping_goes_page_by_page_and_survives_a_database_that_is_away() -> None:
    stop = threading.Event()
    pages = iter([5, 5, 0, Transient("away", code="database_away"), 3, 0])
    taken = []

    def remove() -> int:
        page = next(pages, None)
        taken.append(page)
        if page is None:
            stop.set()
            return 0
        if isinstance(page, Exception):
            raise page
        return page

    sweep("rows", remove, stop, every=0.001)
    assert taken[:3] == [5, 5, 0] and taken[-3:] == [3, 0, None]


def test_what_is_removed_gives_its_bytes_back(hub: Hub) -> None:
    """To the server: new rows take the place of old ones. What is at the end of a table goes back to the disk too."""

    def fill() -> None:
        hub.conn.execute(
            "INSERT INTO ingest.refusals (at, client, province, source, id, errors)"
            " SELECT eventlog.hub_now(), 'c', '20', '/20/c', n::text, repeat('x', 300) FROM generate_series(1, 8000) n"
        )

    def size() -> int:
        hub.conn.execute("VACUUM ingest.refusals")  # as autovacuum does
        return int(hub.rows("SELECT pg_total_relation_size('ingest.refusals')")[0][0])

    empty = size()
    fill()
    full = size()
    hub.set_clock(OCTOBER + timedelta(days=DAYS + 1))
    with Pool(hub.conninfo, role="lienthong_ingest", application_name="test", max_size=2) as pool:
        while refusals.forget(pool, DAYS):
            pass
    assert size() - empty < (full - empty) // 4
    fill()
    assert size() < full * 1.25, "the room is used again; kept aside, it would be twice as much"
