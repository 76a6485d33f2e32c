"""Figures and the forms that ask for them, as a programme and its plans define them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from lienthong.errors import Message
from lienthong.programmes.official import Official

_HEADS = frozenset({"người", "cán bộ", "đồng chí", "chiến sĩ", "biên chế", "nhân viên"})


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

    @property
    def counts_heads(self) -> bool:
        """Whether it counts people, each of them once: turns (lượt) are counted in a measure of their own."""
        return self.measure.vi.lower() in _HEADS

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
