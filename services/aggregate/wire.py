"""What aggregate's HTTP answers look like. Decimals are text in plain notation; `null` never means zero."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

State = Literal["planned", "open", "overdue", "released", "locked"]
Assessment = Literal["assessed", "provisional", "cannot_be_assessed"]


class Wire(BaseModel):
    """Names on the wire are camelCase; unknown members are a mistake of ours."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class Answer(Wire):
    """sample: none of it is real (“dữ liệu mẫu”); then `notice` says so."""

    sample: bool
    notice: str | None = Field(default=None, examples=["dữ liệu mẫu"])


class Text(Wire):
    vi: str
    en: str


class Reason(Wire):
    code: str
    message: Text


class OfficialOf(Wire):
    code: str
    list: str = Field(description="The official list that gives the code")


class Period(Wire):
    code: str = Field(examples=["2026-H1"])
    first: date
    last: date = Field(description="Close of data (chốt số liệu), inclusive")
    official: OfficialOf | None = Field(None, description="Its code in an official list")


class Extension(Wire):
    unit: str | None = Field(description="null: for all units")
    until: datetime
    reason: str
    document: dict[str, Any]


class Deadline(Wire):
    """deadline: as it stands for all, an exclusive instant; original: before any extension."""

    obligation: str
    sender: Literal["units", "issuer"]
    forms: list[str]
    to: list[str]
    via: str | None
    deadline: datetime | None
    original: datetime | None
    extensions: list[Extension]
    regime: OfficialOf | None = Field(None, description="The reporting regime's code in an official list")


class Counts(Wire):
    """Obliged units, how many of them have reported, and how many of these late."""

    obliged: int
    reported: int
    late: int


class FormCounts(Counts):
    form: str
    form_version: str
    nil: int = Field(default=0, description="Of those that reported, how many have nothing to report")
    dormant: int = Field(default=0, description="Units that are excused from the round; not among the obliged")


class ReleaseOf(Wire):
    release: str
    version: int
    signed_at: datetime
    position: int
    recipients: list[str]
    digest: str
    withdrawn_at: datetime | None = Field(description="null: it stands")


class RoundOf(Wire):
    """A round: planned → open → overdue (still accepting, marked late) → released → locked."""

    round: str
    programme: str
    plan: str
    title: Text
    kind: str
    period: Period
    root: str
    province: str
    state: State
    opened_at: datetime | None
    locked_at: datetime | None
    deadlines: list[Deadline]
    completeness: list[FormCounts]
    releases: list[ReleaseOf]
    assumptions: list[Text]


class Rounds(Answer):
    """behind: events of the province that were accepted and are not yet in these figures."""

    now: datetime
    behind: int
    rounds: list[RoundOf]


class OneRound(Answer):
    now: datetime
    round: RoundOf


class StatusCount(Wire):
    value: str
    label: Text
    units: int


class FigureOf(Wire):
    """sum: exact; null where no counted unit gave the figure, and for a status."""

    code: str
    form: str | None
    label: Text
    measure: Text
    kind: Literal["flow", "stock", "cumulative", "status"]
    decimals: int
    sum: str | None
    given: int
    obliged: int
    statuses: list[StatusCount]
    official: OfficialOf | None = Field(None, description="Its code in an official list")


class Rollup(Answer):
    """position: the last event of the province's partition that is in."""

    round: str
    period: Period
    position: int
    completeness: list[FormCounts]
    figures: list[FigureOf]


class EachYear(Wire):
    first: int
    last: int | None


class Aim(Wire):
    """A target as it is stated."""

    operator: str
    year: int | None
    each_year: EachYear | None
    value: str | None
    low: str | None
    high: str | None
    implied: bool


class TargetOf(Aim):
    value_label: Text | None = Field(description="What the figure calls a status that is wanted")
    status: Literal[
        "reached",
        "exceeded",
        "reached_early",
        "not_reached",
        "on_track",
        "behind",
        "not_due",
        "condition_pending",
        "cannot_be_assessed",
    ]
    provisional: bool
    line: str | None
    gap: str | None = Field(description="What is missing to the target, in the indicator's measure")
    reasons: list[Reason]


class IndicatorOf(Wire):
    """value: rounded half up to `decimals`, and to more where fewer would contradict the verdict; numerator and
    denominator exact."""

    code: str
    title: Text
    measure: Text
    decimals: int
    level: str
    value: str | None
    numerator: str | None
    denominator: str | None
    status: str | None
    status_label: Text | None = Field(description="What the figure calls the status")
    assessment: Assessment
    reasons: list[Reason]
    arithmetic: str
    reported: int
    obliged: int
    targets: list[TargetOf]
    official: OfficialOf | None = Field(None, description="Its code in an official list")


class Indicators(Answer):
    round: str
    unit: str
    position: int
    indicators: list[IndicatorOf]


class StatusLabel(Wire):
    """A value of a status, in rising order of progress."""

    value: str
    label: Text


class UnitIndicator(Wire):
    """An indicator at one unit's own level; value null where it says nothing there."""

    unit: str
    name: str | None
    level: str
    value: str | None
    numerator: str | None
    denominator: str | None
    status: str | None
    assessment: Assessment
    reasons: list[Reason]
    arithmetic: str
    reported: int


class OverUnits(Answer):
    """levels: where the indicator is declared meaningful; at others its value is null and only counts are given."""

    round: str
    code: str
    title: Text
    measure: Text
    decimals: int
    levels: list[str]
    statuses: list[StatusLabel]
    position: int
    units: list[UnitIndicator]


class Baseline(Wire):
    year: int
    value: str
    source: str


class Goal(Aim):
    """A target as the plan states it. quote: the phrase of the source; restored: the same where its OCR is broken."""

    quote: str | None
    restored: str | None
    note: Text | None


class IndicatorStep(Wire):
    """An indicator as one round gives it."""

    round: str
    kind: str
    period: Period
    level: str
    value: str | None
    status: str | None
    assessment: Assessment
    reasons: list[Reason]
    arithmetic: str
    reported: int
    obliged: int
    targets: list[TargetOf]


class ProgressOf(Wire):
    """An indicator as the plan states it, and its path: a step for each round, by close of data."""

    code: str
    title: Text
    measure: Text
    decimals: int
    levels: list[str]
    computation: str
    quote: str | None
    restored: str | None
    note: Text | None
    assumption: Text | None
    minimum_coverage: str
    statuses: list[StatusLabel]
    baseline: Baseline | None
    goals: list[Goal]
    path: list[IndicatorStep]


class Progress(Answer):
    """document: what the plan says of its own document (number, date, decision)."""

    plan: str
    programme: str
    version: int
    title: Text
    issuer: str
    position: int
    document: dict[str, Any]
    indicators: list[ProgressOf]


class UnitOf(Wire):
    unit: str
    name: str | None
    deadline: datetime | None
    overdue: bool


class MissingOf(Wire):
    form: str
    missing: list[UnitOf]
    not_obliged: list[UnitOf] = Field(description="Reported without being obliged: kept, not counted")


class Missing(Answer):
    now: datetime
    round: str
    forms: list[MissingOf]


class SignedOf(Wire):
    """A signed document. electronicId: on the document exchange (edXML); fileHash: SHA-256 of the file."""

    number: str | None
    date: str | None
    agency: str | None = None
    electronic_id: str | None = None
    file_hash: str | None = None


class Contribution(Wire):
    """One report revision under a figure. counted false: its unit is not obliged, or it is withdrawn."""

    unit: str
    name: str | None
    form: str
    revision: int | None
    content_hash: str | None
    position: int | None
    received_at: datetime | None = Field(description="Of this revision")
    first_received_at: datetime | None = Field(
        default=None, description="Of the first accepted revision, by which alone a unit is late"
    )
    late: bool | None
    counted: bool
    state: Literal["reported", "zero", "status", "nil", "missing", "withdrawn", "returned"]
    value: str | None
    signed_document: SignedOf | None = Field(
        default=None, description="The signed document that the report named; null where it named none"
    )


class FigureProvenance(Wire):
    figure: str
    form: str
    sum: str | None
    contributions: list[Contribution]


class Provenance(Answer):
    """From a figure or indicator to the report revisions and hashes under it.

    release: what it was made of in that release; null: as it stands now. earlier: rounds that an indicator over
    several periods rests on too.
    """

    round: str
    code: str
    release: str | None
    figures: list[FigureProvenance]
    earlier: list[str]


class PendingReport(Wire):
    unit: str
    form: str
    revision: int
    withdrawn: bool
    returned: bool
    late: bool
    received_at: datetime
    first_received_at: datetime
    position: int


class Pending(Answer):
    """What came after a release's cut and would be in the next version."""

    release: str
    position: int
    latest: bool
    reports: list[PendingReport]
    definition_changed: bool = Field(description="Obliged units, deadlines or the plan changed since")


class PlanOf(Wire):
    round: str
    plan: str
    province: str
    root: str
    obliged: int
    reported: int


class LeftOut(Wire):
    round: str
    figure: str
    reason: Text


class NationalRollup(Answer):
    """The live sum over the provinces of this installation; equal figure codes of equal period codes only."""

    programme: str
    period: str
    provinces: list[str]
    rounds: list[PlanOf]
    figures: list[FigureOf]
    indicators: list[IndicatorOf]
    left_out: list[LeftOut] = Field(description="Figures of a commune's own plan that its province counts already")
    differing: list[str] = Field(description="Indicators that two plans compute in different ways")
