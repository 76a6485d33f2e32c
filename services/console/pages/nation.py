"""What the Ministry sees: programmes and periods, provinces side by side, national figures, from releases alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

from lienthong.refusals import refused
from lienthong.units.names import sort_key
from services.console.asking import Answer
from services.console.page import Page, Visit
from services.console.pages.indicators import Sum, columns
from services.console.pages.nation_measured import OfferedMeasure, ProvinceValue, looks, measures_in, values_in
from services.console.pages.rounds import Text
from services.console.pictures import maps
from services.console.pictures.maps import Map, MapField
from services.console.tables import Cell, Column, Table, Tone, folding, row


@dataclass(frozen=True, kw_only=True, slots=True)
class Period:
    """A programme's period that somebody has released. provinces: how many, as the page of the period says; communes:
    how many that have a plan of their own.
    """

    programme: str
    period: str
    provinces: int
    communes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Province:
    """A province in the chosen period. releases: names of the newest version of each of its own plans; communes: those
    of its communes that have a plan of their own. reported of obliged forms, late ones among them, provisional
    indicators: of its own plans. on_time: towards the Ministry, None where no date is stated. measured: what it says of
    the measure chosen; None where it says nothing, or none is chosen.
    """

    code: str
    name: str
    releases: tuple[str, ...]
    communes: tuple[str, ...]
    signed_at: datetime | None
    reported: int
    obliged: int
    late: int
    provisional: int
    on_time: bool | None
    measured: ProvinceValue | None


@dataclass(frozen=True, kw_only=True, slots=True)
class NationalFigure(Sum):
    """A figure summed over provinces. statuses: units at each value."""

    statuses: tuple[tuple[Text, int], ...]
    provinces: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Nation:
    """periods: what can be chosen, newest first. programme, period: the chosen one; None where nothing was released.
    total: how many provinces there are. measures: what provinces can be compared by; by: the one chosen. shades: (class
    of the style sheet, from, to, how many provinces) of the map by it.
    """

    periods: tuple[Period, ...]
    programme: str | None
    period: str | None
    total: int
    provinces: tuple[Province, ...]
    figures: tuple[NationalFigure, ...]
    map: Map | None
    measures: tuple[OfferedMeasure, ...]
    by: OfferedMeasure | None
    shades: tuple[tuple[str, str, str, int], ...]

    @property
    def released(self) -> int:
        return sum(bool(province.releases) for province in self.provinces)

    @property
    def classes(self) -> tuple[tuple[Tone, str, int], ...]:
        """(look, word, how many provinces) of the map's colours."""
        only = sum(bool(province.communes) and not province.releases for province in self.provinces)
        others = len(self.provinces) - self.released - only
        return (("good", "released", self.released), ("info", "communes_only", only), ("plain", "not_sent", others))


async def gather(visit: Visit) -> Nation:
    hub = visit.hub
    answer, children = await hub.all(hub.get("/v1/feed/periods"), hub.get("/v1/units/VN/children", level="province"))
    periods = tuple(map(_period, answer["periods"]))
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


def _period(body: Mapping[str, Any]) -> Period:
    return Period(
        programme=body["programme"], period=body["period"], provinces=body["provinces"], communes=body["communes"]
    )


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


def build(
    visit: Visit,
    periods: tuple[Period, ...],
    period: Period | None,
    body: Answer | None,
    children: Answer,
    offered_measures: tuple[OfferedMeasure, ...] = (),
    by: OfferedMeasure | None = None,
    province_values: Mapping[str, ProvinceValue] | None = None,
) -> Nation:
    """Pure. body: /v1/feed/national of the period; children: the provinces; province_values: by code, of `by`."""
    province_values = province_values or {}
    releases: dict[str, list[Mapping[str, Any]]] = {}
    for release in () if body is None else body["releases"]:
        releases.setdefault(release["province"], []).append(release)
    provinces = tuple(
        _province(unit, releases.get(unit["code"], ()), province_values.get(unit["code"]))
        for unit in sorted(children["units"], key=_by_name)
    )
    short = {unit["code"]: unit["name"] for unit in children["units"]}
    return Nation(
        periods=periods,
        programme=None if period is None else period.programme,
        period=None if period is None else period.period,
        total=len(provinces) if body is None else body["provinces"]["total"],
        provinces=provinces,
        figures=() if body is None else tuple(_figure(figure) for figure in body["figures"]),
        map=None if body is None else _map(visit, provinces, short, by),
        measures=offered_measures,
        by=by,
        shades=() if by is None else _shades(province_values),
    )


def _by_name(unit: Answer) -> str:
    return sort_key(unit["name"])


def _province(unit: Answer, bodies: Sequence[Answer], measured: ProvinceValue | None) -> Province:
    own = [body for body in bodies if body["level"] == "province"]
    verdicts = [body["onTime"] for body in own if body["onTime"] is not None]
    return Province(
        code=unit["code"],
        name=unit["full_name"],
        releases=tuple(body["release"] for body in own),
        communes=tuple(body["release"] for body in bodies if body["level"] == "commune"),
        signed_at=max((datetime.fromisoformat(body["signedAt"]) for body in own), default=None),
        reported=sum(body["reported"] for body in own),
        obliged=sum(body["obliged"] for body in own),
        late=sum(body["late"] for body in own),
        provisional=sum(body["provisional"] for body in own),
        on_time=all(verdicts) if verdicts else None,
        measured=measured,
    )


def _figure(body: Answer) -> NationalFigure:
    statuses = tuple((status["label"], status["units"]) for status in body.get("statuses", ()))
    return NationalFigure.of({"sum": None, **body}, statuses=statuses, provinces=body["provinces"])


def _map(visit: Visit, provinces: Sequence[Province], short: Mapping[str, str], by: OfferedMeasure | None) -> Map:
    t = visit.words
    shades = (
        {}
        if by is None
        else looks({province.code: province.measured for province in provinces if province.measured is not None})
    )
    fields = [
        MapField(
            code=province.code,
            look=_look(province) if by is None else shades.get(province.code, "shade-0"),
            lines=maps.short_lines(short[province.code], width=8),
            initials="",
            value=f"{province.name}: {_label(province, visit, by)}",
        )
        for province in provinces
    ]
    return maps.of_tiles(t("nation.map") if by is None else t.say(by.title), maps.nation_tiles(), fields)


def _label(province: Province, visit: Visit, by: OfferedMeasure | None) -> str:
    t, f = visit.words, visit.formats
    if by is None:
        return t("nation.sent", day=f.day(province.signed_at)) if province.releases else _state(province, visit)
    if province.measured is None or province.measured.value is None:
        return t("units.no_value")
    return (
        t.say(province.measured.status)
        if province.measured.status
        else f.number(province.measured.value, t.say(by.measure))
    )


def _shades(province_values: Mapping[str, ProvinceValue]) -> tuple[tuple[str, str, str, int], ...]:
    by_look: dict[str, list[Decimal]] = {}
    for code, look in looks(province_values).items():
        by_look.setdefault(look, []).append(Decimal(province_values[code].value or 0))
    return tuple(
        (look, str(min(numbers)), str(max(numbers)), len(numbers)) for look, numbers in sorted(by_look.items())
    )


def _look(province: Province) -> Tone:
    return "good" if province.releases else "info" if province.communes else "plain"


def _state(province: Province, visit: Visit) -> str:
    key = "released" if province.releases else "communes_only" if province.communes else "not_sent"
    return visit.words.name("released", key)


def tables(data: Nation, visit: Visit) -> Sequence[Table]:
    return folding((_provinces(data, visit), _figures(data, visit)), "figures")


def _provinces(data: Nation, visit: Visit) -> Table:
    t, by = visit.words, data.by
    compared = (
        () if by is None else (Column(name="value", title=f"{t.say(by.title)} ({t.say(by.measure)})", kind="number"),)
    )
    return Table(
        name="provinces",
        title=t("nation.provinces"),
        empty=t("nation.none"),
        columns=(
            Column(name="province", title=t("column.province"), heading=True),
            *columns(t, "code"),
            *compared,
            Column(name="state", title=t("column.state")),
            Column(name="on_time", title=t("nation.in_time")),
            Column(name="signed", title=t("column.signed"), kind="when"),
            *columns(t, "reported", "obliged"),
            Column(name="provisional", title=t("nation.provisional"), kind="number"),
            Column(name="releases", title=t("column.release")),
        ),
        rows=tuple(_row(province, visit, by) for province in data.provinces),
    )


def _figures(data: Nation, visit: Visit) -> Table:
    t = visit.words
    return Table(
        name="figures",
        title=t("nation.figures"),
        empty=t("nation.none"),
        columns=columns(t, "figure", "code", "sum", "measure", "provinces", "given", "obliged_units"),
        rows=tuple(
            row(
                t.say(figure.label),
                figure.code,
                _sum(figure, visit),
                t.say(figure.measure),
                figure.provinces,
                figure.given,
                figure.obliged,
            )
            for figure in data.figures
        ),
    )


def _row(province: Province, visit: Visit, by: OfferedMeasure | None) -> tuple[Cell, ...]:
    t, has_released = visit.words, bool(province.releases)
    timely = (
        None
        if province.on_time is None
        else Cell(
            value=t("delivered.on_time") if province.on_time else t("delivered.late"),
            tone="good" if province.on_time else "warn",
        )
    )
    compared = () if by is None else (_value(province, visit),)
    return row(
        province.name,
        province.code,
        *compared,
        Cell(value=_state(province, visit), tone=_look(province)),
        timely,
        province.signed_at,
        province.reported if has_released else None,
        province.obliged if has_released else None,
        province.provisional if has_released else None,
        _release_link((*province.releases, *province.communes)),
    )


def _value(province: Province, visit: Visit) -> Decimal | str | None:
    if province.measured is None or province.measured.value is None:
        return None
    return visit.words.say(province.measured.status) if province.measured.status else Decimal(province.measured.value)


def _release_link(names: Sequence[str]) -> Cell:
    """To the first of them: the others are plans of communes, which stand beside it in the feed."""
    return Cell(value=", ".join(names) or None, href=f"/nation/releases/{names[0]}" if names else None)


def _sum(figure: NationalFigure, visit: Visit) -> Decimal | str | None:
    if figure.sum is not None:
        return Decimal(figure.sum)
    counts = [f"{visit.words.say(label)}: {units}" for label, units in figure.statuses if units]
    return "; ".join(counts) or None


PAGE = Page(
    name="nation",
    paths=("/nation",),
    gather=gather,
    tables=tables,
    menu=True,
    national=True,
    filters=frozenset({"of", "by"}),
)
