"""The route that allows a unit one person."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import Field

from lienthong.web.parameters import Unit
from services.ingest.bodies import Wire
from services.ingest.office.desk import Office
from services.ingest.office.wire import Body, SignedDocument, acting
from services.ingest.pairs import acts
from services.ingest.rights.acting import Actor

Appointing = Annotated[Actor, Depends(acting(acts.SCOPE))]  # of the module: annotations are resolved by its names


class SinglePerson(Body):
    """Whether one person may draft and sign, submit and approve, for what the unit issues."""

    allowed: bool
    reason: str = Field(min_length=3, max_length=2000)
    document: SignedDocument = SignedDocument(number=None)


class SinglePersonDecided(Wire):
    unit: str
    allowed: bool
    position: int


def acting_on(office: Office) -> APIRouter:
    """Allowing, taking back."""
    routes = APIRouter(prefix="/v1/units", tags=["operate"])

    @routes.put(
        "/{unit}/single-person",
        summary="Allow a unit one person for drafting and signing, or take it back",
        responses={200: {"model": SinglePersonDecided}},
        response_model=None,
    )
    def decide(unit: Unit, wanted: SinglePerson, by: Appointing) -> dict[str, Any]:
        document = wanted.document.told()
        with office.act(by, changes=True) as act:
            position = acts.decide(act, unit=unit, allowed=wanted.allowed, reason=wanted.reason, document=document)
        return {"unit": unit, "allowed": wanted.allowed, "position": position}

    return routes
