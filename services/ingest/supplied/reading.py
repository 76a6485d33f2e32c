"""The assembled draft of a unit's report, and the reports that were confirmed from one.

Reads only: what was supplied is read from the log.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from psycopg.rows import class_row

from lienthong.access.principals import Principal
from lienthong.calendar import day_of
from lienthong.contracts import strict
from lienthong.instants import wire
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.programmes import Form
from lienthong.refusals import refused
from lienthong.rounds.round import OpenRound
from services.ingest.claims.receipts import number_of
from services.ingest.definitions.loading import whole_round
from services.ingest.definitions.snapshot import Definitions
from services.ingest.reviews.reading import passes_by
from services.ingest.reviews.rules import via_of
from services.ingest.rights import seeing
from services.ingest.rights.receiving import is_for
from services.ingest.rights.requiring import require_unit, round_of_province
from services.ingest.supplied.assembling import PART, SUPPLIED, Assembled, Supply, Value, assemble

SQL = Queries(Path(__file__).with_name("queries.sql"))


def draft(
    conn: Connection,
    definitions: Definitions,
    principal: Principal,
    *,
    unit: str,
    round_: str,
    form: str,
    now: datetime,
) -> dict[str, Any]:
    """The draft, each figure with the systems it comes from. Raises Rejected (404) for a round that is not the
    caller's province's, a unit that it doesn't see, a form that the round lacks.
    """
    definition = _form(definitions, principal, unit, round_, form, now)
    assembled = assemble(definition, supplies_of(conn, f"{round_}/{form}/{unit}"))
    return {
        "unit": unit,
        "round": round_,
        "form": form,
        "formVersion": definition.version,
        "complete": all(value.state == SUPPLIED for value in assembled),
        "figures": {value.figure.code: _number(value.value) for value in assembled},
        "provenance": [_assembled_body(value) for value in assembled],
    }


def _form(definitions: Definitions, principal: Principal, unit: str, round_: str, form: str, now: datetime) -> Form:
    units = seeing.told_of(principal, definitions, now)
    own = definitions.province_of(unit, day_of(now)) == principal.province
    if not own or (units is not None and unit not in units):
        raise refused("unit_unknown", unit=unit)
    open_round = round_of_province(definitions.rounds.get(round_), round_, definitions, principal.province)
    definition = definitions.form_of(open_round, form)
    if definition is None:
        raise refused("form_unknown", form=form)
    return definition


def confirmed_reports(
    conn: Connection,
    definitions: Definitions,
    principal: Principal,
    *,
    round_: str,
    form: str,
    unit: str | None,
    now: datetime,
) -> dict[str, Any]:
    """The reports on a form that say they were taken from what systems supplied, each with those supplies: of the units
    that the caller sees, or of one of them. Raises Rejected (404) for a round, form or unit that is not the
    caller's.
    """
    open_round = round_of_province(definitions.rounds.get(round_), round_, definitions, principal.province)
    if definitions.form_of(open_round, form) is None:
        raise refused("form_unknown", form=form)
    require_unit(unit, definitions, principal.province, now)
    units = seeing.readable_units(principal, definitions, now)
    whole = whole_round(conn, round_)
    if whole is not None and _all_come(definitions, principal, whole, form, now):
        units |= set(open_round.obliged.get(form, ()))
    parameters = {"round": round_, "form": form, "units": sorted(units if unit is None else units & {unit})}
    reports = conn.cursor(row_factory=class_row(_Confirmed)).execute(SQL.assembled_reports, parameters).fetchall()
    supplies = _by_receipt(conn, sorted({f"{round_}/{form}/{report.unit}" for report in reports}))
    return {"round": round_, "form": form, "reports": [_report(report, supplies) for report in reports]}


def _all_come(definitions: Definitions, principal: Principal, round_: OpenRound, form: str, now: datetime) -> bool:
    """Whether all reports on a form are the caller's to read: they pass through its unit, or are for it and pass
    through none.
    """
    if passes_by(definitions, principal, round_, form, now):
        return True
    return via_of(round_, form) is None and is_for(principal, definitions, round_, form, now)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Confirmed:
    """A revision and the receipts that it says it was assembled from."""

    unit: str
    revision: int
    receipts: list[str]


def _by_receipt(conn: Connection, subjects: Sequence[str]) -> Mapping[str, Supply]:
    rows = conn.execute(SQL.supplied_of_units, {"subjects": subjects}) if subjects else ()
    supplies = (_supply(key, position, at, strict.read(data.encode())) for _, key, position, at, data in rows)
    return {each.receipt: each for each in supplies}


def _report(confirmed: _Confirmed, supplies: Mapping[str, Supply]) -> dict[str, Any]:
    sources = [supplies[receipt] for receipt in confirmed.receipts if receipt in supplies]
    return {
        "unit": confirmed.unit,
        "revision": confirmed.revision,
        "supplies": [
            {
                "receipt": each.receipt,
                "system": each.system,
                "client": each.client,
                "share": each.share,
                "asOf": each.as_of.isoformat(),
                "at": wire(each.at),
                "figures": {code: _number(value) for code, value in each.figures.items()},
            }
            for each in sources
        ],
    }


def supplies_of(conn: Connection, subject: str) -> list[Supply]:
    """What systems supplied for one report, in order. Numbers keep the digits of their senders."""
    rows = conn.execute(SQL.supplied_of, {"subject": subject})
    return [_supply(key, position, at, strict.read(data.encode())) for key, position, at, data in rows]


def _supply(key: str, position: int, at: datetime, fact: Mapping[str, Any]) -> Supply:
    data = fact["data"]
    day = data.get("asOf")
    return Supply(
        system=data["system"],
        share=data.get("share") or PART,
        as_of=day_of(at) if day is None else date.fromisoformat(day),
        position=position,
        at=at,
        receipt=number_of(key, position),
        client=fact["client"],
        figures=data["figures"],
    )


def _assembled_body(assembled: Assembled) -> dict[str, Any]:
    return {
        "figure": assembled.figure.code,
        "state": assembled.state,
        "value": _number(assembled.value),
        "sources": [
            {
                "system": source.system,
                "client": source.client,
                "share": source.share,
                "value": _number(source.figures[assembled.figure.code]),
                "asOf": source.as_of.isoformat(),
                "at": wire(source.at),
                "receipt": source.receipt,
            }
            for source in assembled.sources
        ],
    }


def _number(value: Value | None) -> int | float | str | None:
    """As JSON: figures have at most eight decimals, which a float keeps as they are written."""
    if not isinstance(value, Decimal):
        return value
    return int(value) if value == value.to_integral_value() else float(value)
