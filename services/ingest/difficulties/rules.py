"""The road of a difficulty: raised → forwarded along the plan's route → answered → closed. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

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

    def told(self, removed: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
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
    """The units that a difficulty goes along: the via unit of the obligation it names (else of the plan's first one for
    difficulties), then its recipients; where no plan states any, the province.
    """
    duties = [] if plan is None else [duty for duty in plan.obligations if duty.kind == "event"]
    named = [duty for duty in duties if duty.code == body.get("obligation")]
    chosen = next(iter(named or duties), None)
    return _along(chosen) if chosen is not None and _along(chosen) else [province]


@dataclass(frozen=True, kw_only=True, slots=True)
class Routes:
    """Difficulties that go along some units, as a query takes it. along: `plan/obligation` whose route has one of them;
    otherwise: plans whose route has one where no obligation, or one that the plan lacks, is named; stated: every
    `plan/obligation` that there is.
    """

    along: Sequence[str] = ()
    otherwise: Sequence[str] = ()
    stated: Sequence[str] = ()


NO_ROUTES = Routes()


def routes_of(plans: Iterable[Plan], province: str, passes: Callable[[str], bool]) -> Routes:
    """passes: whether what lies with a unit may be seen."""
    own = list(plans)
    stated = [(plan, duty.code) for plan in own for duty in plan.obligations if duty.kind == "event"]
    return Routes(
        along=[
            f"{plan.code}/{code}"
            for plan, code in stated
            if any(map(passes, route(plan, {"obligation": code}, province)))
        ],
        otherwise=[plan.code for plan in own if any(map(passes, route(plan, {}, province)))],
        stated=[f"{plan.code}/{code}" for plan, code in stated],
    )


def _along(duty: Obligation) -> list[str]:
    return [*([] if duty.via is None else [duty.via]), *duty.to]


def standing(steps: Sequence[RoadStep], along: Sequence[str]) -> tuple[str, str]:
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
