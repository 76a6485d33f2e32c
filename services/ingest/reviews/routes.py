"""Routes of the via unit: what passes through it, returning, passing on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Response
from pydantic import Field

from lienthong import samples
from lienthong.eventlog.installation import hub_now
from lienthong.postgres.pool import Pool
from lienthong.web.answers import gives
from lienthong.web.lists import Cursor, Most, listing, page
from lienthong.web.parameters import Code, Unit, Whole
from lienthong.web.routes import Routes
from lienthong.web.wire import Wire
from services.ingest.definitions.current import Current
from services.ingest.office.desk import Office
from services.ingest.office.wire import Body, actor_with
from services.ingest.readers import Reader, RoundCode, UnitCode
from services.ingest.reviews import acts, reading
from services.ingest.reviews.acts import MOST, Reviewed
from services.ingest.reviews.bodies import Passing
from services.ingest.reviews.rules import PASSED_ON, RETURNED, Doubt, NamedReport
from services.ingest.rights import seeing
from services.ingest.rights.acting import Actor

Reviewer = Annotated[Actor, Depends(actor_with(acts.SCOPE))]  # of the module: annotations are resolved by its names


class ReportNamed(Body):
    """One revision of a unit's report in the round."""

    form: Code
    unit: Unit
    revision: Whole = Field(ge=1, le=1_000_000)


class FigureDoubted(Body):
    """A figure that the return is about."""

    code: Code
    reason: str = Field(min_length=1, max_length=1000)


Reports = Annotated[list[ReportNamed], Field(min_length=1, max_length=MOST)]


class Return(Body):
    """Returning reports with reasons (trả lại); figures: none for a return on the whole."""

    reports: Reports
    reason: str = Field(min_length=3, max_length=2000)
    figures: list[FigureDoubted] = Field(default_factory=list, max_length=200)


class PassingOn(Body):
    """Passing reports on (chuyển)."""

    reports: Reports
    note: str = Field("", max_length=1000)


class ReviewedReport(Wire):
    """Một lần báo cáo, và vị trí trong nhật ký. / One revision, and where the act stands in the log."""

    form: str
    unit: str
    revision: int
    position: int


class ReviewDone(Wire):
    round: str
    state: Literal["returned", "passed_on"]
    reports: list[ReviewedReport]


def read_routes(pool: Pool, current: Current) -> APIRouter:
    """What passes through the caller's units."""
    routes = Routes(prefix="/v1", tags=["operate"])
    sample_mark = samples.sample_mark(current.sample)

    @routes.get(
        "/reviews",
        summary="Reports that pass through a via unit: what waits, what was returned or passed on",
        **gives(Passing),
    )
    def list_reviews(
        who: Reader,
        response: Response,
        via: UnitCode = None,
        round: RoundCode = None,
        unit: UnitCode = None,
        state: Literal["under_review", "returned", "passed_on", "released"] | None = None,
        cursor: Cursor = None,
        limit: Most = 200,
    ) -> dict[str, Any]:
        words = {"via": via, "round": round, "unit": unit, "state": state}
        with pool.connection() as conn:
            paging = listing(
                conn, "/v1/reviews", whose=seeing.mark(who), asked=words, cursor=cursor, limit=limit, grows=True
            )
            bodies = reading.list_passing(
                conn,
                current.get(conn),
                who,
                via=via,
                round_=round,
                unit=unit,
                state=state,
                after=paging.begin(0),
                limit=limit + 1,
                now=hub_now(conn),
            )
        return sample_mark | page(response, paging, "reports", bodies, lambda body: int(body["position"]))

    return routes


def act_routes(office: Office) -> APIRouter:
    """Returning, passing on."""
    routes = Routes(prefix="/v1/rounds/{round}", tags=["operate"])

    @routes.post("/returns", summary="Return reports to their units, with reasons", **gives(ReviewDone, 201))
    def give_back(round: Code, wanted: Return, by: Reviewer) -> dict[str, Any]:
        doubts = [Doubt(code=doubt.code, reason=doubt.reason) for doubt in wanted.figures]
        with office.act(by) as act:
            done = acts.give_back(
                act, round_=round, reports=_named_reports(wanted.reports), reason=wanted.reason, figures=doubts
            )
        return _answer(round, RETURNED, done)

    @routes.post("/passed-on", summary="Pass reports on to whom they are for", **gives(ReviewDone, 201))
    def pass_on(round: Code, wanted: PassingOn, by: Reviewer) -> dict[str, Any]:
        with office.act(by) as act:
            done = acts.pass_on(act, round_=round, reports=_named_reports(wanted.reports), note=wanted.note)
        return _answer(round, PASSED_ON, done)

    return routes


def _named_reports(reports: Iterable[ReportNamed]) -> list[NamedReport]:
    return [NamedReport(form=each.form, unit=each.unit, revision=each.revision) for each in reports]


def _answer(round: str, state: str, done: Iterable[Reviewed]) -> dict[str, Any]:
    return {
        "round": round,
        "state": state,
        "reports": [
            {"form": d.report.form, "unit": d.report.unit, "revision": d.report.revision, "position": d.position}
            for d in done
        ],
    }
