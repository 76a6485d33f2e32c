"""What a kind of claim brings along, so that the accepting transaction needs to know none of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from lienthong.postgres.pool import Connection
from services.ingest.claims.claim import Claim
from services.ingest.claims.ledger import LedgerRow
from services.ingest.claims.verdicts import Check, Checked, Earlier, Key, Order
from services.ingest.definitions.snapshot import Definitions


def _no_key(claim: Claim) -> Key | None:
    return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """One event type that is taken, and what is asked and done of it. What the log carries then: `events.ACCEPTED`.

    key: the report that a claim speaks of by its own words, right or not; it is locked before anything is decided.
    earlier_of: one look, where a claim of the type is among them, for all claims of the transaction at what `check`
    compares with; it is given claims of other kinds too and leaves them alone. effect: what is written besides ledger
    and event; it may set the row's revision. withdraws: leaves its key without a report. moves: it becomes the latest
    of its key; an explanation is only about what is.
    """

    check: Check
    key: Callable[[Claim], Key | None] = _no_key
    order: Order | None = None
    earlier_of: Callable[[Connection, Iterable[Claim], Definitions], Earlier] | None = None
    effect: Callable[[Connection, Checked, LedgerRow], None] | None = None
    withdraws: bool = False
    moves: bool = True


Kinds = Mapping[str, Kind]
"""By event type, in the order in which a refusal lists what is taken."""
