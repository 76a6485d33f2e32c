"""The cases: each a day on which it is hard to do right, as data. Pure.

A case has steps; what a step asks for is made of places: communes of the sandbox, given out one after the other, so
that no case stands in another's way. What has to come of it is the same for every case: `rules`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from lienthong.errors import Message
from services.conformance.faults import Disturbance
from services.conformance.tasks import Do, Outcome

Act = Literal["colleague_corrects", "office_returns", "secret_rotates", "deadline_passes"]
"""What somebody else does before a step: another system of the unit, the via unit, the operator, the calendar."""

ROUND, FORM = "P119-LS.2026", "P119-LS.commune"
UNKNOWN, PLANNED = "P119-LS.2099", "P119-LS.2027"
FIGURES: Mapping[str, Any] = {
    "events_commune": 3,
    "event_attendances_commune": 240,
    "training_turns_commune": 12,
    "news_items_commune": 18,
    "loudspeaker_minutes_commune": 360,
    "social_posts_commune": 25,
    "residents_reached": 5200,
    "qa_channel_commune": "operating",
    "questions_received_commune": 14,
    "questions_answered_commune": 11,
}
NARRATIVE = "Đã tổ chức 3 hội nghị, phát thanh mỗi tuần hai buổi."


@dataclass(frozen=True, kw_only=True, slots=True)
class Delays:
    """How long the bad days last, in seconds. slow: what the hub takes for an answer; later: of Retry-After (whole
    seconds, as the header has them); skew: by which the hub's clock is wrong."""

    slow: float = 8.0
    later: int = 3
    skew: float = 7200.0


@dataclass(frozen=True, kw_only=True, slots=True)
class WantedReport:
    """One report of a step. place: number of the commune within the case. changed: figures that differ. id: a pattern
    with {unit}, where the kit says what the event is called."""

    place: int = 0
    changed: Mapping[str, Any] = field(default_factory=dict)
    round: str = ROUND
    narrative: str = NARRATIVE
    nil: bool = False
    withdraws: bool = False
    foreign: bool = False
    bad: bool = False
    id: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseStep:
    """act: what somebody else does before. faults: what the sandbox does meanwhile. conflicts: a revision that is
    refused is nobody's fault."""

    do: Do = "report"
    wanted: tuple[WantedReport, ...] = (WantedReport(),)
    expect: Outcome = "accepted"
    faults: tuple[Disturbance, ...] = ()
    skew: float = 0.0
    act: Act | None = None
    conflicts: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """code: what `--only` takes. words: what happens on this day."""

    code: str
    words: Message
    steps: tuple[CaseStep, ...]

    @property
    def places(self) -> int:
        """How many communes it needs."""
        return 1 + max((each.place for step in self.steps for each in step.wanted), default=-1)


def case(code: str, vi: str, en: str, *steps: CaseStep) -> Case:
    return Case(code=code, words=Message(vi=vi, en=en), steps=steps)


def reports_of(count: int, *bad: int) -> tuple[WantedReport, ...]:
    """Reports of so many communes; the bad ones say that more was answered than asked."""
    wrong = {"questions_answered_commune": 99}
    return tuple(WantedReport(place=n, bad=n in bad, changed=wrong if n in bad else {}) for n in range(count))
