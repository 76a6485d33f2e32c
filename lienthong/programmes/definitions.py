"""What a programme and a plan are made of. Pure; no I/O. Reading documents into these is in `reading`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from lienthong.calendar import start_of_day
from lienthong.errors import Message
from lienthong.periods import PARTS, Period, code_of, frequency_of, parts_of_year

Document = Mapping[str, Any]

_LONGEST_WORD = 4
"""Parts of a code that may be one word: Vietnamese writes a word's syllables apart (`su_co`, `suat_lieu`)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reporters:
    """A kind of unit that reports: a level, narrowed by group or functional types of agencies.

    level: `commune` or `agency`. group: `department` | `media` | None. types: functional kinds (`skhcn`, …).
    units: explicit codes (a commune's own plan). An empty selector field does not narrow.
    """

    name: str
    label: Message
    level: str
    group: str | None = None
    types: tuple[str, ...] = ()
    except_types: tuple[str, ...] = ()
    units: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Official:
    """The code that an official list gives something, beside ours. list: the document that issued it."""

    code: str
    list: str


@dataclass(frozen=True, kw_only=True, slots=True)
class StatusValue:
    """One value of a status figure; the list is in rising order of progress."""

    code: str
    label: Message


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """One number (or status) a unit reports.

    kind: `flow` adds over periods; `stock` is the value at the close of data; `cumulative` is lũy kế since
    `since`; `status` is one of `values`. decimals: digits after the decimal point; values are kept as whole
    numbers of 10**-decimals. reported_by: name of the one kind of unit (Reporters) that gives it.
    restored: the quote in correct Vietnamese where the source is broken OCR. assumption: what the source does
    not say and was decided here.
    """

    code: str
    label: Message
    measure: Message
    decimals: int
    kind: str
    counts: Message
    reported_by: str
    since: date | None = None
    values: tuple[StatusValue, ...] = ()
    quote: str | None = None
    restored: str | None = None
    assumption: Message | None = None
    official: Official | None = None

    @property
    def is_status(self) -> bool:
        return self.kind == "status"

    def index_of(self, value: str) -> int:
        """Place of a status value in the list (0 = least progress). Raises ValueError when unknown."""
        return [v.code for v in self.values].index(value)


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """A rule between figures of one form.

    kind: `at_most` (left ≤ right), `equals_sum` (left = Σ of right), `requires` (left given or > 0 ⇒ right
    given), `change` (left differs from the last report's by more than `percent`). severity: `error` refuses,
    `warning` is a query (câu hỏi số liệu): it stands in the receipt, and the sender amends or explains. error_from: of
    a warning, the first close of data from which it refuses. left: one figure; right: one or more figures.
    """

    code: str
    severity: str
    kind: str
    left: str
    right: tuple[str, ...]
    message: Message
    percent: Decimal | None = None
    error_from: date | None = None

    def severity_on(self, day: date | None) -> str:
        """Its severity for figures of a round that closes on this day; None: as it begins."""
        return "error" if self.error_from is not None and day is not None and day >= self.error_from else self.severity


@dataclass(frozen=True, kw_only=True, slots=True)
class Rename:
    """A figure got another code: reports of versions below `since` are brought up by this."""

    old: str
    new: str
    since: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    """The versioned set of figures that one kind of unit reports in one plan. code: `P119-LS.commune`."""

    code: str
    reporters: str
    version: str
    figures: tuple[Figure, ...]
    checks: tuple[Check, ...] = ()
    renames: tuple[Rename, ...] = ()
    official: Official | None = None

    def figure(self, code: str) -> Figure:
        return next(f for f in self.figures if f.code == code)

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(f.code for f in self.figures)


@dataclass(frozen=True, kw_only=True, slots=True)
class Computation:
    """How an indicator is made of figures.

    kind:
      sum             Σ figures
      ratio           multiplier · Σ numerator / Σ denominator, pair by pair over units that gave both
      per_population  multiplier · Σ figures / population of the whole level
      coverage        multiplier · units where their one of `figures` reaches `reaches` / obliged units of the
                      forms of `figures` (or / units where the paired one of `among` is ≥ 1 or its last status)
      growth          100 · (V(y)/V(y−1) − 1) of `of`; mode `year_on_year` or `average_from_baseline`
      milestone       the status `figure` has reached `reaches` (a status target may name another value)
      minimum         the smallest of Σ figure, each of `figures` summed alone
      none            the source defines nothing that can be computed; `reason` says why
    window: `period` | `year` (Σ of the year's periods so far) | `since_start` (Σ of all rounds).
    For coverage each of `figures` is given by another kind of unit; `figure` is set too when there is but one.
    """

    kind: str
    figures: tuple[str, ...] = ()
    numerator: tuple[str, ...] = ()
    denominator: tuple[str, ...] = ()
    figure: str | None = None
    reaches: str | int | None = None
    among: tuple[str, ...] = ()
    multiplier: Decimal = Decimal(1)
    mode: str | None = None
    of: Computation | None = None
    window: str = "period"
    reason: Message | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Baseline:
    """Where the line to a target starts. value in the indicator's measure."""

    year: int
    value: Decimal
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """What an indicator is to be in a milestone year, or in each year of a span.

    operator: `at_least`, `at_most`, `equal`, `range` (low ≤ v ≤ high), `status` (value: code of a status).
    year: milestone year; None when undated (then it can't be assessed). each_year: (first, last or None).
    implied: the number is implied by the source, not written. A value of None is unquantified. trigger: what
    has to happen elsewhere before anybody can meet it; awaits: the status that says it has not happened yet.
    """

    operator: str
    year: int | None = None
    each_year: tuple[int, int | None] | None = None
    value: Decimal | str | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    average: bool = False
    implied: bool = False
    trigger: Message | None = None
    awaits: str | None = None
    quote: str | None = None
    restored: str | None = None
    note: Message | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Indicator:
    """A measure computed from figures, at the levels where it means something.

    levels: subset of `nation`, `province`, `commune`, `agency`. minimum_coverage: percent of obliged units
    below which the value is provisional. decimals: digits shown at least. concept: what indicators of several
    plans, and the national targets, have in common.
    """

    code: str
    title: Message
    measure: Message
    decimals: int
    levels: tuple[str, ...]
    computation: Computation
    targets: tuple[Target, ...] = ()
    baseline: Baseline | None = None
    minimum_coverage: Decimal = Decimal(100)
    quote: str | None = None
    restored: str | None = None
    note: Message | None = None
    assumption: Message | None = None
    concept: str | None = None
    official: Official | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Deadline:
    """When a report is due for one part of the year.

    part: 1…n of the frequency. before: (month, day), exclusive (“trước ngày”), or on_or_before: inclusive
    (“chậm nhất trong ngày”). year_offset: years after the period's year. Both None: the source gives no date.
    """

    part: int
    before: tuple[int, int] | None = None
    on_or_before: tuple[int, int] | None = None
    year_offset: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Obligation:
    """Who reports to whom, via whom, how often, by when.

    kind: `periodic`, `event` (difficulties), `supply`, `budget`, `planning`, `one_off`. level: `units` (the
    reporters' own reports) or `issuer` (the issuing unit's consolidated report to `to`). drafted_by: unit
    that drafts it. sent_by: unit that signs and sends it, None for the issuing unit itself. to: unit codes
    (`VN` = the Ministry); to_text, via_text: the same in the source's words, alone where there is no code.
    frequency: annual … monthly, `on_demand`, `event`, `unstated`. regime: its code in an official list.
    amendments: of a duty to tell of difficulties, that those which ask for a change of the plan go this way.
    answer_within: working days within which such a difficulty is to be answered, None where the source names none.
    assumption: set when the source states no such duty and this plan needs it.
    """

    code: str
    kind: str
    level: str
    reporters: tuple[str, ...]
    to: tuple[str, ...]
    via: str | None
    frequency: str
    on_demand: bool
    deadlines: tuple[Deadline, ...]
    drafted_by: str | None = None
    sent_by: str | None = None
    regime: Official | None = None
    amendments: bool = False
    answer_within: int | None = None
    to_text: str | None = None
    via_text: str | None = None
    quote: str | None = None
    restored: str | None = None
    note: Message | None = None
    assumption: Message | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    """Which rounds a plan has: a frequency, and for each part the first and last day it covers.

    spans: for each part ((years, month, day), (years, month, day)); years are relative to the period's year.
    assumption: set when the source does not state the days.
    """

    frequency: str
    first_year: int
    last_year: int | None
    spans: tuple[tuple[tuple[int, int, int], tuple[int, int, int]], ...]
    assumption: Message | None = None
    official: tuple[Official, ...] = ()

    def official_of(self, code: str) -> Official | None:
        """The official code of one of the periods, where the plan names one."""
        if frequency_of(code) != self.frequency:
            return None
        place = len(parts_of_year(code)) - 1
        return self.official[place] if place < len(self.official) else None

    def periods(self, year: int) -> Iterator[Period]:
        """The periods of one year, in order; none outside the plan's years."""
        if year < self.first_year or (self.last_year is not None and year > self.last_year):
            return
        for part, (first, last) in enumerate(self.spans, start=1):
            yield Period(code=code_of(self.frequency, year, part), first=_day(year, first), last=_day(year, last))


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """An assigned task. due: a date, or None with due_text as the source writes it (“Thường xuyên”). done_when: whose
    word counts where several units lead it, `any_lead` (the last that was said) or `each_lead`. no_lead: why the source
    names none.
    """

    code: str
    title: Message
    lead: tuple[str, ...]
    partners: tuple[str, ...] = ()
    result: str | None = None
    due: date | None = None
    due_text: str | None = None
    done_when: str = "any_lead"
    no_lead: Message | None = None
    quote: str | None = None
    restored: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Computed:
    """A figure that the hub counts itself, beside what is reported. source: `content` or `directives`.

    Of content: approved items of the programme by kinds, hosts of their links (sites), units that published them. Of
    directives: those posted at each of the places, within so many working days after issue, and shared on each of the
    channels (`social`: any social network). What is empty or None narrows nothing.
    """

    figure: str
    source: str
    kinds: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    posted: tuple[str, ...] = ()
    within_working_days: int | None = None
    shared: tuple[str, ...] = ()
    assumption: Message | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Reminders:
    """When units that still owe are reminded (đôn đốc), counted in working days from the last day in time.

    before: 0 is that day itself. after: at least 1. hour: in Vietnam, on the hour.
    """

    before: tuple[int, ...] = (5, 1)
    after: tuple[int, ...] = (1, 5)
    hour: int = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class Outside:
    """What the hub does not take, and the channel that it goes by (C-15). system, name: which system carries it.

    agency: who takes it; None where the source names nobody. reference: where the source says so. words: parts of codes
    by which somebody's try to send it here is recognised.
    """

    system: str
    name: Message
    carries: Message
    agency: str | None
    way: Message
    reference: str
    words: frozenset[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """How one province or commune carries a programme out. issued_by is the root of its rollups.

    document (number, date, decision, source), responsibilities and systems are documentation: nothing computes
    with them. unit_values_public: what single units reported may go to a communication platform too. people_of:
    the units whose populations the indicators need, as the plan names them. reported_only: figures that the hub does
    not compute, with why.
    """

    code: str
    programme: str
    version: int
    title: Message
    programme_title: Message
    issued_by: str
    reporters: Mapping[str, Reporters]
    forms: tuple[Form, ...]
    indicators: tuple[Indicator, ...]
    obligations: tuple[Obligation, ...]
    schedules: tuple[Schedule, ...]
    tasks: tuple[Task, ...] = ()
    reported_only: Mapping[str, Message] = field(default_factory=dict)
    computed: tuple[Computed, ...] = ()
    unit_values_public: bool = False
    people_of: tuple[str, ...] = ()
    reminders: Reminders = Reminders()
    document: Document = field(default_factory=dict)
    responsibilities: tuple[Document, ...] = ()
    systems: tuple[Document, ...] = ()
    outside: tuple[Outside, ...] = ()

    def form(self, code: str) -> Form | None:
        return next((f for f in self.forms if f.code == code), None)

    def belongs_outside(self, code: str) -> Outside | None:
        """The channel that a figure of this code would go by; None where nothing says that it is not for the hub."""
        parts = code.lower().replace("-", "_").replace(".", "_").split("_")
        runs = {"".join(parts[at:end]) for at in range(len(parts)) for end in range(at + 1, at + 1 + _LONGEST_WORD)}
        return next((channel for channel in self.outside if not channel.words.isdisjoint(runs)), None)

    @property
    def figures(self) -> dict[str, Figure]:
        return {figure.code: figure for form in self.forms for figure in form.figures}

    def periods(self, year: int) -> list[Period]:
        return [period for schedule in self.schedules for period in schedule.periods(year)]

    def official_period(self, code: str) -> Official | None:
        """What an official list calls the period of this code, where the plan says so."""
        return next(filter(None, (schedule.official_of(code) for schedule in self.schedules)), None)

    def regime(self, obligation: str) -> Official | None:
        """What an official list calls the reporting regime of an obligation, where the plan says so."""
        return next((each.regime for each in self.obligations if each.code == obligation), None)


def deadline_instant(obligation: Obligation, period: Period) -> datetime | None:
    """The first instant at which a report for the period is late (exclusive), or None without a date.

    “trước ngày 15/10” → 15/10 00:00 in Asia/Ho_Chi_Minh; “chậm nhất trong ngày 15/10” → 16/10 00:00.
    """
    if period.frequency != obligation.frequency:
        return None
    part = _part_of(period)
    deadline = next((d for d in obligation.deadlines if d.part == part), None)
    if deadline is None:
        return None
    if deadline.before is not None:
        return start_of_day(_day(period.year, (deadline.year_offset, *deadline.before)))
    if deadline.on_or_before is not None:
        return start_of_day(_day(period.year, (deadline.year_offset, *deadline.on_or_before)) + timedelta(days=1))
    return None


def _part_of(period: Period) -> int:
    names = [code_of(period.frequency, period.year, part) for part in range(1, PARTS[period.frequency] + 1)]
    return names.index(period.code) + 1


def _day(year: int, offset: tuple[int, int, int]) -> date:
    years, month, day = offset
    if (month, day) == (2, 29):  # the last day of February, whatever the year
        return date(year + years, 3, 1) - timedelta(days=1)
    return date(year + years, month, day)
