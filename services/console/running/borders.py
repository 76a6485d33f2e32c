"""Borders of a province's communes for the map, from a GeoJSON file that its office brings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

import orjson
from starlette.datastructures import FormData
from starlette.routing import Route

from lienthong.contracts.texts import PROVINCE
from lienthong.errors import Rejected
from lienthong.refusals import refused
from services.console.frame import Frame
from services.console.page import Visit
from services.console.running import doing
from services.console.running.doing import Outcome

SCOPE = "operate:units"
LARGEST = 8_000_000  # bytes of a file, as the route takes
_ABSENT = 404


@dataclass(frozen=True, kw_only=True, slots=True)
class BordersInForce:
    """drawn: how many communes of the person's province have a border now; None where there are none, and tiles are
    drawn. version: of these borders, empty where there are none."""

    drawn: int | None
    version: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class BordersImport:
    """units: how many borders came; missing: codes of communes without one."""

    units: int
    missing: tuple[str, ...]


async def gather(visit: Visit) -> BordersInForce:
    """Raises Rejected (403) for who may not change units."""
    doing.require(visit, SCOPE)
    if visit.person.is_national:
        return BordersInForce(drawn=None)
    try:
        boundaries, version = await visit.hub.with_version(f"/v1/units/{visit.person.province}/boundaries")
    except Rejected as error:
        if error.status != _ABSENT:
            raise
        return BordersInForce(drawn=None)
    return BordersInForce(drawn=len(boundaries), version=version)


PAGE = doing.operators_page(name="borders", paths=("/borders",), gather=gather, scope=SCOPE)


# ---------------------------------------------------------------- the act


def routes(frame: Frame) -> list[Route]:
    """Replacing all of them."""
    return [doing.route(frame, PAGE, bring_in, largest=LARGEST)]


async def bring_in(visit: Visit, form: FormData) -> Outcome:
    """All borders of the file for the province typed, or none."""
    province = doing.text(form, "province")
    if not re.fullmatch(PROVINCE, province):
        raise refused("unit_unknown", "/province", unit=province)
    raw, _ = await doing.file(form, "file", LARGEST)
    try:
        document = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise refused("not_geojson", "/file") from error
    if not isinstance(document, dict):
        raise refused("not_geojson", "/file")
    key = quote(doing.text(form, "key") or "code", safe="")
    path, version = f"/v1/units/{province}/boundaries?key={key}", doing.version(form)
    answer = (await visit.hub.send("PUT", path, document, version=version)).json()
    return Outcome(result={"brought": BordersImport(units=answer["units"], missing=tuple(answer["missing"]))})
