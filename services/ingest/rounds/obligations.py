"""What units owe: the rounds that are open, with state and deadline, and when the next ones open."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import class_row

from lienthong.access.principals import Principal
from lienthong.calendar import day_of
from lienthong.forms.regime import duties
from lienthong.instants import wire, wire_or_none
from lienthong.postgres.pool import Connection
from lienthong.refusals import refused
from lienthong.rounds import opening
from lienthong.rounds.round import OpenRound
from services.ingest.definitions.loading import whole_round
from services.ingest.definitions.snapshot import Definitions
from services.ingest.reports.explained import Query, explained, queried, unexplained
from services.ingest.reviews.reading import Latest, comes_to, latest, told
from services.ingest.reviews.rules import RETURNED, UNDER_REVIEW, via_of
from services.ingest.rights.asked import no_round_of, require_unit
from services.ingest.rights.receiving import reads_for
from services.ingest.rights.seeing import may_read, seen_units, units_of
from services.ingest.rounds.acts import SQL


@dataclass(frozen=True, kw_only=True, slots=True)
class Reported:
    """The state of one report: its latest revision, whether that took it back, when it and the first one came;
    province, position: where the latest stands in the log.
    """

    round: str
    form: str
    unit: str
    revision: int
    withdrawn: bool
    received_at: datetime
    first_received_at: datetime
    province: str
    position: int
    nil: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class _Refused:
    """at: when a submission of the unit for the round was refused first. province: of who sent it."""

    province: str
    round: str
    unit: str
    at: datetime


Place = tuple[str, str, str]
"""(round, form, unit)."""

REPORTED = "reported"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Known:
    """What is known of the reports of some units in some rounds, read once for all lines."""

    states: Mapping[Place, Reported]
    reviews: Latest
    queries: Mapping[Place, Sequence[Query]]
    refused: Mapping[tuple[str, str, str], datetime]

    def line(self, round_: OpenRound, form: str, unit: str, now: datetime) -> dict[str, Any]:
        """What the unit owes there, and how far it is."""
        place = round_.code, form, unit
        line = _reviewed(_line(round_, form, unit, self.states.get(place), now), round_, form, self.reviews, now)
        asked = self.queries.get(place, ())
        return line | {
            "queries": len(asked),
            "unexplained": unexplained(asked),
            "mended": self._mended(round_, place, str(line["state"])),
        }

    def _mended(self, round_: OpenRound, place: Place, state: str) -> bool:
        """Whether the report counts, and came after a submission of the unit had been refused."""
        refused_at, came = self.refused.get((round_.province, round_.code, place[2])), self.states.get(place)
        return state == REPORTED and refused_at is not None and came is not None and refused_at < came.received_at


def owed(
    conn: Connection,
    definitions: Definitions,
    principal: Principal,
    *,
    unit: str | None,
    round_: str | None,
    to: str | None = None,
    now: datetime,
) -> list[dict[str, Any]]:
    """What the caller's units (those of its province for who reads it, or one unit) owe: open rounds with state,
    deadline and what is missing. Of a unit that is not the caller's to read: what it reports through a unit of the
    caller's, or to one.

    to: instead, what units owe to this unit of the caller's (unit: one of them alone).

    state: `missing`, `returned`, `reported` (`nil`: it says that there is nothing to report) or `dormant` (excused from
    the round); what was taken back or returned is owed again. overdue: owed after its deadline.
    """
    rounds = _asked(conn, definitions, round_)
    if to is not None:
        return _owed_to(conn, definitions, principal, rounds, to=to, unit=unit, round_=round_, now=now)
    province = None if unit is None else definitions.province_of(unit, day_of(now))
    if unit is not None and not may_read(principal, definitions, unit, province, now):
        return _coming(conn, definitions, principal, rounds, unit, now)
    units = _own(definitions, principal, rounds, now) if unit is None else {unit}
    lines = _lines(conn, definitions, rounds, units, now)
    if round_ is not None and not lines and principal.province not in {each.province for each in rounds}:
        raise no_round_of(round_, definitions, principal.province)  # another province's as one that is not there
    return lines


def _own(definitions: Definitions, principal: Principal, rounds: list[OpenRound], now: datetime) -> set[str]:
    """The units of which the caller is told what they owe."""
    units = seen_units(principal, definitions, now)
    if units is not None:
        return units
    of_province = (_owing(each) for each in rounds if each.province == principal.province)
    return units_of(principal, definitions, now).union(*of_province)


def _owed_to(
    conn: Connection,
    definitions: Definitions,
    principal: Principal,
    rounds: list[OpenRound],
    *,
    to: str,
    unit: str | None,
    round_: str | None,
    now: datetime,
) -> list[dict[str, Any]]:
    """Raises Rejected (404) for a recipient, a sender or a round that is not the caller's to see."""
    require_unit(to, definitions, principal.province, now)
    if not reads_for(principal, definitions, to, principal.province, now):
        raise refused("unit_unknown", unit=to)
    require_unit(unit, definitions, None, now)
    own = [each for each in rounds if each.province == principal.province]
    if round_ is not None and not own:
        raise no_round_of(round_, definitions, principal.province)
    own = [each for each in own if any(duty.sender == "units" and to in duty.to for duty in each.deadlines)]
    units = {owing for each in own for owing in _owing(each)}
    return _lines(
        conn,
        definitions,
        own,
        units if unit is None else units & {unit},
        now,
        only=lambda each, form: (duty := each.duty(form)) is not None and to in duty.to,
    )


def _coming(
    conn: Connection,
    definitions: Definitions,
    principal: Principal,
    rounds: list[OpenRound],
    unit: str,
    now: datetime,
) -> list[dict[str, Any]]:
    """What a unit owes through a unit of the caller's, or to one. Raises Rejected (404) where that is nothing."""
    lines = _lines(
        conn,
        definitions,
        rounds,
        {unit},
        now,
        only=lambda each, form: comes_to(definitions, principal, each, form, now),
    )
    if not lines:
        raise refused("unit_unknown", unit=unit)
    return lines


def _owing(round_: OpenRound) -> set[str]:
    """Every unit that owes something in a round, or is excused from it."""
    return {*round_.dormant, *(unit for units in round_.obliged.values() for unit in units)}


def _lines(
    conn: Connection,
    definitions: Definitions,
    rounds: list[OpenRound],
    units: set[str],
    now: datetime,
    *,
    only: Callable[[OpenRound, str], bool] = lambda round_, form: True,
) -> list[dict[str, Any]]:
    """A line for each form of each round and each of these units that owes it. only: which forms of which rounds."""
    known = _known(conn, units, rounds)
    return [
        known.line(each, form, owing, now) | coded
        for each in rounds
        for form in sorted(each.form_versions)
        if only(each, form)
        for coded in (_coded(each, form, definitions),)
        for owing in sorted((each.obliged_in(form) | each.dormant_in(form)) & units)
    ]


def lines_of(
    conn: Connection,
    definitions: Definitions,
    rounds: list[str],
    unit: str,
    delivered: set[tuple[str, str]],
    now: datetime,
) -> list[dict[str, Any]]:
    """What one unit owes, or has delivered unasked, in these rounds (locked ones too). delivered: (round, form)."""
    asked = [each for code in rounds for each in _asked(conn, definitions, code)]
    known = _known(conn, {unit}, asked)
    return [
        known.line(each, form, unit, now) | {"obliged": unit in owing}
        for each in asked
        for form, owing in sorted((form, each.obliged_in(form)) for form in each.form_versions)
        if unit in owing | each.dormant_in(form) or (each.code, form) in delivered
    ]


def of_rounds(
    conn: Connection, rounds: list[OpenRound], now: datetime, *, unit: str | None = None
) -> list[dict[str, Any]]:
    """What every obliged unit owes in these rounds, which may be locked. For who may see all of them. unit: this one
    alone.
    """
    every = {owing for each in rounds for obliged in each.obliged.values() for owing in obliged}
    units = every if unit is None else every & {unit}
    known = _known(conn, units, rounds)
    return [
        known.line(each, form, owing, now)
        for each in rounds
        for form, obliged in sorted(each.obliged.items())
        for owing in sorted(obliged & units)
    ]


def planned(definitions: Definitions, principal: Principal, now: datetime) -> list[dict[str, Any]]:
    """The next round of each plan of the caller's province: when it opens."""
    next_ones = []
    for plan in definitions.plans.values():
        if definitions.province_of(plan.issued_by, day_of(now)) != principal.province:
            continue
        ahead = [p for p in definitions.schedule(plan) if opening.opens_at(p) > now]
        if ahead:
            next_ones.append(
                {
                    "round": opening.code_of(plan, ahead[0]),
                    "state": "planned",
                    "opens": wire(opening.opens_at(ahead[0])),
                }
            )
    return next_ones


def _asked(conn: Connection, definitions: Definitions, code: str | None) -> list[OpenRound]:
    """All open rounds in order, or the one asked for by name, which may be locked."""
    if code is None:
        return [r for _, r in sorted(definitions.rounds.items()) if not r.locked]
    whole = whole_round(conn, code)
    return [] if whole is None else [whole]


def _known(conn: Connection, units: set[str], rounds: list[OpenRound]) -> _Known:
    codes = [each.code for each in rounds]
    revisions = queried(conn, codes, units)
    explanations = explained(conn, {each.which: each.warnings for each in revisions})
    return _Known(
        states=_states(conn, units, rounds),
        reviews=latest(conn, units, codes),
        queries={each.which[:3]: explanations[each.which] for each in revisions},
        refused=_refused(conn, units, codes),
    )


def _refused(conn: Connection, units: set[str], rounds: list[str]) -> dict[tuple[str, str, str], datetime]:
    asked = {"units": sorted(units), "rounds": rounds}
    rows = conn.cursor(row_factory=class_row(_Refused)).execute(SQL.first_refusals, asked)
    return {(row.province, row.round, row.unit): row.at for row in rows}


def _states(conn: Connection, units: set[str], rounds: list[OpenRound]) -> dict[Place, Reported]:
    asked = {"units": sorted(units), "rounds": [r.code for r in rounds]}
    rows = conn.cursor(row_factory=class_row(Reported)).execute(SQL.slots_of_units, asked)
    return {(row.round, row.form, row.unit): row for row in rows}


def _line(round_: OpenRound, form: str, unit: str, state: Reported | None, now: datetime) -> dict[str, Any]:
    deadline = round_.deadline_of(form, unit)
    duty = round_.duty(form)
    line: dict[str, Any] = {
        "round": round_.code,
        "plan": round_.plan,
        "form": form,
        "formVersion": round_.form_versions[form],
        "unit": unit,
        "obligation": None if duty is None else duty.obligation,
        "to": [] if duty is None else list(duty.to),
        "period": dict(round_.data["period"]),
        "deadline": wire_or_none(deadline),
        "originalDeadline": None if duty is None else wire_or_none(duty.at),
        "locked": round_.locked,
        "figures": None if form not in round_.asked else list(round_.asked[form]),
        "schema": f"/v1/schemas/forms/{form}/{round_.form_versions[form]}",
    }
    missing = (state is None or state.withdrawn) and unit not in round_.dormant_in(form)
    line["state"] = "missing" if missing else "dormant" if unit in round_.dormant_in(form) else REPORTED
    line["overdue"] = missing and round_.is_overdue(form, unit, now)
    if state is None:
        return line | {"nextRevision": 1, "receipt": None}
    return line | _came(round_, form, state) | {"nextRevision": state.revision + 1}


def _coded(round_: OpenRound, form: str, definitions: Definitions) -> dict[str, Any]:
    """What official lists call form, regime and period, beside our codes; nothing where none of them does."""
    plan = definitions.older.get((round_.plan, round_.plan_version))
    known = None if plan is None else plan.form(form)
    if plan is None or known is None:
        return {}
    officials = {
        "form": known.official,
        "regime": next((duty.regime for duty in duties(plan, known) if duty.regime is not None), None),
        "period": plan.official_period(round_.period.code),
    }
    codes = {name: official.body for name, official in officials.items() if official is not None}
    return {"official": codes} if codes else {}


def _came(round_: OpenRound, form: str, state: Reported) -> dict[str, Any]:
    """What came and when. late: the first accepted revision, by the deadline as it stands; correctedAt: the latest
    revision's own time, None where there is only one.
    """
    corrected = not state.withdrawn and state.received_at != state.first_received_at
    return {
        "revision": state.revision,
        "receipt": f"{state.province}-{state.position}",
        "withdrawn": state.withdrawn,
        "nil": state.nil,
        "late": round_.is_late(form, state.unit, state.first_received_at),
        "receivedAt": wire(state.received_at),
        "firstReceivedAt": wire(state.first_received_at),
        "correctedAt": wire(state.received_at) if corrected else None,
    }


def _reviewed(line: dict[str, Any], round_: OpenRound, form: str, reviews: Latest, now: datetime) -> dict[str, Any]:
    """The line with what the via unit did: `review` is under_review, passed_on or returned, None where nobody stands
    between. What was returned is owed again, as what is missing.
    """
    via, done = via_of(round_, form), reviews.get((round_.code, form, str(line["unit"]), line.get("revision")))
    line |= {"via": via, "review": None, "returned": None}
    if line["state"] != REPORTED:
        return line
    line["review"] = done.state if done is not None else UNDER_REVIEW if via is not None else None
    if done is None or done.state != RETURNED:
        return line
    overdue = round_.is_overdue(form, str(line["unit"]), now)
    return line | {"state": RETURNED, "overdue": overdue, "returned": told(done)}
