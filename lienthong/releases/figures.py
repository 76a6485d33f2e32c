"""Figures and indicators in a release's dataset, with the units' values and the revisions they were made of."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from lienthong.programmes.official import OfficialBody
from lienthong.releases.coded import BothLanguages
from lienthong.releases.round import Document
from lienthong.units.levels import Level


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
    official: NotRequired[OfficialBody]


class ReasonTold(TypedDict):
    code: str
    message: BothLanguages


class TargetYears(TypedDict):
    """Years that a target holds for. last None: without end."""

    first: int
    last: int | None


class TargetTold(TypedDict):
    """line: where the line from the baseline to the milestone stands. gap: what is missing, in the same measure."""

    operator: str
    year: int | None
    eachYear: TargetYears | None
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
    official: NotRequired[OfficialBody]


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
