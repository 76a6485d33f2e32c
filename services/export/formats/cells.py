"""What tables of a dataset are made of. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from lienthong.instants import read
from lienthong.releases import Dataset
from lienthong.releases.changes import Counts
from lienthong.releases.figures import FigureTold, IndicatorTold
from lienthong.releases.round import Completeness

Cell = str | int | Decimal | datetime | None

OFFICIAL = "Mã theo danh mục chung"

STATES = {
    "reported": "đã báo cáo",
    "zero": "bằng 0",
    "status": "đã báo cáo",
    "missing": "chưa báo cáo",
    "withdrawn": "đã rút",
    "returned": "bị trả lại",
    "nil": "không phát sinh",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """Rows under Vietnamese headers. columns: the header of each column by its name for machines, in order."""

    title: str
    columns: Mapping[str, str]
    rows: tuple[tuple[Cell, ...], ...]

    @property
    def headers(self) -> tuple[str, ...]:
        return tuple(self.columns.values())


def names(dataset: Dataset) -> dict[str, str | None]:
    return {unit["code"]: unit["name"] for unit in dataset["units"]}


def figures_by_code(dataset: Dataset) -> dict[tuple[str, str], FigureTold]:
    """By form and code."""
    return {(figure["form"], figure["code"]): figure for figure in dataset["figures"]}


def status_label(value: str | None, figure: FigureTold | None) -> str:
    """What the figure calls a status; its code where the figure is of an older form."""
    labels = {} if figure is None else {status["value"]: status["label"]["vi"] for status in figure["statuses"]}
    return labels.get(value or "", value or "")


def statuses(figure: Mapping[str, Any]) -> str:
    """How many units said which status instead of a number."""
    return "; ".join(f"{status['label']['vi']}: {status['units']}" for status in figure["statuses"])


def official_cell(figure: FigureTold | IndicatorTold) -> str:
    """The code in an official list, and which; empty where the plan names none."""
    official = figure.get("official")
    return "" if official is None else f"{official['code']} ({official['list']})"


def completeness(counts: Counts | Completeness) -> str:
    """How many of the units that owe a form have reported."""
    return f"{counts['reported']}/{counts['obliged']} đơn vị đã báo cáo, {counts['late']} quá hạn"


def decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def moment(text: str | None) -> datetime | None:
    return None if text is None else read(text)


def day(text: str | None) -> str:
    if not text:
        return ""
    year, month, day = text.split("-")
    return f"{day}/{month}/{year}"
