"""Who asks, and which of the hub's things are within its sight: the same question for every route of export."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Path, Request

from lienthong.access.principals import Principal
from lienthong.access.sight import Sight, sight
from lienthong.eventlog.append import partitions_of
from lienthong.events import NATION
from lienthong.postgres.pool import Pool
from lienthong.web.authorization import authorize
from services.export.deliveries.acts import ExportActor
from services.export.feed.cursors import Question

CODE = r"^[A-Za-z0-9._-]{1,80}$"  # whatever else a sender writes is refused here and never reaches a query
PROVINCE = r"^[0-9]{2}$"
Code = Annotated[str, Path(pattern=CODE)]
AnyCaller = Annotated[Principal, Depends(authorize())]
Reader = Annotated[Principal, Depends(authorize("feed:read"))]
Operator = Annotated[Principal, Depends(authorize("operate:deliveries"))]

_RECIPIENT = {"platform": "platform"}


def sight_by(*scopes: str) -> Callable[[Principal], Awaitable[Sight]]:
    """A dependency: what the caller sees by any of the scopes; it is refused when it holds none."""

    async def of_caller(caller: AnyCaller) -> Sight:
        return sight(caller, scopes)

    return of_caller


OperatorSight = Annotated[Sight, Depends(sight_by("read:province", "operate:deliveries"))]
"""Who may send something again may see what there is."""


def actor(request: Request, principal: Principal, reaches: tuple[str, ...] | None = None) -> ExportActor:
    """The caller as one who acts."""
    return ExportActor(
        name=principal.actor,
        address=request.client.host if request.client else None,
        sight=sight(principal, ("operate:deliveries",)),
        reaches=reaches,
    )


def narrow(pool: Pool, seen: Sight, province: str | None) -> Sight:
    """What of the sight is of a province (None: all). Raises Rejected (404) for another's and for none."""
    if province is None:
        return seen
    with pool.connection() as conn:
        return seen.narrowed(province, partitions_of(conn))


def question(pool: Pool, principal: Principal, province: str | None = None, programme: str | None = None) -> Question:
    """What the caller asks for, within what it may see: a province its own; somebody bound to units what these issued
    or are named in as recipient; the platform and the Ministry what names them. Raises Rejected (403, 404).
    """
    seen = narrow(pool, sight(principal, ("feed:read",)), province)
    if seen.province is None or principal.province == NATION:
        return Question(
            province=province, programme=programme, recipients=frozenset({_RECIPIENT.get(principal.role, NATION)})
        )
    return Question(province=seen.province, programme=programme, issuers=seen.issuers, recipients=seen.issuers)
