"""Who asks, and the query parameters that several rooms take. Of the module: annotations are resolved by its names."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query

from lienthong.access.principals import Principal
from lienthong.units.levels import Level
from lienthong.web import parameters
from lienthong.web.authorization import authorize

Reader = Annotated[Principal, Depends(authorize())]
ProvinceReader = Annotated[Principal, Depends(authorize("read:province"))]
Auditor = Annotated[Principal, Depends(authorize("read:audit"))]

Words = Annotated[parameters.Line | None, Query()]
UnitCode = Annotated[parameters.Unit | None, Query()]
RoundCode = Annotated[parameters.Code | None, Query()]
ProvinceCode = Annotated[parameters.ProvinceOrNation | None, Query(description="For the hub's own")]
Since = Annotated[parameters.Instant | None, Query()]
On = Annotated[parameters.Day | None, Query(description="As of this day; today by the hub's clock when absent")]
OfLevel = Annotated[Level | None, Query()]
