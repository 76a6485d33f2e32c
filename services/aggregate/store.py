"""Reading and writing aggregate's tables. Rows become the words of `rounds` and `counting` here, and nowhere else."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import orjson
from psycopg import Cursor
from psycopg.rows import args_row, class_row
from psycopg.types.json import Jsonb

from lienthong.errors import Misconfigured
from lienthong.indicators.rollup import Layout, Vector
from lienthong.indicators.tallies import FormTally, Population, Tally
from lienthong.periods import Period, frequency_of
from lienthong.postgres.answers import value
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.programmes import Plan, parse_published
from lienthong.releases import Dataset, Written, dataset_of
from services.aggregate.asked import Explanation, Query, RoundQueries
from services.aggregate.consolidation import SignOff
from services.aggregate.counting import Report
from services.aggregate.rounds import Round, round_of
from services.aggregate.views import overfull as crowded
from services.aggregate.views import shares_of_people

SQL = Queries(Path(__file__).with_name("queries.sql"))

FEW = 20
"""Up to so many new reports are inserted one by one: COPY takes a round trip of its own, and pays after that."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Release:
    """A release without its dataset. position: of the sign-off (the cut). digest: `sha256:…`."""

    release: str
    round: str
    version: int
    position: int
    signed_at: datetime
    recipients: Sequence[str]
    digest: str
    withdrawn_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class WholeRelease(Release):
    """A release with the text of its dataset."""

    dataset: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Pending:
    """A report that came, was withdrawn or was returned after a release was cut."""

    form: str
    unit: str
    revision: int
    withdrawn: bool
    late: bool
    received_at: datetime
    first_received_at: datetime
    position: int
    returned: bool


class StaleRollup(Misconfigured):
    """Another version of this software wrote the rollup; guessing which slot is which would make wrong figures."""

    code = "stale_rollup"


class Plans:
    """Plan versions, read and parsed once: a published version never changes. Safe to share between threads."""

    def __init__(self, capacity: int = 128) -> None:
        """capacity: versions kept; a parsed plan takes some 200 kB."""
        self._capacity = capacity
        self._known: dict[tuple[str, int], Plan] = {}

    def get(self, conn: Connection, plan: str, version: int) -> Plan:
        """Raises LookupError for a version that was never published."""
        known = self._known.get((plan, version))
        if known is not None:
            return known
        document = value(conn, str, SQL.plan, {"plan": plan, "version": version})
        if document is None:
            raise LookupError(f"plan {plan} version {version} is not in the log before this event")
        if len(self._known) >= self._capacity:
            self._known = {}  # rarely, and cheaper than keeping an order of use
        found = self._known[plan, version] = parse_published(orjson.loads(document))
        return found

    def newest_version(self, conn: Connection, plan: str) -> int | None:
        return value(conn, int, SQL.newest_plan_version, {"plan": plan})


# ---------------------------------------------------------------- definitions


def put_plan(tx: Connection, data: Mapping[str, Any]) -> Plan:
    """Keep the plan of a plan.published event."""
    plan = parse_published(data["plan"])
    tx.execute(
        SQL.put_plan,
        {
            "plan": plan.code,
            "version": data["planVersion"],
            "programme": plan.programme,
            "province": data["province"],
            "digest": data["digest"],
            "document": orjson.dumps(data["plan"]).decode(),
        },
    )
    return plan


def put_round(tx: Connection, found: Round) -> None:
    tx.execute(
        SQL.put_round,
        {
            "round": found.code,
            "province": found.province,
            "programme": found.programme,
            "plan": found.plan,
            "period": found.period.code,
            "opened_version": found.opened.version,
            "reading_version": found.reading.version,
            "body": Jsonb(found.data),
            "opened_at": found.opened_at,
            "position": found.changed_position,
        },
    )


def load_round(conn: Connection, plans: Plans, code: str) -> Round | None:
    """The round as it stands, or None."""
    row = conn.execute(SQL.round, {"round": code}).fetchone()
    return None if row is None else _round(conn, plans, *row)


def load_rounds(
    conn: Connection,
    plans: Plans,
    *,
    province: str | None = None,
    programme: str | None = None,
    plan: str | None = None,
    period: str | None = None,
) -> list[Round]:
    """The rounds that match, by code."""
    asked = {"province": province, "programme": programme, "plan": plan, "period": period}
    return [_round(conn, plans, *row) for row in conn.execute(SQL.rounds, asked).fetchall()]


def _round(
    conn: Connection,
    plans: Plans,
    opened_version: int,
    reading_version: int,
    body: Mapping[str, Any],
    extensions: Sequence[Mapping[str, Any]],
    opened_at: datetime,
    locked_at: datetime | None,
    position: int,
) -> Round:
    opened = plans.get(conn, body["plan"], opened_version)
    reading = opened if reading_version == opened_version else plans.get(conn, body["plan"], reading_version)
    return round_of(
        body,
        opened,
        reading,
        extensions=extensions,
        opened_at=opened_at,
        locked_at=locked_at,
        changed_position=position,
    )


def set_body(tx: Connection, round_: str, body: Mapping[str, Any], position: int) -> None:
    """Change who is obliged in a round."""
    tx.execute(SQL.set_body, {"round": round_, "body": Jsonb(body), "position": position})


def put_units(tx: Connection, province: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Keep the names of units, as rows of the registry."""
    with tx.cursor() as cursor:
        cursor.executemany(
            SQL.put_unit,
            [
                {
                    "province": province,
                    "code": row["code"],
                    "valid_from": row["valid_from"],
                    "valid_to": row.get("valid_to") or None,
                    "level": row["level"],
                    "full_name": row["full_name"],
                }
                for row in rows
            ],
        )


def newest_plans(conn: Connection, plans: Plans, province: str | None, *, running: bool = False) -> list[Plan]:
    """The newest version of each plan, of one province or of all. running: without those that were retired."""
    rows = conn.execute(SQL.newest_plans, {"province": province, "running": running}).fetchall()
    return [plans.get(conn, plan, version) for plan, version in rows]


def names(conn: Connection, province: str, codes: Collection[str], day: date) -> dict[str, str]:
    """Full names of units on a day; a unit that nobody named is absent."""
    asked = {"province": province, "codes": sorted(codes), "day": day}
    return dict(conn.execute(SQL.unit_names, asked).fetchall())


def names_on(conn: Connection, province: str, codes: Collection[str], day: date) -> dict[str, str]:
    """Full names of those of the codes that are units on a day."""
    asked = {"province": province, "codes": sorted(codes), "day": day}
    return dict(conn.execute(SQL.unit_names_on, asked).fetchall())


def population(conn: Connection, province: str, unit: str, period: Period) -> Population | None:
    """The unit's population at the close of data: of the latest year not after it."""
    asked = {"province": province, "unit": unit, "year": period.last.year}
    return conn.cursor(row_factory=class_row(Population)).execute(SQL.population, asked).fetchone()


def populations(conn: Connection, province: str, units: Collection[str], period: Period) -> dict[str, Population]:
    """The populations of those of the units that have one, at the close of data."""
    asked = {"province": province, "units": list(units), "year": period.last.year}
    return {
        of: Population(value=value, year=year, source=source)
        for of, value, year, source in conn.execute(SQL.populations, asked)
    }


def overfull(
    conn: Connection, one: Round, held: Mapping[str, Mapping[str, Report]] | None = None
) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Units of a round that reported more people than live there. held: the round's reports, where they are at hand.

    Where no unit's population is known (provinces alone have one as shipped) no report is read.
    """
    if not shares_of_people(one.reading.indicators):
        return {}
    units = {unit for found in one.obliged.values() for unit in found}
    people = populations(conn, one.province, units, one.period)
    if not people:
        return {}
    if held is None:
        held = {form: reports(conn, one.code, form, people) for form in one.layouts}
    return crowded(one, held, people)


# ---------------------------------------------------------------- reports and rollups


def reports(conn: Connection, round_: str, form: str, units: Collection[str] | None = None) -> dict[str, Report]:
    """Latest reports of one form by unit: of some units, or of all."""
    cursor, asked = _of_reports(conn), {"round": round_, "form": form}
    if units is None:
        found = cursor.execute(SQL.reports_of_form, asked)
    else:
        found = cursor.execute(SQL.reports_of_units, {**asked, "units": list(units)})
    return {report.unit: report for report in found}


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """New states of reports of one form of a round, by unit, with what counting them needs."""

    round: str
    form: str
    layout: Layout
    obliged: frozenset[str]
    after: Mapping[str, Report]


def before(tx: Connection, groups: Sequence[Group]) -> list[tuple[dict[str, Report], tuple[str, Vector] | None]]:
    """For each group what its units had reported, and the rollup: all asked for in one round trip."""
    with tx.pipeline():
        asked = [(_ask_reports(tx, group), _ask_rollup(tx, group)) for group in groups]
        return [
            ({report.unit: report for report in reports.fetchall()}, rollups.fetchone()) for reports, rollups in asked
        ]


def _ask_reports(tx: Connection, group: Group) -> Cursor[Report]:
    asked = {"round": group.round, "form": group.form, "units": list(group.after)}
    return _of_reports(tx).execute(SQL.reports_of_units, asked)


def _ask_rollup(tx: Connection, group: Group) -> Cursor[tuple[str, Vector]]:
    cursor = tx.cursor(binary=True, row_factory=args_row(_rollup))
    return cursor.execute(SQL.rollup, {"round": group.round, "form": group.form})


def put_reports(tx: Connection, groups: Sequence[Group], known: Sequence[Collection[str]]) -> None:
    """Keep the new states. known: for each group the units that have a row already.

    Only the worker that holds the partition's position writes here, so a row that was not there a moment ago
    still is not: many new ones may be copied in (twice as fast as inserting them).
    """
    replaced: list[tuple[Any, ...]] = []
    added: list[tuple[Any, ...]] = []
    for group, rows in zip(groups, known, strict=True):
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
        asked = {"round": round_, "form": form, "units": list(late), "late": list(late.values())}
        tx.execute(SQL.set_late, asked)


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


def put_asked(tx: Connection, found: Sequence[RoundQueries]) -> None:
    """Keep what facts ask and explain."""
    queries = [query for one in found for query in one.queries]
    said = [each for one in found for each in one.explanations]
    with tx.cursor() as cursor:
        if queries:
            cursor.executemany(SQL.put_query, [asdict(query) for query in queries])
        if said:
            cursor.executemany(SQL.put_explanation, [asdict(each) for each in said])


def asked(conn: Connection, round_: str) -> RoundQueries:
    """The queries of a round and what was said of them."""
    queries, said = conn.cursor(row_factory=class_row(Query)), conn.cursor(row_factory=class_row(Explanation))
    return RoundQueries(
        queries=queries.execute(SQL.queries_of_round, {"round": round_}).fetchall(),
        explanations=said.execute(SQL.explanations_of_round, {"round": round_}).fetchall(),
    )


def empty_explanations(tx: Connection, province: str, position: int, numbers: Sequence[int]) -> None:
    """Forget the text of some explanations of one event."""
    if numbers:
        tx.execute(SQL.empty_explanations, {"province": province, "position": position, "numbers": list(numbers)})


def put_rollups(tx: Connection, found: Sequence[tuple[str, str, str, Vector]]) -> None:
    """Write rollups: (round, form, digest of the layout, slots)."""
    if found:
        with tx.cursor() as cursor:
            cursor.executemany(
                SQL.put_rollup, [(one, form, digest, _array(slots)) for one, form, digest, slots in found]
            )


def _row(round_: str, form: str, report: Report) -> tuple[Any, ...]:
    packed = None if report.values is None else _array(report.values)
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
    conn: Connection, found: Iterable[Round], *, people: bool = True, reporters: bool = False
) -> dict[str, Tally]:
    """By round code: what its root's level knows of it. people: with the root's population. reporters: with the
    units behind each form, for what is compared between periods.

    Raises StaleRollup when another version of this software wrote a rollup.
    """
    found = list(found)
    held = rollups(conn, [one.code for one in found])
    behind = _reporters(conn, [one.code for one in found]) if reporters else {}
    return {
        one.code: Tally(
            period=one.period,
            population=population(conn, one.province, one.root, one.period) if people else None,
            forms=tuple(_form_tally(one, form, held, behind) for form in one.layouts),
        )
        for one in found
    }


def _reporters(conn: Connection, rounds: list[str]) -> dict[tuple[str, str], frozenset[str]]:
    """Units with a standing report, by round and form."""
    rows = conn.execute(SQL.reporters, {"rounds": rounds})
    return {(round_, form): frozenset(units) for round_, form, units in rows}


def _form_tally(
    one: Round,
    form: str,
    held: Mapping[tuple[str, str], tuple[str, Vector]],
    behind: Mapping[tuple[str, str], frozenset[str]],
) -> FormTally:
    layout = one.layouts[form]
    digest, slots = held.get((one.code, form), ("none", ()))
    if digest != layout.digest:
        raise StaleRollup(f"rollup {one.code} {form} has layout {digest}, not {layout.digest}: run `lienthong replay`")
    obliged = one.obliged_in(form)
    units = behind.get((one.code, form))
    return FormTally(
        layout=layout, slots=slots, obliged=len(obliged), reporters=None if units is None else units & obliged
    )


def periodic_of_plan(conn: Connection, plans: Plans, one: Round) -> list[Round]:
    """The other rounds of the same plan that an indicator may look back to."""
    return [
        other
        for other in load_rounds(conn, plans, plan=one.plan)
        if other.code != one.code and frequency_of(other.period.code) != "special"
    ]


# ---------------------------------------------------------------- releases


def releases(conn: Connection, rounds: Iterable[str]) -> dict[str, list[Release]]:
    """The releases of each of these rounds, by version."""
    found: dict[str, list[Release]] = {}
    for one in conn.cursor(row_factory=class_row(Release)).execute(SQL.releases, {"rounds": list(rounds)}):
        found.setdefault(one.round, []).append(one)
    return found


def release(conn: Connection, code: str) -> tuple[Release, Dataset] | None:
    """A release and its dataset."""
    found = conn.cursor(row_factory=class_row(WholeRelease)).execute(SQL.release, {"release": code}).fetchone()
    return None if found is None else (found, dataset_of(found.dataset))


def put_release(tx: Connection, round_: str, sign_off: SignOff, made: Written, recomputed: str) -> None:
    """Keep a release. made: as release.made has it; recomputed: digest of the dataset as computed here."""
    tx.execute(
        SQL.put_release,
        {
            "release": sign_off.release,
            "round": round_,
            "version": sign_off.version,
            "position": sign_off.position,
            "signed_at": sign_off.at,
            "recipients": list(sign_off.recipients),
            "digest": made.digest,
            "recomputed": recomputed,
            "dataset": made.text,
        },
    )


def pending(conn: Connection, round_: str, position: int) -> list[Pending]:
    """Reports that came or were withdrawn after a position, in their order."""
    asked = {"round": round_, "position": position}
    return conn.cursor(row_factory=class_row(Pending)).execute(SQL.pending, asked).fetchall()


def latest_dataset(conn: Connection, round_: str) -> Dataset | None:
    text = value(conn, str, SQL.latest_dataset, {"round": round_})
    return None if text is None else dataset_of(text)


def diverged(conn: Connection) -> tuple[tuple[str, str, str], ...]:
    """Releases of which a replay made another dataset: release, its digest, that of the replay."""
    return tuple((release, digest, recomputed) for release, digest, recomputed in conn.execute(SQL.diverged))


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


def _array(values: Iterable[int | None]) -> str:
    """PostgreSQL's text of a bigint[]: the driver's list adapter looks at every element, orjson at none twice."""
    return "{" + orjson.dumps(tuple(values)).decode()[1:-1].replace("null", "NULL") + "}"
