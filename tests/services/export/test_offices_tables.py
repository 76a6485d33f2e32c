"""Tasks, and what the hub computed itself, as tables of a released dataset."""

from __future__ import annotations

from typing import Any, cast

import pytest

from lienthong.releases import Dataset
from services.export.formats.cells import Table
from services.export.formats.tables import BY_NAME

TASK: dict[str, Any] = {
    "task": "T-1",
    "title": {"vi": "Tập huấn", "en": "Training"},
    "lead": ["Sở KH&CN"],
    "leads": [{"code": "20.SKHCN", "name": "Sở Khoa học và Công nghệ"}, {"code": "20.SYT", "name": None}],
    "partners": ["Các xã"],
    "result": "3 lớp",
    "due": "2026-12-28",
    "dueText": None,
    "state": "done",
    "doneLate": True,
    "said": [
        {"receipt": "20-5", "unit": "20.SKHCN", "status": "done", "note": "Xong", "asOf": "2026-12-29", "at": "x"},
        {"receipt": "20-9", "unit": "20.SYT", "status": "done", "note": "", "asOf": "2026-12-29", "redacted": True},
    ],
}
READING = {"value": "50.0", "assessment": "assessed", "arithmetic": "1 / 2 × 100", "reasons": []}
UNKNOWN = {"value": None, "assessment": "cannot_be_assessed", "arithmetic": "", "reasons": [{"vi": "Thiếu", "en": "x"}]}
COMPUTED: dict[str, Any] = {
    "figures": [
        {
            "figure": "items",
            "label": {"vi": "Tin, bài", "en": "Items"},
            "form": "F",
            "source": "content",
            "assumption": {"vi": "Đếm tin đã duyệt", "en": "Approved ones"},
            "computed": "3",
            "reported": "5",
            "differs": True,
        }
    ],
    "indicators": [
        {
            "indicator": "I-1",
            "title": {"vi": "Tỷ lệ", "en": "Share"},
            "computed": READING,
            "reported": READING,
            "differs": False,
        },
        {
            "indicator": "I-2",
            "title": {"vi": "Tăng", "en": "Growth"},
            "computed": UNKNOWN,
            "reported": UNKNOWN,
            "differs": False,
        },
    ],
    "reportedOnly": [],
}


def rows(name: str, **members: Any) -> list[dict[str, str]]:
    table: Table = BY_NAME[name](cast(Dataset, {"units": [], **members}))
    return [dict(zip(table.columns, map(str, row), strict=True)) for row in table.rows]


def test_a_task_stands_with_its_leads_its_state_and_what_was_said() -> None:
    [task] = rows("tasks", tasks=[TASK])
    assert (task["leads"], task["due"], task["state"], task["done_late"], task["as_of"]) == (
        "Sở Khoa học và Công nghệ; 20.SYT",
        "28/12/2026",
        "đã hoàn thành",
        "có",
        "29/12/2026",
    )
    assert task["note"] == "Xong\n(nội dung đã được xóa)" and task["receipts"] == "20-5; 20-9"


def test_what_the_hub_computed_stands_beside_what_was_reported() -> None:
    lines = rows("computed", computed=COMPUTED)
    assert [(row["code"], row["computed"], row["reported"], row["compared"], row["how"]) for row in lines] == [
        ("items", "3", "5", "khác nhau", "Đếm tin đã duyệt"),
        ("I-1", "50.0", "50.0", "khớp", "1 / 2 × 100"),
        ("I-2", "None", "None", "chưa có báo cáo", "Thiếu"),
    ]


@pytest.mark.parametrize("name", ["tasks", "computed"])
def test_a_release_of_before_has_an_empty_table(name: str) -> None:
    assert rows(name) == []
