"""What was refused and why, as it is kept for its retention: codes and places, never the content."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from lienthong.contracts.explaining import CLASSIFIED
from lienthong.errors import Problem, Rejected
from lienthong.postgres.pool import Connection, Pool
from lienthong.retention import PAGE
from services.ingest.claims.ledger import SQL
from services.ingest.claims.verdicts import Checked
from services.ingest.claims.work import Outcome, Work


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
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


def record(
    tx: Connection,
    now: datetime,
    batch: Sequence[Work],
    checked: Sequence[Sequence[Checked | Rejected]],
    results: Sequence[Sequence[Outcome]],
) -> None:
    """The refusals of a transaction. A dry run leaves nothing."""
    refused = [
        _refusal(now, work, place, item, outcome)
        for work, items, outcomes in zip(batch, checked, results, strict=True)
        for place, (item, outcome) in enumerate(zip(items, outcomes, strict=True))
        if outcome.verdict == "refused" and not work.dry_run
    ]
    if refused:
        add(tx, refused)


def add(tx: Connection, refused: Iterable[Refusal]) -> None:
    """Keep these."""
    with tx.cursor() as cursor, cursor.copy(SQL.copy_refusals) as copy:
        for r in refused:
            copy.write_row((r.at, r.client, r.province, r.source, r.id, r.unit, r.round, r.errors))


def forget(pool: Pool, days: int) -> int:
    """Remove a page of the refusals that are older than so many days. Returns how many."""
    with pool.transaction() as tx:
        return tx.execute(SQL.forget_refusals, {"days": days, "limit": PAGE}).rowcount


def errors_of(problems: Iterable[Problem]) -> str:
    """Problems as they are kept."""
    return orjson.dumps([{"pointer": p.pointer, "code": p.code} for p in problems]).decode()


def _refusal(now: datetime, work: Work, place: int, item: Checked | Rejected, outcome: Outcome) -> Refusal:
    claim, (unit, round_) = work.claims[place], _about(item)
    return Refusal(
        at=now,
        client=work.principal.client_id,
        province=work.principal.province,
        source=claim.source,
        id=claim.id,
        unit=unit,
        round=round_,
        errors=errors_of(outcome.problems),
    )


def _about(item: Checked | Rejected) -> tuple[str | None, str | None]:
    """Unit and round of a refused claim."""
    if isinstance(item, Rejected) or any(p.code == CLASSIFIED for p in item.problems):
        return None, None
    round_ = item.data.get("round")
    return (item.unit or "")[:40] or None, round_[:60] if isinstance(round_, str) else None
