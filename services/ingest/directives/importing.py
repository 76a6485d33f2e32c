"""Registering the directives of a file: one transaction, in the name of a client, as if it had sent them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from lienthong import events
from lienthong.access import registered
from lienthong.access.principals import Principal
from lienthong.contracts import canonical
from lienthong.errors import Rejected
from lienthong.postgres.pool import Connection
from lienthong.refusals import refused
from services.ingest.claims import claim
from services.ingest.claims.claim import Claim
from services.ingest.claims.committer import Committer
from services.ingest.claims.work import NO_REPLY, Outcome, Work
from services.ingest.directives.rows import DirectiveRow, of_line
from services.ingest.kinds import KINDS

MOST_ROWS = 5_000  # of a file: one transaction, whose locks nobody should wait for longer than a second or two


def client_of(conn: Connection, client_id: str) -> Principal:
    """The client in whose name a file is registered. Raises Rejected for one that can't submit."""
    client = registered.find(conn, client_id)
    if client is None:
        raise refused("client_unknown", client=client_id)
    if not client.active:
        raise refused("client_revoked", client=client_id)
    if not client.principal.sources:
        raise refused("client_without_source", client=client_id)
    return client.principal


def register(
    committer: Committer, client: Principal, rows: Sequence[DirectiveRow], *, dry_run: bool = False
) -> list[Outcome]:
    """What became of each. Raises Rejected with every problem by its line; then nothing was registered."""
    if len(rows) > MOST_ROWS:
        raise refused("directive_rows", given=len(rows), limit=MOST_ROWS)
    claims = tuple(_claim(row, min(client.sources)) for row in rows)
    work = Work(principal=client, claims=claims, read_at=0.0, reply=NO_REPLY, dry_run=dry_run)
    [outcomes] = committer.commit([work], _AllOrNone(rows=rows))
    return outcomes


def _claim(row: DirectiveRow, source: str) -> Claim:
    digest = hashlib.sha256(canonical.write(row.data)).hexdigest()[:24]
    event = {"specversion": "1.0", "type": events.DIRECTIVE_REGISTERED, "source": source, "id": f"csv.{digest}"}
    return claim.from_structured(canonical.write({**event, "data": dict(row.data)}), tuple(KINDS))


@dataclass(frozen=True, kw_only=True, slots=True)
class _AllOrNone:
    """Ends the transaction where a row is refused."""

    rows: Sequence[DirectiveRow]

    def before(self, tx: Connection, /) -> None:
        """Nothing."""

    def after(self, tx: Connection, results: Sequence[Sequence[Outcome]], /) -> None:
        [outcomes] = results
        judged = zip(self.rows, outcomes, strict=True)
        if problems := [of_line(row, problem) for row, outcome in judged for problem in outcome.problems]:
            raise Rejected(problems)
