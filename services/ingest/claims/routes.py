"""Routes to what the ledger holds: receipts, refusals."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from lienthong import samples
from lienthong.postgres.pool import Pool
from services.ingest.claims import reading
from services.ingest.readers import Before, Most, Position, ProvinceReader, Reader


def router(pool: Pool, sample: bool) -> APIRouter:
    """Receipts of a province, and why submissions were refused."""
    routes = APIRouter(prefix="/v1")
    said = samples.said(sample)

    @routes.get("/refusals", tags=["submit"], summary="Why submissions were refused, newest first")
    def refusals(who: Reader, before: Before = None) -> dict[str, Any]:
        with pool.connection() as conn:
            return said | {"refusals": reading.refusals(conn, who, before)}

    @routes.get("/receipts", tags=["operate"], summary="The province's receipts by position, for reconciliation")
    def receipts(who: ProvinceReader, after: Position = 0, limit: Most = 200) -> dict[str, Any]:
        with pool.connection() as conn:
            return said | {"receipts": reading.receipts(conn, who, sample, after, limit)}

    return routes
