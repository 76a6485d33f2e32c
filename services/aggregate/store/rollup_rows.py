"""Rollups as slots, and what a round's root knows by them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from psycopg import Cursor
from psycopg.rows import args_row

from lienthong.errors import Misconfigured
from lienthong.indicators.rollup import Vector
from lienthong.indicators.tallies import FormTally, Tally
from lienthong.postgres.pool import Connection
from services.aggregate.counting import Report
from services.aggregate.rounds import Round
from services.aggregate.store.queries import SQL
from services.aggregate.store.report_rows import Group, array, ask_reports
from services.aggregate.store.unit_rows import population


class StaleRollup(Misconfigured):
    """Another version of this software wrote the rollup; guessing which slot is which would make wrong figures."""

    code = "stale_rollup"


def reports_and_rollups(
    tx: Connection, groups: Sequence[Group]
) -> list[tuple[dict[str, Report], tuple[str, Vector] | None]]:
    """For each group what its units had reported, and the rollup: all asked for in one round trip."""
    with tx.pipeline():
        cursors = [(ask_reports(tx, group), _ask_rollup(tx, group)) for group in groups]
        return [
            ({report.unit: report for report in reports.fetchall()}, rollups.fetchone()) for reports, rollups in cursors
        ]


def _ask_rollup(tx: Connection, group: Group) -> Cursor[tuple[str, Vector]]:
    cursor = tx.cursor(binary=True, row_factory=args_row(_rollup))
    return cursor.execute(SQL.rollup, {"round": group.round, "form": group.form})


def put_rollups(tx: Connection, vectors: Sequence[tuple[str, str, str, Vector]]) -> None:
    """Write rollups: (round, form, digest of the layout, slots)."""
    if vectors:
        with tx.cursor() as cursor:
            cursor.executemany(
                SQL.put_rollup, [(text, form, digest, array(slots)) for text, form, digest, slots in vectors]
            )


def rollup(conn: Connection, round_: str, form: str) -> tuple[str, Vector] | None:
    """(digest of its layout, slots) of one rollup."""
    cursor = conn.cursor(binary=True, row_factory=args_row(_rollup))
    return cursor.execute(SQL.rollup, {"round": round_, "form": form}).fetchone()


def _rollup(layout: str, slots: Sequence[int]) -> tuple[str, Vector]:
    return layout, tuple(slots)


def rollups(conn: Connection, rounds: Iterable[str]) -> dict[tuple[str, str], tuple[str, Vector]]:
    """(round, form) → (digest of the layout, slots)."""
    rows = conn.execute(SQL.rollups, {"rounds": list(rounds)}, binary=True)
    return {(round_, form): (layout, tuple(slots)) for round_, form, layout, slots in rows}


def tallies(
    conn: Connection, rounds: Iterable[Round], *, people: bool = True, reporters: bool = False
) -> dict[str, Tally]:
    """By round code: what its root's level knows of it. people: with the root's population. reporters: with the
    units behind each form, for what is compared between periods.

    Raises StaleRollup when another version of this software wrote a rollup.
    """
    rounds = list(rounds)
    held = rollups(conn, [round_.code for round_ in rounds])
    behind = _reporters(conn, [round_.code for round_ in rounds]) if reporters else {}
    return {
        round_.code: Tally(
            period=round_.period,
            population=population(conn, round_.province, round_.root, round_.period) if people else None,
            forms=tuple(_form_tally(round_, form, held, behind) for form in round_.layouts),
        )
        for round_ in rounds
    }


def _reporters(conn: Connection, rounds: list[str]) -> dict[tuple[str, str], frozenset[str]]:
    """Units with a standing report, by round and form."""
    rows = conn.execute(SQL.reporters, {"rounds": rounds})
    return {(round_, form): frozenset(units) for round_, form, units in rows}


def _form_tally(
    round_: Round,
    form: str,
    held: Mapping[tuple[str, str], tuple[str, Vector]],
    behind: Mapping[tuple[str, str], frozenset[str]],
) -> FormTally:
    layout = round_.layouts[form]
    digest, slots = held.get((round_.code, form), ("none", ()))
    if digest != layout.digest:
        raise StaleRollup(
            f"rollup {round_.code} {form} has layout {digest}, not {layout.digest}: run `lienthong replay`"
        )
    obliged = round_.obliged_in(form)
    units = behind.get((round_.code, form))
    return FormTally(
        layout=layout, slots=slots, obliged=len(obliged), reporters=None if units is None else units & obliged
    )
