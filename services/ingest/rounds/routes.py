"""Routes to rounds: what is owed in them."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from lienthong import samples
from lienthong.eventlog.installation import hub_now
from lienthong.instants import wire
from lienthong.postgres.pool import Pool
from services.ingest.definitions.current import Current
from services.ingest.readers import Reader
from services.ingest.rounds import obligations as owing


def senders(pool: Pool, current: Current) -> APIRouter:
    """What an integrated system asks: what its units owe."""
    routes = APIRouter(prefix="/v1", tags=["submit"])
    said = samples.said(current.sample)

    @routes.get("/obligations", summary="What this client's units owe, by when, what is missing")
    def obligations(who: Reader, unit: str | None = None, round: str | None = None) -> dict[str, Any]:
        with pool.connection() as conn:
            definitions, now = current.get(conn), hub_now(conn)
            owed = owing.obligations(conn, definitions, who, unit=unit, round_=round, now=now)
            ahead = owing.planned(definitions, who, now)
        missing = sum(1 for line in owed if line["state"] == "missing")
        return said | {"now": wire(now), "missing": missing, "obligations": owed, "planned": ahead}

    return routes
