"""Events: what happened, in the words of CloudEvents 1.0. Pure.

A *claim* (`report.submitted`) is what somebody sends; a *fact* (`report.accepted`) is what the log carries.
An `Event` becomes `Recorded` when the log gives it a position: a whole number within its partition, without
holes, in commit order, the same on every engine.

Each recorded event is a link of its partition's hash chain: `link = sha256(previous link ‖ seal ‖ noted)`. The
seal is what the chain takes of what somebody said; for reports it is the salted content hash, so an erased text can't
be guessed from it. `noted` is what the hub says of it (lienthong/proof/links.py): when it came, what was decided. It is
no salted hash of a text, and a redaction leaves it. Events that a version of before recorded have nothing noted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

import orjson

PREFIX: Final = "vn.lienthong."

REPORT_SUBMITTED: Final = "vn.lienthong.report.submitted.v1"
REPORT_WITHDRAWAL: Final = "vn.lienthong.report.withdrawal.v1"
EXPLANATION_SUBMITTED: Final = "vn.lienthong.explanation.submitted.v1"
DIFFICULTY_RAISED: Final = "vn.lienthong.difficulty.raised.v1"
TASK_REPORTED: Final = "vn.lienthong.task.reported.v1"
FIGURES_SUPPLIED: Final = "vn.lienthong.figures.supplied.v1"
CONTENT_SUBMITTED: Final = "vn.lienthong.content.submitted.v1"
CONTENT_WITHDRAWAL: Final = "vn.lienthong.content.withdrawal.v1"
REACH_MEASURED: Final = "vn.lienthong.reach.measured.v1"
DIRECTIVE_REGISTERED: Final = "vn.lienthong.directive.registered.v1"
MATERIAL_SHARED: Final = "vn.lienthong.material.shared.v1"

REPORT_ACCEPTED: Final = "vn.lienthong.report.accepted.v1"
REPORT_WITHDRAWN: Final = "vn.lienthong.report.withdrawn.v1"
REPORT_RETURNED: Final = "vn.lienthong.report.returned.v1"
REPORT_PASSED_ON: Final = "vn.lienthong.report.passed_on.v1"
EXPLANATION_ACCEPTED: Final = "vn.lienthong.explanation.accepted.v1"
DIFFICULTY_ACCEPTED: Final = "vn.lienthong.difficulty.accepted.v1"
DIFFICULTY_FORWARDED: Final = "vn.lienthong.difficulty.forwarded.v1"
DIFFICULTY_ANSWERED: Final = "vn.lienthong.difficulty.answered.v1"
DIFFICULTY_CLOSED: Final = "vn.lienthong.difficulty.closed.v1"
TASK_ACCEPTED: Final = "vn.lienthong.task.accepted.v1"
TASK_RECORDED: Final = "vn.lienthong.task.recorded.v1"
FIGURES_ACCEPTED: Final = "vn.lienthong.figures.accepted.v1"
CONTENT_ACCEPTED: Final = "vn.lienthong.content.accepted.v1"
CONTENT_APPROVED: Final = "vn.lienthong.content.approved.v1"
CONTENT_WITHDRAWN: Final = "vn.lienthong.content.withdrawn.v1"
REACH_ACCEPTED: Final = "vn.lienthong.reach.accepted.v1"
DIRECTIVE_ACCEPTED: Final = "vn.lienthong.directive.accepted.v1"
MATERIAL_ACCEPTED: Final = "vn.lienthong.material.accepted.v1"
PLAN_PUBLISHED: Final = "vn.lienthong.plan.published.v1"
PLAN_RETIRED: Final = "vn.lienthong.plan.retired.v1"
UNIT_CHANGED: Final = "vn.lienthong.unit.changed.v1"
POPULATION_SET: Final = "vn.lienthong.population.set.v1"
ROUND_OPENED: Final = "vn.lienthong.round.opened.v1"
ROUND_EXTENDED: Final = "vn.lienthong.round.extended.v1"
ROUND_DORMANT: Final = "vn.lienthong.round.dormant.v1"
ROUND_OBLIGED_CHANGED: Final = "vn.lienthong.round.obliged_changed.v1"
ROUND_LOCKED: Final = "vn.lienthong.round.locked.v1"
RELEASE_DRAFTED: Final = "vn.lienthong.release.drafted.v1"
SINGLE_PERSON_ALLOWED: Final = "vn.lienthong.release.single_person_allowed.v1"
RELEASE_SIGNED: Final = "vn.lienthong.release.signed.v1"
RELEASE_MADE: Final = "vn.lienthong.release.made.v1"
RELEASE_WITHDRAWN: Final = "vn.lienthong.release.withdrawn.v1"
TEXT_REDACTED: Final = "vn.lienthong.text.redacted.v1"
FACT_SET_ASIDE: Final = "vn.lienthong.fact.set_aside.v1"


@dataclass(frozen=True, kw_only=True, slots=True)
class FactOfClaim:
    """What a claim becomes when it is accepted. fact: the type of the event that the log carries; member: of its data,
    that which holds the claim's data and is sealed by the claim's content hash.
    """

    fact: str
    member: str = "data"


ACCEPTED: Final[Mapping[str, FactOfClaim]] = {
    REPORT_SUBMITTED: FactOfClaim(fact=REPORT_ACCEPTED, member="report"),
    REPORT_WITHDRAWAL: FactOfClaim(fact=REPORT_WITHDRAWN),
    EXPLANATION_SUBMITTED: FactOfClaim(fact=EXPLANATION_ACCEPTED),
    DIFFICULTY_RAISED: FactOfClaim(fact=DIFFICULTY_ACCEPTED),
    TASK_REPORTED: FactOfClaim(fact=TASK_ACCEPTED),
    FIGURES_SUPPLIED: FactOfClaim(fact=FIGURES_ACCEPTED),
    CONTENT_SUBMITTED: FactOfClaim(fact=CONTENT_ACCEPTED),
    CONTENT_WITHDRAWAL: FactOfClaim(fact=CONTENT_WITHDRAWN),
    REACH_MEASURED: FactOfClaim(fact=REACH_ACCEPTED),
    DIRECTIVE_REGISTERED: FactOfClaim(fact=DIRECTIVE_ACCEPTED),
    MATERIAL_SHARED: FactOfClaim(fact=MATERIAL_ACCEPTED),
}
"""By the type of the claim. The one place that says so: what is taken, what is sealed, what topics carry follow it."""

CLAIMS: Final = frozenset(ACCEPTED)

_OF_ACTS: Final = frozenset(
    {
        REPORT_RETURNED,
        REPORT_PASSED_ON,
        DIFFICULTY_FORWARDED,
        DIFFICULTY_ANSWERED,
        DIFFICULTY_CLOSED,
        TASK_RECORDED,
        CONTENT_APPROVED,
        PLAN_PUBLISHED,
        PLAN_RETIRED,
        UNIT_CHANGED,
        POPULATION_SET,
        ROUND_OPENED,
        ROUND_EXTENDED,
        ROUND_DORMANT,
        ROUND_OBLIGED_CHANGED,
        ROUND_LOCKED,
        RELEASE_DRAFTED,
        SINGLE_PERSON_ALLOWED,
        RELEASE_SIGNED,
        RELEASE_MADE,
        RELEASE_WITHDRAWN,
        TEXT_REDACTED,
        FACT_SET_ASIDE,
    }
)
FACTS: Final = frozenset(row.fact for row in ACCEPTED.values()) | _OF_ACTS

# Their ids are remembered for ever by ingest's ledger; the log has no unique index over them.
LEDGER_KEPT: Final = frozenset({REPORT_ACCEPTED, REPORT_WITHDRAWN})

NATION: Final = "VN"
JSON_TYPE: Final = "application/json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One event, before the log has given it a place.

    source, id: together unique for ever. partition_key: `VN` or the code of the province it concerns.
    time: when it happened by its source (aware). data: JSON text, exactly as it is kept.
    subject: what it is about (a report, a round, a release); rare facts are found by it.
    """

    type: str
    source: str
    id: str
    time: datetime
    partition_key: str
    data: str
    subject: str | None = None
    correlation_id: str | None = None
    causation_id: str | None = None
    traceparent: str | None = None

    def addressed(self, key: str) -> Event:
        """The copy of this event for one partition: a definition fanned out has an id of its own in each."""
        return replace(self, partition_key=key, id=f"{self.id}@{key}")

    def content(self) -> Any:
        """The data as Python values."""
        return orjson.loads(self.data)


@dataclass(frozen=True, kw_only=True, slots=True)
class Recorded:
    """An event with its place in the log.

    recorded_at: the hub's clock under the partition's lock; it never decreases within a partition, but where sample
    data have their clock set, and among events with nothing noted (recorded by the server's clock as it was).
    seal, link: 32 bytes each; see the module's docstring. noted: what the link covers besides, known to whoever
    records it; it is not kept but follows from the event (lienthong.proof.links), so it is empty where one is read.
    """

    event: Event
    partition: int
    position: int
    recorded_at: datetime
    seal: bytes = field(repr=False)
    link: bytes = field(repr=False)
    noted: bytes = field(default=b"", repr=False, compare=False)


def link(previous: bytes, seal: bytes, noted: bytes = b"") -> bytes:
    """The chain's value after an event with this seal, of which the hub noted that. Seal and link before have 32 bytes
    each: what was noted can't be taken for a part of them, and nothing noted is the rule of before.
    """
    return hashlib.sha256(previous + seal + noted).digest()


def seal_of(event: Event) -> bytes:
    """The seal of an event that has no salted content hash of its own."""
    parts = (event.type, event.source, event.id, event.subject or "", event.data)
    return hashlib.sha256(orjson.dumps(parts)).digest()
