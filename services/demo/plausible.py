"""Plausible sample figures for any form, from a fixed seed. Pure but for the rules' file, read by `rules`.

The same unit, period and figure always get the same value, in whatever order they are asked for. Stocks and
cumulative figures move on from one part of the year to the next; nothing here is a real figure of anybody.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from lienthong.periods import parts_of_year
from lienthong.programmes import Figure, Form
from lienthong.shipped import shipped_yaml

SEED = 20260116  # the day of Decision 119/QĐ-TTg
FURTHER = 15  # percentage points by which a share is further in the next part of the year

Value = int | float | str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class FigureRule:
    """How figures whose code matches a glob get their value; see sample-figures.yaml."""

    pattern: str
    between: tuple[int, int] = (0, 0)
    per: str | None = None
    part_of: str | None = None
    percent: tuple[int, int] = (0, 100)
    sum_of: tuple[str, ...] = ()
    weights: tuple[int, ...] = ()
    only_part: int | None = None

    def other_figure(self, pattern: str, code: str) -> str:
        """The figure that a reference means for a matched code."""
        head, _, tail = self.pattern.partition("*")
        return pattern.replace("*", code[len(head) : len(code) - len(tail)])


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """All rules, and how many percent of the plain flow figures are left unreported."""

    rules: tuple[FigureRule, ...]
    not_reported_percent: int = 0
    seed: int = SEED

    def of(self, code: str) -> FigureRule:
        return next(rule for rule in self.rules if fnmatchcase(code, rule.pattern))


@dataclass(slots=True)
class _Draw:
    """The values of one report while they are being made."""

    rules: Rules
    form: Form
    unit: str
    period: str
    drawn_values: dict[str, Value] = field(default_factory=dict)

    @property
    def part(self) -> int:
        return len(parts_of_year(self.period))

    def chance(self, figure: Figure, *, moving: bool) -> random.Random:
        """Randomness of a figure of this unit; the same in every period unless it moves with it."""
        key = (self.rules.seed, self.unit, figure.code, self.period if moving else self.period[:4])
        return random.Random("|".join(map(str, key)))

    def value(self, code: str) -> Value:
        if code not in self.drawn_values:
            self.drawn_values[code] = self._draw(self.form.figure(code), self.rules.of(code))
        return self.drawn_values[code]

    def _draw(self, figure: Figure, rule: FigureRule) -> Value:
        chance = self.chance(figure, moving=figure.kind == "flow")
        if figure.is_status:
            return self._status(figure, rule, chance)
        if rule.only_part not in (None, self.part):
            return 0
        if rule.sum_of:
            return sum(_number(self.value(code)) for code in rule.sum_of)
        if rule.part_of or rule.per:
            return self._of_other(figure, rule, chance)
        if figure.kind == "flow" and chance.randrange(100) < self.rules.not_reported_percent:
            return None
        whole = chance.randint(*rule.between)
        return whole * (5 + 3 * (self.part - 1)) // 5 if figure.kind == "cumulative" else whole

    def _of_other(self, figure: Figure, rule: FigureRule, chance: random.Random) -> Value:
        pattern = rule.part_of or rule.per
        assert pattern is not None, "only rules with a reference come here"
        other = rule.other_figure(pattern, figure.code)
        whole = self.value(other) if other in self.form.codes else chance.randint(20, 200)
        if whole is None:
            return None
        if rule.per:
            return int(_number(whole) * chance.randint(*rule.between))
        further = FURTHER * (self.part - 1) if figure.kind != "flow" else 0
        return int(_number(whole) * min(100, chance.randint(*rule.percent) + further) // 100)

    def _status(self, figure: Figure, rule: FigureRule, chance: random.Random) -> str:
        weights = _weights_for(rule.weights, len(figure.values))
        place = chance.choices(range(len(figure.values)), weights)[0]
        ahead = sum(chance.random() < 0.6 for _ in range(self.part - 1))
        return figure.values[min(place + ahead, len(figure.values) - 1)].code


def rules(path: Path | None = None, *, seed: int = SEED) -> Rules:
    """The shipped rules, or those of a file of the same shape."""
    path = path or Path(__file__).with_name("sample-figures.yaml")
    body: Mapping[str, Any] = shipped_yaml(path)
    return Rules(
        rules=tuple(_rule(rule) for rule in body["rules"]), seed=seed, not_reported_percent=body["not_reported_percent"]
    )


def figures(rules_: Rules, form: Form, unit: str, period: str) -> dict[str, Value]:
    """A value for every figure of the form that meets its refusing checks: numbers, status codes, some null."""
    draw = _Draw(rules=rules_, form=form, unit=unit, period=period)
    return {code: draw.value(code) for code in form.codes}


def corrected_figures(form: Form, sent: Mapping[str, Value]) -> dict[str, Value]:
    """The same figures after somebody looked again: the first plain number of the form is higher by three.

    A figure on the left of a check stays as it is, so that the correction meets every check too.
    """
    bound = {check.left for check in form.checks} | {
        code for check in form.checks if check.kind == "equals_sum" for code in check.right
    }
    code = next(f.code for f in form.figures if not f.is_status and f.code not in bound and sent[f.code] is not None)
    return {**sent, code: int(_number(sent[code])) + 3}


def narrative(unit_name: str) -> dict[str, str]:
    """A short narrative as a commune or department would write it."""
    return {
        "results": f"{unit_name} đã triển khai kế hoạch đúng tiến độ; công tác tuyên truyền được lồng ghép trong "
        "hội nghị, sinh hoạt thôn, khối phố và trên hệ thống truyền thanh cơ sở.",
        "shortcomings": "Kinh phí còn hạn hẹp; cán bộ phụ trách còn kiêm nhiệm nhiều việc.",
        "proposals": "Đề nghị cung cấp thêm tài liệu tuyên truyền dùng chung và tổ chức tập huấn cho cấp xã.",
    }


def _rule(body: Mapping[str, Any]) -> FigureRule:
    return FigureRule(
        pattern=body["figures"],
        between=_pair(body.get("between", (0, 0))),
        per=body.get("per"),
        part_of=body.get("part_of"),
        percent=_pair(body.get("percent", (0, 100))),
        sum_of=tuple(body.get("sum_of", ())),
        weights=tuple(body.get("weights", ())),
        only_part=body.get("only_part"),
    )


def _pair(numbers: Sequence[int]) -> tuple[int, int]:
    low, high = numbers
    return low, high


def _weights_for(weights: Sequence[int], count: int) -> list[int]:
    """The weights for so many values; equal chances when the rule was written for another list."""
    return list(weights) if len(weights) == count and any(weights) else [1] * count


def _number(value: Value) -> int | float:
    return value if isinstance(value, int | float) else 0
