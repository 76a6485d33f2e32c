"""Routes to what the ledger holds: receipts, refusals."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from lienthong import samples
from lienthong.cursors import NEWEST
from lienthong.eventlog.installation import hub_now
from lienthong.postgres.pool import Pool
from lienthong.web.answers import gives
from lienthong.web.lists import Cursor, Most, listing, page
from lienthong.web.routes import Routes
from services.ingest import bodies
from services.ingest.claims import reading
from services.ingest.definitions.current import Current
from services.ingest.readers import Reader
from services.ingest.rights import seeing


def router(pool: Pool, current: Current) -> APIRouter:
    """Receipts, and why submissions were refused."""
    routes = Routes(prefix="/v1", tags=["submit"])
    sample_mark = samples.sample_mark(current.sample)

    @routes.get(
        "/refusals",
        summary="Why submissions were refused, newest first",
        description="Vì sao bản gửi bị từ chối, mới nhất trước. / Own refusals, or those of the province.",
        **gives(bodies.Refusals),
    )
    def refusals(who: Reader, response: Response, cursor: Cursor = None, limit: Most = 200) -> dict[str, Any]:
        with pool.connection() as conn:
            paging = listing(conn, "/v1/refusals", whose=seeing.mark(who), cursor=cursor, limit=limit)
            refusals = reading.refusals(conn, who, before=paging.begin(NEWEST), limit=limit + 1)
        return sample_mark | page(response, paging, "refusals", refusals, lambda body: int(body["refusal"]))

    @routes.get(
        "/receipts",
        summary="Receipts by position: the caller's own, or the province's",
        description="Biên nhận theo vị trí: của mình, hoặc của tỉnh. / For reconciliation; `delta` reads on later.",
        **gives(bodies.Receipts),
    )
    def receipts(who: Reader, response: Response, cursor: Cursor = None, limit: Most = 200) -> dict[str, Any]:
        with pool.connection() as conn:
            paging = listing(conn, "/v1/receipts", whose=seeing.mark(who), cursor=cursor, limit=limit, grows=True)
            units = seeing.told_of(who, current.get(conn), hub_now(conn))
            receipts = reading.receipts(conn, who, current.sample, units=units, after=paging.begin(0), limit=limit + 1)
        return sample_mark | page(response, paging, "receipts", receipts, lambda receipt: receipt["position"])

    return routes
