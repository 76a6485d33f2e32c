"""The senders' own book: what was sent, what the hub said to it, and what therefore must come of it.

Every expected number is computed here from the submitted figures with plain Python, not by the hub's algebra:
that is what makes a comparison with the hub's figures worth something.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from lienthong.programmes import Form
from services.demo.plausible import Value
from services.demo.sender import EventAnswer

Key = tuple[str, str, str]
"""(round, form, unit)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LatestReport:
    """The latest of a report that was accepted. figures None: withdrawn. late: as the sender's calendar says."""

    revision: int
    figures: Mapping[str, Value] | None
    late: bool
    receipt: str
    content_hash: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Total:
    """A figure over its units. sum: None for a status, or when nobody gave it. statuses: units by value."""

    sum: Decimal | None
    given: int
    obliged: int
    statuses: Mapping[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class FormCoverage:
    """Who of the obliged units has a standing report of one form."""

    obliged: int
    reported: int
    late: int
    missing: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """One round at one moment: what a release that is cut now must say."""

    round: str
    forms: Mapping[str, Form]
    obliged: Mapping[str, frozenset[str]]
    standing: Mapping[tuple[str, str], LatestReport]
    """By (form, unit)."""

    def totals(self) -> dict[tuple[str, str], Total]:
        """(form, figure) → Total."""
        return {(code, figure): self._total(code, figure) for code, form in self.forms.items() for figure in form.codes}

    def completeness(self) -> dict[str, FormCoverage]:
        """By form."""
        return {code: self._completeness(code) for code in self.forms}

    def ratio(self, pairs: Iterable[tuple[str, str]]) -> Decimal | None:
        """100 · Σ numerator / Σ denominator over the reports that gave both; None without any."""
        both = [
            (given[top], given[bottom])
            for top, bottom in pairs
            for given in self._figures()
            if given.get(top) is not None and given.get(bottom) is not None
        ]
        if not both:
            return None
        tops, bottoms = (sum(map(_number, side), Decimal(0)) for side in zip(*both, strict=True))
        return 100 * tops / bottoms

    def _figures(self) -> list[Mapping[str, Value]]:
        return [report.figures for report in self.standing.values() if report.figures is not None]

    def _figures_given(self, form: str) -> list[Mapping[str, Value]]:
        return [
            report.figures
            for (code, unit), report in self.standing.items()
            if code == form and report.figures is not None and unit in self.obliged[form]
        ]

    def _total(self, form: str, figure: str) -> Total:
        values = [given[figure] for given in self._figures_given(form) if given[figure] is not None]
        obliged = len(self.obliged[form])
        if self.forms[form].figure(figure).is_status:
            return Total(sum=None, given=len(values), obliged=obliged, statuses=Counter(map(str, values)))
        total = sum(map(_number, values), Decimal(0)) if values else None
        return Total(sum=total, given=len(values), obliged=obliged, statuses={})

    def _completeness(self, form: str) -> FormCoverage:
        standing = {
            unit: report
            for (code, unit), report in self.standing.items()
            if code == form and report.figures is not None
        }
        return FormCoverage(
            obliged=len(self.obliged[form]),
            reported=len(standing),
            late=sum(report.late for report in standing.values()),
            missing=tuple(sorted(self.obliged[form] - standing.keys())),
        )


@dataclass(slots=True)
class Book:
    """Everything that was sent. Written by several threads."""

    standing: dict[Key, LatestReport] = field(default_factory=dict)
    obliged: dict[str, dict[str, set[str]]] = field(default_factory=dict)
    forms: dict[tuple[str, str], Form] = field(default_factory=dict)
    verdicts: Counter[str] = field(default_factory=Counter)
    late: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    released: dict[str, Page] = field(default_factory=dict)
    """Release id → the round as it stood in this book when the release was signed."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note_duty(self, round_: str, form: Form, unit: str) -> None:
        """The hub told a unit that it owes this form."""
        with self._lock:
            self.obliged.setdefault(round_, {}).setdefault(form.code, set()).add(unit)
            self.forms[(round_, form.code)] = form

    def note_report(
        self, key: Key, revision: int, figures: Mapping[str, Value] | None, late: bool, answer: EventAnswer
    ) -> None:
        """A report (figures None: a withdrawal) that should be accepted, and how late it should be called."""
        with self._lock:
            self.verdicts[answer.verdict] += 1
            if answer.verdict != "accepted" or answer.receipt is None:
                self.wrong.append(f"{'/'.join(key)} r{revision}: {answer.verdict} {', '.join(answer.codes)}")
                return
            if answer.receipt.late != late:
                self.wrong.append(f"{'/'.join(key)} r{revision}: late is {answer.receipt.late}, not {late}")
            self.late[key[0]] += late
            self.standing[key] = LatestReport(
                revision=revision,
                figures=figures,
                late=late,
                receipt=answer.receipt.number,
                content_hash=answer.receipt.content_hash,
            )

    def note_other(self, what: str, answer: EventAnswer, expected: str) -> None:
        """Something else than a report: a difficulty, a content item, a repetition, a dry run."""
        with self._lock:
            self.verdicts[answer.verdict] += 1
            if answer.verdict != expected:
                self.wrong.append(f"{what}: {answer.verdict} {', '.join(answer.codes)}, not {expected}")

    def note_refusal(self, what: str, answer: EventAnswer, code: str, status: int) -> None:
        """Something that should be refused, for one reason, with an HTTP status."""
        with self._lock:
            self.verdicts[answer.verdict] += 1
            self.refusals.update(answer.codes)
            if (answer.verdict, answer.codes, answer.status) != ("refused", (code,), status):
                self.wrong.append(
                    f"{what}: {answer.status} {answer.verdict} {', '.join(answer.codes)}, not {status} {code}"
                )

    def page(self, round_: str) -> Page:
        """A round as it stands now."""
        with self._lock:
            return Page(
                round=round_,
                forms={code: form for (of, code), form in self.forms.items() if of == round_},
                obliged={form: frozenset(units) for form, units in self.obliged.get(round_, {}).items()},
                standing={
                    (form, unit): replace(report) for (of, form, unit), report in self.standing.items() if of == round_
                },
            )

    def note_release(self, release: str, round_: str) -> None:
        """The round was signed off as it stands."""
        self.released[release] = self.page(round_)


def _number(value: Value) -> Decimal:
    assert isinstance(value, int | float), "statuses are counted, not added"
    return Decimal(str(value))
