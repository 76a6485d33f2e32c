"""The dataset of a release, as a type.

schemas/platform/release-dataset.schema.json says the same to others, with what each member means; a test holds the two
against each other. A dataset is a value of JSON as the log, the feed and the platform carry it, so that one of an older
version is read as it was made: members that those lack are NotRequired. Decimals are text, `None` never means zero.
"""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict, cast

import orjson

from lienthong.releases.changes import Changes
from lienthong.releases.coded import BothLanguages
from lienthong.releases.figures import FigureTold, IndicatorTold, Observation, Provenance
from lienthong.releases.offices import ComputedTold, DifficultyTold, QueryTold, TaskTold
from lienthong.releases.round import (
    Completeness,
    Cut,
    Duty,
    Issuer,
    PeriodTold,
    PlanTold,
    ProgrammeTold,
    SignedOff,
    UnitTold,
)


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
