"""The routes of assembled drafts and of the reports made of them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from lienthong import samples
from lienthong.eventlog.installation import hub_now
from lienthong.postgres.pool import Pool
from lienthong.web.answers import gives
from lienthong.web.parameters import Code, Unit
from lienthong.web.routes import Routes
from services.ingest.definitions.current import Current
from services.ingest.readers import Reader, UnitCode
from services.ingest.supplied import reading
from services.ingest.supplied.bodies import AssembledDraft, ConfirmedReports

# Of the module: annotations are resolved by its names.
OfUnit = Annotated[Unit, Query()]
OfRound = Annotated[Code, Query()]
OfForm = Annotated[Code, Query()]


def read_routes(pool: Pool, current: Current) -> APIRouter:
    """Drafts of the caller's units."""
    routes = Routes(prefix="/v1", tags=["submit"])
    sample_mark = samples.sample_mark(current.sample)

    @routes.get(
        "/supplied",
        summary="The draft of a report, assembled from what the unit's systems supplied",
        description="Dự thảo tổng hợp từ các hệ thống. / Each figure with its systems.",
        **gives(AssembledDraft),
    )
    def supplied_draft(who: Reader, unit: OfUnit, round: OfRound, form: OfForm) -> dict[str, Any]:
        with pool.connection() as conn:
            definitions = current.get(conn)
            body = reading.draft(conn, definitions, who, unit=unit, round_=round, form=form, now=hub_now(conn))
        return sample_mark | body

    @routes.get(
        "/supplied/reports",
        summary="Reports of a form that were confirmed from what systems supplied, with those supplies",
        description="Báo cáo được xác nhận từ dự thảo, kèm các lần cung cấp. / Of the units that the caller sees.",
        **gives(ConfirmedReports),
    )
    def reports(who: Reader, round: OfRound, form: OfForm, unit: UnitCode = None) -> dict[str, Any]:
        with pool.connection() as conn:
            definitions, now = current.get(conn), hub_now(conn)
            return sample_mark | reading.confirmed_reports(
                conn, definitions, who, round_=round, form=form, unit=unit, now=now
            )

    return routes
