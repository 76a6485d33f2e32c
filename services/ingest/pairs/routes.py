"""The routes that tell and decide whether a unit is allowed one person."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from lienthong.access.edits import version_of
from lienthong.instants import wire
from lienthong.web.answers import gives
from lienthong.web.etags import Editing, tag_version, tagged_answer
from lienthong.web.parameters import Truth, Unit
from lienthong.web.routes import Routes
from lienthong.web.wire import Wire
from services.ingest.office.desk import Office
from services.ingest.office.wire import Body, SignedDocument, actor_with
from services.ingest.pairs import acts
from services.ingest.rights.acting import Actor

Appointing = Annotated[Actor, Depends(actor_with(acts.SCOPE))]  # of the module: annotations are resolved by its names


class SinglePerson(Body):
    """Whether one person may draft and sign, submit and approve, for what the unit issues."""

    allowed: Truth
    reason: str = Field(min_length=3, max_length=2000)
    document: SignedDocument = SignedDocument(number=None)


class SinglePersonDecided(Wire):
    """Quyết định đang có hiệu lực. / The decision that holds; nobody decided: not allowed, all else null."""

    unit: str
    allowed: bool
    reason: str | None
    document: dict[str, Any] | None
    by: str | None
    at: datetime | None
    position: int | None


def act_routes(office: Office) -> APIRouter:
    """Allowing, taking back."""
    routes = Routes(prefix="/v1/units", tags=["operate"])

    @routes.get(
        "/{unit}/single-person",
        summary="Whether a unit is allowed one person for drafting and signing",
        **gives(SinglePersonDecided),
    )
    def single_person(unit: Unit, by: Appointing, request: Request, response: Response) -> dict[str, Any] | Response:
        with office.act(by) as act:
            decision = acts.decision_of(act, unit)
        return tagged_answer(request, response, version_of(decision.editable_values), _decision_body(decision))

    @routes.put(
        "/{unit}/single-person",
        summary="Allow a unit one person for drafting and signing, or take it back",
        **gives(SinglePersonDecided),
    )
    def decide(unit: Unit, wanted: SinglePerson, by: Appointing, seen: Editing, response: Response) -> dict[str, Any]:
        document = wanted.document.wire_body()
        with office.act(by, changes=True) as act:
            decision = acts.decide(
                act, unit=unit, allowed=wanted.allowed, reason=wanted.reason, document=document, seen=seen
            )
        tag_version(response, version_of(decision.editable_values))
        return _decision_body(decision)

    return routes


def _decision_body(decision: acts.Decision) -> dict[str, Any]:
    return {
        "unit": decision.unit,
        "allowed": decision.allowed,
        "reason": decision.reason,
        "document": None if decision.document is None else orjson.loads(decision.document),
        "by": decision.decided_by,
        "at": None if decision.decided_at is None else wire(decision.decided_at),
        "position": decision.position,
    }
