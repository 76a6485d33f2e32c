"""What the summary shows beside reports: how far tasks are, what the hub counts itself, what systems supplied."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich.table import Table

from services.demo.shown import table

_SHARES = {"part": "một phần", "whole": "toàn bộ"}


def tasks(plans: Iterable[Mapping[str, Any]]) -> Table:
    """Of each plan how many tasks stand where."""
    names = {
        "total": "Tổng",
        "done": "Xong",
        "inHand": "Đang làm",
        "overdue": "Quá hạn",
        "notReported": "Chưa báo cáo",
    }
    shown = table("6. Nhiệm vụ của các kế hoạch", "Kế hoạch", *(f">{name}" for name in names.values()))
    for plan in plans:
        shown.add_row(plan["plan"], *(str(plan[name] or "") for name in names))
    return shown


def counted_figures(rounds: Mapping[str, Iterable[Mapping[str, Any]]]) -> Table:
    """Figures that the hub counts from approved items, beside the sum of what was reported."""
    shown = table("7. Số liệu hệ thống tự đếm, cạnh số báo cáo", "Kỳ", "~Số liệu", ">Tự đếm", ">Báo cáo")
    for round_, figures in rounds.items():
        for figure in figures:
            shown.add_row(round_, figure["label"]["vi"], figure["computed"], figure["reported"] or "–")
    return shown


def systems_supplying(confirmed: Mapping[str, Any]) -> Table:
    """The systems from which a report was put together that its unit confirmed."""
    shown = table(
        f"8. Hệ thống cung cấp, đơn vị xác nhận: {confirmed['form']}",
        "Đơn vị",
        "Hệ thống",
        "Phần",
        ">Số liệu",
        "Biên nhận",
    )
    for report in confirmed["reports"]:
        for each in report["supplies"]:
            shown.add_row(
                report["unit"], each["system"], _SHARES[each["share"]], str(len(each["figures"])), each["receipt"]
            )
    return shown
