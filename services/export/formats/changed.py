"""What a release says anew against the version that it supersedes, as one table. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lienthong.indicators import verdicts
from lienthong.releases import Dataset
from lienthong.releases.changes import Changes, Counts, HeldValue, Read
from lienthong.releases.figures import FigureTold
from services.export.formats.cells import (
    STATES,
    Cell,
    Table,
    completeness,
    decimal,
    figures_by_code,
    names,
    status_label,
)

NOTHING: Final = "(không có)"
"""What stands on the side where there is none: a unit's first report, a figure that is new."""

Row = tuple[Cell, ...]


def changes(dataset: Dataset) -> Table:
    """A row for each thing that differs, from the whole to the parts; none in a round's first release."""
    differences = dataset["changes"]
    return Table(
        title="Thay đổi so với bản trước",
        columns={
            "what": "Nội dung",
            "form": "Biểu mẫu",
            "unit": "Mã đơn vị",
            "unit_name": "Đơn vị",
            "code": "Mã",
            "label": "Tên",
            "before": "Bản trước",
            "after": "Bản này",
        },
        rows=() if differences is None else tuple(_rows(differences, dataset)),
    )


def _rows(differences: Changes, dataset: Dataset) -> Iterator[Row]:
    units = names(dataset)
    figures = figures_by_code(dataset)
    titles = {indicator["code"]: indicator["title"]["vi"] for indicator in dataset["indicators"]}
    for form in differences["completeness"]:
        yield ("Mức độ đầy đủ", form["form"], None, None, None, None, _counts(form["before"]), _counts(form["after"]))
    for indicator in differences["indicators"]:
        code = indicator["code"]
        sides = _reading_cell(indicator["before"]), _reading_cell(indicator["after"])
        yield ("Chỉ tiêu", None, None, None, code, titles.get(code), *sides)
    for figure in differences["figures"]:
        entry = figures.get((figure["form"], figure["code"]))
        sides = _sum(figure["before"]), _sum(figure["after"])
        yield ("Tổng số liệu", figure["form"], None, None, figure["code"], _label(entry), *sides)
    for report in differences["reports"]:
        unit = report["unit"]
        sides = _revision(report["before"]), _revision(report["after"])
        yield ("Lần báo cáo", report["form"], unit, units.get(unit), None, None, *sides)
    for observed in differences["observations"]:
        unit, entry = observed["unit"], figures.get((observed["form"], observed["figure"]))
        sides = _held_cell(observed["before"], entry), _held_cell(observed["after"], entry)
        yield ("Số liệu của đơn vị", observed["form"], unit, units.get(unit), observed["figure"], _label(entry), *sides)


def _label(figure: FigureTold | None) -> str | None:
    return None if figure is None else figure["label"]["vi"]


def _sum(text: str | None) -> Cell:
    return NOTHING if text is None else decimal(text)


def _revision(number: int | None) -> Cell:
    return NOTHING if number is None else number


def _counts(counts: Counts | None) -> Cell:
    return NOTHING if counts is None else completeness(counts)


def _reading_cell(read: Read | None) -> Cell:
    """The value alone where it was assessed, otherwise with what it is."""
    if read is None:
        return NOTHING
    value = decimal(read["value"]) if read["value"] is not None else read["status"]
    if read["assessment"] == "assessed":
        return value
    assessment = verdicts.ASSESSMENTS[read["assessment"]].vi
    return assessment if value is None else f"{_text(value)} ({assessment.lower()})"


def _text(value: Cell) -> str:
    return str(value).replace(".", ",")


def _held_cell(held: HeldValue | None, figure: FigureTold | None) -> Cell:
    if held is None:
        return NOTHING
    if held["state"] == "status":
        return status_label(held["value"], figure)
    return STATES[held["state"]] if held["value"] is None else decimal(held["value"])
