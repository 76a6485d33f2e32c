"""The words an official would use, in every Vietnamese text of the product: one word for one thing, everywhere.

A text is a line that has a Vietnamese letter: of a problem, a phrase, a page, a setting, a shape, a document, and of
whatever the code itself says. What is quoted from a source stays as it is there.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT

VIETNAMESE = re.compile(r"[àáâãèéêìíòóôõùúýăđĩũơưạ-ỹ]", re.IGNORECASE)
WORDS = {
    r"\b[Kk]hoá\b": "khóa",
    r"\b[Mm]ã hoá\b": "mã hóa",
    r"\b[Xx]oá\b": "xóa",
    r"\b[Ll]uỹ\b": "lũy",
    r"\b([Tt]|[Hh])uỳ\b|\b[Hh]uỷ\b": "tùy, hủy",
    r"[«»]": "“ ”",
    r"[\d}] %(?![\w}])": "98,8%",
    r"Đề án 1169": "Chương trình 1169",
    r"(phải là|thành) văn bản|văn bản để xóa": "chuỗi ký tự; nội dung chữ (văn bản là văn bản hành chính)",
    r"[Ll]ần sửa đổi": "lần báo cáo",
    r"\b[Xx]in (?!chào)": "đề nghị",
    r"không có quyền “\{": "chưa được cấp quyền",
    r"\bsố dân\b": "dân số",
    r"\b[Mm]uộn\b": "quá hạn",
    r"([Bb]áo cáo|[Hh]oàn thành|[Đđ]ính chính) sau hạn|\bchậm[\"']|\} chậm": "quá hạn",
    r"[Tt]óm lược": "mã băm",
    r"[Kk]ỷ nguyên": "thế hệ dữ liệu",
    r"[Kk]hóa bí mật": "mật khẩu",
    r"[Tt]ài khoản kết nối|tài khoản cho phần mềm": "ứng dụng",
    r"[Vv]iệc phải làm": "nghĩa vụ báo cáo",
    r"sai đủ kiểu": "các trường hợp sai",
    r"tự nói HTTPS": "tự phục vụ qua HTTPS",
    r"phình": "lớn hơn",
    r"Tính gì": "Phạm vi, cách tính",
    r"\"Phải báo cáo\"": "Số báo cáo phải nộp",
    r"Chưa qua năm gốc": "Kỳ này chưa sau năm gốc",
    r"chỉ nêu số đếm": "chỉ hiển thị số liệu thành phần",
    r"đạt tạm tính": "chưa đạt (tạm tính)",
}
"""What is not written, and what stands in its place."""

NOT_OURS = {
    "lienthong/forms/differences.py": "knows both spellings, so that a form doesn't change by its spelling",
    "lienthong/lint/figures.py": "finds a population in a plan, however its author calls it",
    "services/ingest/reports/statement_rows.py": "“Phải báo cáo” is there a question: có, không",
}


@pytest.mark.parametrize("pattern", WORDS)
def test_nothing_is_said_that_an_official_would_not_write(pattern: str) -> None:
    wrong = [(where, line) for where, line in lines() if re.search(pattern, line)]
    assert wrong == [], f"→ {WORDS[pattern]}"


@cache
def lines() -> tuple[tuple[str, str], ...]:
    """(place, line) of every Vietnamese line."""
    return tuple(
        (place, line)
        for read in (_data, _code, _pages, _documents)
        for place, text in read()
        if place not in NOT_OURS
        for line in text.splitlines()
        if VIETNAMESE.search(line)
    )


def _data() -> Iterator[tuple[str, str]]:
    """Of problems, phrases, plans, lint, settings, the console's languages, shapes of events and of the platform."""
    for folder, ending in (
        ("schemas/problems", "*.yaml"),
        ("schemas/lint", "*.yaml"),
        ("schemas/reporting", "*.yaml"),
        ("schemas/topics", "*.yaml"),
        ("schemas/programmes", "*.yaml"),
        ("services", "*.yaml"),
        ("deploy", "*.yaml"),
    ):
        for path in sorted((ROOT / folder).rglob(ending)):
            for document in yaml.safe_load_all(path.read_text("utf-8")):
                yield from ((_name(path), text) for text in _texts(document))
    yield from (("schemas/phrases.yaml", text) for text in _texts(_yaml(ROOT / "schemas/phrases.yaml")))
    for folder in ("schemas/events", "schemas/platform"):
        for path in sorted((ROOT / folder).rglob("*.json")):
            if "invalid" not in path.parts:
                yield from ((_name(path), text) for text in _texts(json.loads(path.read_text("utf-8"))))


def _code() -> Iterator[tuple[str, str]]:
    for folder in ("lienthong", "services", "deploy"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield _name(path), node.value


def _pages() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "services").rglob("*.html")):
        yield _name(path), path.read_text("utf-8")


def _documents() -> Iterator[tuple[str, str]]:
    for path in (ROOT / "README.md", ROOT / "deploy/env.example", *sorted((ROOT / "docs").rglob("*.md"))):
        yield _name(path), "\n".join(_unquoted(line) for line in path.read_text("utf-8").splitlines())


def _unquoted(line: str) -> str:
    """Without the last column of the lint report, which quotes the source."""
    return line.rsplit("|", 2)[0] if line.startswith("| schemas/") else line


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, below in value.items():
            if name not in ("quote", "restored", "reference"):
                yield from _texts(below)
    elif isinstance(value, list):
        for below in value:
            yield from _texts(below)


def _yaml(path: Path) -> object:
    return yaml.safe_load(path.read_text("utf-8"))


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))
