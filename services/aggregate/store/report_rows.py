"""The latest report of each unit, and what the via unit did with it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from psycopg import Cursor
from psycopg.rows import args_row

from lienthong.indicators.measuring import shares_of_people
from lienthong.indicators.rollup import Layout
from lienthong.postgres.pool import Connection
from services.aggregate.counting import Report
from services.aggregate.rounds import Round
from services.aggregate.store.queries import SQL
from services.aggregate.store.unit_rows import populations
from services.aggregate.views import overfull_units as crowded

FEW = 20
"""Up to so many new reports are inserted one by one: COPY takes a round trip of its own, and pays after that."""


def overfull_units(
    conn: Connection, round_: Round, held: Mapping[str, Mapping[str, Report]] | None = None
) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Units of a round that reported more people than live there. held: the round's reports, where they are at hand.

    Where no unit's population is known (provinces alone have one as shipped) no report is read.
    """
    if not shares_of_people(round_.reading.indicators):
        return {}
    units = {unit for texts in round_.obliged.values() for unit in texts}
    people = populations(conn, round_.province, units, round_.period)
    if not people:
        return {}
    if held is None:
        held = {form: reports(conn, round_.code, form, people) for form in round_.layouts}
    return crowded(round_, held, people)


def reports(conn: Connection, round_: str, form: str, units: Collection[str] | None = None) -> dict[str, Report]:
    """Latest reports of one form by unit: of some units, or of all."""
    cursor, parameters = _of_reports(conn), {"round": round_, "form": form}
    if units is None:
        rows = cursor.execute(SQL.reports_of_form, parameters)
    else:
        rows = cursor.execute(SQL.reports_of_units, {**parameters, "units": list(units)})
    return {report.unit: report for report in rows}


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """New states of reports of one form of a round, by unit, with what counting them needs."""

    round: str
    form: str
    layout: Layout
    obliged: frozenset[str]
    after: Mapping[str, Report]


def ask_reports(tx: Connection, group: Group) -> Cursor[Report]:
    parameters = {"round": group.round, "form": group.form, "units": list(group.after)}
    return _of_reports(tx).execute(SQL.reports_of_units, parameters)


def reports_by_form(conn: Connection, round_: Round) -> dict[str, dict[str, Report]]:
    """All reports of a round, by form and unit."""
    return {form: reports(conn, round_.code, form) for form in round_.layouts}


def put_reports(tx: Connection, groups: Sequence[Group], stored_units: Sequence[Collection[str]]) -> None:
    """Keep the new states. stored_units: for each group the units that have a row already.

    Only the worker that holds the partition's position writes here, so a row that was not there a moment ago
    still is not: many new ones may be copied in (twice as fast as inserting them).
    """
    replaced: list[tuple[Any, ...]] = []
    added: list[tuple[Any, ...]] = []
    for group, rows in zip(groups, stored_units, strict=True):
        for unit, report in sorted(group.after.items()):
            (replaced if unit in rows else added).append(_row(group.round, group.form, report))
    with tx.cursor() as cursor:
        if len(added) > FEW:
            with cursor.copy(SQL.copy_reports) as copy:
                for row in added:
                    copy.write_row(row)
        elif added:
            cursor.executemany(SQL.add_report, added)
        if replaced:
            cursor.executemany(SQL.replace_report, replaced)


def nil_units(conn: Connection, rounds: Iterable[str]) -> dict[tuple[str, str], frozenset[str]]:
    """(round, form) → the units that state that there is nothing to report."""
    rows = conn.execute(SQL.nil_reports, {"rounds": list(rounds)})
    return {(round_, form): frozenset(units) for round_, form, units in rows}


def set_late(tx: Connection, round_: str, form: str, late: Mapping[str, bool]) -> None:
    """Judge the lateness of these units' reports anew."""
    if late:
        parameters = {"round": round_, "form": form, "units": list(late), "late": list(late.values())}
        tx.execute(SQL.set_late, parameters)


def set_review(tx: Connection, data: Mapping[str, Any], review: str, position: int) -> None:
    """Keep what the via unit did with a revision. data: of the fact at this position."""
    tx.execute(
        SQL.set_review,
        {
            "round": data["round"],
            "form": data["form"],
            "unit": data["unit"],
            "revision": data["revision"],
            "review": review,
            "position": position,
        },
    )


def _row(round_: str, form: str, report: Report) -> tuple[Any, ...]:
    packed = None if report.values is None else array(report.values)
    return (
        report.revision,
        packed,
        report.content_hash,
        report.position,
        report.received_at,
        report.first_received_at,
        report.late,
        report.nil,
        round_,
        form,
        report.unit,
    )


def _of_reports(conn: Connection) -> Cursor[Report]:
    return conn.cursor(binary=True, row_factory=args_row(_report))


def _report(
    unit: str,
    revision: int,
    figures: Sequence[int | None] | None,
    content_hash: bytes,
    position: int,
    received_at: datetime,
    first_received_at: datetime,
    late: bool,
    review: str | None,
    nil: bool,
) -> Report:
    """By place and not by name: there may be a hundred thousand, and a name costs."""
    return Report(
        unit=unit,
        revision=revision,
        values=None if figures is None else tuple(figures),
        content_hash=bytes(content_hash),
        position=position,
        received_at=received_at,
        first_received_at=first_received_at,
        late=late,
        review=review,
        nil=nil,
    )


def array(values: Iterable[int | None]) -> str:
    """PostgreSQL's text of a bigint[]: the driver's list adapter looks at every element, orjson at none twice."""
    return "{" + orjson.dumps(tuple(values)).decode()[1:-1].replace("null", "NULL") + "}"
