"""What a release is made of: the sign-off, and the round as it stands where the release is cut. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from lienthong.indicators.tallies import View
from lienthong.releases.offices import ComputedTold, DifficultyTold, TaskTold
from lienthong.releases.round import Document
from services.aggregate.counting import Report
from services.aggregate.queries import RoundQueries
from services.aggregate.rounds import Round


@dataclass(frozen=True, kw_only=True, slots=True)
class SignOff:
    """The act that a release is made by. position: where it stands in the log, and so the cut. identifiers: official
    codes of units, as they were known then."""

    release: str
    version: int
    recipients: tuple[str, ...]
    by: str
    note: str
    document: Mapping[str, Any] | None
    at: datetime
    position: int
    identifiers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """A round as it stands at the cut. reports: by form, then by unit. names: full names by unit code.
    round_queries: queries and explanations of any of its revisions. documents: the signed ones, by the position of the
    report. difficulties: those that go with it. tasks: of the plan, as they were on the day tasks_as_of. computed: what
    the plan has the hub compute; lessened: a redaction took away a text that decided it.
    """

    round: Round
    view: View
    reports: Mapping[str, Mapping[str, Report]]
    names: Mapping[str, str]
    sample: bool
    round_queries: RoundQueries = field(default_factory=RoundQueries)
    documents: Mapping[int, Document] = field(default_factory=dict)
    difficulties: Sequence[DifficultyTold] = ()
    tasks: Sequence[TaskTold] = ()
    tasks_as_of: date | None = None
    computed: ComputedTold | None = None
    lessened: bool = False
