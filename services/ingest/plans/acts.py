"""Publishing a plan."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import orjson
from psycopg.rows import class_row

from lienthong import events
from lienthong.access import edits
from lienthong.access.edits import UNSAID, Edited, Seen
from lienthong.calendar import day_of
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.programmes import Plan, parse_published
from lienthong.refusals import refused
from lienthong.rounds import opening
from services.ingest.office.act import Act
from services.ingest.office.facts import fact
from services.ingest.plans import checking
from services.ingest.plans.checking import Published, form_verdicts
from services.ingest.plans.forecast import Opening, body, forecast, opens_from

SQL = Queries(Path(__file__).with_name("queries.sql"))
SCOPE = "operate:plans"


@dataclass(frozen=True, kw_only=True, slots=True)
class _PlanState:
    """What stands under a plan's code now. digest: of the document without its number."""

    version: int
    digest: str
    opens_from: date | None
    last_close: date | None


def publish(act: Act, document: Mapping[str, Any], *, past: bool = False, seen: Seen = UNSAID) -> Published:
    """Publish a plan, or a new version of it. document: {"programme": …, "plan": …}, linted by the caller.

    past: rounds whose deadlines have all passed by now open too; they stay closed otherwise.

    Raises Rejected when a changed form keeps its version, 412 where another version stands than was seen, and as
    `require_own`.
    """
    require_own(act, document)
    plan = parse_published(document)
    now = act.change()
    province = opening.province_of(plan, act.definitions.registry, day_of(now))
    standing, digest = _plan_state(act.tx, plan.code), _digest(document)
    _require_unchanged(act, plan, standing, province, seen)
    openings = forecast(plan, act.definitions.registry, act.definitions.rounds, now)
    since = _opens_from(standing, openings, past=past)
    if standing is not None and standing.digest == digest and standing.last_close is None:
        if past:
            act.tx.execute(SQL.open_past, {"plan": plan.code})
        return Published(plan=plan.code, version=0, openings=_opening_bodies(openings, since, now))
    verdicts = form_verdicts(act.definitions, plan)
    number = 1 if standing is None else standing.version + 1
    _write(act, plan, _with_number(document, number), province=province, digest=digest, opens_from=since, now=now)
    openings_told = _opening_bodies(openings, since, now)
    return Published(plan=plan.code, version=number, verdicts=verdicts, openings=openings_told)


def _write(
    act: Act,
    plan: Plan,
    body: Mapping[str, Any],
    *,
    province: str,
    digest: str,
    opens_from: date | None,
    now: datetime,
) -> None:
    """The version into the table, the audit log and the event log. body: the document with its number."""
    version = body["plan"]["version"]
    row = {
        "plan": plan.code,
        "version": version,
        "programme": plan.programme,
        "province": province,
        "digest": digest,
        "document": orjson.dumps(body).decode(),
        "at": now,
        "by": act.actor.name,
        "opens_from": opens_from,
    }
    act.tx.execute(SQL.put_plan, row)
    data = {
        "plan": body,
        "planCode": plan.code,
        "planVersion": version,
        "programme": plan.programme,
        "province": province,
        "digest": f"sha256:{digest}",
        "by": act.actor.name,
    }
    name = f"{plan.code}/v{version}"
    act.record("plan.published", name, province=province, issuer=plan.issued_by, details={"digest": digest})
    act.append(fact(events.PLAN_PUBLISHED, name, plan.code, province, now, data))


def retire(act: Act, *, plan: str, reason: str, document: Mapping[str, Any], seen: Seen = UNSAID) -> date:
    """The plan opens no more rounds from now on (ngừng kế hoạch); what is open goes on. Returns the last close of data
    for which a round opens: today. Publishing the plan again takes it back.
    """
    retired = act.plan(plan, SCOPE)
    now = act.change()
    standing, last = _plan_state(act.tx, plan), day_of(now)
    assert standing is not None, "the act found it"
    if standing.last_close is not None:
        raise refused("plan_retired_already", plan=plan, day=standing.last_close)
    province = opening.province_of(retired, act.definitions.registry, last)
    _require_unchanged(act, retired, standing, province, seen)
    act.tx.execute(SQL.retire, {"plan": plan, "version": standing.version, "last": last})
    data = {
        "planCode": plan,
        "planVersion": standing.version,
        "province": province,
        "lastClose": last.isoformat(),
        "by": act.actor.name,
        "reason": reason,
        "document": dict(document),
    }
    act.record("plan.retired", plan, province=province, issuer=retired.issued_by, details={"reason": reason})
    act.append(fact(events.PLAN_RETIRED, f"{plan}/v{standing.version}", plan, province, now, data))
    return last


def preview(act: Act, document: Mapping[str, Any], *, past: bool = False) -> Published:
    """What publishing would do. Raises as it would."""
    require_own(act, document)
    published, plan, now = checking.preview(document, act.definitions), parse_published(document), act.now()
    openings = forecast(plan, act.definitions.registry, act.definitions.rounds, now)
    standing = _plan_state(act.tx, plan.code)
    since = _opens_from(standing, openings, past=past)
    if standing is not None and standing.last_close is not None and published.version == 0:
        published = replace(published, version=standing.version + 1)  # the same plan is taken up again
    return replace(published, openings=_opening_bodies(openings, since, now))


def version_at(act: Act, plan: str) -> str:
    """What tells what stands under a plan's code from what stood there before."""
    return edits.version_of(_edited_of(_plan_state(act.tx, plan)))


def _edited_of(standing: _PlanState | None) -> dict[str, Any]:
    return (
        {}
        if standing is None
        else {"version": standing.version, "retired": standing.last_close and standing.last_close.isoformat()}
    )


def _require_unchanged(act: Act, plan: Plan, standing: _PlanState | None, province: str, seen: Seen) -> None:
    retired = standing is None or standing.last_close is not None
    edited = Edited(
        subject=plan.code if standing is None or retired else f"{plan.code}/v{standing.version}",
        acts=("plan.retired",) if retired else ("plan.published",),
        province=province,
        issuer=plan.issued_by,
        standing=_edited_of(standing),
    )
    edits.require_unchanged(act.tx, seen, edited)


def _opens_from(standing: _PlanState | None, openings: Sequence[Opening], *, past: bool) -> date | None:
    """Decided when a plan is first published; later versions go on as it was, or open everything when asked to."""
    if past:
        return None
    if standing is None or standing.last_close is not None:  # new, or taken up again
        return opens_from(openings)
    return standing.opens_from


def _opening_bodies(openings: Sequence[Opening], since: date | None, now: datetime) -> tuple[dict[str, Any], ...]:
    return tuple(body(opening_, opens=since is None or opening_.close >= since, now=now) for opening_ in openings)


def require_own(act: Act, document: Mapping[str, Any]) -> None:
    """Raises Rejected unless the actor may publish for the unit that issues the plan, and under a code that is free or
    of a unit it may publish for. Asked before a document is looked at any further.
    """
    body = document.get("plan")
    code, issuer = (body.get("plan"), body.get("issued_by")) if isinstance(body, Mapping) else (None, None)
    standing = act.definitions.plans.get(code) if isinstance(code, str) else None
    if isinstance(issuer, str) and act.definitions.registry.history(issuer):  # what is no unit, the check will name
        foreign = refused("issuer_not_yours", "/plan/issued_by", issuer=issuer)
        act.require(SCOPE, province=act.province_of(issuer), issuer=issuer, otherwise=foreign)
    if standing is not None:
        taken, holder = refused("plan_code_taken", "/plan/plan", plan=code), standing.issued_by
        act.require(SCOPE, province=act.province_of(holder), issuer=holder, otherwise=taken)


def _plan_state(tx: Connection, plan: str) -> _PlanState | None:
    return tx.cursor(row_factory=class_row(_PlanState)).execute(SQL.newest, {"plan": plan}).fetchone()


def _with_number(document: Mapping[str, Any], version: int) -> dict[str, Any]:
    return {**document, "plan": {**document["plan"], "version": version}}


def _digest(document: Mapping[str, Any]) -> str:
    """sha256 (hex) of a plan's document with sorted keys, whatever number it bears."""
    return hashlib.sha256(orjson.dumps(_with_number(document, 0), option=orjson.OPT_SORT_KEYS)).hexdigest()
