"""A release: what its dataset holds, as a type; written canonically once, with the digest over that text. Pure.

schemas/platform/release-dataset.schema.json says the same to others, with what each member means; a test holds the two
against each other. A dataset is a value of JSON as the log, the feed and the platform carry it, so that one of an older
version is read as it was made: members that those lack are NotRequired. Decimals are text, `None` never means zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NotRequired, TypedDict, cast

import orjson

from lienthong.contracts import canonical
from lienthong.refusals import unprocessable
from lienthong.units.levels import Level


class BothLanguages(TypedDict):
    """A text in both languages."""

    vi: str
    en: str


class Official(TypedDict):
    """A code in an official list, beside ours."""

    code: str
    list: str


class ProgrammeTold(TypedDict):
    code: str
    title: BothLanguages


class PlanTold(TypedDict):
    """version: whose indicators and targets were applied; openedVersion: whose forms the round opened with."""

    code: str
    version: int
    openedVersion: int
    title: BothLanguages


class PeriodTold(TypedDict):
    """first, last: ISO dates; last is the close of data."""

    code: str
    first: str
    last: str
    official: NotRequired[Official]


class Issuer(TypedDict):
    """The root of the rollups. name: of its people's committee."""

    code: str
    name: str | None
    level: Level


class Document(TypedDict):
    """The signed document that a sign-off names. electronicId: on the document exchange (edXML); fileHash: SHA-256."""

    number: str | None
    date: str | None
    agency: NotRequired[str]
    electronicId: NotRequired[str]
    fileHash: NotRequired[str]


class SignedOff(TypedDict):
    at: str
    by: str
    note: NotRequired[str]
    document: Document | None


class Cut(TypedDict):
    """What was accepted before this position is in, what comes after is pending."""

    partition: str
    position: int


class Regime(TypedDict):
    regime: NotRequired[Official]


class Duty(Regime):
    """An obligation of the issuer towards a recipient. metBy: the first release that reached it; None: it is open."""

    obligation: str
    sentBy: NotRequired[str]
    to: list[str]
    via: str | None
    deadline: str | None
    originalDeadline: str | None
    metBy: str | None
    metAt: str | None
    onTime: bool | None


class Unreported(TypedDict):
    """Units whose form holds no figures by rule. nil: of those that reported; dormant: excused. Absent: none."""

    nil: NotRequired[list[str]]
    dormant: NotRequired[list[str]]


class Coded(TypedDict):
    """official: the form's code; regime: of the reporting regime that asks for it."""

    official: NotRequired[Official]
    regime: NotRequired[Official]


class Completeness(Unreported, Coded):
    """How many of the obliged units reported a form. missing, notObliged: unit codes."""

    form: str
    formVersion: str
    obliged: int
    reported: int
    late: int
    missing: list[str]
    notObliged: list[str]


class UnitTold(TypedDict):
    """identifier: the code of QĐ 20/2020/QĐ-TTg, where it was known when the release was signed."""

    code: str
    name: str | None
    identifier: NotRequired[str]


class StatusCount(TypedDict):
    """How many units stand at one value of a status."""

    value: str
    label: BothLanguages
    units: int


class FigureTold(TypedDict):
    """sum: exact, over the units that gave it; None where none did, and for a status."""

    code: str
    form: str
    label: BothLanguages
    measure: BothLanguages
    kind: str
    decimals: int
    sum: str | None
    given: int
    obliged: int
    statuses: list[StatusCount]
    official: NotRequired[Official]


class ReasonTold(TypedDict):
    code: str
    message: BothLanguages


class Span(TypedDict):
    """Years that a target holds for. last None: without end."""

    first: int
    last: int | None


class TargetTold(TypedDict):
    """line: where the line from the baseline to the milestone stands. gap: what is missing, in the same measure."""

    operator: str
    year: int | None
    eachYear: Span | None
    value: str | None
    valueLabel: NotRequired[BothLanguages | None]
    low: str | None
    high: str | None
    implied: bool
    status: str
    provisional: bool
    line: str | None
    gap: NotRequired[str | None]
    reasons: list[ReasonTold]


class IndicatorTold(TypedDict):
    """An indicator at one level, with its targets. arithmetic: in Vietnamese notation."""

    code: str
    title: BothLanguages
    measure: BothLanguages
    decimals: int
    level: Level
    value: str | None
    numerator: str | None
    denominator: str | None
    status: str | None
    statusLabel: NotRequired[BothLanguages | None]
    assessment: str
    reasons: list[ReasonTold]
    arithmetic: str
    reported: int
    obliged: int
    targets: list[TargetTold]
    official: NotRequired[Official]


class Observation(TypedDict):
    """What a unit's form says of one figure. state: reported, zero, status, nil, missing, withdrawn or
    returned.
    """

    unit: str
    form: str
    figure: str
    state: str
    value: str | None
    counted: bool


class Provenance(TypedDict):
    """A report revision that the figures were made of. receivedAt: an instant on the wire."""

    unit: str
    form: str
    revision: int
    contentHash: str
    position: int
    receivedAt: str
    firstReceivedAt: NotRequired[str]
    late: bool
    counted: bool
    signedDocument: NotRequired[Document]


class AnswerTold(TypedDict):
    """What an office answered last. redacted: its text was removed since."""

    unit: str
    at: str
    position: int
    text: str
    redacted: NotRequired[bool]


class DifficultyTold(TypedDict):
    """A difficulty (khó khăn, vướng mắc) of the plan. holder: with whom it lies, None while nobody took a step.
    redacted: the texts that were removed from it.
    """

    receipt: str
    unit: str
    raisedAt: str
    round: str | None
    obligation: str | None
    asksForAmendment: bool
    title: str
    text: str
    proposal: str
    state: str
    holder: str | None
    answer: AnswerTold | None
    redacted: NotRequired[list[str]]


class LeadTold(TypedDict):
    """A unit that leads a task. name: None where it is not known."""

    code: str
    name: str | None


class TaskSaid(TypedDict):
    """What a unit reported of a task. status: not_begun, in_hand or done; asOf: the day for which it holds, or on which
    it was done. redacted: its note was removed since.
    """

    receipt: str
    unit: str
    status: str
    note: str
    asOf: str
    at: str
    redacted: NotRequired[bool]


class TaskTold(TypedDict):
    """A task (nhiệm vụ) of the plan. lead: as the plan writes it; leads: the units that report on it. state:
    not_reported, not_begun, in_hand, done or overdue. said: the reports that it follows from.
    """

    task: str
    title: BothLanguages
    lead: list[str]
    leads: list[LeadTold]
    partners: list[str]
    result: str | None
    due: str | None
    dueText: str | None
    state: str
    doneLate: bool
    said: list[TaskSaid]


class ComputedFigureTold(TypedDict):
    """A figure that the hub counted itself, beside the sum of what was reported. source: content or directives.
    reported None: nobody reported it. assumption: how it was counted, in the plan's words.
    """

    figure: str
    label: BothLanguages
    form: str
    source: str
    assumption: BothLanguages | None
    computed: str
    reported: str | None
    differs: bool


class ComputedReading(TypedDict):
    """An indicator measured one way. value None: reasons say why."""

    value: str | None
    assessment: str
    arithmetic: str
    reasons: list[BothLanguages]


class ComputedIndicatorTold(TypedDict):
    """An indicator that needs computed figures alone: measured by them, and by what was reported."""

    indicator: str
    title: BothLanguages
    computed: ComputedReading
    reported: ComputedReading
    differs: bool


class ReportedOnlyTold(TypedDict):
    """A figure that one would look for among the computed, and why it stays what units report."""

    figure: str
    label: BothLanguages
    why: BothLanguages


class ComputedTold(TypedDict):
    """What the plan has the hub compute itself; it never replaces what was reported."""

    figures: list[ComputedFigureTold]
    indicators: list[ComputedIndicatorTold]
    reportedOnly: list[ReportedOnlyTold]


class ExplanationTold(TypedDict):
    """What was said last of a query. at: an instant on the wire; position: of the event that said it."""

    text: str
    at: str
    position: int


class QueryTold(TypedDict):
    """A check of severity warning that the report did not pass. explanation None: nobody explained it."""

    unit: str
    form: str
    revision: int
    check: str
    figure: str
    message: BothLanguages
    explanation: ExplanationTold | None


class ReportChange(TypedDict):
    """Revision before and after; None: there was none, or it was withdrawn."""

    unit: str
    form: str
    before: int | None
    after: int | None


class HeldValue(TypedDict):
    state: str
    value: str | None
    counted: bool


class ObservationChange(TypedDict):
    unit: str
    form: str
    figure: str
    before: HeldValue | None
    after: HeldValue | None


class FigureChange(TypedDict):
    code: str
    form: str
    before: str | None
    after: str | None


class Read(TypedDict):
    value: str | None
    status: str | None
    assessment: str


class IndicatorChange(TypedDict):
    code: str
    before: Read | None
    after: Read | None


class Counts(TypedDict):
    obliged: int
    reported: int
    late: int


class CompletenessChange(TypedDict):
    form: str
    before: Counts | None
    after: Counts | None


class Changes(TypedDict):
    """What differs from the version that it supersedes."""

    supersedes: str
    reports: list[ReportChange]
    observations: list[ObservationChange]
    figures: list[FigureChange]
    indicators: list[IndicatorChange]
    completeness: list[CompletenessChange]


class Dataset(TypedDict):
    """Everything that leaves the province about a round.

    queries: on the revisions that stand; absent: none. difficulties: of the plan, by unit; absent: none.
    tasks: of the plan, as they were on the day tasksAsOf; computed: by the hub itself; absent: the plan has none.
    rules: by which indicators and targets were judged; absent: 1.
    unitValues: whether the units' own values may go to a
    communication platform (public, internal), or were taken out of this copy (withheld: then fullDigest is that of the
    whole).
    """

    release: str
    round: str
    version: int
    supersedes: str | None
    sample: bool
    notice: NotRequired[str]
    programme: ProgrammeTold
    plan: PlanTold
    kind: str
    period: PeriodTold
    issuer: Issuer
    province: str
    recipients: list[str]
    signedOff: SignedOff
    cut: Cut
    duties: list[Duty]
    completeness: list[Completeness]
    units: list[UnitTold]
    figures: list[FigureTold]
    indicators: list[IndicatorTold]
    observations: list[Observation]
    provenance: list[Provenance]
    changes: Changes | None
    assumptions: list[BothLanguages]
    queries: NotRequired[list[QueryTold]]
    difficulties: NotRequired[list[DifficultyTold]]
    tasksAsOf: NotRequired[str]
    tasks: NotRequired[list[TaskTold]]
    computed: NotRequired[ComputedTold]
    rules: NotRequired[int]
    unitValues: NotRequired[str]
    fullDigest: NotRequired[str]


class Made(TypedDict):
    """The data of `release.made`: a dataset beside what names it."""

    release: str
    round: str
    version: int
    supersedes: str | None
    dataset: Dataset
    digest: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """A dataset with its canonical text, which is what everybody keeps, serves and compares, and the digest over it."""

    dataset: Dataset
    text: str
    digest: str


def written(dataset: Dataset) -> Written:
    """Write a dataset. The one place where it is done; whoever holds a Written has no need to do it again."""
    text = canonical.write(dataset)
    return Written(dataset=dataset, text=text.decode(), digest=canonical.digest(text))


def made_of(one: Written) -> str:
    """The data of `release.made` as JSON."""
    members: Mapping[str, Any] = {
        **{name: one.dataset[name] for name in ("release", "round", "version", "supersedes")},
        "dataset": orjson.Fragment(one.text),
        "digest": one.digest,
    }
    return canonical.write(members).decode()


def told(made: Made) -> Written:
    """What `release.made` says, with the digest as it tells it: who verifies compares."""
    return replace(written(made["dataset"]), digest=made["digest"])


def read(made: Made) -> Written:
    """What `release.made` says. Raises Unprocessable when the digest that it tells is not that of its dataset."""
    found = written(made["dataset"])
    if found.digest != made["digest"]:
        raise unprocessable("release_digest_mismatch", release=made["release"], told=made["digest"], found=found.digest)
    return found


def without_offices(dataset: Dataset) -> Dataset:
    """A dataset without what offices tell each other: difficulties, tasks, what the hub computed beside what was
    reported, and the signed documents of single reports. So a communication platform gets it, and so rules before 5
    wrote it.
    """
    body: dict[str, Any] = {name: value for name, value in without_tasks(dataset).items() if name != "difficulties"}
    body["provenance"] = [
        {name: value for name, value in provenance.items() if name != "signedDocument"}
        for provenance in dataset["provenance"]
    ]
    return cast(Dataset, body)


def without_tasks(dataset: Dataset) -> Dataset:
    """A dataset as rules before 6 wrote it: without tasks, and without what the hub computed."""
    gone = ("tasksAsOf", "tasks", "computed")
    return cast(Dataset, {name: value for name, value in dataset.items() if name not in gone})


def dataset_of(text: str) -> Dataset:
    """A dataset as it was written."""
    dataset: Dataset = orjson.loads(text)
    return dataset
