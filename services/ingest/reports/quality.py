"""The quality grade of a unit's deliveries in one round (chất lượng báo cáo), by published rules. Pure but for reading
the rules.

The rules are data (schemas/reporting/grades.yaml); here stands what is counted. Nothing is kept: a grade is made anew
of the statement's lines whenever somebody asks, so that a correction or an explanation shows at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from lienthong.instants import read
from lienthong.shipped import schemas_folder, shipped_yaml
from services.ingest.rounds.lines import DORMANT, OWED

Line = Mapping[str, Any]
"""A line of the statement: a form of a round, with its revisions."""

OpenQueries = Mapping[tuple[str, str], Sequence[Mapping[str, Any]]]
"""The queries that nobody explained, of the latest revision, by (round, form)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Criterion:
    """One row of the arithmetic. points: at best; per: lost for each time that is counted."""

    code: str
    vi: str
    en: str
    points: int
    per: int

    def points_for(self, count: int) -> int:
        return max(0, self.points - self.per * count)


@dataclass(frozen=True, kw_only=True, slots=True)
class GradeBand:
    """What a number of points is called. from_points: those from which it holds."""

    code: str
    from_points: int
    vi: str
    en: str


@dataclass(frozen=True, kw_only=True, slots=True)
class GradeRules:
    """The published rules. grades: best first, the last from 0."""

    version: str
    criteria: Sequence[Criterion]
    grades: Sequence[GradeBand]

    @property
    def at_best(self) -> int:
        return sum(criterion.points for criterion in self.criteria)


@cache
def grade_rules() -> GradeRules:
    """As they are shipped."""
    body = shipped_yaml(schemas_folder() / "reporting" / "grades.yaml")
    return GradeRules(
        version=body["version"],
        criteria=tuple(Criterion(code=code, **criterion) for code, criterion in body["criteria"].items()),
        grades=tuple(GradeBand(code=g["code"], from_points=g["from"], vi=g["vi"], en=g["en"]) for g in body["grades"]),
    )


def grade_rounds(lines: Iterable[Line], queries: OpenQueries, by: GradeRules) -> list[dict[str, Any]]:
    """The grade of each round that the unit owed something in, with the arithmetic, by round."""
    rounds: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        if line["obliged"] and line["state"] != DORMANT:
            rounds[line["round"]].append(line)
    return [{"round": code, "rules": by.version, **_grade(owed, queries, by)} for code, owed in sorted(rounds.items())]


def _grade(lines: Sequence[Line], queries: OpenQueries, by: GradeRules) -> dict[str, Any]:
    """grade, points: None while a form is owed whose time has not run out."""
    if any(line["state"] in OWED and not line["overdue"] for line in lines):
        return {"grade": None, "points": None, "of": by.at_best, "arithmetic": []}
    counts = criterion_counts(lines, queries)
    nothing = all(line["state"] in OWED for line in lines)
    rows = [
        (criterion, counts[criterion.code], 0 if nothing else criterion.points_for(counts[criterion.code]))
        for criterion in by.criteria
    ]
    points = sum(earned for _, _, earned in rows)
    grade = next(grade for grade in by.grades if points >= grade.from_points)
    return {
        "grade": {"code": grade.code, "vi": grade.vi, "en": grade.en},
        "points": points,
        "of": by.at_best,
        "arithmetic": [_row(criterion, count, earned) for criterion, count, earned in rows],
    }


def _row(criterion: Criterion, count: int, earned: int) -> dict[str, Any]:
    return {
        "criterion": criterion.code,
        "vi": criterion.vi,
        "en": criterion.en,
        "points": criterion.points,
        "per": criterion.per,
        "count": count,
        "earned": earned,
    }


def criterion_counts(lines: Sequence[Line], queries: OpenQueries) -> dict[str, int]:
    """What each criterion counts, over the forms of a round."""
    of_change = [_is_of_change(body) for line in lines for body in queries.get((line["round"], line["form"]), ())]
    return {
        "delivery": sum(line["state"] in OWED for line in lines),
        "punctuality": sum(bool(line.get("late")) for line in lines),
        "corrections": sum(
            _is_after(revision, line["deadline"]) for line in lines for revision in line["revisions"][1:]
        ),
        "checks": of_change.count(False),
        "consistency": of_change.count(True),
    }


def _is_after(revision: Mapping[str, Any], deadline: str | None) -> bool:
    """By the deadline as it stands; an extension given afterwards counts here too."""
    received = read(revision["receivedAt"])
    return deadline is not None and received >= read(deadline)


def _is_of_change(query: Mapping[str, Any]) -> bool:
    """Only a check of change names the value before (lienthong/forms/values.py)."""
    return "previous" in query.get("params", {})
