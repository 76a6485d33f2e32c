"""What a period says of the nation, from releases alone: provinces side by side, their map, national figures. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from lienthong.units.names import sort_key
from services.console.asking import Answer
from services.console.page import Visit
from services.console.pages.indicators import Sum
from services.console.pages.nation_measured import OfferedMeasure, ProvinceValue, looks
from services.console.pages.rounds import Text
from services.console.pictures import maps
from services.console.pictures.maps import Map, MapField
from services.console.tables import Tone

_TONES: dict[str, Tone] = {"released": "good", "communes_only": "info", "not_sent": "plain"}


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

    @property
    def state(self) -> str:
        """What it sent: `released`, `communes_only`, `not_sent`."""
        return "released" if self.releases else "communes_only" if self.communes else "not_sent"

    @property
    def tone(self) -> Tone:
        return _TONES[self.state]


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
        states = Counter(province.state for province in self.provinces)
        return tuple((tone, state, states[state]) for state, tone in _TONES.items())


def period_of(body: Mapping[str, Any]) -> Period:
    """From an answer of /v1/feed/periods."""
    return Period(
        programme=body["programme"], period=body["period"], provinces=body["provinces"], communes=body["communes"]
    )


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
            look=province.tone if by is None else shades.get(province.code, "shade-0"),
            lines=maps.short_lines(short[province.code], width=8),
            initials="",
            value=f"{province.name}: {_label(province, visit, by)}",
        )
        for province in provinces
    ]
    return maps.of_tiles(t("nation.map") if by is None else t.say(by.title), maps.nation_tiles(), fields)


def _label(province: Province, visit: Visit, by: OfferedMeasure | None) -> str:
    t, f = visit.words, visit.formats
    if by is None and province.releases:
        return t("nation.sent", day=f.day(province.signed_at))
    if by is None:
        return t.name("released", province.state)
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
