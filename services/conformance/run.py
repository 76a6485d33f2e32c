"""Running cases: tasks go out to the system, the sandbox keeps what came of them, the rules judge it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from lienthong.client import report
from services.conformance import cases, seen
from services.conformance.cases import FIGURES, FORM, Case, CaseStep, WantedReport
from services.conformance.driving import Adapter, NotDriven
from services.conformance.judging import CaseVerdict, judge
from services.conformance.leg import Leg
from services.conformance.seen import Sent
from services.conformance.site import Site
from services.conformance.tasks import MOST_WORDS, AdapterTask, AskedReport, Said

QUIET = 10.0  # seconds for requests that the system left open behind its answer

Told = Callable[[Case, CaseVerdict], None]


class TooManyCases(Exception):
    """More communes are asked for than the sandbox has."""


@dataclass(slots=True)
class _Places:
    """Communes that no case has used."""

    units: tuple[str, ...]
    next: int = 0

    def take(self, count: int) -> tuple[str, ...]:
        taken = self.units[self.next : self.next + count]
        if len(taken) < count:
            raise TooManyCases(f"{self.next + count} > {len(self.units)}")
        self.next += count
        return taken


@dataclass(slots=True)
class Running:
    """One run against one site. tell: hears of each case when it is judged."""

    site: Site
    adapter: Adapter
    tell: Told
    _places: _Places = field(init=False)
    _driven: bool = False

    def __post_init__(self) -> None:
        self._places = _Places(self.site.units)

    def verdicts(self, table: Sequence[Case]) -> Iterator[CaseVerdict]:
        """A verdict for each case, in order. Raises NotDriven where the first task already is not answered."""
        for case in table:
            verdict = judge(case.code, self._legs(case, self._places.take(case.places)))
            self.tell(case, verdict)
            yield verdict

    def _legs(self, case: Case, units: tuple[str, ...]) -> list[Leg]:
        """The steps as they went; after one that the system can't do there are no others."""
        legs: list[Leg] = []
        before: tuple[Sent, ...] = ()
        for number, step in enumerate(case.steps, 1):
            leg = self._leg(case.code, number, step, units, before)
            legs.append(leg)
            before = (*before, *leg.sent)
            if leg.answer.outcome == "unsupported":
                break
        return legs

    def _leg(self, code: str, number: int, step: CaseStep, units: tuple[str, ...], before: tuple[Sent, ...]) -> Leg:
        reports = tuple(self._report_asked(each, units) for each in step.wanted)
        self._act(step, reports)
        task = AdapterTask(case=code, step=number, do=step.do, hub=self.site.access, reports=reports)
        self.site.sandbox.begin(step.faults, skew=step.skew)
        answer = self._answer_to(task)
        self._settle()
        exchanges = self.site.sandbox.end()
        return self._leg_of(step, reports, answer, exchanges, before)

    def _answer_to(self, task: AdapterTask) -> Said:
        """What the system says. An adapter that breaks in one task fails that one; that never did any, ends the run."""
        try:
            answer = self.adapter.do(task.document())
        except NotDriven as error:
            if not self._driven:
                raise
            return Said(outcome="failed", why=str(error)[:MOST_WORDS])
        self._driven = True
        return answer

    def _leg_of(
        self,
        step: CaseStep,
        reports: tuple[AskedReport, ...],
        answer: Said,
        exchanges: tuple[seen.Exchange, ...],
        before: tuple[Sent, ...],
    ) -> Leg:
        return Leg(
            do=step.do,
            expect=step.expect,
            answer=answer,
            reports=reports,
            exchanges=exchanges,
            sent=seen.events_sent(exchanges),
            before=before,
            conflicts=step.conflicts,
            receipts=frozenset(receipt.number for receipt in self.site.own.receipts())
            if step.do == "receipts"
            else None,
            owed=self._duties_owed() if step.do == "obligations" else None,
        )

    def _duties_owed(self) -> frozenset[tuple[str, str, str]]:
        """What the system's units still owe."""
        owing = [duty for duty in self.site.own.obligations() if duty.state in ("missing", "returned")]
        return frozenset((duty.round, duty.form, duty.unit) for duty in owing)

    def _report_asked(self, wanted: WantedReport, units: tuple[str, ...]) -> AskedReport:
        unit = self.site.foreign if wanted.foreign else units[wanted.place]
        figures = {} if wanted.nil else {**FIGURES, **wanted.changed}
        return AskedReport(
            round=wanted.round,
            form=FORM,
            unit=unit,
            figures=None if wanted.withdraws else figures,
            nil=wanted.nil,
            narrative="" if wanted.withdraws else wanted.narrative,
            reason="Nhập nhầm số liệu của kỳ trước." if wanted.withdraws else "",
            id=None if wanted.id is None else wanted.id.format(unit=unit),
            bad=wanted.bad,
        )

    def _settle(self) -> None:
        """Until nothing is being answered: a system may have given an answer up that the hub is still at work on."""
        end = time.monotonic() + QUIET
        while self.site.sandbox.busy and time.monotonic() < end:
            time.sleep(0.02)

    def _act(self, step: CaseStep, reports: tuple[AskedReport, ...]) -> None:
        match step.act:
            case "deadline_passes":
                self.site.pass_deadline()
            case "secret_rotates":
                self.site.rotate()
            case "colleague_corrects":
                self._colleague_corrects(reports[0])
            case "office_returns":
                self._office_returns(reports[0])

    def _standing_revision(self, asked_report: AskedReport) -> tuple[int, str]:
        """The revision that stands of a report, and the version of its form."""
        duties = self.site.own.obligations(round=asked_report.round, unit=asked_report.unit)
        duty = next(each for each in duties if each.form == asked_report.form)
        return duty.next_revision - 1, duty.form_version

    def _colleague_corrects(self, asked_report: AskedReport) -> None:
        stands, version = self._standing_revision(asked_report)
        data = report(
            round=asked_report.round,
            form=asked_report.form,
            form_version=version,
            unit=asked_report.unit,
            revision=stands + 1,
            figures={**cases.FIGURES, "events_commune": 5},
            results="Đính chính từ phần mềm khác.",
        )
        hub = self.site.colleague
        hub.submit(hub.event(data, id=f"khac/{asked_report.round}/{asked_report.unit}/{stands + 1}"))

    def _office_returns(self, asked_report: AskedReport) -> None:
        stands, _ = self._standing_revision(asked_report)
        if not stands:
            return  # the system's report never came: what follows says so
        named = {"form": asked_report.form, "unit": asked_report.unit, "revision": stands}
        body = {"reports": [named], "reason": "Số hội nghị chưa khớp với kế hoạch của xã; đề nghị rà soát."}
        self.site.office.act(f"/v1/rounds/{asked_report.round}/returns", body)
