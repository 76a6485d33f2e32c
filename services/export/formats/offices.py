"""What offices tell each other, as tables of a released dataset: difficulties, tasks, what the hub computed itself.
Pure.
"""

from __future__ import annotations

from lienthong.releases import Dataset
from lienthong.releases.offices import ComputedFigureTold, ComputedIndicatorTold, ComputedTold, TaskSaid
from services.export.formats.cells import Cell, Table, day, decimal, moment, names

_STATES = {"raised": "chưa trả lời", "forwarded": "đã chuyển", "answered": "đã trả lời", "closed": "đã kết thúc"}
_REMOVED = "(nội dung đã được xóa)"
_TASKS = {
    "not_reported": "chưa báo cáo",
    "not_begun": "chưa triển khai",
    "in_hand": "đang thực hiện",
    "done": "đã hoàn thành",
    "overdue": "quá hạn",
}


def difficulties(dataset: Dataset) -> Table:
    """The difficulties of the plan with what came of them."""
    units = names(dataset)
    rows = tuple(
        (
            difficulty["unit"],
            units.get(difficulty["unit"]),
            moment(difficulty["raisedAt"]),
            difficulty["title"],
            difficulty["text"] or _REMOVED,
            difficulty["proposal"],
            "có" if difficulty["asksForAmendment"] else "không",
            _STATES[difficulty["state"]],
            difficulty["holder"] or "",
            (difficulty["answer"]["text"] or _REMOVED) if difficulty["answer"] else "",
            difficulty["receipt"],
        )
        for difficulty in dataset.get("difficulties", ())
    )
    return Table(
        title="Khó khăn, vướng mắc",
        columns={
            "unit": "Mã đơn vị",
            "unit_name": "Đơn vị",
            "raised_at": "Nêu lúc",
            "title": "Tiêu đề",
            "text": "Nội dung",
            "proposal": "Đề xuất",
            "asks_for_amendment": "Đề nghị điều chỉnh kế hoạch",
            "state": "Tình trạng",
            "holder": "Cơ quan đang xử lý",
            "answer": "Trả lời",
            "receipt": "Số biên nhận",
        },
        rows=rows,
    )


def tasks(dataset: Dataset) -> Table:
    """How far the plan's tasks are: task row for said, with the reports that its state follows from."""
    rows = tuple(
        (
            task["task"],
            task["title"]["vi"],
            "; ".join(lead["name"] or lead["code"] for lead in task["leads"]),
            "; ".join(task["partners"]),
            task["result"] or "",
            day(task["due"]) or task["dueText"] or "",
            _TASKS[task["state"]],
            "có" if task["doneLate"] else "không",
            "; ".join(dict.fromkeys(day(entry["asOf"]) for entry in task["said"])),
            "\n".join(_note(entry) for entry in task["said"] if entry["note"] or entry.get("redacted")),
            "; ".join(entry["receipt"] for entry in task["said"]),
        )
        for task in dataset.get("tasks", ())
    )
    return Table(
        title="Nhiệm vụ",
        columns={
            "task": "Mã nhiệm vụ",
            "title": "Nhiệm vụ",
            "leads": "Đơn vị chủ trì",
            "partners": "Đơn vị phối hợp",
            "result": "Kết quả, sản phẩm",
            "due": "Thời hạn",
            "state": "Tình hình",
            "done_late": "Hoàn thành quá hạn",
            "as_of": "Tính đến ngày",
            "note": "Ghi chú",
            "receipts": "Số biên nhận",
        },
        rows=rows,
    )


def computed_figures(dataset: Dataset) -> Table:
    """What the hub computed itself, each beside what was reported: figures, then indicators."""
    computed = dataset.get("computed") or ComputedTold(figures=[], indicators=[], reportedOnly=[])
    return Table(
        title="Tính từ dữ liệu hệ thống",
        columns={
            "kind": "Loại",
            "code": "Mã",
            "title": "Số liệu, chỉ tiêu",
            "computed": "Tính từ dữ liệu của hệ thống",
            "reported": "Đơn vị báo cáo",
            "compared": "Đối chiếu",
            "how": "Cách tính",
        },
        rows=(*map(_computed_figure, computed["figures"]), *map(_computed_indicator, computed["indicators"])),
    )


def _computed_figure(figure: ComputedFigureTold) -> tuple[Cell, ...]:
    return (
        "số liệu",
        figure["figure"],
        figure["label"]["vi"],
        decimal(figure["computed"]),
        decimal(figure["reported"]),
        _comparison_words(differs=figure["differs"], reported=figure["reported"]),
        figure["assumption"]["vi"] if figure["assumption"] else "",
    )


def _computed_indicator(indicator: ComputedIndicatorTold) -> tuple[Cell, ...]:
    return (
        "chỉ tiêu",
        indicator["indicator"],
        indicator["title"]["vi"],
        decimal(indicator["computed"]["value"]),
        decimal(indicator["reported"]["value"]),
        _comparison_words(differs=indicator["differs"], reported=indicator["reported"]["value"]),
        indicator["computed"]["arithmetic"] or "; ".join(reason["vi"] for reason in indicator["computed"]["reasons"]),
    )


def _comparison_words(*, differs: bool, reported: str | None) -> str:
    if reported is None:
        return "chưa có báo cáo"
    return "khác nhau" if differs else "khớp"


def _note(entry: TaskSaid) -> str:
    return entry["note"] or _REMOVED
