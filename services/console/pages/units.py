"""The units of a province: a map and a table that say the same, coloured by how they reported or by an indicator."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from starlette.concurrency import run_in_threadpool

from lienthong.units.names import fold, sort_key
from services.console.asking import Answer
from services.console.page import Elsewhere, Page, Visit
from services.console.pages.indicators import Measure
from services.console.pages.rounds import Round, Text, in_order, round_of
from services.console.pages.standing import GROUPS, Duty, count_by_group, duties, names_of
from services.console.pages.unit import grade_text
from services.console.pictures import maps
from services.console.pictures.borders import Borders, draw
from services.console.pictures.maps import Map, MapField
from services.console.pictures.tiles import Tiles, near
from services.console.pictures.tiles import in_order as in_rows
from services.console.tables import Cell, Column, Table, Tone, row

MAPS = ("borders", "tiles")
_WORST = ("overdue", "returned", "withdrawn", "missing", "late")
"""A unit that owes several forms is shown by its worst one; else it has reported."""


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitLine:
    """A unit in the chosen round. state: of its worst duty (standing); None where it owes nothing. value: of the chosen
    indicator at its own level, status: the same as a label, look: how its field is coloured. points, grade: of
    the quality of its deliveries in the round; None while it is not graded.
    """

    unit: str
    name: str
    short: str
    level: str
    state: str | None
    tone: Tone
    duties: tuple[Duty, ...]
    value: str | None
    status: Text | None
    reasons: tuple[Text, ...]
    look: str
    points: int | None
    grade: Text | None


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


class Drawings:
    """Borders and tiles of provinces, drawn once for each file that an office imports (some 0.2 s)."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[str, Borders, Tiles]] = {}

    async def of(self, visit: Visit, province: str) -> tuple[Borders, Tiles] | None:
        """None where nothing was imported."""
        cached = self._held.get(province)
        pair = await visit.hub.unless(f"/v1/units/{province}/boundaries", cached[0] if cached else "")
        if pair is None:
            return None
        etag, rings = pair
        if rings is not None:
            cached = self._held[province] = (etag, *await run_in_threadpool(_draw, rings))
        assert cached is not None, "unchanged is said only of what was held"
        return cached[1:]


def _draw(rings: Answer) -> tuple[Borders, Tiles]:
    borders = draw(rings)
    return borders, near(borders.middles)


_DRAWINGS = Drawings()


LEVELS = ("commune", "agency")
SORTS = ("lowest", "highest")
"""By quality grade; by name without one."""


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
    drawing = await _DRAWINGS.of(visit, visit.person.province)
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
    names, level, text = names_of(children), visit.option("level", LEVELS), visit.filter("q")
    by_unit: dict[str, list[Duty]] = {}
    for duty in duties(obligations["obligations"], names):
        by_unit.setdefault(duty.unit, []).append(duty)
    units = {unit["code"]: unit for unit in children["units"]}
    values = {} if over is None else {unit["unit"]: unit for unit in over["units"]}
    looks, grades = _looks(over), {unit["unit"]: unit for unit in graded}
    lines = sorted(
        (
            _line(code, units.get(code), by_unit.get(code, []), values.get(code), over, looks, grades.get(code))
            for code in units | by_unit
        ),
        key=lambda line: (*_by_quality(line, visit.filter("sort")), sort_key(line.name), line.unit),
    )
    matching = [line for line in lines if level in (None, line.level) and _holds(line, text)]
    measures = tuple(map(Measure.of, indicators))
    indicator = next((measure for measure in measures if over is not None and measure.code == over["code"]), None)
    communes = [line for line in lines if line.level == "commune"]
    return Units(
        round=round_,
        rounds=tuple(round_line.code for round_line in rounds),
        indicators=measures,
        indicator=indicator,
        level=level,
        text=text,
        lines=tuple(matching),
        counts=count_by_group(duty for line in communes for duty in line.duties),
        map=_map(visit, communes, indicator, drawing) if round_ is not None else None,
        classes=_classes(visit, communes, over, looks) if round_ is not None else (),
        maps=() if drawing is None else MAPS,
        drawn=_kind(visit, drawing),
        sort=visit.option("sort", SORTS),
    )


def _line(
    code: str,
    unit: Answer | None,
    owing: Sequence[Duty],
    value: Answer | None,
    over: Answer | None,
    looks: Mapping[str, str],
    graded: Answer | None,
) -> UnitLine:
    worst = next((duty for state in _WORST for duty in owing if duty.state == state), owing[0] if owing else None)
    labels = {} if over is None else {status["value"]: status["label"] for status in over["statuses"]}
    status = None if value is None or value["status"] is None else labels.get(value["status"])
    tone: Tone = "plain" if worst is None else worst.tone
    return UnitLine(
        unit=code,
        name=code if unit is None else unit["full_name"],
        short=code if unit is None else unit["name"],
        level="commune" if code.isdigit() else "agency",
        state=None if worst is None else worst.state,
        tone=tone,
        duties=tuple(owing),
        value=None if value is None else value["value"],
        status=status,
        reasons=() if value is None else tuple(reason["message"] for reason in value["reasons"]),
        look=tone if over is None else looks.get(code, "shade-0"),
        points=None if graded is None else graded["points"],
        grade=None if graded is None else grade_text(graded),
    )


def _by_quality(line: UnitLine, sort: str | None) -> tuple[bool, int]:
    """Who is not graded comes last, whichever end is first."""
    if sort not in SORTS or line.points is None:
        return sort in SORTS, 0
    return False, line.points if sort == "lowest" else -line.points


def _looks(over: Answer | None) -> dict[str, str]:
    """A shade for each unit with a value, from the lowest to the highest; none where nobody has one."""
    values = {} if over is None else {u["unit"]: Decimal(u["value"]) for u in over["units"] if u["value"] is not None}
    communes = [value for unit, value in values.items() if unit.isdigit()] or [Decimal(0)]
    low, high = float(min(communes)), float(max(communes))
    return {unit: maps.shade(min(max(float(value), low), high), low, high) for unit, value in values.items()}


def _holds(line: UnitLine, text: str | None) -> bool:
    needle = fold(text or "")
    return needle in fold(line.name) or needle in line.unit.casefold()


def _kind(visit: Visit, drawing: tuple[Borders, Tiles] | None) -> str:
    """Real borders where there are any, unless tiles are asked for."""
    return "tiles" if drawing is None or visit.filter("map") == "tiles" else "borders"


def _map(
    visit: Visit, communes: Sequence[UnitLine], indicator: Measure | None, drawing: tuple[Borders, Tiles] | None
) -> Map:
    title = visit.words("units.map_status") if indicator is None else visit.words.say(indicator.title)
    fields = [
        MapField(
            code=line.unit,
            look=line.look,
            lines=maps.short_lines(line.short),
            initials=maps.initials(line.short),
            value=f"{line.name}: {_label(line, visit, indicator)}",
            href=f"/units/{line.unit}",
        )
        for line in communes
    ]
    if drawing is None:
        return maps.of_tiles(title, in_rows([line.unit for line in communes]), fields)
    borders, tiles = drawing
    return (
        maps.of_borders(title, borders, fields)
        if _kind(visit, drawing) == "borders"
        else maps.of_tiles(title, tiles, fields)
    )


def _label(line: UnitLine, visit: Visit, indicator: Measure | None) -> str:
    if indicator is None:
        return visit.words("units.owes_nothing") if line.state is None else visit.words.name("standing", line.state)
    if line.status is not None:
        return visit.words.say(line.status)
    return visit.formats.number(line.value, visit.words.say(indicator.measure) if line.value is not None else "")


def _classes(
    visit: Visit, communes: Sequence[UnitLine], over: Answer | None, looks: Mapping[str, str]
) -> tuple[tuple[str, str, int], ...]:
    """(class of the style sheet, what it means, how many)."""
    t, f = visit.words, visit.formats
    if over is None:
        states: dict[str | None, list[UnitLine]] = {}
        for line in communes:
            states.setdefault(line.state, []).append(line)
        return tuple(
            (lines[0].tone, t("units.owes_nothing") if state is None else t.name("standing", state), len(lines))
            for state, lines in sorted(states.items(), key=lambda item: -len(item[1]))
        )
    legend = []
    for place in range(6):
        look = f"shade-{place}"
        values = [Decimal(line.value) for line in communes if line.look == look and line.value is not None]
        count = sum(line.look == look for line in communes)
        if count:
            text = f"{f.number(min(values))} – {f.number(max(values))}" if values else t("units.no_value")
            legend.append((look, text, count))
    return tuple(legend)


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
