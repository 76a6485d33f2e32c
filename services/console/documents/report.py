"""The consolidated report of a round as a document: what NĐ 09/2019 asks of a periodic report, ready to be finished."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from services.console.documents.layout import Document, in_sentence
from services.console.formats import Formats
from services.console.pages.computed import Computed
from services.console.pages.consolidated import Consolidation
from services.console.pages.differences import as_number
from services.console.pages.indicators import AimedIndicator
from services.console.pages.tasks import Task
from services.console.words import Words

MIME = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_ROMAN = ("IV", "V", "VI", "VII")
_NOTHING = "–"
_PARTS = (("results", "Kết quả thực hiện"), ("shortcomings", "Tồn tại, hạn chế"), ("proposals", "Đề xuất, kiến nghị"))


def docx(data: Consolidation, words: Words, *, notice: str) -> bytes:
    """The .docx. words: the Vietnamese ones; notice: the mark of sample data, nothing without."""
    f = Formats(words)
    doc = Document(issuer=data.issuer_name, place=data.place, sign="BC-UBND", at=data.at, notice=notice)
    _opening(doc, data, words, f)
    _reporting(doc, data, words, f)
    _indicators(doc, data, words, f)
    _figures(doc, data, words, f)
    _computed(doc, data, words, f)
    parts = iter(_ROMAN)
    if data.tasks.tasks:
        _tasks(doc, data, words, f, next(parts))
    if data.with_texts:
        _difficulties(doc, data, next(parts))
    _explanations(doc, data, words, next(parts))
    if data.with_texts:
        _texts(doc, data, next(parts))
    doc.signature(("Bộ Khoa học và Công nghệ", "Các đơn vị có báo cáo"), "TM. ỦY BAN NHÂN DÂN")
    return doc.bytes()


def _opening(doc: Document, data: Consolidation, words: Words, f: Formats) -> None:
    """What is reported, of which days, as it stood when."""
    doc.title("BÁO CÁO", f"{_subject(words.say(data.title))} (kỳ báo cáo {words.period(data.round)})")
    state = f"đã ký duyệt, bản {data.release}" if data.release else "dự thảo"
    doc.paragraph(
        f"{in_sentence(data.issuer_name)} báo cáo kết quả thực hiện kỳ {words.period(data.round)} "
        f"(số liệu từ ngày {f.day(data.first)} đến ngày {f.day(data.last)}), "
        f"tổng hợp lúc {f.moment(data.at)} ({state}), như sau:"
    )


def _reporting(doc: Document, data: Consolidation, words: Words, f: Formats) -> None:
    doc.heading("I. TÌNH HÌNH BÁO CÁO")
    doc.table(
        ("TT", "Nhóm đơn vị", "Số báo cáo phải nộp", "Đã nộp", "Quá hạn"),
        (
            (str(n), words.say(label), str(obliged), str(reported), str(late))
            for n, (label, obliged, reported, late) in enumerate(data.forms, 1)
        ),
        (10, 80, 25, 25, 25),
        right=(2, 3, 4),
    )
    if data.owing:
        doc.paragraph(
            _enumeration(dict.fromkeys(duty.name for duty in data.owing)),
            lead=f"Chưa báo cáo ({len(data.owing)} báo cáo):",
        )
    if data.late:
        doc.paragraph(_enumeration(dict.fromkeys(duty.name for duty in data.late)), lead="Báo cáo quá hạn:")
    if data.provisional:
        doc.paragraph(f"Có {f.number(data.provisional)} chỉ tiêu tạm tính do chưa đủ đơn vị báo cáo.")


def _indicators(doc: Document, data: Consolidation, words: Words, f: Formats) -> None:
    doc.heading("II. KẾT QUẢ THỰC HIỆN CÁC CHỈ TIÊU")
    doc.table(
        ("TT", "Chỉ tiêu", "Mục tiêu", "Kết quả", "Đánh giá"),
        (_indicator(n, indicator, words, f) for n, indicator in enumerate(data.indicators, 1)),
        (10, 65, 35, 25, 30),
        right=(3,),
    )


def _figures(doc: Document, data: Consolidation, words: Words, f: Formats) -> None:
    doc.heading("III. SỐ LIỆU TỔNG HỢP")
    doc.table(
        ("TT", "Số liệu", "Đơn vị tính", "Tổng số", "Số đơn vị cung cấp"),
        (
            (
                str(n),
                words.say(sum_.label),
                words.say(sum_.measure),
                _number(sum_.sum, f),
                f"{sum_.given}/{sum_.obliged}",
            )
            for n, sum_ in enumerate(data.sums, 1)
        ),
        (10, 80, 25, 25, 25),
        right=(3, 4),
    )


def _computed(doc: Document, data: Consolidation, words: Words, f: Formats) -> None:
    """Beside the figures that units reported, which stay the official ones."""
    if not data.computed.figures:
        return
    doc.paragraph(
        "Đối chiếu với số liệu tính từ dữ liệu của hệ thống (sản phẩm truyền thông đã duyệt, sổ văn bản chỉ đạo); "
        "số liệu chính thức là số các đơn vị báo cáo:"
    )
    doc.table(
        ("TT", "Số liệu, chỉ tiêu", "Hệ thống tính", "Đơn vị báo cáo", "Đối chiếu"),
        (
            (str(n), title, _number(computed, f), _number(reported, f), _comparison(reported, differs=differs))
            for n, (title, computed, reported, differs) in enumerate(_beside(data.computed, words), 1)
        ),
        (10, 80, 25, 25, 25),
        right=(2, 3),
    )


def _beside(data: Computed, words: Words) -> Iterator[tuple[str, str | None, str | None, bool]]:
    """What it is, computed, reported, whether they differ: figures, then indicators."""
    for figure in data.figures:
        yield words.say(figure["label"]), figure["computed"], figure["reported"], figure["differs"]
    for indicator in data.indicators:
        title = f"{words.say(indicator['title'])} ({indicator['indicator']})"
        yield title, indicator["computed"]["value"], indicator["reported"]["value"], indicator["differs"]


def _comparison(reported: str | None, *, differs: bool) -> str:
    if reported is None:
        return "Chưa có báo cáo"
    return "Khác nhau" if differs else "Khớp"


def _tasks(doc: Document, data: Consolidation, words: Words, f: Formats, number: str) -> None:
    doc.heading(f"{number}. TÌNH HÌNH THỰC HIỆN NHIỆM VỤ")
    doc.table(
        ("TT", "Nhiệm vụ", "Đơn vị chủ trì", "Thời hạn", "Tình hình"),
        (
            (
                str(n),
                words.say(task.title),
                "; ".join(task.names),
                f.day(task.due) if task.due else task.due_text or _NOTHING,
                _state(task, words, f),
            )
            for n, task in enumerate(data.tasks.tasks, 1)
        ),
        (10, 60, 35, 20, 40),
    )


def _state(task: Task, words: Words, f: Formats) -> str:
    """What a task's state is called, since when, and what was said of it."""
    state = words.name("task", task.state)
    if task.as_of is not None:
        state = f"{state} (tính đến {f.day(task.as_of)})"
    return f"{state}. {task.note}" if task.note else state


def _difficulties(doc: Document, data: Consolidation, number: str) -> None:
    doc.heading(f"{number}. KHÓ KHĂN, VƯỚNG MẮC ĐÃ NÊU")
    if not data.difficulties:
        waiting = "" if data.release else " chưa được trả lời"
        doc.paragraph(f"Không có khó khăn, vướng mắc{waiting}.")
    for difficulty in data.difficulties:
        proposal = f"\nĐề xuất: {difficulty.proposal}" if difficulty.proposal else ""
        text = f"{difficulty.title}. {difficulty.text}" if difficulty.title else difficulty.text
        amends = "\nĐơn vị đề nghị điều chỉnh, sửa đổi kế hoạch." if difficulty.amends else ""
        answer = f"\nTrả lời: {difficulty.answer}" if difficulty.answer else ""
        doc.paragraph(f"{text}{proposal}{amends}{answer}", lead=f"{difficulty.name}:")


def _explanations(doc: Document, data: Consolidation, words: Words, number: str) -> None:
    doc.heading(f"{number}. GIẢI TRÌNH SỐ LIỆU")
    if not data.queries:
        doc.paragraph("Không có số liệu cần giải trình.")
    for report_query in data.queries:
        explanation = report_query.query.explanation
        text = "chưa giải trình" if explanation is None else explanation or "nội dung giải trình đã xóa"
        doc.paragraph(f"{words.say(report_query.query.message)}\nGiải trình: {text}", lead=f"{report_query.name}:")


def _texts(doc: Document, data: Consolidation, number: str) -> None:
    """What the units wrote, part by part, to be drawn together by the drafter."""
    doc.heading(f"{number}. NỘI DUNG BÁO CÁO CỦA CÁC ĐƠN VỊ")
    if not data.told:
        doc.paragraph("Chưa có đơn vị nào ghi thuyết minh.")
    for place, (part, title) in enumerate(_PARTS, 1):
        narratives = [narrative for narrative in data.told if part in narrative.parts]
        if narratives:
            doc.heading(f"{place}. {title}")
            for narrative in narratives:
                doc.paragraph(narrative.parts[part], lead=f"{narrative.name}:")


def _indicator(number: int, indicator: AimedIndicator, words: Words, f: Formats) -> tuple[str, ...]:
    value = (
        words.say(indicator.status)
        if indicator.status is not None
        else _number(indicator.value, f, words.say(indicator.measure))
    )
    reasons = " ".join(words.say(reason) for reason in indicator.reasons)
    assessment = words.name("assessment", indicator.assessment)
    return (
        str(number),
        f"{words.say(indicator.title)} ({indicator.code})",
        "; ".join(indicator.goals),
        value,
        f"{assessment}. {reasons}" if reasons else assessment,
    )


def _number(text: str | None, f: Formats, measure: str = "") -> str:
    value = as_number(text)
    return f.number(value, measure) if isinstance(value, Decimal) else value or _NOTHING


def _enumeration(names: Iterable[str]) -> str:
    return "; ".join(names) + "."


def _subject(title: str) -> str:
    """A plan's title as what the report is about."""
    return f"Kết quả thực hiện {title[0].lower()}{title[1:]}" if title else "Kết quả thực hiện"
