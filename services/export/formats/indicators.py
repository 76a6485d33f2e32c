"""A released dataset's indicators and their targets as one table, for people and spreadsheets. Pure."""

from __future__ import annotations

from lienthong.indicators import verdicts
from lienthong.indicators.arithmetic import vietnamese
from lienthong.releases import Dataset
from lienthong.releases.figures import IndicatorTold, TargetTold
from lienthong.units.levels import LEVELS
from services.export.formats.cells import OFFICIAL, Cell, Table, decimal, official_cell

OPERATORS = {"at_least": "tối thiểu", "at_most": "tối đa", "equal": "bằng", "range": "từ … đến", "status": "đạt mức"}


def indicators(dataset: Dataset) -> Table:
    """One row for each indicator and target; indicators without a target have one row."""
    rows = [
        (
            indicator["code"],
            indicator["title"]["vi"],
            LEVELS[indicator["level"]].word.vi,
            decimal(indicator["value"]) if indicator["value"] is not None else _status(indicator),
            indicator["measure"]["vi"],
            verdicts.ASSESSMENTS[indicator["assessment"]].vi,
            *_target(target),
            indicator["reported"],
            indicator["obliged"],
            indicator["arithmetic"],
            _reasons(indicator, target),
            official_cell(indicator),
        )
        for indicator in dataset["indicators"]
        for target in (indicator["targets"] or (None,))
    ]
    return Table(
        title="Chỉ tiêu",
        columns={
            "indicator": "Mã chỉ tiêu",
            "title": "Chỉ tiêu",
            "level": "Cấp",
            "value": "Giá trị",
            "measure": "Đơn vị tính",
            "assessment": "Đánh giá",
            "target": "Mục tiêu",
            "target_year": "Năm mục tiêu",
            "target_status": "Tình trạng mục tiêu",
            "gap": "Còn thiếu so với mục tiêu",
            "reported": "Đã báo cáo",
            "obliged": "Số đơn vị phải báo cáo",
            "arithmetic": "Cách tính",
            "reasons": "Lý do",
            "official": OFFICIAL,
        },
        rows=tuple(rows),
    )


def _status(indicator: IndicatorTold) -> Cell:
    """What the figure calls the status; its code in datasets of older versions, which carry no label."""
    label = indicator.get("statusLabel")
    return indicator["status"] if label is None else str(label["vi"])


def _target(target: TargetTold | None) -> tuple[Cell, Cell, Cell, Cell]:
    if target is None:
        return None, None, None, None
    span = target["eachYear"]
    year: Cell = target["year"] if span is None else f"hằng năm từ {span['first']}"
    verdict = verdicts.of_target(target["status"], provisional=target["provisional"]).vi
    return f"{OPERATORS[target['operator']]} {_bound_words(target)}", year, verdict, decimal(target.get("gap"))


def _bound_words(target: TargetTold) -> str:
    if target["operator"] == "range":
        return f"{vietnamese(target['low'] or '')}–{vietnamese(target['high'] or '')}"
    if target["value"] is None:
        return "không nêu"
    label = target.get("valueLabel")
    if label is not None:
        return f"“{label['vi']}”"
    return str(target["value"]) if target["operator"] == "status" else vietnamese(target["value"])


def _reasons(indicator: IndicatorTold, target: TargetTold | None) -> str:
    """Why the value, and why the target, is as it is; each once."""
    reasons = [*indicator["reasons"], *(target["reasons"] if target is not None else ())]
    return "; ".join(dict.fromkeys(reason["message"]["vi"] for reason in reasons))
