"""What the Ministry sees: programmes and periods, provinces side by side, national figures, from releases alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

from lienthong.refusals import refused
from services.console.asking import Answer
from services.console.page import Page, Visit
from services.console.pages.nation_measured import measures_in, values_in
from services.console.pages.nation_tables import tables
from services.console.pages.national import Nation, Period, build, period_of


async def gather(visit: Visit) -> Nation:
    hub = visit.hub
    answer, children = await hub.all(hub.get("/v1/feed/periods"), hub.get("/v1/units/VN/children", level="province"))
    periods = tuple(map(period_of, answer["periods"]))
    period = _period_named(periods, visit.filter("of"))
    body = None if period is None else await hub.get(f"/v1/feed/national/{period.programme}/{period.period}")
    datasets = await _datasets(visit, body)
    offered_measures = measures_in(datasets)
    by = next((measure for measure in offered_measures if measure.code == visit.filter("by")), None)
    return build(
        visit, periods, period, body, children, offered_measures, by, {} if by is None else values_in(datasets, by)
    )


async def _datasets(visit: Visit, body: Answer | None) -> list[Answer]:
    """Of the provinces' own releases: of one alone, to know what there is, until something of them is asked for."""
    released = () if body is None else body["releases"]
    names = [entry["release"] for entry in released if entry["level"] == "province"]
    names_to_read = names if visit.filter("by") else names[:1]
    return [await visit.hub.get(f"/v1/feed/releases/{name}/dataset", format="json") for name in names_to_read]


async def entries(visit: Visit) -> list[Mapping[str, Any]]:
    """Every entry of the feed, page by page."""
    bodies: list[Mapping[str, Any]] = []
    cursor = None
    while True:
        page = await visit.hub.get("/v1/feed/releases", limit=1000, cursor=cursor)
        bodies += page["entries"]
        if "next" not in page["links"]:
            return bodies
        cursor = parse_qs(urlsplit(page["links"]["next"]).query)["cursor"][0]


def _period_named(periods: Sequence[Period], of: str | None) -> Period | None:
    """of: `P119/2026`, the newest without it. Raises Rejected (404) for what nobody has released: figures of another
    programme than the one asked for are worse than none.
    """
    if of is None:
        return periods[0] if periods else None
    for period in periods:
        if f"{period.programme}/{period.period}" == of:
            return period
    raise refused("nobody_released", of=of)


PAGE = Page(
    name="nation",
    paths=("/nation",),
    gather=gather,
    tables=tables,
    menu=True,
    national=True,
    filters=frozenset({"of", "by"}),
)
