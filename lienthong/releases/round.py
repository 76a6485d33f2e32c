"""The round in a release's dataset: whose it is, who signed it off, who was obliged and who reported."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from lienthong.programmes.official import OfficialBody
from lienthong.releases.coded import BothLanguages, Coded, Regime
from lienthong.units.levels import Level


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
    official: NotRequired[OfficialBody]


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
