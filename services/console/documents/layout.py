"""How an administrative document looks: NĐ 30/2020/NĐ-CP, appendix I. A4, Times New Roman, motto and issuer on top.

Body 14 pt, justified, first line drawn in by 1 cm; pages numbered at the top from the second one on. What the office
has to fill in (number, day, signer) stands as dots. python-docx is loaded by the first document.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from lienthong.calendar import VIETNAM

_FONT = "Times New Roman"
_TOP, _BOTTOM, _LEFT, _RIGHT = 20, 20, 30, 15  # mm, within 20–25, 20–25, 30–35, 15–20
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_WIDE, _NARROW, _GAP = 0.72, 0.53, 0.25  # of the letter height: capitals, other signs, spaces of the font in bold
_HEIGHT = 152_400  # of a line of 12 pt, in the units of the format
_MM = 0.3528  # of a point
_HEAD = (68, 97)  # mm of its two columns: at 12 pt the country's name just fits on one line
_INSIDE = 4  # mm of a cell that no text takes
_LEVELS = {"Tỉnh ": "TỈNH", "Thành phố ": "THÀNH PHỐ", "Xã ": "XÃ", "Phường ": "PHƯỜNG", "Đặc khu ": "ĐẶC KHU"}
_COMMITTEE = "ỦY BAN NHÂN DÂN"
MOTTO = ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc")


class Document:
    """One document being written. issuer: full name of the unit; place: where it is signed; at: of its year."""

    def __init__(self, *, issuer: str, place: str, sign: str, at: datetime, notice: str, about: str = "") -> None:
        from docx import Document as new  # noqa: PLC0415 (6 MB of a process that may never be asked for one)

        self._doc = new()
        self._doc.core_properties.author = "Liên Thông"
        self._page()
        self._head(issuer, place, sign, at, about)
        if notice:
            self.line(notice, bold=True, middle=True).paragraph_format.space_before = _HEIGHT

    def _page(self) -> None:
        from docx.oxml.ns import qn  # noqa: PLC0415
        from docx.shared import Mm, Pt  # noqa: PLC0415

        section = self._doc.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.top_margin, section.bottom_margin = Mm(_TOP), Mm(_BOTTOM)
        section.left_margin, section.right_margin = Mm(_LEFT), Mm(_RIGHT)
        section.header_distance = Mm(10)
        section.different_first_page_header_footer = True
        style = self._doc.styles["Normal"]
        style.font.name, style.font.size = _FONT, Pt(14)
        style.element.rPr.rFonts.set(qn("w:eastAsia"), _FONT)
        style.paragraph_format.space_after = Pt(6)
        _number(section.header.paragraphs[0])

    def _head(self, issuer: str, place: str, sign: str, at: datetime, about: str) -> None:

        table = self._doc.add_table(rows=2, cols=2)
        _spread(table, _HEAD)
        (left, right), (number, day) = (cells.cells for cells in table.rows)
        lines = above(issuer)
        _middle(left.paragraphs[0], lines[0], size=12, bold=True)
        for line in lines[1:]:
            _middle(left.add_paragraph(), line, size=12, bold=True)
        _rule(left.add_paragraph(), within=_HEAD[0] - _INSIDE, of=lines[-1], size=12, share=0.4)
        _middle(right.paragraphs[0], MOTTO[0], size=12, bold=True)
        _middle(right.add_paragraph(), MOTTO[1], size=13, bold=True)
        _rule(right.add_paragraph(), within=_HEAD[1] - _INSIDE, of=MOTTO[1], size=13, share=1)
        _middle(number.paragraphs[0], f"Số: ……/{sign}", size=13)
        if about:
            _middle(number.add_paragraph(), about, size=12)
        year = at.astimezone(VIETNAM).year
        _middle(day.paragraphs[0], f"{place}, ngày …… tháng …… năm {year}", size=13, italic=True)

    def title(self, kind: str, about: str) -> None:
        """Name of the kind of document, and what it is about."""
        self.line("")
        self.line(kind, bold=True, middle=True)
        self.line(about, bold=True, middle=True).paragraph_format.space_after = 0
        _rule(self._doc.add_paragraph(), within=210 - _LEFT - _RIGHT, of=about, size=14, share=0.4)

    def heading(self, text: str) -> None:
        """A part, kept with what follows."""
        line = self.line(text, bold=True, inset=True)
        line.paragraph_format.keep_with_next = True

    def line(
        self, text: str, *, bold: bool = False, italic: bool = False, middle: bool = False, inset: bool = False
    ) -> Any:
        """A line of its own. inset: its first line is drawn in as that of a paragraph."""
        paragraph = self._doc.add_paragraph()
        _run(paragraph, text, size=14, bold=bold, italic=italic)
        if middle:
            _centre(paragraph)
        if inset:
            _inset(paragraph)
        return paragraph

    def paragraph(self, text: str, *, lead: str = "") -> None:
        """Text of the body, each of its lines a paragraph. lead: stands before it in bold."""
        from docx.enum.text import WD_ALIGN_PARAGRAPH  # noqa: PLC0415

        for number, part in enumerate(line for line in text.split("\n") if line.strip()):
            paragraph = self._doc.add_paragraph()
            if lead and not number:
                _run(paragraph, f"{lead} ", size=14, bold=True)
            _run(paragraph, part, size=14)
            paragraph.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
            _inset(paragraph)

    def table(
        self, titles: Sequence[str], rows: Iterable[Sequence[str]], widths: Sequence[int], right: Iterable[int] = ()
    ) -> None:
        """A ruled table whose head is repeated on each page. widths: mm; right: columns of numbers."""

        table = self._doc.add_table(rows=1, cols=len(titles), style="Table Grid")
        _fill(table.rows[0], titles, bold=True)
        _repeat(table.rows[0])
        numbers = set(right)
        for values in rows:
            _fill(table.add_row(), values, right=numbers)
        _spread(table, widths)
        self._doc.add_paragraph().paragraph_format.space_after = 0

    def signature(self, recipients: Sequence[str], body: str) -> None:
        """Nơi nhận at the left, the signer's block at the right."""
        table = self._doc.add_table(rows=1, cols=2)
        _spread(table, _HEAD)
        left, right = table.rows[0].cells
        _run(left.paragraphs[0], "Nơi nhận:", size=12, bold=True, italic=True)
        for recipient in recipients:
            paragraph = left.add_paragraph()
            _run(paragraph, f"- {recipient};", size=11)
            paragraph.paragraph_format.space_after = 0
        paragraph = left.add_paragraph()
        _run(paragraph, "- Lưu: VT.", size=11)
        _middle(right.paragraphs[0], body, size=14, bold=True)
        _middle(right.add_paragraph(), "(Chữ ký, dấu)", size=13, italic=True)
        for _ in range(3):
            right.add_paragraph()
        _middle(right.add_paragraph(), "……………………", size=14, bold=True)

    def bytes(self) -> bytes:
        """The file."""
        out = io.BytesIO()
        self._doc.save(out)
        return out.getvalue()


def committee(issuer: str) -> str:
    """How the people's committee of a unit is named on top: ỦY BAN NHÂN DÂN TỈNH LẠNG SƠN."""
    has_committee = any(issuer.startswith(start) for start in _LEVELS)
    return f"{_COMMITTEE} {issuer.upper()}" if has_committee else issuer.upper()


def above(issuer: str) -> tuple[str, ...]:
    """The same as the lines that stand on top: the name of the unit is not torn apart."""
    name = committee(issuer)
    return (_COMMITTEE, name.removeprefix(f"{_COMMITTEE} ")) if name.startswith(f"{_COMMITTEE} ") else (name,)


def in_sentence(issuer: str) -> str:
    """The same within a sentence: Ủy ban nhân dân tỉnh Lạng Sơn."""
    has_committee = any(issuer.startswith(start) for start in _LEVELS)
    return f"Ủy ban nhân dân {issuer[0].lower()}{issuer[1:]}" if has_committee else issuer


def _run(paragraph: Any, text: str, *, size: int, bold: bool = False, italic: bool = False) -> None:
    from docx.shared import Pt  # noqa: PLC0415

    run = paragraph.add_run(_ILLEGAL.sub("", text))
    run.font.size, run.bold, run.italic = Pt(size), bold, italic


def _centre(paragraph: Any) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH  # noqa: PLC0415

    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER


def _inset(paragraph: Any) -> None:
    from docx.shared import Mm  # noqa: PLC0415

    paragraph.paragraph_format.first_line_indent = Mm(10)


def _middle(paragraph: Any, text: str, *, size: int, bold: bool = False, italic: bool = False) -> None:
    """A centred line."""
    _centre(paragraph)
    paragraph.paragraph_format.space_after = 0
    _run(paragraph, text, size=size, bold=bold, italic=italic)


def _rule(paragraph: Any, *, within: float, of: str, size: int, share: float) -> None:
    """A drawn line in the middle, as the decree has it, not underlining: below the motto as long as it, below an issuer
    and a subject a third to a half as long. within: mm there are; of: the bold line above, which may be longer.
    """
    from docx.oxml import OxmlElement  # noqa: PLC0415
    from docx.oxml.ns import qn  # noqa: PLC0415
    from docx.shared import Mm, Pt  # noqa: PLC0415

    beside = Mm((within - share * min(within, width(of, size))) / 2)
    shape = paragraph.paragraph_format
    shape.left_indent, shape.right_indent = beside, beside
    shape.space_before, shape.space_after, shape.line_spacing = Pt(2), Pt(4), Pt(2)
    border, line = OxmlElement("w:pBdr"), OxmlElement("w:top")
    for name, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", "auto")):
        line.set(qn(f"w:{name}"), value)
    border.append(line)
    paragraph._p.get_or_add_pPr().insert_element_before(border, "w:spacing", "w:ind", "w:jc", "w:rPr")


def width(text: str, size: int) -> float:
    """About how many mm a line in bold takes (within 5 % of what a browser measures)."""
    shares = (_GAP if sign.isspace() else _WIDE if sign.isupper() else _NARROW for sign in text)
    return sum(shares) * size * _MM


def _spread(table: Any, widths: Sequence[int]) -> None:
    """Columns of these mm: of the grid, which LibreOffice goes by, and of each cell, which Word goes by."""
    from docx.shared import Mm  # noqa: PLC0415

    table.autofit = False
    for column, mm in zip(table.columns, widths, strict=True):
        column.width = Mm(mm)
    for row in table.rows:
        for cell, mm in zip(row.cells, widths, strict=True):
            cell.width = Mm(mm)


def _fill(row: Any, values: Sequence[str], *, bold: bool = False, right: Iterable[int] = ()) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH  # noqa: PLC0415

    for place, (cell, value) in enumerate(zip(row.cells, values, strict=True)):
        paragraph = cell.paragraphs[0]
        paragraph.paragraph_format.space_after = 0
        _run(paragraph, value, size=12, bold=bold)
        if bold:
            _centre(paragraph)
        elif place in right:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _repeat(row: Any) -> None:
    """The head of a table again on each page."""
    from docx.oxml import OxmlElement  # noqa: PLC0415

    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def _number(paragraph: Any) -> None:
    """The number of the page, in the middle."""
    from docx.oxml import OxmlElement  # noqa: PLC0415
    from docx.oxml.ns import qn  # noqa: PLC0415

    _centre(paragraph)
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    paragraph._p.append(field)
