"""Aggregate over HTTP: rounds, rollups, indicators, what is missing, provenance, pending corrections, the nation.

Everything here is live and the province's own; what leaves the province is a release (services/export).
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, FastAPI, Path, Query, Response

from lienthong.access.principals import Principal
from lienthong.access.sight import sight
from lienthong.access.tokens import Verifier
from lienthong.eventlog.installation import hub_now
from lienthong.eventlog.postgres import PostgresEventLog
from lienthong.periods import frequency_of
from lienthong.postgres.pool import Connection, Pool
from lienthong.refusals import refused
from lienthong.settings import Settings
from lienthong.web import handling, parameters
from lienthong.web.addresses import append_routes
from lienthong.web.authorization import authorize
from lienthong.web.routes import Routes
from services.aggregate import progress, provenance, reading, store
from services.aggregate.rounds import Round
from services.aggregate.store import PlanVersions, Release
from services.aggregate.wire.figures import Rollup
from services.aggregate.wire.indicators import Indicators, OverUnits
from services.aggregate.wire.nation import NationalRollup
from services.aggregate.wire.progress import Progress
from services.aggregate.wire.provenance import Provenance
from services.aggregate.wire.rounds import Missing, OneRound, Pending, Rounds
from services.aggregate.worker import CONSUMER

RoundCode = Annotated[parameters.Code, Path(examples=["P119-LS.2026"])]
Version = Annotated[int, Path(ge=1, le=1_000_000)]
READING = "read:province"
Province = Annotated[Principal, Depends(authorize(READING))]
Nation = Annotated[Principal, Depends(authorize("read:national"))]


def app(settings: Settings, pool: Pool, verifier: Verifier, log: PostgresEventLog) -> FastAPI:
    """The ASGI app of aggregate. pool: acts as lienthong_aggregate."""
    api = FastAPI(title="Liên Thông: tổng hợp (aggregate)", openapi_url=None, docs_url=None, redoc_url=None)
    api.state.verifier = verifier
    handling.install(api)
    plans = PlanVersions()
    nouns = (
        _round_list_routes(pool, plans, log),
        _round_routes(pool, plans),
        _indicator_routes(pool, plans, log),
        _release_routes(pool, plans),
        _nation_routes(pool, plans),
    )
    append_routes(api.router, nouns)
    return api


def _round_list_routes(pool: Pool, plans: PlanVersions, log: PostgresEventLog) -> APIRouter:
    """Rounds: how each stands."""
    routes = Routes(prefix="/v1", tags=["consolidate"])

    @routes.get("/rounds", summary="Rounds of the province with state, deadlines and completeness")
    def rounds(
        who: Province,
        programme: Annotated[parameters.Code | None, Query()] = None,
        period: Annotated[parameters.Code | None, Query()] = None,
    ) -> Rounds:
        with pool.transaction() as tx:
            now = _consistent(tx)
            seen = sight(who, [READING])
            bodies = [
                body
                for body in reading.rounds(tx, plans, who.province, now, programme=programme, period=period)
                if seen.covers(province=who.province, issuer=body["root"])
            ]
            if not bodies:
                reading.explain_nothing(tx, programme=programme, period=period)
            sample = reading.sample(tx)
        lag = log.lag(CONSUMER).get(who.province)
        behind = 0 if lag is None else lag.events
        return Rounds.model_validate({**sample, "now": now, "behind": behind, "rounds": bodies})

    @routes.get("/rounds/{round}", summary="One round")
    def one_round(round: RoundCode, who: Province) -> OneRound:
        with pool.transaction() as tx:
            now = _consistent(tx)
            [body] = reading.describe(tx, [_own_round(tx, plans, round, who)], now)
            return OneRound.model_validate({**reading.sample(tx), "now": now, "round": body})

    return routes


def _round_routes(pool: Pool, plans: PlanVersions) -> APIRouter:
    """What a round adds up to and what it lacks."""
    routes = Routes(prefix="/v1/rounds/{round}", tags=["consolidate"])

    @routes.get("/rollup", summary="Exact sums and counts of a round")
    def rollup(round: RoundCode, who: Province) -> Rollup:
        with pool.transaction() as tx:
            _consistent(tx)
            rollup = reading.rollup(tx, _own_round(tx, plans, round, who))
            return Rollup.model_validate({**reading.sample(tx), **rollup})

    @routes.get("/indicators", summary="Indicators against their targets, arithmetic shown")
    def indicators(
        round: RoundCode,
        who: Province,
        unit: Annotated[parameters.Unit | None, Query(description="One obliged unit; absent: the root")] = None,
    ) -> Indicators:
        with pool.transaction() as tx:
            _consistent(tx)
            indicators = reading.indicators(tx, plans, _own_round(tx, plans, round, who), unit)
            return Indicators.model_validate({**reading.sample(tx), **indicators})

    @routes.get("/missing", summary="Units that have not reported, by form")
    def missing_units(round: RoundCode, who: Province) -> Missing:
        with pool.transaction() as tx:
            now = _consistent(tx)
            body = reading.missing_bodies(tx, _own_round(tx, plans, round, who), now)
            return Missing.model_validate({**reading.sample(tx), **body})

    @routes.get("/units", summary="One indicator over the obliged units, each at its own level")
    def over_units(round: RoundCode, who: Province, indicator: Annotated[str, Query(max_length=80)]) -> OverUnits:
        with pool.transaction() as tx:
            _consistent(tx)
            body = progress.over_units(tx, plans, _own_round(tx, plans, round, who), indicator)
            return OverUnits.model_validate({**reading.sample(tx), **body})

    return routes


def _indicator_routes(pool: Pool, plans: PlanVersions, log: PostgresEventLog) -> APIRouter:
    """A plan's indicators over its periods, and what lies under one figure."""
    routes = Routes(prefix="/v1", tags=["consolidate"])

    @routes.get("/plans/{plan}/progress", summary="A plan's indicators as the plan states them, with their path so far")
    def of_plan(plan: Annotated[str, Path(max_length=60)], who: Province) -> Progress:
        with pool.transaction() as tx:
            _consistent(tx)
            body = progress.progress(tx, plans, progress.plan_in(tx, plans, plan, who), who.province)
            return Progress.model_validate({**reading.sample(tx), **body})

    @routes.get("/provenance/{round}/{code}", summary="The report revisions and hashes under a figure or indicator")
    def lineage(
        round: RoundCode,
        code: Annotated[parameters.Code, Path()],
        who: Province,
        release: Annotated[parameters.Release | None, Query(description="As it was in this release")] = None,
    ) -> Provenance:
        with pool.transaction() as tx:
            _consistent(tx)
            round_ = _own_round(tx, plans, round, who)
            if release is None:
                body = provenance.contributions_now(tx, log, plans, round_, code)
            else:
                body = provenance.contributions_in_release(round_, code, _release(tx, round_, release)[1])
            return Provenance.model_validate({**reading.sample(tx), **body})

    return routes


_DATASET: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/ReleaseDataset"}}}}
}
"""services/hub/openapi.py adds schemas/platform/release-dataset.schema.json to the components."""


def _release_routes(pool: Pool, plans: PlanVersions) -> APIRouter:
    routes = Routes(prefix="/v1/releases", tags=["consolidate"])

    @routes.get(
        "/{round}/{version}",
        summary="The dataset of a release (schemas/platform/release-dataset)",
        responses=_DATASET,
        response_model=None,
    )
    def dataset(round: RoundCode, version: Version, who: Province) -> Response:
        with pool.connection() as conn:
            body = dict(_release(conn, _own_round(conn, plans, round, who), f"{round}/{version}")[1])
        return Response(orjson.dumps(body), media_type="application/json")

    @routes.get("/{round}/{version}/pending", summary="Corrections that came after a release was cut")
    def reports_since(round: RoundCode, version: Version, who: Province) -> Pending:
        with pool.transaction() as tx:
            _consistent(tx)
            round_ = _own_round(tx, plans, round, who)
            release = _release(tx, round_, f"{round}/{version}")[0]
            latest = store.releases(tx, [round_.code])[round_.code][-1]
            return Pending.model_validate(
                {
                    **reading.sample(tx),
                    "release": release.release,
                    "position": release.position,
                    "latest": latest.release == release.release,
                    "reports": [asdict(report) for report in store.pending_reports(tx, round_.code, release.position)],
                    "definitionChanged": round_.changed_position > release.position,
                }
            )

    return routes


def _nation_routes(pool: Pool, plans: PlanVersions) -> APIRouter:
    routes = Routes(prefix="/v1/programmes", tags=["consolidate"])

    @routes.get("/{programme}/periods/{period}/rollup", summary="The live national figure of this installation")
    def national(
        programme: Annotated[parameters.Code, Path()], period: Annotated[parameters.Code, Path()], who: Nation
    ) -> NationalRollup:
        frequency_of(period)
        with pool.transaction() as tx:
            _consistent(tx)
            national = reading.national(tx, plans, programme, period)
            return NationalRollup.model_validate({**reading.sample(tx), **national})

    return routes


def _consistent(tx: Connection) -> Any:
    """Let everything in this transaction see one moment; returns now, by the hub's clock."""
    tx.execute(store.SQL.one_snapshot)
    return hub_now(tx)


def _own_round(conn: Connection, plans: PlanVersions, code: str, who: Principal) -> Round:
    return reading.round_in(conn, plans, code, who.province, sight(who, [READING]))


def _release(conn: Connection, round_: Round, code: str) -> tuple[Release, Any]:
    release = store.release(conn, code)
    if release is None or release[0].round != round_.code:
        raise refused("release_unknown", release=code)
    return release
