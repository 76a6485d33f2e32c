"""The rule that compares a plan's targets with those of the national decision (T03), by concept, year and value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from lienthong.errors import Message
from lienthong.lint.context import Linted
from lienthong.lint.findings import Finding
from lienthong.programmes import Indicator, Target
from lienthong.refusals import alike, joined, phrase


def targets_of_nation(linted: Linted) -> Iterator[Finding]:
    """T03: where the decision sets a value for a year, the plan asks for no less and no later."""
    for wanted in linted.programme.data.get("national_targets", ()):
        for number, indicator in enumerate(linted.plan.indicators):
            if indicator.concept == wanted["concept"] and not any(_as_good(t, wanted) for t in indicator.targets):
                yield _behind_nation(linted, number, indicator, wanted)


def _as_good(target: Target, wanted: Mapping[str, Any]) -> bool:
    """Whether the target is met no later and asks for no less."""
    if not isinstance(target.value, Decimal) or not _in_time(target, int(wanted["year"])):
        return False
    value = Decimal(str(wanted["value"]))
    if wanted["operator"] == "at_most":
        return target.operator == "at_most" and target.value <= value
    if wanted["operator"] == "equal":
        return target.operator == "equal" and target.value == value
    return target.operator in ("at_least", "equal") and target.value >= value


def _in_time(target: Target, year: int) -> bool:
    if target.each_year is not None:
        first, last = target.each_year
        return first <= year and (last is None or last >= year)
    return target.year is not None and target.year <= year


def _behind_nation(linted: Linted, number: int, indicator: Indicator, wanted: Mapping[str, Any]) -> Finding:
    own = joined(map(_target_in_words, indicator.targets), "; ") if indicator.targets else phrase("sets_no_target")
    return linted.finding(
        "LT-T03",
        "behind_nation",
        f"/indicators/{number}",
        quote=wanted.get("quote") or wanted["source"],
        code=indicator.code,
        sign=_SIGNS[wanted["operator"]],
        value=wanted["value"],
        year=wanted["year"],
        unsure=alike("") if wanted.get("certain", True) else phrase("not_held_against_full_text"),
        own=own,
    )


_SIGNS = {"at_least": "≥", "at_most": "≤", "equal": "=", "range": "", "status": ""}


def _target_in_words(target: Target) -> Message:
    value = f"{target.low}–{target.high}" if target.operator == "range" else str(target.value or "?")
    when = f"{target.each_year[0]}–{target.each_year[1] or '…'}" if target.each_year else str(target.year or "?")
    return phrase("target_by_year", target=f"{_SIGNS[target.operator]} {value}".strip(), year=when)
