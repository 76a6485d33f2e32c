"""A closed year is a file that proves itself: without the hub, against any change, down to each report."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from psycopg.conninfo import make_conninfo

from lienthong.access.keys import SigningKey
from lienthong.backup import years
from lienthong.backup.years import Header
from lienthong.calendar import VIETNAM
from lienthong.errors import Misconfigured, Rejected, Unprocessable
from lienthong.eventlog.postgres import PostgresEventLog
from lienthong.events import Recorded, link
from lienthong.postgres.pool import Pool
from lienthong.proof.links import note_of
from lienthong.proof.walk import data_of
from services.commands import archive
from services.ingest.reports import redaction
from services.ingest.rounds import acts as rounds
from services.ingest.rounds import closing
from tests.builders.hub import ROUND, Hub, a_hub, a_report
from tests.builders.living_hub import UNITS, live
from tests.conftest import _temporary_database

KEY = SigningKey.generate()
MARCH = datetime(2027, 3, 10, 9, 0, tzinfo=VIETNAM)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "20-2026.ndjson.gz"


def lock_all(hub: Hub) -> None:
    hub.set_clock(MARCH)
    definitions = hub.desk.definitions()
    for code in [code for code, round_ in definitions.rounds.items() if not round_.locked]:
        with hub.desk.act() as act:
            rounds.lock(act, round_=code, reason="Đã tổng kết năm")


def written(hub: Hub, file: Path) -> Header:
    """The year 2026 of Lạng Sơn as the command writes it."""
    with Pool(hub.conninfo) as pool, pool.connection() as conn:
        log = PostgresEventLog(pool)
        closed = closing.closed_year(conn, log, "20", 2026)
        header = archive._header(conn, log, "20", 2026, closed)
        years.write(file, header, archive._events(log, "20", header), KEY)
    return header


@pytest.fixture(scope="module")
def year(postgres: str, filled: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Header, Path]]:
    """A closed year's header and file, made once for the tests that only read it."""
    with _temporary_database(postgres, filled) as name, a_hub(make_conninfo(postgres, dbname=name)) as hub:
        live(hub)
        lock_all(hub)
        file = tmp_path_factory.mktemp("year") / "20-2026.ndjson.gz"
        yield written(hub, file), file


def lines_of(file: Path) -> list[dict[str, Any]]:
    with gzip.open(file) as lines:
        return [json.loads(line) for line in lines]


def changed(file: Path, folder: Path, change: Callable[[list[dict[str, Any]]], None]) -> Path:
    """A copy of the file with its lines changed, still well-formed."""
    lines = lines_of(file)
    change(lines)
    other = folder / "changed.gz"
    with gzip.open(other, "wb") as out:
        out.writelines(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in lines)
    return other


def test_a_closed_year_verifies_without_the_hub(year: tuple[Header, Path]) -> None:
    header, file = year
    proved = years.verify(file, kid=KEY.kid)
    assert (proved.header, proved.redacted) == (header, 0)
    assert ROUND in header.rounds
    reports = lines_of(file)[1:-1]
    assert sum(report["type"].endswith("report.accepted.v1") for report in reports) == 4


def test_the_files_of_all_years_follow_one_another(hub: Hub, file: Path) -> None:
    live(hub)
    lock_all(hub)
    header = written(hub, file)
    assert header.first == 1
    with Pool(hub.conninfo) as pool:
        kept = PostgresEventLog(pool).read("20", header.last - 1, 1)
    assert kept[0].event.type.endswith("round.locked.v1")


@pytest.mark.parametrize("what", ["figure", "missing", "order", "header", "cut", "other_key"])
def test_any_change_is_noticed(year: tuple[Header, Path], tmp_path: Path, what: str) -> None:
    kid = KEY.kid

    def change(lines: list[dict[str, Any]]) -> None:
        nonlocal kid
        if what == "figure":
            [body] = [line for line in lines if f"/{UNITS[2]}" in (line.get("subject") or "")]
            body["data"] = body["data"].replace(":3,", ":4,")
        elif what == "missing":
            del lines[5]
        elif what == "order":
            lines[5], lines[6] = lines[6], lines[5]
        elif what == "header":
            lines[0]["year"] = 2025
        elif what == "cut":
            del lines[-2]
        else:
            kid = SigningKey.generate().kid

    with pytest.raises(Unprocessable, match="not what was signed"):
        years.verify(changed(year[1], tmp_path, change), kid=kid)


def test_a_year_signed_anew_by_a_stranger_is_noticed_by_its_key(year: tuple[Header, Path]) -> None:
    proved = years.verify(year[1])
    assert proved.kid == KEY.kid  # what the record of the archive is compared with


def test_a_redacted_text_is_counted_and_the_rest_still_proved(hub: Hub, file: Path) -> None:
    [outcome] = hub.send(a_report(hub, unit=UNITS[0]))
    assert outcome.receipt is not None
    with hub.desk.act() as act:
        redaction.redact(
            act,
            province="20",
            position=outcome.receipt["position"],
            pointers=["/report/narrative/results"],
            reason="Có tên người",
            document={"number": "1"},
        )
    lock_all(hub)
    written(hub, file)
    assert years.verify(file, kid=KEY.kid).redacted == 1


def test_a_year_is_closed_only_when_it_is_over_and_all_its_rounds_are_locked(hub: Hub) -> None:
    live(hub)
    with Pool(hub.conninfo) as pool, pool.connection() as conn:
        log = PostgresEventLog(pool)
        with pytest.raises(Rejected, match="not over"):
            closing.closed_year(conn, log, "20", 2026)
        hub.set_clock(MARCH)
        with pytest.raises(Rejected, match="not locked"):
            closing.closed_year(conn, log, "20", 2026)
        with pytest.raises(Rejected, match="no round"):
            closing.closed_year(conn, log, "33", 2026)


def test_a_signed_year_is_never_overwritten(hub: Hub, file: Path) -> None:
    lock_all(hub)
    written(hub, file)
    with pytest.raises(Misconfigured, match="never overwrites"):
        written(hub, file)


def test_a_year_signed_when_links_covered_the_seal_alone_is_still_proved(
    year: tuple[Header, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And in a year of today links of both kinds may stand."""
    header, file = year
    facts = [years._event_of_line(header.province, line) for line in lines_of(file)[1:-1]]
    for name, format_, old in (
        ("before", "lienthong-signed-year/1", len(facts)),
        ("both", years.FORMAT, len(facts) // 2),
    ):
        monkeypatch.setattr(years, "FORMAT", format_)
        path = tmp_path / f"{name}.gz"
        chain = years.write(path, header, _linked(header, facts, old), KEY)
        assert years.verify(path, kid=KEY.kid).chain == chain


def _linked(header: Header, facts: list[Recorded], old: int) -> Iterator[Recorded]:
    """The facts, so many of them linked as a version of before did."""
    chain = bytes.fromhex(header.chain)
    for number, fact in enumerate(facts):
        chain = link(chain, fact.seal, b"" if number < old else note_of(fact, data_of(fact)))
        yield replace(fact, link=chain)


def test_a_time_that_was_changed_does_not_continue_the_chain(year: tuple[Header, Path], tmp_path: Path) -> None:
    """Who holds the hub's key can sign anything, but the link noted in the record of the archive is another."""
    header, file = year
    facts = [years._event_of_line(header.province, line) for line in lines_of(file)[1:-1]]
    moved = replace(facts[3], event=replace(facts[3].event, time=facts[3].event.time - timedelta(days=1)))
    with pytest.raises(Unprocessable, match="chain is broken"):
        years.write(tmp_path / "moved.gz", header, [*facts[:3], moved, *facts[4:]], KEY)
