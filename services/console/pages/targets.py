"""A target in words, and how it was judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from services.console.page import Visit
from services.console.pages.rounds import Text
from services.console.tables import Tone

TONES: dict[str, Tone] = {
    "reached": "good",
    "reached_early": "good",
    "exceeded": "good",
    "on_track": "info",
    "behind": "warn",
    "not_reached": "bad",
    "cannot_be_assessed": "plain",
    "condition_pending": "plain",
    "not_due": "plain",
    "provisional": "warn",
    "assessed": "good",
}


LAST = 2035  # the programmes' last milestone


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """A target with its judgement in the chosen round.

    said: in words, in the language of the request. gap: what is missing, in the indicator's measure; None where nothing
    is missing or it can't be said. status: `reached`, `behind`, … as the hub judged. quote: the decision's phrase;
    implied: its number is not written there.
    """

    said: str
    operator: str
    year: int | None
    since: int | None
    until: int | None
    value: str | None
    low: str | None
    high: str | None
    implied: bool
    status: str
    provisional: bool
    line: str | None
    gap: Decimal | None
    reasons: tuple[Text, ...]
    quote: str | None
    note: Text | None

    @property
    def tone(self) -> Tone:
        return TONES.get(self.status, "plain")


def target_of(goal: Mapping[str, Any], verdict: Mapping[str, Any] | None, text: str) -> Target:
    """The gap is what the hub told with its judgement: a value beyond a range lacks nothing."""
    span = goal["eachYear"]
    status = "cannot_be_assessed" if verdict is None else verdict["status"]
    return Target(
        said=text,
        operator=goal["operator"],
        year=goal["year"],
        since=None if span is None else span["first"],
        until=None if span is None else span["last"],
        value=goal["value"],
        low=goal["low"],
        high=goal["high"],
        implied=goal["implied"],
        status=status,
        provisional=verdict is not None and verdict["provisional"],
        line=None if verdict is None else verdict["line"],
        gap=None if verdict is None else number(verdict.get("gap")),
        reasons=() if verdict is None else tuple(reason["message"] for reason in verdict["reasons"]),
        quote=goal["restored"] or goal["quote"],
        note=goal["note"],
    )


def goal_text(goal: Mapping[str, Any], measure: Text, labels: Mapping[str, Text], visit: Visit) -> str:
    """ "tối thiểu 60% vào năm 2030". labels: of the values of a status."""
    f, t = visit.formats, visit.words
    unit = t.say(measure)
    if goal["value"] in labels:
        value = t.say(labels[goal["value"]])
    elif goal["operator"] == "range":
        value = f"{f.number(goal['low'])}–{f.number(goal['high'], unit)}"
    else:  # a status that nobody named is said by its code, in no unit of measure
        value = f.number(goal["value"], unit) if number(goal["value"]) is not None else goal["value"]
    unquantified = goal["operator"] != "range" and goal["value"] is None
    words = t("goal.open") if unquantified else t(f"goal.{goal['operator']}", value=value)
    span = goal["eachYear"]
    if span is not None:
        return t("goal.each_year", goal=words, first=span["first"], last=span["last"] or LAST)
    return t("goal.undated", goal=words) if goal["year"] is None else t("goal.by", goal=words, year=goal["year"])


def judged_goal_text(goal: Mapping[str, Any], measure: Text, labels: Mapping[str, Text], visit: Visit) -> str:
    """A target of a dataset with its judgement there: "tối thiểu 60% vào năm 2030: chưa đến kỳ kết luận, còn 25,8".
    labels: of statuses, for a target that does not say its own.
    """
    label = goal.get("valueLabel")
    text = goal_text(goal, measure, {goal["value"]: label} if label else labels, visit)
    status = visit.words.name("target", goal["status"])
    verdict = visit.words("target.provisional_of", status=status) if goal["provisional"] else status
    gap = number(goal.get("gap"))
    unit = visit.words.say(measure)
    if gap is None or gap <= 0:
        return visit.words("target.judged", goal=text, status=verdict)
    missing = visit.words("plan.gap", value=visit.formats.number(gap, unit))
    if unit.startswith("%"):
        missing = visit.words("plan.gap_points", value=visit.formats.number(gap))
    return visit.words("target.judged_missing", goal=text, status=verdict, missing=missing)


def number(text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def judgement(target: Target, visit: Visit) -> str:
    status = visit.words.name("target", target.status)
    return visit.words("target.provisional_of", status=status) if target.provisional else status
