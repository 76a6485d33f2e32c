"""The units of a province: a map and a table that say the same, coloured by how they reported or by an indicator."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.console.asking import Answer
from services.console.page import Elsewhere, Page, Visit
from services.console.pages.indicators import Measure
from services.console.pages.rounds import Round, in_order, round_of
from services.console.pages.standing import GROUPS, count_by_group
from services.console.pages.unit_lines import SORTS, UnitLine, holds, lines_of
from services.console.pages.units_map import DRAWINGS, MAPS, classes_of, kind_of, map_of
from services.console.pictures.borders import Borders
from services.console.pictures.maps import Map
from services.console.pictures.tiles import Tiles
from services.console.tables import Cell, Column, Table, row

LEVELS = ("commune", "agency")


@dataclass(frozen=True, kw_only=True, slots=True)
class Units:
    """round: None where the province has none yet. indicator: what the map is coloured by; None: how they reported.
    map: None for who stands for single units. lines: filtered by level and text, in Vietnamese order, or by
    quality where `sort` says so. classes: what
    each colour means, with how many of the map's units have it. maps: the kinds of map there are; drawn: the one shown.
    """

    round: Round | None
    rounds: tuple[str, ...]
    indicators: tuple[Measure, ...]
    indicator: Measure | None
    level: str | None
    text: str | None
    lines: tuple[UnitLine, ...]
    counts: Mapping[str, int]
    map: Map | None
    classes: tuple[tuple[str, str, int], ...]
    maps: tuple[str, ...]
    drawn: str
    sort: str | None


async def gather(visit: Visit) -> Units:
    if visit.person.is_national:
        raise Elsewhere("/nation")
    if not visit.person.reads_province:
        return await _own(visit)
    hub = visit.hub
    answer = await hub.get("/v1/rounds")
    rounds = [round_ for round_ in in_order(round_of(body) for body in answer["rounds"]) if round_.state != "planned"]
    option = visit.option("round", [round_.code for round_ in rounds])
    current = next((round_ for round_ in rounds if round_.code == option), rounds[0] if rounds else None)
    if current is None:
        children = await hub.get(f"/v1/units/{visit.person.province}/children")
        return build(visit, None, rounds, children, {"obligations": []}, None, ())
    children, obligations, indicators, graded = await hub.all(
        hub.get(f"/v1/units/{visit.person.province}/children", on=current.last.isoformat()),
        hub.get("/v1/obligations", round=current.code),
        hub.get(f"/v1/rounds/{current.code}/indicators"),
        hub.get(f"/v1/rounds/{current.code}/quality"),
    )
    indicator = visit.option("indicator", [indicator["code"] for indicator in indicators["indicators"]])
    drawing = await DRAWINGS.of(visit, visit.person.province)
    over = None if indicator is None else await hub.get(f"/v1/rounds/{current.code}/units", indicator=indicator)
    return build(
        visit, current, rounds, children, obligations, over, indicators["indicators"], drawing, graded["units"]
    )


async def _own(visit: Visit) -> Units:
    """Who reports or reads for units sees these alone."""
    obligations, bound = await visit.hub.get("/v1/obligations"), visit.person.bound_to("read:province")
    codes = sorted({line["unit"] for line in obligations["obligations"]} | {*visit.person.own_units, *bound})
    if len(codes) == 1:
        raise Elsewhere(f"/units/{codes[0]}")
    units = await visit.hub.all(*(visit.hub.get(f"/v1/units/{code}") for code in codes))
    return build(visit, None, [], {"units": units}, obligations, None, ())


def build(
    visit: Visit,
    round_: Round | None,
    rounds: Sequence[Round],
    children: Answer,
    obligations: Answer,
    over: Answer | None,
    indicators: Iterable[Answer],
    drawing: tuple[Borders, Tiles] | None = None,
    graded: Iterable[Answer] = (),
) -> Units:
    """Pure. children: the units; obligations: /v1/obligations; over: an indicator over the units, indicators: of the
    round. drawing: where the communes lie, if that was imported; graded: /v1/rounds/{round}/quality.
    """
    level, text, sort = visit.option("level", LEVELS), visit.filter("q"), visit.option("sort", SORTS)
    lines = lines_of(children, obligations, over, graded, sort)
    matching = (line for line in lines if level in (None, line.level) and holds(line, text))
    measures = tuple(map(Measure.of, indicators))
    indicator = next((measure for measure in measures if over is not None and measure.code == over["code"]), None)
    communes = [line for line in lines if line.level == "commune"]
    return Units(
        round=round_,
        rounds=tuple(entry.code for entry in rounds),
        indicators=measures,
        indicator=indicator,
        level=level,
        text=text,
        lines=tuple(matching),
        counts=count_by_group(duty for line in communes for duty in line.duties),
        map=map_of(visit, communes, indicator, drawing) if round_ is not None else None,
        classes=classes_of(visit, communes, over) if round_ is not None else (),
        maps=() if drawing is None else MAPS,
        drawn=kind_of(visit, drawing),
        sort=sort,
    )


def tables(data: Units, visit: Visit) -> Sequence[Table]:
    t = visit.words
    value = (
        (Column(name="value", title=t.say(data.indicator.measure), kind="number"),)
        if data.indicator is not None
        else ()
    )
    return (
        Table(
            name="units",
            title=t("units.list"),
            empty=t("units.none"),
            columns=(
                Column(name="unit", title=t("column.unit"), heading=True),
                Column(name="code", title=t("column.code"), kind="code"),
                Column(name="state", title=t("column.state")),
                *(Column(name=group, title=t.name("group", group), kind="number") for group in GROUPS[:4]),
                Column(name="quality", title=t("unit.quality"), kind="number"),
                *value,
            ),
            rows=tuple(_row(line, data, visit) for line in data.lines),
        ),
    )


def _row(line: UnitLine, data: Units, visit: Visit) -> tuple[Cell, ...]:
    t, counts = visit.words, count_by_group(line.duties)
    state = t("units.owes_nothing") if line.state is None else t.name("standing", line.state)
    cells: list[Cell | str | int | Decimal | None] = [
        Cell(value=line.name, href=f"/units/{line.unit}"),
        line.unit,
        Cell(value=state, tone=line.tone),
        *(counts[group] for group in GROUPS[:4]),
        Cell(value=line.points, note="" if line.grade is None else t.say(line.grade)),
    ]
    if data.indicator is not None:
        number = None if line.value is None else Decimal(line.value)
        cells.append(number if line.status is None else t.say(line.status))
    return row(*cells)


PAGE = Page(
    name="units",
    paths=("/units",),
    gather=gather,
    tables=tables,
    menu=True,
    filters=frozenset({"round", "indicator", "level", "map", "q", "sort"}),
)
