"""The road of a difficulty: raised → forwarded along the plan's route → answered → closed. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from lienthong.calendar import add_working_days
from lienthong.instants import wire
from lienthong.programmes import Obligation, Plan
from lienthong.refusals import refused

SCOPE = "report:review"
"""By which right somebody sees and does what lies with a unit on a route."""
RAISED, FORWARDED, ANSWERED, CLOSED = "raised", "forwarded", "answered", "closed"
_FROM = {FORWARDED: (RAISED, FORWARDED), ANSWERED: (RAISED, FORWARDED), CLOSED: (ANSWERED,)}


@dataclass(frozen=True, kw_only=True, slots=True)
class RoadStep:
    """What was done with a difficulty. holder: with whom it lies from then on. text: to whom, the answer, the note."""

    difficulty: int
    position: int
    state: str
    holder: str
    text: str
    due: date | None
    done_by: str
    done_at: datetime

    def wire_body(self, removed: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
        """As it goes over the wire. removed: what was redacted from it."""
        return {
            "state": self.state,
            "holder": self.holder,
            "text": self.text,
            "by": self.done_by,
            "due": None if self.due is None else self.due.isoformat(),
            "at": wire(self.done_at),
            "position": self.position,
            "redactions": list(removed),
        }


def route(plan: Plan | None, body: Mapping[str, Any], province: str) -> list[str]:
    """The units that a difficulty goes along: the via unit of its duty, then its recipients; where no plan states any,
    the province.
    """
    chosen = duty(plan, body)
    return _route_of(chosen) if chosen is not None and _route_of(chosen) else [province]


def duty(plan: Plan | None, body: Mapping[str, Any]) -> Obligation | None:
    """The plan's duty that a difficulty is raised by: the one that it names. Where it names none that there is: for one
    that asks for a change of the plan the one for these, for all others the first that is not for these.
    """
    duties = [] if plan is None else [each for each in plan.obligations if each.kind == "event"]
    named = [each for each in duties if each.code == body.get("obligation")]
    meant = [each for each in duties if each.amendments == bool(body.get("asksForAmendment"))]
    return next(iter(named or meant or duties), None)


def answer_due(plan: Plan | None, body: Mapping[str, Any], received: date, steps: Sequence[RoadStep]) -> date | None:
    """The last day for an answer: the one that was last named in forwarding it, else what the plan says of its duty."""
    due_days = [step.due for step in steps if step.due is not None]
    if due_days:
        return due_days[-1]
    within = None if (by := duty(plan, body)) is None else by.answer_within
    return None if within is None else add_working_days(received, within)


def is_overdue(state: str, due: date | None, today: date) -> bool:
    """Whether an answer should have been there."""
    return state in (RAISED, FORWARDED) and due is not None and today > due


@dataclass(frozen=True, kw_only=True, slots=True)
class RouteFilter:
    """Difficulties that go along some units, as a query takes it. along: `plan/obligation` whose route has one of them;
    otherwise: plans whose route has one where no obligation, or one that the plan lacks, is named; amending: the same
    where it asks for a change of the plan; stated: every `plan/obligation` that there is.
    """

    along: Sequence[str] = ()
    otherwise: Sequence[str] = ()
    amending: Sequence[str] = ()
    stated: Sequence[str] = ()

    @property
    def any_stands(self) -> bool:
        """Whether anything goes along these units."""
        return bool(self.along or self.otherwise or self.amending)


NO_ROUTES = RouteFilter()


def routes_of(plans: Iterable[Plan], province: str, passes: Callable[[str], bool]) -> RouteFilter:
    """passes: whether what lies with a unit may be seen."""
    own = list(plans)

    def plans_passing(**body: Any) -> list[str]:
        return [plan.code for plan in own if any(map(passes, route(plan, body, province)))]

    stated = [(plan, duty.code) for plan in own for duty in plan.obligations if duty.kind == "event"]
    return RouteFilter(
        along=[
            f"{plan.code}/{code}"
            for plan, code in stated
            if any(map(passes, route(plan, {"obligation": code}, province)))
        ],
        otherwise=plans_passing(),
        amending=plans_passing(asksForAmendment=True),
        stated=[f"{plan.code}/{code}" for plan, code in stated],
    )


def _route_of(duty: Obligation) -> list[str]:
    return [*([] if duty.via is None else [duty.via]), *duty.to]


def state_and_holder(steps: Sequence[RoadStep], along: Sequence[str]) -> tuple[str, str]:
    """(state, with whom it lies)."""
    return (RAISED, along[0]) if not steps else (steps[-1].state, steps[-1].holder)


def may_become(state: str, wanted: str) -> None:
    """Raises Rejected (409) for a step that its state does not allow."""
    if state not in _FROM[wanted]:
        raise refused("difficulty_not_open", state=state, wanted=wanted)


def next_holder(along: Sequence[str], holder: str, wanted: str | None) -> str:
    """Whom it is forwarded to: the next on its route, or a later one. Raises Rejected where there is none."""
    ahead = list(along[along.index(holder) + 1 :]) if holder in along else list(along)
    if wanted is None and ahead:
        return ahead[0]
    if wanted is None or wanted not in ahead:
        raise refused("difficulty_route", "/to", ahead=ahead)
    return wanted
