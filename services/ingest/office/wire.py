"""What the routes of all acts have in common: who does it, and what a body may hold."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import Depends, Path, Request
from pydantic import BaseModel, ConfigDict, Field

from lienthong.access.principals import Principal
from lienthong.contracts import texts
from lienthong.web.authorization import authorize, authorize_one
from lienthong.web.parameters import Day, OneLine
from services.ingest.rights.acting import Actor

Receipt = Annotated[str, Path(pattern=f"^{texts.RECEIPT}$", description="Số biên nhận / its receipt's number")]
"""In an address: of what an act is about."""


class Body(BaseModel):
    """A body of which every member is known."""

    model_config = ConfigDict(extra="forbid")


class DocumentReference(Body):
    """The signed document an act rests on. number may be unknown yet."""

    number: OneLine | None = Field(None, max_length=100, examples=["45/UBND-KGVX"])
    date: Day | None = None


class SignedDocument(DocumentReference):
    """The same with what the document exchange (trục liên thông văn bản) knows it by; each may be left out.

    fileHash: of the file as it was signed, so that whoever holds it can tell that it is the one.
    """

    agency: OneLine | None = Field(
        None, max_length=200, description="Agency that signed", examples=["UBND tỉnh Lạng Sơn"]
    )
    electronic_id: OneLine | None = Field(
        None, alias="electronicId", max_length=200, description="Id of the electronic document (edXML)"
    )
    file_hash: str | None = Field(
        None, alias="fileHash", pattern="^sha256:[0-9a-f]{64}$", description="Hash of the document's file"
    )

    def wire_body(self) -> dict[str, Any]:
        """As events carry it: number and date always, the others where they are known."""
        more = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        return {"number": None, "date": None} | more


def actor_with(*scopes: str) -> Callable[..., Awaitable[Actor]]:
    """A dependency that gives the one who acts, holding these scopes."""
    return _actor_by(authorize(*scopes))


def _actor_by(judged: Callable[..., Awaitable[Principal]]) -> Callable[..., Awaitable[Actor]]:
    caller = Depends(judged)

    # async on purpose: a sync dependency would cost each request a hop to a thread
    async def actor(request: Request, who: Principal = caller) -> Actor:
        return actor_of(who, request.client.host if request.client else None)

    return actor


def actor_with_one(*scopes: str) -> Callable[..., Awaitable[Actor]]:
    """The same for who holds one of these scopes."""
    return _actor_by(authorize_one(*scopes))


def actor_of(who: Principal, address: str | None) -> Actor:
    """The caller as the audit log and the acts see it."""
    return Actor(name=who.actor, principal=who, address=address)
