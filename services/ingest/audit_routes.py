"""Routes to the audit log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Response
from pydantic import Field

from lienthong import samples
from lienthong.access import acts, audit
from lienthong.access.sight import sight
from lienthong.cursors import NEWEST
from lienthong.eventlog.append import partitions_of
from lienthong.instants import wire
from lienthong.postgres.pool import Connection, Pool
from lienthong.refusals import refused
from lienthong.web.answers import gives
from lienthong.web.lists import Cursor, Links, Most, listing, page
from lienthong.web.routes import Routes
from lienthong.web.wire import Wire
from services.ingest.bodies import Answer
from services.ingest.readers import Auditor, ProvinceCode, Since, Words


class ChainHead(Wire):
    """Chuỗi đang dừng ở đâu; lưu nơi khác làm bằng chứng. / Where the chain stands, to be kept elsewhere as proof."""

    seq: int
    link: str


class ActOf(Wire):
    """Một việc đã làm. / One act: who, what, on what, from where."""

    seq: int = Field(description="1, 2, … trong tỉnh / within its province")
    at: datetime
    actor: str = Field(examples=["person:lan.nt"])
    act: str = Field(examples=["round.locked"])
    subject: str
    details: dict[str, Any]
    address: str | None


class Acts(Answer):
    province: str
    head: ChainHead | None = Field(description="null: chỉ người xem được toàn tỉnh mới thấy / for who sees all of them")
    acts: list[ActOf]
    links: Links


def router(pool: Pool, sample: bool) -> APIRouter:
    """Who did what."""
    routes = Routes(prefix="/v1", tags=["operate"])
    sample_mark = samples.sample_mark(sample)

    @routes.get("/audit", summary="Acts of persons and clients in the province, newest first", **gives(Acts))
    def list_acts(
        who: Auditor,
        response: Response,
        actor: Words = None,
        act: Words = None,
        subject: Words = None,
        since: Since = None,
        until: Since = None,
        province: ProvinceCode = None,
        cursor: Cursor = None,
        limit: Most = 100,
    ) -> dict[str, Any]:
        whose, seen = province or who.province, sight(who, ["read:audit"])
        words = {"actor": actor, "act": act, "subject": subject, "since": since, "until": until, "province": province}
        _require_known(act, actor)
        with pool.connection() as conn:
            seen.narrowed(whose, partitions_of(conn))
            paging = listing(
                conn, "/v1/audit", whose=f"{who.province}/{who.client_id}", asked=words, cursor=cursor, limit=limit
            )
            entries = audit.read(
                conn,
                whose,
                actor=actor,
                act=act,
                subject=subject,
                since=since,
                until=until,
                before=paging.begin(NEWEST),
                limit=limit + 1,
                own=who.actor,
                units=seen.listed,
            )
            head = _head(conn, whose) if seen.covers_whole(whose) else None
        shown = page(response, paging, "acts", [_act(entry) for entry in entries], lambda body: int(body["seq"]))
        return sample_mark | {"province": whose, "head": head} | shown

    return routes


def _require_known(act: str | None, actor: str | None) -> None:
    """Raises Rejected (404) for an act that there is not, and for what names nobody."""
    if act is not None and not acts.is_known(act):
        raise refused("act_unknown", act=act, known=", ".join(acts.NOUNS))
    if actor is not None and not acts.names_somebody(actor):
        raise refused("actor_unknown", actor=actor, known=", ".join(f"{kind}:…" for kind in acts.ACTORS))


def _head(conn: Connection, province: str) -> dict[str, Any]:
    """Where the chain stands; it counts acts, so it is told to who may read all of them."""
    try:
        seq, link = audit.head(conn, province)
    except ValueError:
        raise refused("province_unknown", province=province) from None
    return {"seq": seq, "link": link}


def _act(entry: audit.RecordedAct) -> dict[str, Any]:
    return {
        "seq": entry.seq,
        "at": wire(entry.at),
        "actor": entry.actor,
        "act": entry.act,
        "subject": entry.subject,
        "details": dict(entry.details),
        "address": entry.address,
    }
