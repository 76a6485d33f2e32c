"""The map of a province's units: borders or tiles, coloured by how the units reported or by an indicator."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from starlette.concurrency import run_in_threadpool

from services.console.asking import Answer
from services.console.page import Visit
from services.console.pages.indicators import Measure
from services.console.pages.unit_lines import UnitLine
from services.console.pictures import maps
from services.console.pictures.borders import Borders, draw
from services.console.pictures.maps import Map, MapField
from services.console.pictures.tiles import Tiles, near
from services.console.pictures.tiles import in_order as in_rows

MAPS = ("borders", "tiles")


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


DRAWINGS = Drawings()


def kind_of(visit: Visit, drawing: tuple[Borders, Tiles] | None) -> str:
    """Real borders where there are any, unless tiles are asked for."""
    return "tiles" if drawing is None or visit.filter("map") == "tiles" else "borders"


def map_of(
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
        if kind_of(visit, drawing) == "borders"
        else maps.of_tiles(title, tiles, fields)
    )


def _label(line: UnitLine, visit: Visit, indicator: Measure | None) -> str:
    if indicator is None:
        return visit.words("units.owes_nothing") if line.state is None else visit.words.name("standing", line.state)
    if line.status is not None:
        return visit.words.say(line.status)
    return visit.formats.number(line.value, visit.words.say(indicator.measure) if line.value is not None else "")


def classes_of(visit: Visit, communes: Sequence[UnitLine], over: Answer | None) -> tuple[tuple[str, str, int], ...]:
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
