"""A plan in force as an operator decides on it: forms and who owes them, duties and their days, rounds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from lienthong.calendar import day_of
from lienthong.instants import wire
from lienthong.postgres.pool import Connection
from lienthong.programmes import Deadline, Form, Obligation, Plan
from lienthong.refusals import refused
from lienthong.rounds import opening
from services.ingest.definitions.snapshot import Definitions
from services.ingest.kit import packing
from services.ingest.kit.readme import file_name
from services.ingest.plans.acts import SQL
from services.ingest.reports import outside
from services.ingest.rights.requiring import no_plan, sees_all

_AHEAD = 3  # rounds to come that are worth a look


@dataclass(frozen=True, kw_only=True, slots=True)
class Package:
    """A zip and what it is called."""

    name: str
    content: bytes


def opened_periods(definitions: Definitions, plan: str) -> list[str]:
    """The periods of the rounds that were opened."""
    return sorted(r.period.code for r in definitions.rounds.values() if r.plan == plan)


def retired_on(definitions: Definitions, plan: str) -> str | None:
    """The last close of data for which a round opens; None for a plan that goes on."""
    last = definitions.spans[plan].last
    return None if last is None else last.isoformat()


def describe_plan(definitions: Definitions, code: str, now: datetime) -> dict[str, Any]:
    """One plan, for who may see all. Raises Rejected (404) for a code that no plan in force has."""
    plan = definitions.plans.get(code)
    if plan is None:
        raise no_plan(code, definitions, sees_all)
    ahead = definitions.periods_ahead(plan, now)
    return {
        "plan": plan.code,
        "title": plan.title.vi,
        "programme": plan.programme,
        "version": plan.version,
        "issuedBy": plan.issued_by,
        "rounds": opened_periods(definitions, code),
        "retiredOn": retired_on(definitions, code),
        "planned": [{"round": opening.code_of(plan, p), "opens": wire(opening.opens_at(p))} for p in ahead[:_AHEAD]],
        "forms": [_form(plan, form, definitions, now) for form in plan.forms],
        "obligations": [_obligation(each) for each in plan.obligations],
        "outside": [outside.channel_body(channel) for channel in plan.outside],
    }


def document(conn: Connection, code: str) -> dict[str, Any]:
    """The document of the newest version of a plan that there is: {"programme": …, "plan": …}."""
    row = conn.execute(SQL.document, {"plan": code, "version": None}).fetchone()
    assert row is not None, "whoever asks has found it, and no plan goes away"
    _, text = row
    body: dict[str, Any] = orjson.loads(text)
    return body


def package(conn: Connection, definitions: Definitions, code: str, version: int | None) -> Package:
    """The rule kit's package of a version; of the newest, where none is named. Raises Rejected (404)."""
    if code not in definitions.plans:
        raise no_plan(code, definitions, sees_all)
    row = conn.execute(SQL.document, {"plan": code, "version": version}).fetchone()
    if row is None:
        raise refused("plan_version_unknown", plan=code, version=version, newest=definitions.plans[code].version)
    number, text = row
    plan, definition = definitions.older[(code, number)], orjson.loads(text)
    definition["plan"]["version"] = plan.version
    older = [p for (name, earlier), p in definitions.older.items() if name == code and earlier < plan.version]
    source = packing.PackageSource(
        plan=plan,
        document=definition,
        older=tuple(form for p in older for form in p.forms),
        registry=definitions.registry,
        contracts=definitions.contracts,
    )
    return Package(name=file_name(code, plan.version), content=packing.zip_files(packing.files(source)))


def _form(plan: Plan, form: Form, definitions: Definitions, now: datetime) -> dict[str, Any]:
    owing = opening.obliged_units(plan, form, definitions.registry, day_of(now))
    return {
        "form": form.code,
        "version": form.version,
        "reporters": plan.reporters[form.reporters].label.vi,
        "obliged": len(owing),
        "figures": len(form.figures),
    }


def _obligation(duty: Obligation) -> dict[str, Any]:
    return {
        "obligation": duty.code,
        "from": "đơn vị" if duty.level == "units" else "nơi ban hành",
        "to": list(duty.to),
        "via": duty.via,
        "frequency": duty.frequency,
        "deadlines": [_day(each) for each in duty.deadlines],
    }


def _day(deadline: Deadline) -> str:
    """`trước 15/12`, `hết 31/03 năm sau`; `–` where the source names no day."""
    day = deadline.before or deadline.on_or_before
    if day is None:
        return "–"
    later = {0: "", 1: " năm sau"}.get(deadline.year_offset, f" {deadline.year_offset} năm sau")
    return f"{'trước' if deadline.before else 'hết'} {day[1]:02}/{day[0]:02}{later}"
