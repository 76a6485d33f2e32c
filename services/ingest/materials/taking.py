"""What is asked of a material that is shared, and its row."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from lienthong.access.tokens import Principal
from lienthong.contracts import canonical
from lienthong.contracts.schemas import event_id
from lienthong.postgres.answers import certain, value
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.units.names import fold
from services.ingest.claims.claim import Claim
from services.ingest.claims.ledger import LedgerRow
from services.ingest.claims.verdicts import Checked, Earlier
from services.ingest.definitions.snapshot import Definitions
from services.ingest.rights import reporting

SQL = Queries(Path(__file__).with_name("queries.sql"))


def check(claim: Claim, principal: Principal, definitions: Definitions, now: datetime, earlier: Earlier) -> Checked:
    """A material as it is shared, changed, or shared no more. Pure."""
    data = claim.data if isinstance(claim.data, dict) else {}
    problems, province = reporting.unit_problems(data, principal, definitions, now)
    wrong = definitions.contracts.problems(event_id(claim.type), claim.data, at="/data")
    return Checked(
        claim=claim,
        client=principal.client_id,
        province=province or principal.province,
        problems=(*reporting.scope_problems(principal, "content:submit"), *wrong, *problems),
        data=data,
        about=(str(data.get("unit")), str(data.get("material"))),
    )


def put(tx: Connection, checked: Checked, row: LedgerRow) -> None:
    """The material as shared last; the ledger's row gets the revision that the hub gives it."""
    body = checked.data
    asked = {
        "unit": body["unit"],
        "material": body["material"],
        "province": row.province,
        "visible_to": body.get("visibleTo"),
        "withdrawn": bool(body.get("withdrawn")),
        "body": checked.claim.body.decode(),
        "words": words_of(body),
        "at": row.received_at,
    }
    row.revision = certain(tx, int, SQL.put_material, asked)


def words_of(body: Mapping[str, Any]) -> str:
    """What it is found by, without marks."""
    return fold(" ".join(body.get(name) or "" for name in ("title", "subject", "summary")))


def redact(tx: Connection, before: Any, after: Any) -> None:
    """The row of a material loses a text with the event that it was shared last by."""
    named = {"unit": before["unit"], "material": before["material"]}
    text = value(tx, str, SQL.material_locked, named)
    if text is not None and canonical.read(text.encode()) == before:
        body = canonical.write(after).decode()
        tx.execute(SQL.set_material_body, {**named, "body": body, "words": words_of(after)})
