"""Rules about people: headcounts that never enter (C-07, C-08), populations that rates need (D-02, F12)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lienthong.indicators.measuring import kind_of
from lienthong.lint.context import Linted, finding
from lienthong.lint.findings import Finding
from lienthong.programmes import Figure, Reporters

ARMED = frozenset({"ca", "bchqs"})
"""Functional kinds of agencies of police and military. Their headcounts are ordinarily state secrets."""
COMMUNES = "communes"
"""In a plan's `populations`: every commune below the issuing unit."""

_STAFF = re.compile(
    r"cán bộ|công chức|viên chức|người lao động|lao động hợp đồng|nhân lực|nhân viên|nhân sự|biên chế|quân số|chiến sĩ|"
    r"sĩ quan|bộ đội|dân quân|lực lượng vũ trang|đảng viên|đoàn viên|đồng chí|người làm việc|người đang công tác|"
    r"đang công tác tại|lãnh đạo",
    re.IGNORECASE,
)
_TURNS = re.compile(r"\blượt\b", re.IGNORECASE)
_EXCEPTED = re.compile(r"(?:không gồm|trừ|không tính)[^.]*Công an[^.]*Quân (?:sự|đội)", re.IGNORECASE)


def headcounts(linted: Linted) -> Iterator[Finding]:
    """C-07, C-08: figures that count staff except Công an and Quân sự, and these two don't file them."""
    rule = linted.rule_of_secrets
    for pointer, figure in linted.figures():
        if not _counts_staff(figure):
            continue
        kind = linted.plan.reporters[figure.reported_by]
        if _files_as_armed(kind):
            yield finding(
                (linted.programme, pointer),
                rule,
                "armed_forces_file",
                quote=figure.quote,
                code=figure.code,
                kind=kind.label,
            )
        elif not kind.types and kind.group != "media" and not _EXCEPTED.search(figure.counts.vi):
            yield finding(
                (linted.programme, pointer), rule, "armed_forces_not_excepted", quote=figure.quote, code=figure.code
            )


def _counts_staff(figure: Figure) -> bool:
    return (
        figure.counts_heads
        and bool(_STAFF.search(f"{figure.measure.vi} {figure.label.vi} {figure.counts.vi}"))
        and not _TURNS.search(figure.label.vi)
    )


def _files_as_armed(kind: Reporters) -> bool:
    if kind.level != "agency" or kind.units:
        return False
    if kind.types:
        return bool(ARMED & set(kind.types))
    return kind.group in (None, "department") and not set(kind.except_types) >= ARMED


def populations(linted: Linted) -> Iterator[Finding]:
    """F12: a plan with rates over people names the units whose populations they need, and these are held."""
    rates = [
        (number, indicator)
        for number, indicator in enumerate(linted.plan.indicators)
        if kind_of(indicator.computation).of_people
    ]
    if not rates:
        return
    number, first = rates[0]
    if not linted.plan.people_of:
        yield linted.finding(
            "LT-F12", "populations_not_named", f"/indicators/{number}", quote=first.quote, code=first.code
        )
        return
    names = ", ".join(indicator.code for _, indicator in rates)
    yield from _not_held(linted, names, first.quote)


def _not_held(linted: Linted, indicators: str, quote: str | None) -> Iterator[Finding]:
    period = next((p for s in linted.plan.schedules for p in s.periods(s.first_year)), None)
    if linted.registry is None or period is None:
        return
    held = {each.unit for each in linted.registry.populations if each.year <= period.last.year}
    wanted = [code for code in linted.plan.people_of if code != COMMUNES]
    below = linted.registry.communes_of(linted.plan.issued_by, period.last)
    lacking = [code for code in wanted if code not in held]
    if lacking:
        yield linted.finding(
            "LT-F12",
            "populations_missing",
            "/populations",
            quote=quote,
            units=", ".join(lacking),
            indicators=indicators,
        )
    missing = [unit for unit in below if unit.code not in held]
    if COMMUNES in linted.plan.people_of and missing:
        yield linted.finding(
            "LT-F12",
            "communes_missing",
            "/populations",
            quote=quote,
            code=linted.plan.code,
            count=len(missing),
            of=len(below),
        )
