"""What requests hand to the committer, and what they get back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from lienthong.access.principals import Principal
from lienthong.errors import Problem
from lienthong.postgres.pool import Connection
from services.ingest.claims.claim import Claim

VERDICTS: Final = ("accepted", "repeated", "refused", "would_accept")
"""`would_accept`: in a dry run."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What became of one claim. verdict: one of VERDICTS.

    receipt: a Receipt (claims/receipts.py); of a dry run its warnings alone.
    """

    verdict: str
    receipt: Mapping[str, Any] | None = None
    problems: tuple[Problem, ...] = ()


class OutcomeSink(Protocol):
    """Where a request's outcomes go: a Future, or what is cheaper. Called in the committer's thread."""

    def set_running_or_notify_cancel(self) -> bool:
        """Asked when the work is queued: from then on it can't be taken back."""

    def set_result(self, result: list[Outcome], /) -> None:
        """Committed, or refused with reasons."""

    def set_exception(self, exception: BaseException | None, /) -> None:
        """Nothing was written."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """Claims of one request. read_at: time.monotonic() when the whole submission had been read.

    received_at: the time of receipt, where somebody else tells it (a broker's log-append time, by the hub's clock).
    """

    principal: Principal
    claims: tuple[Claim, ...]
    read_at: float
    reply: OutcomeSink
    dry_run: bool = False
    received_at: datetime | None = None


NO_REPLY: Final[OutcomeSink] = Future[list[Outcome]]()
"""For who commits in his own thread: the outcomes are answered to him, and nobody else waits for them."""


class Alongside(Protocol):
    """What is written in the accepting transaction besides the ledger: all of it before the heads are locked."""

    def before(self, tx: Connection, /) -> None:
        """First of all; raising ends the transaction."""

    def after(self, tx: Connection, results: Sequence[Sequence[Outcome]], /) -> None:
        """With the verdicts of each work; receipts stand in the ledger once the transaction is committed."""
