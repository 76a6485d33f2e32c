"""Who asks, and which of the hub's things are within its sight: the same question for every route of export."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path

from lienthong.access.tokens import Principal
from lienthong.errors import Rejected
from lienthong.refusals import problem
from lienthong.web.authorization import authorize
from services.export.feed.cursors import Question

CODE = r"^[A-Za-z0-9._-]{1,80}$"  # whatever else a sender writes is refused here and never reaches a query
Code = Annotated[str, Path(pattern=CODE)]
Reader = Annotated[Principal, Depends(authorize("feed:read"))]
ProvinceReader = Annotated[Principal, Depends(authorize("read:province"))]
Operator = Annotated[Principal, Depends(authorize("operate:deliveries"))]

_RECIPIENT = {"platform": "platform"}


def own_province(principal: Principal) -> str | None:
    """The province whose things alone the caller sees; None for the Ministry and the hub."""
    return None if principal.province == "VN" else principal.province


def question(principal: Principal, province: str | None = None, programme: str | None = None) -> Question:
    """What the caller asks for, within what it may see: a province its own; the platform and the Ministry what
    names them as recipient. Raises Rejected (403) for another's province.
    """
    own = own_province(principal)
    if own is not None and province not in (None, own):
        raise Rejected([problem("", "province_not_allowed", province=province)], status=403)  # fmt: skip
    if own is not None:
        return Question(province=own, programme=programme, recipient=None)
    return Question(province=province, programme=programme, recipient=_RECIPIENT.get(principal.role, "VN"))
