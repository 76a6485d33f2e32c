"""Routes by which senders and operators ask: reports, what is owed, refusals, receipts, content items, audit."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime

from lienthong import samples
from lienthong.access import audit
from lienthong.access.tokens import Principal
from lienthong.eventlog.port import EventLog
from lienthong.events import NATION
from lienthong.postgres.pool import Pool
from lienthong.web.authorization import authorize
from lienthong.web.problems import not_found
from services.ingest.claims import ledger, reading
from services.ingest.definitions.current import Current

Position = Annotated[int, Query(ge=0, le=2**63 - 1)]
Before = Annotated[int | None, Query(ge=1, le=2**63 - 1)]
Words = Annotated[str | None, Query(max_length=200)]

Reader = Annotated[Principal, Depends(authorize())]  # of the module: annotations are resolved by its names
ProvinceReader = Annotated[Principal, Depends(authorize("read:province"))]
Auditor = Annotated[Principal, Depends(authorize("read:audit"))]


def senders(pool: Pool, log: EventLog, current: Current) -> APIRouter:
    """What an integrated system asks: its reports, what it owes, what was refused and why."""
    routes = APIRouter(prefix="/v1", tags=["submit"])
    said = samples.said(current.sample)

    @routes.get("/reports/{id_:path}", summary="A report: state, receipt, all revisions")
    def report(id_: str, who: Reader) -> dict[str, Any]:
        with pool.connection() as conn:
            return said | reading.report(conn, log, current.get(conn), who, id_)

    @routes.get("/obligations", summary="What this client's units owe, by when, what is missing")
    def obligations(who: Reader, unit: str | None = None, round: str | None = None) -> dict[str, Any]:
        with pool.connection() as conn:
            definitions = current.get(conn)
            now = ledger.now_and_version(conn)[0]
            found = reading.obligations(conn, definitions, who, unit=unit, round_=round, now=now)
            ahead = reading.planned(definitions, who, now)
        missing = sum(1 for line in found if line["state"] == "missing")
        return said | {"now": now.isoformat(), "missing": missing, "obligations": found, "planned": ahead}

    @routes.get("/refusals", summary="Why submissions were refused, newest first")
    def refusals(who: Reader, before: Before = None) -> dict[str, Any]:
        with pool.connection() as conn:
            return said | {"refusals": reading.refusals(conn, who, before)}

    return routes


def operators(pool: Pool, log: EventLog, current: Current) -> APIRouter:
    """What a province asks: receipts, difficulties, content items waiting for approval, who did what."""
    routes = APIRouter(prefix="/v1", tags=["operate"])
    said = samples.said(current.sample)

    @routes.get("/receipts", summary="The province's receipts by position, for reconciliation")
    def receipts(
        who: ProvinceReader, after: Position = 0, limit: Annotated[int, Query(ge=1, le=1000)] = 200
    ) -> dict[str, Any]:
        with pool.connection() as conn:
            return said | {"receipts": reading.ledger(conn, who, current.sample, after, limit)}

    @routes.get("/difficulties", summary="Difficulties raised in the province")
    def difficulties(who: ProvinceReader, after: Position = 0) -> dict[str, Any]:
        with pool.connection() as conn:
            return said | {"difficulties": reading.difficulties(conn, log, who, after)}

    @routes.get("/content", summary="Content items and their state, for those who submit or approve them")
    def content(
        who: Reader,
        state: Literal["submitted", "approved", "withdrawn"] | None = None,
        unit: Annotated[str | None, Query(max_length=35)] = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    ) -> dict[str, Any]:
        with pool.connection() as conn:
            found = reading.items(conn, current.get(conn), who, state=state, unit=unit, limit=limit)
        return said | {"items": found}

    @routes.get("/audit", summary="Acts of persons and clients in the province, newest first")
    def acts(
        who: Auditor,
        actor: Words = None,
        act: Words = None,
        subject: Words = None,
        since: AwareDatetime | None = None,
        until: AwareDatetime | None = None,
        before: Before = None,
        province: Annotated[str | None, Query(pattern="^([0-9]{2}|VN)$", description="For the hub's own")] = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> dict[str, Any]:
        whose = province or who.province
        if NATION != who.province != whose:
            raise not_found(
                "province_unknown",
                province=whose,
            )
        with pool.connection() as conn:
            found = audit.read(
                conn, whose, actor=actor, act=act, subject=subject, since=since, until=until, before=before, limit=limit
            )
            seq, link = audit.head(conn, whose)
        return said | {"province": whose, "head": {"seq": seq, "link": link}, "acts": [_act(one) for one in found]}

    return routes


def _act(one: audit.Entry) -> dict[str, Any]:
    at: datetime = one.at
    return {
        "seq": one.seq,
        "at": at.isoformat(),
        "actor": one.actor,
        "act": one.act,
        "subject": one.subject,
        "details": dict(one.details),
        "address": one.address,
    }
