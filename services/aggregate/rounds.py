"""A round as aggregation knows it: who is obliged, by when, and how its reports are laid out. Pure.

The forms are those of the plan version that the round opened with. Indicators, and so the layout's extra
slots, come from the version it is read by: the newest, until the round is locked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from lienthong.indicators.rollup import Layout, layout_of
from lienthong.programmes import Form, Indicator, Official, Plan
from lienthong.rounds.round import Extension, OpenRound, RoundDeadline, extension_from, members_of
from lienthong.units import Level, of_code

__all__ = ["Extension", "Round", "RoundDeadline", "round_of"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Round(OpenRound):
    """A round with the plan versions that it opened with and is read by. layouts: by form code.

    changed_position: of the last fact that changed what its figures are read by.
    """

    opened: Plan
    reading: Plan
    layouts: Mapping[str, Layout]
    locked_at: datetime | None
    changed_position: int

    @property
    def level(self) -> Level:
        """The level of the root: of the round's rollups."""
        return of_code(self.root)

    @property
    def official_period(self) -> Official | None:
        """The period's code in an official list, where the plan names one."""
        return self.reading.official_period(self.period.code)

    def indicator(self, code: str) -> Indicator | None:
        """By the version that the round is read by."""
        return next((indicator for indicator in self.reading.indicators if indicator.code == code), None)

    def with_obliged(self, obliged: Mapping[str, Iterable[str]]) -> Round:
        """The round with other units obliged."""
        data = {**self.data, "obliged": {form: sorted(units) for form, units in obliged.items()}}
        return replace(self, data=data, obliged={form: frozenset(units) for form, units in obliged.items()})


def round_of(
    data: Mapping[str, Any],
    opened: Plan,
    reading: Plan,
    *,
    extensions: Iterable[Mapping[str, Any]] = (),
    opened_at: datetime,
    locked_at: datetime | None = None,
    changed_position: int,
) -> Round:
    """A Round from the data of round.opened and the plan versions it opened with and is read by."""
    return Round(
        **members_of(data),
        opened=opened,
        reading=reading,
        layouts={form.code: layout_of(form, reading.indicators) for form in _forms(data, opened)},
        extensions=tuple(extension_from(e) for e in extensions),
        opened_at=opened_at,
        locked=locked_at is not None,
        locked_at=locked_at,
        changed_position=changed_position,
    )


def _forms(data: Mapping[str, Any], plan: Plan) -> Iterable[Form]:
    """The round's forms, figures in the order that the event froze (packed values follow it)."""
    for frozen in data["forms"]:
        form = plan.form(frozen["form"])
        if form is None:
            raise ValueError(f"{data['round']}: {plan.code} v{plan.version} lacks form {frozen['form']}")
        yield replace(form, version=frozen["version"], figures=tuple(form.figure(code) for code in frozen["figures"]))
