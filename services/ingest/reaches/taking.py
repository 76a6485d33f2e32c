"""What is asked of counts of reach, and their rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Final

from lienthong import events
from lienthong.access.principals import Principal
from lienthong.calendar import day_of
from lienthong.errors import Problem
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.refusals import problem
from services.ingest.claims.claim import Claim
from services.ingest.claims.ledger import LedgerRow
from services.ingest.claims.verdicts import Checked, Earlier, Key
from services.ingest.definitions.snapshot import Definitions
from services.ingest.rights.claiming import UnitClaim

SQL = Queries(Path(__file__).with_name("queries.sql"))

_ITEM: Final = "content"
"""First of the key under which `items_known` tells an item: no round is called so."""


def items_known(tx: Connection, claims: Iterable[Claim], definitions: Definitions) -> Earlier:
    """The content items that the claims count, those that stand."""
    measurements = [
        claim.data for claim in claims if claim.type == events.REACH_MEASURED and isinstance(claim.data, dict)
    ]
    named = sorted({(str(data.get("unit")), str(data.get("item"))) for data in measurements})
    if not named:
        return {}
    units, items = (list(column) for column in zip(*named, strict=True))
    rows = tx.execute(SQL.items_there, {"units": units, "items": items})
    return {_key(unit, item): {} for unit, item in rows}


def check(claim: Claim, principal: Principal, definitions: Definitions, now: datetime, earlier: Earlier) -> Checked:
    """Counts of one item on one channel at the end of one day. Pure."""
    claimed = UnitClaim.of(claim, principal, definitions, now, scope="content:submit")
    data = claimed.data
    unit, item, day = (str(data.get(name)) for name in ("unit", "item", "day"))
    wrong = claimed.shape_problems or claimed.foreign
    more = [] if wrong else _place_problems(unit, item, date.fromisoformat(day), now, earlier)
    return claimed.verdict(more, about=(unit, item, str(data.get("channel")), day))


def put(tx: Connection, checked: Checked, row: LedgerRow) -> None:
    """The row of the day, as counted last."""
    data = checked.data
    interactions = data.get("interactions")
    tx.execute(
        SQL.put_reach,
        {
            "unit": data["unit"],
            "item": data["item"],
            "channel": data["channel"],
            "day": date.fromisoformat(data["day"]),
            "reach": int(data["reach"]),
            "interactions": None if interactions is None else int(interactions),
            "at": row.received_at,
        },
    )


def _place_problems(unit: str, item: str, day: date, now: datetime, earlier: Earlier) -> list[Problem]:
    problems = []
    if _key(unit, item) not in earlier:
        problems.append(problem("/data/item", "reach_item_unknown", unit=unit, item=item))
    if day > day_of(now):
        problems.append(problem("/data/day", "reach_in_the_future", day=day))
    return problems


def _key(unit: str, item: str) -> Key:
    return (_ITEM, unit, item)
