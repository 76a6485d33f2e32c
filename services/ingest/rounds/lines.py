"""A line of what is owed, as it goes over the wire: one form of one round for one unit, and how far it is. Made of the
round and of what is known of the reports (`reported.py`); asks no database.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, NotRequired, TypedDict

from lienthong.forms.regime import duties
from lienthong.instants import wire, wire_or_none
from lienthong.programmes.official import OfficialBody
from lienthong.releases.round import PeriodTold
from lienthong.rounds.round import OpenRound
from services.ingest.claims.receipts import number_of
from services.ingest.definitions.snapshot import Definitions
from services.ingest.reports.explained import count_unexplained
from services.ingest.reviews.reading import ReviewTold, review_body
from services.ingest.reviews.rules import RETURNED, UNDER_REVIEW, via_of
from services.ingest.rounds.reported import Reports, ReportState

State = Literal["missing", "returned", "reported", "dormant"]
"""What was taken back is missing, what was returned is owed again; dormant: excused from the round."""

MISSING: Final = "missing"
REPORTED: Final = "reported"
DORMANT: Final = "dormant"
OWED: Final = (MISSING, RETURNED)
"""The states of what still has to come."""


class OfficialCodes(TypedDict):
    """What official lists call form, regime and period, beside our codes."""

    form: NotRequired[OfficialBody]
    regime: NotRequired[OfficialBody]
    period: NotRequired[OfficialBody]


class OfficiallyCoded(TypedDict):
    """official: nothing where no official list names any of them."""

    official: NotRequired[OfficialCodes]


class Arrival(TypedDict):
    """What came and when; before anything did, the first two alone. receipt: of the latest revision. nil: it says that
    there is nothing to report. late: the first accepted revision, by the deadline as it stands. correctedAt: the latest
    revision's own time, None where there is only one.
    """

    nextRevision: int
    receipt: str | None
    revision: NotRequired[int]
    withdrawn: NotRequired[bool]
    nil: NotRequired[bool]
    late: NotRequired[bool]
    receivedAt: NotRequired[str]
    firstReceivedAt: NotRequired[str]
    correctedAt: NotRequired[str | None]


class Line(Arrival):
    """What one unit owes on one form in one round, and how far it is.

    obligation, to: None and nobody for a form that nobody owes. deadline: the unit's, as it stands; originalDeadline:
    before any extension. figures: those alone are asked for; None: all of the form. overdue: owed after its deadline.

    via, review: the unit that the report passes through and what it did (under_review, passed_on, returned), None where
    nobody stands between or nothing counts. returned: the return, while the report is owed for it. mended: it counts,
    and came after a submission of the unit had been refused.
    """

    round: str
    plan: str
    form: str
    formVersion: str
    unit: str
    obligation: str | None
    to: list[str]
    period: PeriodTold
    deadline: str | None
    originalDeadline: str | None
    locked: bool
    figures: list[str] | None
    schema: str
    state: State
    overdue: bool
    via: str | None
    review: str | None
    returned: ReviewTold | None
    queries: int
    unexplained: int
    mended: bool


class CodedLine(Line, OfficiallyCoded):
    """A line with what official lists call it: for who is to send the report."""


class StatementLine(Line):
    """A line of a unit's statement. obliged: it owes this; else it was delivered unasked, or the unit is dormant."""

    obliged: bool


class LineCounts(TypedDict):
    """How many reports are owed in all, are there, came late, still have to come."""

    obliged: int
    reported: int
    late: int
    missing: int


class FormCounts(LineCounts):
    """The same of one form."""

    form: str


def line_of(round_: OpenRound, form: str, unit: str, reports: Reports, now: datetime) -> Line:
    """What the unit owes there, and how far it is; without what official lists call it (`official_codes`)."""
    place, duty = (round_.code, form, unit), round_.duty(form)
    reported, queries = reports.states.get(place), reports.queries.get(place, ())
    standing = _line_state(round_, form, unit, reports)
    refused_at = reports.first_refusals.get((round_.province, round_.code, unit))
    return {
        "round": round_.code,
        "plan": round_.plan,
        "form": form,
        "formVersion": round_.form_versions[form],
        "unit": unit,
        "obligation": None if duty is None else duty.obligation,
        "to": [] if duty is None else list(duty.to),
        "period": round_.data["period"],
        "deadline": wire_or_none(round_.deadline_of(form, unit)),
        "originalDeadline": None if duty is None else wire_or_none(duty.at),
        "locked": round_.locked,
        "figures": None if form not in round_.figures_asked else list(round_.figures_asked[form]),
        "schema": f"/v1/schemas/forms/{form}/{round_.form_versions[form]}",
        "state": standing.state,
        "overdue": standing.state in OWED and round_.is_overdue(form, unit, now),
        **_arrival(round_, reported),
        "via": via_of(round_, form),
        "review": standing.review,
        "returned": standing.returned,
        "queries": len(queries),
        "unexplained": count_unexplained(queries),
        "mended": standing.state == REPORTED and _came_after(refused_at, reported),
    }


def counts_of(lines: Sequence[Line]) -> LineCounts:
    """Of lines of units that are obliged."""
    here = [line for line in lines if line["state"] == REPORTED]
    return {
        "obliged": len(lines),
        "reported": len(here),
        "late": sum(1 for line in here if line["late"]),
        "missing": sum(1 for line in lines if line["state"] in OWED),
    }


def counts_by_form(forms: Iterable[str], lines: Sequence[Line]) -> list[FormCounts]:
    """The same for each of these forms, by code."""
    return [{"form": form, **counts_of([line for line in lines if line["form"] == form])} for form in sorted(forms)]


def official_codes(round_: OpenRound, form: str, definitions: Definitions) -> OfficiallyCoded:
    """What official lists call form, regime and period, by the plan's version that the round was opened by."""
    plan = definitions.older.get((round_.plan, round_.plan_version))
    definition = None if plan is None else plan.form(form)
    if plan is None or definition is None:
        return {}
    regime = next((duty.regime for duty in duties(plan, definition) if duty.regime is not None), None)
    period = plan.official_period(round_.period.code)
    codes: OfficialCodes = {}
    if definition.official is not None:
        codes["form"] = definition.official.body
    if regime is not None:
        codes["regime"] = regime.body
    if period is not None:
        codes["period"] = period.body
    return {"official": codes} if codes else {}


@dataclass(frozen=True, kw_only=True, slots=True)
class _LineState:
    """Where a unit stands with a form: the members of these names."""

    state: State
    review: str | None = None
    returned: ReviewTold | None = None


def _line_state(round_: OpenRound, form: str, unit: str, reports: Reports) -> _LineState:
    reported = reports.states.get((round_.code, form, unit))
    if unit in round_.dormant_in(form):
        return _LineState(state=DORMANT)
    if reported is None or reported.withdrawn:
        return _LineState(state=MISSING)
    done = reports.reviews.get(reported.revision_key)
    if done is None:
        return _LineState(state=REPORTED, review=None if via_of(round_, form) is None else UNDER_REVIEW)
    if done.state == RETURNED:
        return _LineState(state=RETURNED, review=RETURNED, returned=review_body(done))
    return _LineState(state=REPORTED, review=done.state)


def _arrival(round_: OpenRound, reported: ReportState | None) -> Arrival:
    if reported is None:
        return {"nextRevision": 1, "receipt": None}
    corrected = not reported.withdrawn and reported.received_at != reported.first_received_at
    return {
        "revision": reported.revision,
        "receipt": number_of(reported.province, reported.position),
        "withdrawn": reported.withdrawn,
        "nil": reported.nil,
        "late": round_.is_late(reported.form, reported.unit, reported.first_received_at),
        "receivedAt": wire(reported.received_at),
        "firstReceivedAt": wire(reported.first_received_at),
        "correctedAt": wire(reported.received_at) if corrected else None,
        "nextRevision": reported.revision + 1,
    }


def _came_after(refused_at: datetime | None, reported: ReportState | None) -> bool:
    return refused_at is not None and reported is not None and refused_at < reported.received_at
