"""Export over HTTP: what recipients read (/v1/feed/…), what portals do (/v1/portal/…), deliveries, destinations."""

from __future__ import annotations

from fastapi import FastAPI

from lienthong.access.tokens import Verifier
from lienthong.postgres.pool import Pool
from lienthong.settings import Settings
from lienthong.web import handling
from lienthong.web.addresses import append_routes
from services.export.deliveries import destination_routes as destinations
from services.export.deliveries import routes as deliveries
from services.export.feed import routes as feed
from services.export.taken import routes as taken

ROLE = "lienthong_export"


def app(settings: Settings, pool: Pool, verifier: Verifier, reaches: tuple[str, ...] = ("public",)) -> FastAPI:
    """The ASGI app of export. pool: acts as lienthong_export. reaches: that a destination may be given over HTTP."""
    api = FastAPI(title="Liên Thông: chuyển và cung cấp số liệu", openapi_url=None, docs_url=None, redoc_url=None)
    api.state.verifier = verifier
    handling.install(api)
    rooms = (
        feed.router(pool),
        deliveries.router(pool),
        destinations.router(pool, reaches),
        taken.router(pool, settings.address),
    )
    append_routes(api.router, rooms)
    return api
