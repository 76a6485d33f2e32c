"""Documents of an office: the layout of NĐ 30/2020, the figures and words of the round, who still owes."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import docx
import pytest
from docx.document import Document

from lienthong.calendar import start_of_day
from services.console.documents import layout
from tests.builders.console import DRAFTER, ELSEWHERE, REPORTER, Site
from tests.services.console.test_pages import ROUND

DOCUMENTS = (f"/rounds/{ROUND}/report.docx", f"/rounds/{ROUND}/urging.docx", f"/releases/{ROUND}/1/report.docx")


def read(site: Site, path: str) -> Document:
    with site.person(DRAFTER) as drafter:
        return docx.Document(io.BytesIO(drafter.get(path).content))


def text_of(found: Document) -> str:
    cells = [cell.text for table in found.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in found.paragraphs), *cells])


def table_with(found: Document, title: str) -> list[list[str]]:
    """Rows below the head of the table that has this column."""
    for table in found.tables:
        rows: list[list[str]] = [[cell.text for cell in row.cells] for row in table.rows]
        if title in rows[0]:
            return rows[1:]
    raise AssertionError(f"no table has the column {title}")


@pytest.mark.parametrize("path", DOCUMENTS)
def test_a_document_is_laid_out_as_the_decree_has_it(site: Site, path: str) -> None:
    found = read(site, path)
    [section] = found.sections
    margins = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
    assert [margin.mm for margin in margins if margin is not None] == pytest.approx([20, 20, 30, 15], abs=0.1)
    assert section.page_width and section.page_width.mm == pytest.approx(210, abs=0.1)
    assert found.styles["Normal"].font.name == "Times New Roman"  # type: ignore[attr-defined]
    text = text_of(found)
    for words in ("ỦY BAN NHÂN DÂN TỈNH LẠNG SƠN", *layout.MOTTO, "Nơi nhận:", "DỮ LIỆU MẪU"):
        assert words in text


def test_the_report_has_every_indicator_sum_and_word_of_the_round(site: Site) -> None:
    found = read(site, f"/rounds/{ROUND}/report.docx")
    with site.person(DRAFTER) as drafter:
        data = drafter.json(f"/rounds/{ROUND}/consolidation?texts=1")
    assert len(table_with(found, "Chỉ tiêu")) == len(data["indicators"]) > 5
    sums = {row[1]: row[3] for row in table_with(found, "Đơn vị tính")}
    assert sums["Số hội nghị, hội thảo, tọa đàm do xã chủ trì"] == "12"
    assert [one["parts"]["results"] for one in data["told"]] == ["Đã tổ chức 3 hội nghị"] * 2
    assert text_of(found).count("Đã tổ chức 3 hội nghị") == 2
    goals = " ".join(row[2] for row in table_with(found, "Chỉ tiêu"))
    assert "tối thiểu 60% vào năm 2030" in goals and "built" not in goals and "tối thiểu chưa" not in goals


@pytest.mark.parametrize("path", [DOCUMENTS[0], DOCUMENTS[2]])
def test_the_report_has_a_table_of_the_plans_tasks_and_of_what_the_hub_computed(site: Site, path: str) -> None:
    found = read(site, path)
    tasks = table_with(found, "Đơn vị chủ trì")
    assert len(tasks) == 14
    assert {row[4] for row in tasks} == {"Chưa báo cáo"}
    assert tasks[0][2] == "Sở Khoa học và Công nghệ tỉnh Lạng Sơn"
    compared = {row[1]: row[2:] for row in table_with(found, "Hệ thống tính")}
    assert len(compared) == 4
    [portal] = [rest for label, rest in compared.items() if "(I-119-07)" in label]
    assert portal == ["0", "–", "Chưa có báo cáo"]
    heads = [paragraph.text for paragraph in found.paragraphs]
    assert "IV. TÌNH HÌNH THỰC HIỆN NHIỆM VỤ" in heads and "VII. NỘI DUNG BÁO CÁO CỦA CÁC ĐƠN VỊ" in heads


def test_a_releases_document_has_its_own_figures_not_those_of_today(site: Site) -> None:
    sums = {row[1]: row[3] for row in table_with(read(site, f"/releases/{ROUND}/1/report.docx"), "Đơn vị tính")}
    assert sums["Số hội nghị, hội thảo, tọa đàm do xã chủ trì"] == "6"


def test_the_letter_that_urges_lists_who_still_owes_and_nobody_else(site: Site) -> None:
    rows = table_with(read(site, f"/rounds/{ROUND}/urging.docx"), "Tình trạng")
    with site.person(DRAFTER) as drafter:
        owing = drafter.json(f"/rounds/{ROUND}?state=missing")["lines"]
    assert [row[1] for row in rows] == [one["name"] for one in owing]
    assert "Phường Đông Kinh" not in {row[1] for row in rows}


@pytest.mark.parametrize("path", DOCUMENTS)
def test_nobody_of_another_province_or_unit_gets_a_document(site: Site, path: str) -> None:
    for person in (ELSEWHERE, REPORTER):
        with site.person(person) as other:
            answer = other.client.get(path)
            assert answer.status_code in (403, 404) and not answer.content.startswith(b"PK")
    with site.browser() as nobody:
        assert nobody.client.get(path).status_code == 303


def test_what_no_document_can_hold_is_left_out_and_lines_stay_lines() -> None:
    made = layout.Document(
        issuer="Xã Nam Cường", place="Nam Cường", sign="BC-UBND", notice="", at=start_of_day(date(2026, 10, 1))
    )
    made.paragraph("một\x00\x0bhai\ud800\nba <b>& =1+1", lead="Xã:")
    found: Any = docx.Document(io.BytesIO(made.bytes()))
    assert [paragraph.text for paragraph in found.paragraphs[-2:]] == ["Xã: mộthai", "ba <b>& =1+1"]


@pytest.mark.parametrize(
    ("name", "above", "within"),
    [
        ("Tỉnh Lạng Sơn", "ỦY BAN NHÂN DÂN TỈNH LẠNG SƠN", "Ủy ban nhân dân tỉnh Lạng Sơn"),
        ("Xã Nam Cường", "ỦY BAN NHÂN DÂN XÃ NAM CƯỜNG", "Ủy ban nhân dân xã Nam Cường"),
        ("Sở Y tế tỉnh Lạng Sơn", "SỞ Y TẾ TỈNH LẠNG SƠN", "Sở Y tế tỉnh Lạng Sơn"),
    ],
)
def test_an_issuer_is_named_as_offices_name_it(name: str, above: str, within: str) -> None:
    assert (layout.committee(name), layout.spoken(name)) == (above, within)
