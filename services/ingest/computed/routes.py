"""The route of computed figures and indicators."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter
from pydantic import Field

from lienthong import samples
from lienthong.postgres.pool import Pool
from lienthong.web.answers import gives
from lienthong.web.parameters import Code
from lienthong.web.routes import Routes
from lienthong.web.wire import Text, Wire
from services.ingest.bodies import Answer
from services.ingest.computed import reading
from services.ingest.definitions.current import Current
from services.ingest.readers import ProvinceReader


class ComputedFigure(Wire):
    """Một số liệu hệ thống tự đếm, cạnh số đã báo cáo. / A figure that the hub counts, beside what was reported."""

    figure: str
    label: Text
    form: str
    source: Literal["content", "directives"]
    assumption: Text | None
    computed: str
    reported: str | None = Field(description="null: chưa đơn vị nào báo cáo / nobody reported it")
    differs: bool


class ReadingBody(Wire):
    value: str | None
    assessment: str
    arithmetic: str
    reasons: list[Text]


class ComputedIndicator(Wire):
    """Một chỉ tiêu tính từ số tự đếm, cạnh giá trị tính từ báo cáo. / Measured from counts, and from reports."""

    indicator: str
    title: Text
    computed: ReadingBody
    reported: ReadingBody
    differs: bool


class ReportedOnly(Wire):
    """Số liệu vẫn do đơn vị báo cáo, và vì sao. / A figure that stays what units report, and why."""

    figure: str
    label: Text
    why: Text


class RoundComputed(Answer):
    round: str
    plan: str
    figures: list[ComputedFigure]
    indicators: list[ComputedIndicator]
    reported_only: list[ReportedOnly]


def read_routes(pool: Pool, current: Current) -> APIRouter:
    """What the hub computes for a round."""
    routes = Routes(prefix="/v1/rounds/{round}", tags=["operate"])
    sample_mark = samples.sample_mark(current.sample)

    @routes.get(
        "/computed",
        summary="Figures and indicators computed from content items and directives, beside what was reported",
        description="Kế hoạch nói số liệu nào tự đếm (`computed`). / The plan says which figures are counted.",
        **gives(RoundComputed),
    )
    def computed_of_round(round: Code, who: ProvinceReader) -> dict[str, Any]:
        with pool.connection() as conn:
            return sample_mark | reading.of_round(conn, current.get(conn), who, round)

    return routes
