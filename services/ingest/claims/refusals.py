"""What was refused and why, as it is kept for its retention: codes and places, never the content.

Kept within bounds: some kilobytes of each refusal, so many an hour and so many at all of each client. A sender that
repeats a wrong file all night is told each time, and fills nobody's disk.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import structlog

from lienthong.contracts.explaining import CLASSIFIED
from lienthong.errors import Problem, Rejected
from lienthong.postgres.pool import Connection, Pool
from lienthong.retention import PAGE
from services.ingest.claims.ledger import SQL, LedgerRow
from services.ingest.claims.verdicts import Checked
from services.ingest.claims.work import Outcome, Work

OF_ONE, LONGEST = 20, 200
"""Problems kept of one refusal, and characters of a pointer: 5 kB at most."""
AN_HOUR, OF_A_CLIENT = 5_000, 20_000
"""Refusals kept of one client: 100 MB at most, with AN_HOUR more until they are swept."""
MORE = "more_problems"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptRefusal:
    """One refusal to keep. source, id: as sent, or the place where what could not be read stands.

    unit, round: shortened, for they are the sender's words. errors: [{"pointer": …, "code": …}] as JSON.
    """

    at: datetime
    client: str
    province: str
    source: str
    id: str
    unit: str | None
    round: str | None
    errors: str


class Ration:
    """How many refusals of each client are kept an hour; each process counts for itself. Used by one thread."""

    def __init__(self, most: int = AN_HOUR) -> None:
        self._most, self._hour = most, ""
        self._counts: Counter[str] = Counter()

    def select(self, refused: Iterable[KeptRefusal]) -> list[KeptRefusal]:
        """Those of them that are kept."""
        kept = []
        for refusal in refused:
            hour = f"{refusal.at:%Y%m%d%H}"
            if hour != self._hour:
                self._hour, self._counts = hour, Counter()
            self._counts[refusal.client] += 1
            if self._counts[refusal.client] <= self._most:
                kept.append(refusal)
            elif self._counts[refusal.client] == self._most + 1:
                log.warning("refusals_not_kept", client=refusal.client, an_hour=self._most)
        return kept


def of_transaction(
    now: datetime,
    batch: Sequence[Work],
    checked: Sequence[Sequence[Checked | Rejected | LedgerRow]],
    results: Sequence[Sequence[Outcome]],
) -> list[KeptRefusal]:
    """The refusals of a transaction. A dry run leaves nothing."""
    return [
        _refusal(now, work, place, item, outcome)
        for work, items, outcomes in zip(batch, checked, results, strict=True)
        for place, (item, outcome) in enumerate(zip(items, outcomes, strict=True))
        if outcome.verdict == "refused" and not isinstance(item, LedgerRow) and not work.dry_run
    ]


def keep(tx: Connection, refused: Sequence[KeptRefusal]) -> None:
    """Keep these."""
    if not refused:
        return
    with tx.cursor() as cursor, cursor.copy(SQL.copy_refusals) as copy:
        for r in refused:
            copy.write_row((r.at, r.client, r.province, r.source, r.id, r.unit, r.round, r.errors))


def forget(pool: Pool, days: int, most: int = OF_A_CLIENT) -> int:
    """Remove a page of the refusals that are older than so many days, or than the last so many of their client.
    Returns how many."""
    with pool.transaction() as tx:
        removed = tx.execute(SQL.forget_refusals, {"days": days, "limit": PAGE}).rowcount
        return removed or tx.execute(SQL.forget_refusals_beyond, {"most": most, "limit": PAGE}).rowcount


def errors_of(problems: Sequence[Problem]) -> str:
    """Problems as they are kept: the first of them, and how many more there were."""
    kept: list[dict[str, Any]] = [{"pointer": p.pointer[:LONGEST], "code": p.code} for p in problems[:OF_ONE]]
    if len(problems) > OF_ONE:
        kept.append({"pointer": "", "code": MORE, "leftOut": len(problems) - OF_ONE})
    return orjson.dumps(kept).decode()


def _refusal(now: datetime, work: Work, place: int, item: Checked | Rejected, outcome: Outcome) -> KeptRefusal:
    claim, (unit, round_) = work.claims[place], _unit_and_round(item)
    return KeptRefusal(
        at=now,
        client=work.principal.client_id,
        province=work.principal.province,
        source=claim.source,
        id=claim.id,
        unit=unit,
        round=round_,
        errors=errors_of(outcome.problems),
    )


def _unit_and_round(item: Checked | Rejected) -> tuple[str | None, str | None]:
    """Unit and round of a refused claim."""
    if isinstance(item, Rejected) or any(p.code == CLASSIFIED for p in item.problems):
        return None, None
    round_ = item.data.get("round")
    return (item.unit or "")[:40] or None, round_[:60] if isinstance(round_, str) else None
