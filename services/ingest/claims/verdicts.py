"""What is said of a claim on its way through the accepting transaction. Pure.

`claims` knows no noun: it locks, looks up, compares and writes. What a report, a content item or a difficulty is
stands in their own rooms, which give `Check` and `Order` (claims/kind.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lienthong.access.principals import Principal
from lienthong.errors import Problem
from services.ingest.claims.claim import Claim
from services.ingest.definitions.snapshot import Definitions

ERASED_SALT = bytes(16)
"""What stands in place of the salt once a text was redacted: the content can no longer be compared."""

Key = tuple[str, str, str]
"""A report: (round, form, unit)."""

Earlier = Mapping[Key, Mapping[str, Any]]
"""What was read for the checks: figures of earlier reports; under a key of another kind, that something stands."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """A claim that nothing but the ledger can refuse any more (problems is empty), or can't be accepted.

    key: the report it is about, None for other claims. subject_parts: what the fact's subject names where there
    is no key. late_from: the deadline. more_facts: what the fact says besides what every fact says. nil: it states that
    there is nothing to report.
    """

    claim: Claim
    client: str
    province: str
    problems: tuple[Problem, ...] = ()
    key: Key | None = None
    revision: int | None = None
    warnings: tuple[Problem, ...] = ()
    late_from: datetime | None = None
    nil: bool = False
    subject_parts: tuple[str, ...] = ()
    more_facts: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def unit(self) -> str | None:
        if self.key is not None:
            return self.key[2]
        unit = self.data.get("unit")
        return unit if isinstance(unit, str) else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Slot:
    """The latest of a report in the ledger: highest accepted revision, and whether it was withdrawn.

    first_received_at: of the first accepted revision, by which alone a unit is late. nil: it states that there is
    nothing to report.
    """

    revision: int
    withdrawn: bool
    first_received_at: datetime
    nil: bool = False


Check = Callable[[Claim, Principal, Definitions, datetime, Earlier], Checked]
"""Everything about a claim that needs no look at the ledger. Never raises for what a sender can send."""

Order = Callable[[Checked, Slot | None], tuple[Problem, ...]]
"""What the latest revision under the claim's key, read under its lock, refuses."""


def refusable(claim: Claim, principal: Principal, data: Mapping[str, Any], problems: Iterable[Problem]) -> Checked:
    """A claim without a place: there is at least one problem."""
    faults = tuple(problems)
    assert faults, "a claim without a place has a reason"
    return Checked(claim=claim, client=principal.client_id, province=principal.province, problems=faults, data=data)
