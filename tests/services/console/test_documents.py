"""Documents of an office: the layout of NĐ 30/2020, the figures and words of the round, who still owes."""

from __future__ import annotations

import io
import re
from datetime import date
from typing import Any

import docx
import pytest
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH

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
    text = text_of(found).replace("\n", " ")
    for words in ("ỦY BAN NHÂN DÂN TỈNH LẠNG SƠN", *layout.MOTTO, "Nơi nhận:", "DỮ LIỆU MẪU"):
        assert words in text


@pytest.mark.parametrize("path", DOCUMENTS)
def test_each_part_of_a_document_stands_where_and_as_the_decree_has_it(site: Site, path: str) -> None:
    """NĐ 30/2020/NĐ-CP, appendix I, section II; letter heights in points, lengths in mm."""
    found = read(site, path)
    head, foot = found.tables[0], next(table for table in found.tables if table.cell(0, 0).text.startswith("Nơi nhận"))
    (issuer, motto), (number, day) = (row.cells for row in head.rows)
    assert [letters(paragraph) for paragraph in issuer.paragraphs] == [(12, True, False), (12, True, False), RULE]
    assert [letters(paragraph) for paragraph in motto.paragraphs] == [(12, True, False), (13, True, False), RULE]
    assert {paragraph.alignment for paragraph in (*issuer.paragraphs[:2], *motto.paragraphs[:2])} == {
        WD_ALIGN_PARAGRAPH.CENTER
    }
    assert re.fullmatch(r"Số: ……/[A-ZĐ-]+", number.paragraphs[0].text) and letters(number.paragraphs[0])[0] == 13
    assert re.fullmatch(r"Lạng Sơn, ngày …… tháng …… năm 2026", day.text)
    assert letters(day.paragraphs[0]) == (13, False, True)
    name, sentence = layout.width("TỈNH LẠNG SƠN", 12), layout.width(layout.MOTTO[1], 13)
    assert name / 3 <= ruled(issuer.paragraphs[2], 64) <= name / 2 and ruled(motto.paragraphs[2], 93) == round(sentence)
    assert [round(column.width.mm) for column in head.columns if column.width is not None] == [68, 97]
    assert layout.width(layout.MOTTO[0], 12) < 93, "the country's name stands on one line"
    assert [letters(paragraph)[0] for paragraph in foot.cell(0, 0).paragraphs] == [
        12,
        *[11] * (len(foot.cell(0, 0).paragraphs) - 1),
    ]
    assert foot.cell(0, 0).paragraphs[-1].text == "- Lưu: VT." and letters(foot.cell(0, 1).paragraphs[0])[:2] == (
        14,
        True,
    )


def test_the_body_is_justified_drawn_in_and_numbered_from_the_second_page_on(site: Site) -> None:
    found = read(site, f"/rounds/{ROUND}/report.docx")
    body = [
        paragraph
        for paragraph in found.paragraphs
        if paragraph.text.startswith("Ủy ban nhân dân tỉnh Lạng Sơn báo cáo")
    ]
    [indent] = [one.paragraph_format.first_line_indent for one in body]
    assert indent is not None and 10 <= round(indent.mm, 1) <= 12.7
    assert body[0].alignment == WD_ALIGN_PARAGRAPH.JUSTIFY and letters(body[0]) == (14, False, False)
    [section] = found.sections
    assert section.different_first_page_header_footer and section.first_page_header.paragraphs[0].text == ""
    assert "PAGE" in section.header.paragraphs[0]._p.xml
    assert section.header.paragraphs[0].alignment == WD_ALIGN_PARAGRAPH.CENTER


RULE = (0, False, False)
"""A drawn line has no letters."""


def letters(paragraph: Any) -> tuple[int, bool, bool]:
    """Height in points, bold, italic of the first words; all of a paragraph is written alike."""
    if not paragraph.runs:
        return RULE
    first = paragraph.runs[0]
    return round(first.font.size.pt), bool(first.bold), bool(first.italic)


def ruled(paragraph: Any, within: float) -> int:
    """How long the line is that is drawn above a paragraph."""
    assert "<w:pBdr>" in paragraph._p.xml
    shape = paragraph.paragraph_format
    return round(within - shape.left_indent.mm - shape.right_indent.mm)


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
    assert (layout.committee(name), layout.in_sentence(name)) == (above, within)
