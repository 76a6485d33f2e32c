"""The difficulties of the plan that go with a release, with what came of them, straight from the log. Pure: from facts
to what a dataset tells.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, cast

from lienthong import events
from lienthong.calendar import day_of
from lienthong.events import Recorded
from lienthong.instants import wire
from lienthong.releases import Dataset
from lienthong.releases.offices import AnswerTold, DifficultyTold

TEXTS: Final = ("title", "text", "proposal")
_STEPS = {
    events.DIFFICULTY_FORWARDED: "forwarded",
    events.DIFFICULTY_ANSWERED: "answered",
    events.DIFFICULTY_CLOSED: "closed",
}
FACTS: Final = (events.DIFFICULTY_ACCEPTED, *_STEPS, events.TEXT_REDACTED)
"""The types of facts that `difficulties` is made of."""

Data = Mapping[str, Any]


@dataclass(slots=True)
class _Road:
    """A difficulty on its way: what was raised, and the steps after it."""

    raised: Recorded
    data: Data
    steps: list[tuple[Recorded, Data]] = field(default_factory=list)
    removed: dict[int, list[str]] = field(default_factory=dict)

    @property
    def receipt(self) -> str:
        return f"{self.raised.event.partition_key}-{self.raised.position}"

    @property
    def settled_at(self) -> datetime | None:
        """When it was first answered; None while it is open."""
        answers = (event for event, _ in self.steps if event.event.type == events.DIFFICULTY_ANSWERED)
        return next((event.event.time for event in answers), None)


def difficulties(
    facts: Iterable[Recorded], *, plan: str, round_: str, since: date, cut: int, before: Dataset | None
) -> list[DifficultyTold]:
    """The difficulties of a plan that go with a round's release, by unit. facts: of DIFFICULTIES, in order; what stands
    after the cut is not in, but a text that is gone is gone. since: first day of the period.

    In are those that name the round, and those that were open at some time since the period began. A later version
    tells of those that the version before told of, and of what names the round: not of what came up long after.
    """
    earlier = None if before is None or "rules" not in before or before["rules"] < SINCE else _receipts(before)
    return [
        _difficulty_told(raised)
        for raised in sorted(
            _roads(facts, cut).values(), key=lambda road: (str(road.data["unit"]), road.raised.position)
        )
        if raised.data.get("plan") == plan and _goes_with(raised, round_, since, earlier)
    ]


SINCE = 5
"""Since these rules a dataset tells of difficulties and of the reports' signed documents."""


def _receipts(before: Dataset) -> frozenset[str]:
    return frozenset(difficulty["receipt"] for difficulty in before.get("difficulties", ()))


def _goes_with(road: _Road, round_: str, since: date, earlier: frozenset[str] | None) -> bool:
    if road.data.get("round") == round_:
        return True
    if earlier is not None:
        return road.receipt in earlier
    settled = road.settled_at
    return settled is None or day_of(settled) >= since


def _roads(facts: Iterable[Recorded], cut: int) -> dict[str, _Road]:
    roads: dict[str, _Road] = {}
    of_step: dict[str, _Road] = {}
    for fact in facts:
        data = fact.event.content()
        receipt = f"{fact.event.partition_key}-{fact.position}"
        if fact.event.type == events.TEXT_REDACTED:
            target = data["target"]
            road = of_step.get(f"{target['partition']}-{target['position']}")
            if road is not None:
                road.removed.setdefault(target["position"], []).extend(data["pointers"])
        elif fact.position > cut:
            continue
        elif fact.event.type == events.DIFFICULTY_ACCEPTED:
            roads[receipt] = of_step[receipt] = _Road(raised=fact, data=data["data"])
        elif (road := roads.get(data["difficulty"])) is not None:
            road.steps.append((fact, data))
            of_step[receipt] = road
    return roads


def _difficulty_told(road: _Road) -> DifficultyTold:
    last = road.steps[-1] if road.steps else None
    pointers = road.removed.get(road.raised.position, ())
    difficulty: DifficultyTold = {
        "receipt": road.receipt,
        "unit": road.data["unit"],
        "raisedAt": wire(road.raised.event.time),
        "round": road.data.get("round"),
        "obligation": road.data.get("obligation"),
        "asksForAmendment": bool(road.data.get("asksForAmendment")),
        "title": road.data.get("title") or "",
        "text": road.data.get("text") or "",
        "proposal": road.data.get("proposal") or "",
        "state": "raised" if last is None else _STEPS[last[0].event.type],
        "holder": None if last is None else last[1]["holder"],
        "answer": _answer(road),
    }
    if removed := [name for name in TEXTS if f"/data/{name}" in pointers]:
        difficulty["redacted"] = removed
    return difficulty


def _answer(road: _Road) -> AnswerTold | None:
    """What was answered last. Who pressed the button stays in the hub; the office is named."""
    answers = [(each, data) for each, data in road.steps if each.event.type == events.DIFFICULTY_ANSWERED]
    if not answers:
        return None
    recorded, data = answers[-1]
    answer: AnswerTold = {
        "unit": data["holder"],
        "at": wire(recorded.event.time),
        "position": recorded.position,
        "text": data["text"],
    }
    if "/text" in road.removed.get(recorded.position, ()):
        answer["redacted"] = True
    return answer


# ---------------------------------------------------------------- replays


def as_told_then(dataset: Dataset, original: Dataset) -> Dataset:
    """A recomputed dataset with the texts of difficulties that were redacted since as the release was made with them:
    what was released never changes, and an erased text is no sign of damage. A text that differs otherwise shows.
    """
    raised = dataset.get("difficulties")
    if not raised:
        return dataset
    then = {difficulty["receipt"]: difficulty for difficulty in original.get("difficulties", ())}
    restored = [_raised_then(difficulty, then.get(difficulty["receipt"])) for difficulty in raised]
    return {**dataset, "difficulties": restored}


def _raised_then(difficulty: DifficultyTold, then: DifficultyTold | None) -> DifficultyTold:
    if then is None:
        return difficulty
    body = with_texts_then(difficulty, then, TEXTS)
    if difficulty["answer"] is not None and then["answer"] is not None:
        body["answer"] = with_texts_then(difficulty["answer"], then["answer"], ("text",))
    return cast(DifficultyTold, body)


def with_texts_then(now: Mapping[str, Any], then: Mapping[str, Any], texts: Sequence[str]) -> dict[str, Any]:
    """The texts that are empty now as they were then, and with them what was said to be redacted."""
    erased = {name: then[name] for name in texts if not now[name] and then[name]}
    if not erased and now.get("redacted") == then.get("redacted"):
        return dict(now)
    rest = {name: value for name, value in now.items() if name != "redacted"}
    return {**rest, **erased, **({"redacted": then["redacted"]} if "redacted" in then else {})}
