"""One step of a case after it was done: what was asked, what the system said, what the hub saw. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from services.conformance.seen import Exchange, Sent
from services.conformance.tasks import AskedReport, Do, Outcome, Said

Key = tuple[str, str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Leg:
    """sent: the events of this step, before: those of the case's earlier steps. conflicts: whether a refused revision
    is no fault of the system, which can't have known. receipts, owed: what a list has to have, where one was asked for.
    """

    do: Do
    expect: Outcome
    answer: Said
    reports: tuple[AskedReport, ...]
    exchanges: tuple[Exchange, ...]
    sent: tuple[Sent, ...]
    before: tuple[Sent, ...] = ()
    conflicts: bool = False
    receipts: frozenset[str] | None = None
    owed: frozenset[Key] | None = None

    @property
    def all_sent(self) -> tuple[Sent, ...]:
        return (*self.before, *self.sent)

    @property
    def reports_to_take(self) -> tuple[AskedReport, ...]:
        """What the hub has to take."""
        return tuple(each for each in self.reports if not each.bad) if self.expect in ("accepted", "partly") else ()

    def events_of(self, report: AskedReport) -> tuple[Sent, ...]:
        """The events of this step that are about a report."""
        return about(report, self.sent)

    def taken_events(self, report: AskedReport) -> tuple[Sent, ...]:
        return tuple(each for each in self.events_of(report) if each.verdict in ("accepted", "repeated"))


def about(report: AskedReport, sent: Iterable[Sent]) -> tuple[Sent, ...]:
    """The events about a report: its submissions, or what takes it back where that was asked for."""
    return tuple(each for each in sent if each.key == report.key and each.withdraws == (report.figures is None))
