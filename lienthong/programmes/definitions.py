"""What a plan is made of, beside its figures, indicators and obligations. Pure; `documents` reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from lienthong.errors import Message
from lienthong.periods import Period
from lienthong.programmes.figures import Figure, Form, Reporters
from lienthong.programmes.indicators import Indicator
from lienthong.programmes.obligations import Obligation, Schedule
from lienthong.programmes.official import Official

Document = Mapping[str, Any]

_LONGEST_WORD = 4
"""Parts of a code that may be one word: Vietnamese writes a word's syllables apart (`su_co`, `suat_lieu`)."""


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
        runs = _runs(code)
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


@lru_cache(maxsize=1024)  # of the same codes with each event of a batch
def _runs(code: str) -> frozenset[str]:
    """What a code says: each run of its parts, as one word."""
    parts = code.lower().replace("-", "_").replace(".", "_").split("_")
    ends = [(at, end) for at in range(len(parts)) for end in range(at + 1, at + 1 + _LONGEST_WORD)]
    return frozenset("".join(parts[at:end]) for at, end in ends)
