"""Which reports count, and what a change of reports does to a rollup. Pure.

A report counts while it is neither withdrawn nor returned and its unit is obliged in the round. Reports of other units
are kept and shown, but not counted: coverage would exceed 100 %, and a dissolved unit would be counted beside its heir.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from lienthong.indicators.rollup import (
    Layout,
    Values,
    Vector,
    subtract,
    total,
)
from services.aggregate.rounds import Round

RETURNED, PASSED_ON = "returned", "passed_on"


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """The latest revision of a unit's report. values None: withdrawn. content_hash: 32 bytes.

    received_at: of this revision; first_received_at: of the first accepted one, which alone decides on late.
    review: what the via unit last did with it, `returned` or `passed_on`; None for nothing. nil: it states that there
    is nothing to report; its values are all None.
    """

    unit: str
    revision: int
    values: Values | None
    content_hash: bytes
    position: int
    received_at: datetime
    first_received_at: datetime
    late: bool
    review: str | None = None
    nil: bool = False

    @property
    def withdrawn(self) -> bool:
        return self.values is None

    @property
    def returned(self) -> bool:
        """It counts no more; a higher revision is awaited."""
        return self.review == RETURNED

    @property
    def stands(self) -> bool:
        """Whether it counts, where its unit is obliged."""
        return self.values is not None and not self.returned


def units_of(round_: Round, reports: Mapping[str, Mapping[str, Report]]) -> set[str]:
    """Every unit that a round is about: those that owe a report, and those that reported. reports: by form and unit."""
    obliged = {unit for units in round_.obliged.values() for unit in units}
    return obliged | {unit for held in reports.values() for unit in held}


def with_first_revision(round_: Round, form: str, report: Report, before: Report | None) -> Report:
    """The report with the time of its first revision, which is that of `before` where there is one, and so late or not
    by the round's deadlines as they stand.
    """
    first = report.first_received_at if before is None else before.first_received_at
    return replace(report, first_received_at=first, late=round_.is_late(form, report.unit, first))


def rollup(layout: Layout, obliged: Collection[str], reports: Iterable[Report]) -> Vector:
    """The rollup of these reports: those that count."""
    counted = [report for report in reports if report.stands and report.unit in obliged]
    return total(
        layout,
        [report.values for report in counted if report.values is not None],
        late=sum(report.late for report in counted),
    )


def change(layout: Layout, obliged: Collection[str], before: Iterable[Report], after: Iterable[Report]) -> Vector:
    """What to add to the rollup when these reports are replaced by those."""
    return subtract(rollup(layout, obliged, after), rollup(layout, obliged, before))
