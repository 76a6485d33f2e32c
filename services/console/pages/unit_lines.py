"""The units of a round as lines: how each stands, what an indicator says of it, how its deliveries are graded. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from lienthong.units.names import fold, sort_key
from services.console.asking import Answer
from services.console.pages.rounds import Text
from services.console.pages.standing import Duty, duties, names_of
from services.console.pages.statement import grade_text
from services.console.pictures import maps
from services.console.tables import Tone

_WORST = ("overdue", "returned", "withdrawn", "missing", "late")
"""A unit that owes several forms is shown by its worst one; else it has reported."""


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitLine:
    """A unit in the chosen round. state: of its worst duty (standing); None where it owes nothing. value: of the chosen
    indicator at its own level, status: the same as a label, look: how its field is coloured. points, grade: of
    the quality of its deliveries in the round; None while it is not graded.
    """

    unit: str
    name: str
    short: str
    level: str
    state: str | None
    tone: Tone
    duties: tuple[Duty, ...]
    value: str | None
    status: Text | None
    reasons: tuple[Text, ...]
    look: str
    points: int | None
    grade: Text | None


SORTS = ("lowest", "highest")
"""By quality grade; by name without one."""


def lines_of(
    children: Answer, obligations: Answer, over: Answer | None, graded: Iterable[Answer], sort: str | None
) -> list[UnitLine]:
    """Of all units that there are or that owe something, in Vietnamese order, or by quality. children: the units;
    obligations: /v1/obligations; over: an indicator over the units; graded: /v1/rounds/{round}/quality.
    """
    by_unit: dict[str, list[Duty]] = {}
    for duty in duties(obligations["obligations"], names_of(children)):
        by_unit.setdefault(duty.unit, []).append(duty)
    units = {unit["code"]: unit for unit in children["units"]}
    values = {} if over is None else {unit["unit"]: unit for unit in over["units"]}
    looks, grades = _looks(over), {unit["unit"]: unit for unit in graded}
    return sorted(
        (
            _line(code, units.get(code), by_unit.get(code, []), values.get(code), over, looks, grades.get(code))
            for code in units | by_unit
        ),
        key=lambda line: (*_by_quality(line, sort), sort_key(line.name), line.unit),
    )


def _line(
    code: str,
    unit: Answer | None,
    owing: Sequence[Duty],
    value: Answer | None,
    over: Answer | None,
    looks: Mapping[str, str],
    graded: Answer | None,
) -> UnitLine:
    worst = next((duty for state in _WORST for duty in owing if duty.state == state), owing[0] if owing else None)
    labels = {} if over is None else {status["value"]: status["label"] for status in over["statuses"]}
    status = None if value is None or value["status"] is None else labels.get(value["status"])
    tone: Tone = "plain" if worst is None else worst.tone
    return UnitLine(
        unit=code,
        name=code if unit is None else unit["full_name"],
        short=code if unit is None else unit["name"],
        level="commune" if code.isdigit() else "agency",
        state=None if worst is None else worst.state,
        tone=tone,
        duties=tuple(owing),
        value=None if value is None else value["value"],
        status=status,
        reasons=() if value is None else tuple(reason["message"] for reason in value["reasons"]),
        look=tone if over is None else looks.get(code, "shade-0"),
        points=None if graded is None else graded["points"],
        grade=None if graded is None else grade_text(graded),
    )


def _by_quality(line: UnitLine, sort: str | None) -> tuple[bool, int]:
    """Who is not graded comes last, whichever end is first."""
    if sort not in SORTS or line.points is None:
        return sort in SORTS, 0
    return False, line.points if sort == "lowest" else -line.points


def _looks(over: Answer | None) -> dict[str, str]:
    """A shade for each unit with a value, from the lowest to the highest; none where nobody has one."""
    values = {} if over is None else {u["unit"]: Decimal(u["value"]) for u in over["units"] if u["value"] is not None}
    communes = [value for unit, value in values.items() if unit.isdigit()] or [Decimal(0)]
    low, high = float(min(communes)), float(max(communes))
    return {unit: maps.shade(min(max(float(value), low), high), low, high) for unit, value in values.items()}


def holds(line: UnitLine, text: str | None) -> bool:
    """Whether the unit's name or code holds the text, marks not needed."""
    needle = fold(text or "")
    return needle in fold(line.name) or needle in line.unit.casefold()
