"""Who is told what units owe, as lines with state and deadline (`lines.py`); and when the next rounds open."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Literal, TypedDict

from lienthong.access.principals import Principal
from lienthong.calendar import day_of
from lienthong.instants import wire
from lienthong.postgres.pool import Connection
from lienthong.refusals import refused
from lienthong.rounds import opening
from lienthong.rounds.round import OpenRound
from services.ingest.definitions.loading import whole_round
from services.ingest.definitions.snapshot import Definitions
from services.ingest.reviews.reading import comes_to
from services.ingest.rights.receiving import reads_for
from services.ingest.rights.requiring import no_round_of, require_unit
from services.ingest.rights.seeing import may_read, seen_units, units_of
from services.ingest.rounds.lines import CodedLine, Line, StatementLine, line_of, official_codes
from services.ingest.rounds.reported import reports_of


class Planned(TypedDict):
    """The next round of a plan. opens: the instant."""

    round: str
    state: Literal["planned"]
    opens: str


def owed_lines(
    conn: Connection,
    definitions: Definitions,
    principal: Principal,
    *,
    unit: str | None,
    round_: str | None,
    to: str | None = None,
    now: datetime,
) -> list[CodedLine]:
    """What the caller's units (those of its province for who reads it, or one unit) owe: open rounds with state,
    deadline and what is missing. Of a unit that is not the caller's to read: what it reports through a unit of the
    caller's, or to one.

    to: instead, what units owe to this unit of the caller's (unit: one of them alone).
    """
    rounds = _rounds(conn, definitions, round_)
    if to is not None:
        return _owed_to(conn, definitions, principal, rounds, to=to, unit=unit, round_=round_, now=now)
    province = None if unit is None else definitions.province_of(unit, day_of(now))
    if unit is not None and not may_read(principal, definitions, unit, province, now):
        return _lines_on_the_way(conn, definitions, principal, rounds, unit, now)
    units = _own_units(definitions, principal, rounds, now) if unit is None else {unit}
    lines = _lines(conn, definitions, rounds, units, now)
    if round_ is not None and not lines and principal.province not in {each.province for each in rounds}:
        raise no_round_of(round_, definitions, principal.province)  # another province's as one that is not there
    return lines


def _own_units(definitions: Definitions, principal: Principal, rounds: list[OpenRound], now: datetime) -> set[str]:
    """The units of which the caller is told what they owe."""
    units = seen_units(principal, definitions, now)
    if units is not None:
        return units
    of_province = (_units_of(each) for each in rounds if each.province == principal.province)
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
) -> list[CodedLine]:
    """Raises Rejected (404) for a recipient, a sender or a round that is not the caller's to see."""
    require_unit(to, definitions, principal.province, now)
    if not reads_for(principal, definitions, to, principal.province, now):
        raise refused("unit_unknown", unit=to)
    require_unit(unit, definitions, None, now)
    own = [each for each in rounds if each.province == principal.province]
    if round_ is not None and not own:
        raise no_round_of(round_, definitions, principal.province)
    own = [each for each in own if any(duty.sender == "units" and to in duty.to for duty in each.deadlines)]
    units = {owing for each in own for owing in _units_of(each)}
    return _lines(
        conn,
        definitions,
        own,
        units if unit is None else units & {unit},
        now,
        only=lambda each, form: (duty := each.duty(form)) is not None and to in duty.to,
    )


def _lines_on_the_way(
    conn: Connection,
    definitions: Definitions,
    principal: Principal,
    rounds: list[OpenRound],
    unit: str,
    now: datetime,
) -> list[CodedLine]:
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


def _units_of(round_: OpenRound) -> set[str]:
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
) -> list[CodedLine]:
    """A line for each form of each round and each of these units that owes it. only: which forms of which rounds."""
    reports = reports_of(conn, units, rounds)
    return [
        {**line_of(each, form, owing, reports, now), **codes}
        for each in rounds
        for form in sorted(each.form_versions)
        if only(each, form)
        for codes in (official_codes(each, form, definitions),)
        for owing in sorted((each.obliged_in(form) | each.dormant_in(form)) & units)
    ]


def lines_of(
    conn: Connection,
    definitions: Definitions,
    rounds: list[str],
    unit: str,
    delivered: set[tuple[str, str]],
    now: datetime,
) -> list[StatementLine]:
    """What one unit owes, or has delivered unasked, in these rounds (locked ones too). delivered: (round, form)."""
    whole = [each for code in rounds for each in _rounds(conn, definitions, code)]
    reports = reports_of(conn, {unit}, whole)
    return [
        {**line_of(each, form, unit, reports, now), "obliged": unit in owing}
        for each in whole
        for form, owing in sorted((form, each.obliged_in(form)) for form in each.form_versions)
        if unit in owing | each.dormant_in(form) or (each.code, form) in delivered
    ]


def of_rounds(conn: Connection, rounds: list[OpenRound], now: datetime, *, unit: str | None = None) -> list[Line]:
    """What every obliged unit owes in these rounds, which may be locked. For who may see all of them. unit: this one
    alone.
    """
    every = {owing for each in rounds for obliged in each.obliged.values() for owing in obliged}
    units = every if unit is None else every & {unit}
    reports = reports_of(conn, units, rounds)
    return [
        line_of(each, form, owing, reports, now)
        for each in rounds
        for form, obliged in sorted(each.obliged.items())
        for owing in sorted(obliged & units)
    ]


def planned_rounds(definitions: Definitions, principal: Principal, now: datetime) -> list[Planned]:
    """The next round of each plan of the caller's province: when it opens."""
    next_ones: list[Planned] = []
    for plan in definitions.plans.values():
        if definitions.province_of(plan.issued_by, day_of(now)) != principal.province:
            continue
        ahead = definitions.periods_ahead(plan, now)
        if ahead:
            opens = wire(opening.opens_at(ahead[0]))
            next_ones.append({"round": opening.code_of(plan, ahead[0]), "state": "planned", "opens": opens})
    return next_ones


def _rounds(conn: Connection, definitions: Definitions, code: str | None) -> list[OpenRound]:
    """All open rounds in order, or the one asked for by name, which may be locked."""
    if code is None:
        return [r for _, r in sorted(definitions.rounds.items()) if not r.locked]
    whole = whole_round(conn, code)
    return [] if whole is None else [whole]
