"""What becomes of a claim: accepted, repeated or refused, with every reason. Pure: no HTTP, SQL or clock.

Two steps, because some reasons hold only under the lock of the accepting transaction: `check` looks at a claim and
the definitions; `decide` looks at what the ledger holds. What is asked of a report, a content item or a difficulty
stands in their rooms.
"""

from __future__ import annotations

from datetime import datetime

from lienthong.access.principals import Principal
from lienthong.contracts.explaining import CLASSIFIED
from lienthong.errors import Problem, Rejected
from lienthong.refusals import problem
from services.ingest.claims.claim import Claim
from services.ingest.claims.verdicts import Check, Checked, Earlier, Order, Slot
from services.ingest.definitions.snapshot import Definitions


def check(
    kind: Check, claim: Claim, principal: Principal, definitions: Definitions, now: datetime, earlier: Earlier
) -> Checked:
    """Everything about a claim that needs no look at the ledger. kind: what its type asks.

    A client that may not use the source is told only that: its event's id is not looked up (raises Rejected).
    """
    if not principal.may_use_source(claim.source):
        elsewhere = problem("/source", "source_not_allowed", source=claim.source)
        raise Rejected([*claim.faults, elsewhere])
    return kind(claim, principal, definitions, now, earlier)


def decide(
    checked: Checked, repeats: bool | None, slot: Slot | None, order: Order | None
) -> tuple[str, tuple[Problem, ...]]:
    """`accepted`, `repeated` or `refused` (with problems).

    repeats: None when the ledger does not know this id; else whether it holds the same event under it. slot: the
    latest revision of the report, read under its lock; order: what it refuses.
    """
    if checked.claim.faults:
        return "refused", _at_once(checked)
    if repeats:
        return "repeated", ()
    problems = _at_once(checked)
    if any(p.code == CLASSIFIED for p in problems):
        return "refused", problems
    if repeats is False:
        return "refused", (problem("/id", "id_used_for_other_content", id=checked.claim.id), *problems)
    if order is not None and checked.key is not None:
        problems = (*problems, *order(checked, slot))
    return ("refused", problems) if problems else ("accepted", ())


def _at_once(checked: Checked) -> tuple[Problem, ...]:
    """What is wrong with a claim and its attributes. Nothing else is said of a classified submission."""
    everything = (*checked.claim.faults, *checked.problems)
    return tuple(p for p in everything if p.code == CLASSIFIED) or everything
