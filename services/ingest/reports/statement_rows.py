"""The statement of deliveries as rows under Vietnamese headers, for people and spreadsheets. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from lienthong import separated
from lienthong.instants import read
from lienthong.separated import Cell

HEADERS: Final = (
    "Mã đơn vị",
    "Kỳ báo cáo",
    "Biểu mẫu",
    "Phải báo cáo",
    "Quá hạn từ",
    "Lần gửi",
    "Nhận lúc",
    "Tình trạng",
    "Gửi qua",
    "Số biên nhận",
    "Điểm chất lượng của kỳ",
    "Xếp loại của kỳ",
    "Dữ liệu mẫu",
)
_OWED: Final = {"dormant": "không phải báo cáo kỳ này", "missing": "chưa báo cáo", "returned": "bị trả lại"}


def statement_csv(statement: Mapping[str, Any], *, sample: bool, vietnamese: bool) -> bytes:
    """The file: with commas for programs, or as a Vietnamese spreadsheet opens it."""
    lines = list(rows(statement, sample=sample))
    return separated.semicolons(lines) if vietnamese else separated.commas(lines)


def rows(statement: Mapping[str, Any], *, sample: bool) -> Iterator[Sequence[Cell]]:
    """The headers; then a row for each delivery, and one for each form without any. The sample mark stands in every
    row, because rows are cut out and mailed around.
    """
    grades = {grade["round"]: grade for grade in statement["quality"]}
    mark = "có" if sample else "không"
    yield HEADERS
    for line in statement["lines"]:
        graded = grades.get(line["round"], {"points": None, "grade": None})
        grade = (graded["points"], graded["grade"]["vi"] if graded["grade"] else None, mark)
        deadline = line["deadline"] and read(line["deadline"])
        head = (statement["unit"], line["round"], line["form"], "có" if line["obliged"] else "không", deadline)
        if not line["revisions"]:
            yield (*head, None, None, _owed_words(line), None, None, *grade)
        first = next((each for each in line["revisions"] if not each["withdrawal"]), None)
        for revision in line["revisions"]:
            state = _revision_words(revision, late=line["late"] if revision is first else None)
            received = read(revision["receivedAt"])
            yield (*head, revision["revision"], received, state, revision["client"], revision["receipt"], *grade)


def _owed_words(line: Mapping[str, Any]) -> str:
    return "quá hạn, chưa báo cáo" if line["overdue"] else _OWED[line["state"]]


def _revision_words(body: Mapping[str, Any], *, late: bool | None) -> str:
    """late: of the first revision, by the deadline as it stands; None for all others."""
    if body["withdrawal"]:
        return "đã rút"
    if late is None:
        return "đã sửa"
    return "quá hạn" if late else "đúng hạn"
