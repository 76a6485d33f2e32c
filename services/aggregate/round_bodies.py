"""A round as the routes tell it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from lienthong.calendar import day_of
from lienthong.indicators.rollup import (
    LATE,
    REPORTS,
)
from lienthong.indicators.tallies import FormTally, Tally
from lienthong.periods import Period
from lienthong.programmes import Official, Plan
from lienthong.programmes.official import official_member
from services.aggregate.bodies import say
from services.aggregate.rounds import Round, RoundDeadline
from services.aggregate.store import Release

Body = dict[str, Any]


Nil = Mapping[tuple[str, str], frozenset[str]]
"""(round, form) → the units that have nothing to report."""


def state_of(round_: Round, releases: Iterable[Release], now: datetime) -> str:
    """locked, released (a release stands), overdue (every unit's general deadline has passed) or open."""
    if round_.locked_at is not None:
        return "locked"
    if any(release.withdrawn_at is None for release in releases):
        return "released"
    due = [round_.due(deadline) for deadline in round_.deadlines if deadline.sender == "units"]
    return "overdue" if due and all(at is not None and at <= now for at in due) else "open"


def round_body(round_: Round, tally: Tally, releases: list[Release], nil: Nil, now: datetime) -> Body:
    return {
        "round": round_.code,
        "programme": round_.programme,
        "plan": round_.plan,
        "title": say(round_.reading.title),
        "kind": round_.kind,
        "period": period_body(round_.period, round_.official_period),
        "root": round_.root,
        "province": round_.province,
        "state": state_of(round_, releases, now),
        "openedAt": round_.opened_at,
        "lockedAt": round_.locked_at,
        "deadlines": [deadline_body(round_, deadline) for deadline in round_.deadlines],
        "completeness": completeness_bodies(round_, tally, nil),
        "releases": [
            {
                "release": r.release,
                "version": r.version,
                "signedAt": r.signed_at,
                "position": r.position,
                "recipients": list(r.recipients),
                "digest": r.digest,
                "withdrawnAt": r.withdrawn_at,
            }
            for r in releases
        ],
        "assumptions": [say(message) for message in round_.assumptions],
    }


def planned_body(plan: Plan, period: Period, province: str) -> Body:
    return {
        "round": f"{plan.code}.{period.code}",
        "programme": plan.programme,
        "plan": plan.code,
        "title": say(plan.title),
        "kind": "periodic",
        "period": period_body(period, plan.official_period(period.code)),
        "root": plan.issued_by,
        "province": province,
        "state": "planned",
        "openedAt": None,
        "lockedAt": None,
        "deadlines": [],
        "completeness": [],
        "releases": [],
        "assumptions": [],
    }


def periods_ahead(plan: Plan, now: datetime) -> list[Period]:
    """Periods that close in this year or the next and have not closed yet."""
    return [
        period
        for year in (day_of(now).year, day_of(now).year + 1)
        for period in plan.periods(year)
        if period.last >= day_of(now)
    ]


def period_body(period: Period, official: Official | None) -> Body:
    return {"code": period.code, "first": period.first, "last": period.last, **official_member(official)}


def deadline_body(round_: Round, deadline: RoundDeadline) -> Body:
    regime = round_.reading.regime(deadline.obligation)
    return {
        "obligation": deadline.obligation,
        "sender": deadline.sender,
        "forms": list(deadline.forms),
        "to": list(deadline.to),
        "via": deadline.via,
        "deadline": round_.due(deadline),
        "original": deadline.at,
        "extensions": [
            {"unit": e.unit, "until": e.until, "reason": e.reason, "document": dict(e.document)}
            for e in round_.extensions
            if e.obligation == deadline.obligation
        ],
        **({} if regime is None else {"regime": regime.body}),
    }


def completeness_bodies(round_: Round, tally: Tally, nil: Nil) -> list[Body]:
    """By form: who owes, has reported, was late, has nothing to report, is excused."""
    return [
        form_body(form)
        | {
            "nil": len(nil.get((round_.code, form.layout.form), frozenset()) & round_.obliged_in(form.layout.form)),
            "dormant": len(round_.dormant_in(form.layout.form)),
        }
        for form in tally.forms
    ]


def form_body(form: FormTally) -> Body:
    layout = form.layout
    return {
        "form": layout.form,
        "formVersion": layout.version,
        "obliged": form.obliged,
        "reported": layout.at(form.slots, REPORTS),
        "late": layout.at(form.slots, LATE),
    }
