"""The rows of content items, as submitting and withdrawing change them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from lienthong import events
from lienthong.access.principals import audit_name
from lienthong.postgres.answers import certain
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from services.ingest.claims.claim import Claim
from services.ingest.claims.ledger import LedgerRow
from services.ingest.claims.verdicts import Checked, Earlier
from services.ingest.content.checks import REMOVABLE
from services.ingest.definitions.snapshot import Definitions

SQL = Queries(Path(__file__).with_name("queries.sql"))


def put(tx: Connection, checked: Checked, row: LedgerRow) -> None:
    """The item as submitted or withdrawn; the ledger's row gets the revision that the hub gives it."""
    unit, item = checked.subject_parts
    parameters = {
        "unit": unit,
        "item": item,
        "state": "submitted" if row.type == events.CONTENT_SUBMITTED else "withdrawn",
        "body": checked.claim.body.decode(),
        "at": row.received_at,
        "by": audit_name(row.client),
    }
    row.revision = certain(tx, int, SQL.put_item, parameters)


def earlier_of(tx: Connection, claims: Iterable[Claim], definitions: Definitions) -> Earlier:
    """The items that the claims withdraw, those that there are."""
    return REMOVABLE.earlier_of(
        claims, lambda units, items: tx.execute(SQL.items_named, {"units": units, "items": items})
    )
