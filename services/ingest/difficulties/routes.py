"""Routes of difficulties: what was raised and where it stands, forwarding, answering, closing."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from pydantic import Field

from lienthong import samples
from lienthong.calendar import day_of
from lienthong.eventlog.installation import hub_now
from lienthong.postgres.pool import Pool
from lienthong.web.answers import gives
from lienthong.web.lists import Cursor, Most, as_bytes, listing, page
from lienthong.web.parameters import Day, Unit
from lienthong.web.routes import Routes
from services.ingest import bodies
from services.ingest.claims.receipts import place_of
from services.ingest.definitions.current import Current
from services.ingest.difficulties import acts, reading, rules
from services.ingest.office.desk import Office
from services.ingest.office.wire import Body, Receipt, actor_with
from services.ingest.readers import Reader, UnitCode
from services.ingest.rights import seeing
from services.ingest.rights.acting import Actor
from services.ingest.rights.requiring import require_seen, require_unit

# Of the module: annotations are resolved by its names.
Holder = Annotated[Actor, Depends(actor_with(rules.SCOPE))]


class Forwarding(Body):
    """Forwarding along the plan's route (chuyển). to: absent for the next; due: by when an answer is wanted."""

    to: Unit | None = None
    note: str = Field("", max_length=2000)
    due: Day | None = None


class DifficultyAnswer(Body):
    """The answer to a difficulty (trả lời)."""

    text: str = Field(min_length=3, max_length=5000)


class Closing(Body):
    """Closing one that was answered."""

    note: str = Field("", max_length=2000)


def read_routes(pool: Pool, current: Current) -> APIRouter:
    """What stands in the way of the caller's units, or of those of its province."""
    routes = Routes(prefix="/v1", tags=["submit"])
    sample_mark = samples.sample_mark(current.sample)

    @routes.get(
        "/difficulties",
        summary="Difficulties raised: the caller's own, those on their way through it, or the province's",
        description="Khó khăn, vướng mắc đã nêu, hoặc đi qua đơn vị của bên gọi. / Oldest first; `delta` reads on "
        "later. `waiting`: how many of all of them have no answer.",
        **gives(bodies.Difficulties),
    )
    def difficulties(
        who: Reader, response: Response, unit: UnitCode = None, cursor: Cursor = None, limit: Most = 200
    ) -> Response:
        with pool.connection() as conn:
            paging = listing(
                conn,
                "/v1/difficulties",
                whose=seeing.mark(who),
                asked={"unit": unit},
                cursor=cursor,
                limit=limit,
                grows=True,
            )
            definitions, now = current.get(conn), hub_now(conn)
            wanted = reading.filter_for(definitions, who, unit, now)
            if wanted.routes.any_stands:  # along these comes what any unit raised
                require_unit(unit, definitions, who.province, now)
            else:
                require_seen(unit, who, definitions, now)
            difficulties = reading.list_difficulties(
                conn, definitions, wanted, after=paging.begin(0), limit=limit + 1, today=day_of(now)
            )
            waits = reading.count_unanswered(conn, wanted)
        listed = page(response, paging, "difficulties", difficulties, lambda difficulty: int(difficulty["position"]))
        return as_bytes(response, sample_mark | {"waiting": waits} | listed)

    return routes


def act_routes(office: Office) -> APIRouter:
    """Forwarding, answering, closing: whoever it lies with."""
    routes = Routes(prefix="/v1/difficulties/{receipt}", tags=["operate"])
    moved: dict[int | str, dict[str, Any]] = {200: {"model": bodies.DifficultyMoved}}

    @routes.post(
        "/forwarding", summary="Forward a difficulty along the plan's route", responses=moved, response_model=None
    )
    def forward(receipt: Receipt, wanted: Forwarding, by: Holder) -> dict[str, Any]:
        province, position = place_of(receipt)
        with office.act(by) as act:
            holder = acts.forward(
                act, province=province, position=position, to=wanted.to, note=wanted.note, due=wanted.due
            )
        return {"receipt": receipt, "state": "forwarded", "holder": holder}

    @routes.post("/answer", summary="Answer a difficulty", responses=moved, response_model=None)
    def answer(receipt: Receipt, wanted: DifficultyAnswer, by: Holder) -> dict[str, Any]:
        province, position = place_of(receipt)
        with office.act(by) as act:
            holder = acts.answer(act, province=province, position=position, text=wanted.text)
        return {"receipt": receipt, "state": "answered", "holder": holder}

    @routes.post("/closing", summary="Close a difficulty that was answered", responses=moved, response_model=None)
    def close(receipt: Receipt, wanted: Closing, by: Holder) -> dict[str, Any]:
        province, position = place_of(receipt)
        with office.act(by) as act:
            holder = acts.close(act, province=province, position=position, note=wanted.note)
        return {"receipt": receipt, "state": "closed", "holder": holder}

    return routes
