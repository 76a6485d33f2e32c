"""What is asked of a material that is shared, and its row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from lienthong import events
from lienthong.access.principals import Principal
from lienthong.calendar import day_of
from lienthong.contracts import canonical, strict
from lienthong.errors import Problem
from lienthong.postgres.answers import certain, value
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.refusals import problem
from lienthong.units.names import fold
from services.ingest.claims.claim import Claim
from services.ingest.claims.ledger import LedgerRow
from services.ingest.claims.removal import Removable, says_withdrawn
from services.ingest.claims.verdicts import Checked, Earlier
from services.ingest.definitions.snapshot import Definitions
from services.ingest.rights.claiming import UnitClaim

SQL = Queries(Path(__file__).with_name("queries.sql"))


REMOVABLE: Final = Removable(
    noun="material",
    member="material",
    makes=lambda claim: claim.type == events.MATERIAL_SHARED and not says_withdrawn(claim),
    removes=lambda claim: claim.type == events.MATERIAL_SHARED and says_withdrawn(claim),
)


def check(claim: Claim, principal: Principal, definitions: Definitions, now: datetime, earlier: Earlier) -> Checked:
    """A material as it is shared, changed, or shared no more. Pure."""
    claimed = UnitClaim.of(claim, principal, definitions, now, scope="content:submit")
    data, more = claimed.data, list[Problem]()
    if not claimed.foreign:
        more += REMOVABLE.problems(claim, earlier)
    if not says_withdrawn(claim):  # what was taken with a code that nobody knew can be taken away as it stands
        more += claimed.unserved_problems()
    if not claimed.problems:
        more += _shown_to_nobody(data, claimed.province, definitions, day_of(now))
    return claimed.verdict(more, about=(str(data.get("unit")), str(data.get("material"))))


def _shown_to_nobody(
    data: Mapping[str, Any], province: str | None, definitions: Definitions, today: date
) -> Iterator[Problem]:
    """Units that it is to be visible to and that the province has not: they would never see it."""
    for place, unit in enumerate(data.get("visibleTo", ())):
        if definitions.province_of(unit, today) != province:
            yield problem(f"/data/visibleTo/{place}", "unit_unknown", unit=unit)


def earlier_of(tx: Connection, claims: Iterable[Claim], definitions: Definitions) -> Earlier:
    """The materials that the claims take away, those that there are."""
    return REMOVABLE.earlier_of(
        claims, lambda units, materials: tx.execute(SQL.materials_named, {"units": units, "materials": materials})
    )


def put(tx: Connection, checked: Checked, row: LedgerRow) -> None:
    """The material as shared last; the ledger's row gets the revision that the hub gives it."""
    body = checked.data
    parameters = {
        "unit": body["unit"],
        "material": body["material"],
        "province": row.province,
        "visible_to": body.get("visibleTo"),
        "withdrawn": bool(body.get("withdrawn")),
        "body": checked.claim.body.decode(),
        "words": words_of(body),
        "at": row.received_at,
    }
    row.revision = certain(tx, int, SQL.put_material, parameters)


def words_of(body: Mapping[str, Any]) -> str:
    """What it is found by, without marks."""
    return fold(" ".join(body.get(name) or "" for name in ("title", "subject", "summary")))


def redact(tx: Connection, before: Any, after: Any) -> None:
    """The row of a material loses a text with the event that it was shared last by."""
    named = {"unit": before["unit"], "material": before["material"]}
    text = value(tx, str, SQL.material_locked, named)
    if text is not None and strict.read(text.encode()) == before:
        body = canonical.write(after).decode()
        tx.execute(SQL.set_material_body, {**named, "body": body, "words": words_of(after)})
