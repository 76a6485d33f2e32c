"""Rounds as HTTP answers them: deadlines and their extensions, completeness, releases; who is missing; what waits."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from lienthong.web.wire import ClosedWire, Text
from services.aggregate.wire import Answer, OfficialOf, Period

State = Literal["planned", "open", "overdue", "released", "locked"]


class Extension(ClosedWire):
    unit: str | None = Field(description="null: for all units")
    until: datetime
    reason: str
    document: dict[str, Any]


class Deadline(ClosedWire):
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


class Counts(ClosedWire):
    """Obliged units, how many of them have reported, and how many of these late."""

    obliged: int
    reported: int
    late: int


class FormCounts(Counts):
    form: str
    form_version: str
    nil: int = Field(default=0, description="Of those that reported, how many have nothing to report")
    dormant: int = Field(default=0, description="Units that are excused from the round; not among the obliged")


class ReleaseOf(ClosedWire):
    release: str
    version: int
    signed_at: datetime
    position: int
    recipients: list[str]
    digest: str
    withdrawn_at: datetime | None = Field(description="null: it stands")


class RoundOf(ClosedWire):
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


class UnitOf(ClosedWire):
    unit: str
    name: str | None
    deadline: datetime | None
    overdue: bool


class MissingOf(ClosedWire):
    form: str
    missing: list[UnitOf]
    not_obliged: list[UnitOf] = Field(description="Reported without being obliged: kept, not counted")


class Missing(Answer):
    now: datetime
    round: str
    forms: list[MissingOf]


class PendingReport(ClosedWire):
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
