"""The letter that urges (công văn đôn đốc), with the list of who has not reported."""

from __future__ import annotations

from services.console.documents.layout import Document, in_sentence
from services.console.formats import Formats
from services.console.pages.consolidated import Consolidation
from services.console.words import Words


def docx(data: Consolidation, words: Words, *, notice: str) -> bytes:
    """The .docx. words: the Vietnamese ones."""
    f = Formats(words)
    doc = Document(
        issuer=data.issuer_name,
        place=data.place,
        sign="UBND-KGVX",
        at=data.at,
        notice=notice,
        about=f"V/v đôn đốc báo cáo kỳ {words.period(data.round)}",
    )
    _letter(doc, data, words, f)
    _list(doc, data, words, f)
    return doc.bytes()


def _letter(doc: Document, data: Consolidation, words: Words, f: Formats) -> None:
    units = {(duty.unit, duty.name) for duty in data.owing}
    issuer, title = in_sentence(data.issuer_name), words.say(data.title)
    doc.line("")
    doc.line("Kính gửi: Các đơn vị có tên trong danh sách kèm theo", middle=True)
    doc.paragraph(
        f"Thực hiện {title[0].lower()}{title[1:]}, {issuer} đã giao các đơn vị gửi báo cáo kỳ "
        f"{words.period(data.round)} (số liệu từ ngày {f.day(data.first)} đến ngày {f.day(data.last)})."
    )
    doc.paragraph(
        f"Tính đến {f.moment(data.at)}, còn {f.number(len(units))} đơn vị chưa gửi đủ báo cáo "
        f"({f.number(len(data.owing))} báo cáo)."
    )
    overdue = sum(duty.state == "overdue" for duty in data.owing)
    if overdue:
        doc.paragraph(f"Trong đó có {f.number(overdue)} báo cáo đã quá hạn.")
    doc.paragraph(
        f"{issuer} đề nghị các đơn vị có tên trong danh sách khẩn trương hoàn thành và gửi báo cáo "
        "qua hệ thống trước ngày …… tháng ……; có khó khăn, vướng mắc thì nêu rõ trên hệ thống để được hướng dẫn."
    )
    doc.paragraph("Đề nghị các đơn vị quan tâm, thực hiện./.")
    doc.signature(("Như trên", "Sở Khoa học và Công nghệ"), "TM. ỦY BAN NHÂN DÂN")


def _list(doc: Document, data: Consolidation, words: Words, f: Formats) -> None:
    """Who has not reported, beside the letter."""
    doc.line("")
    doc.line("DANH SÁCH ĐƠN VỊ CHƯA GỬI BÁO CÁO", bold=True, middle=True)
    doc.line(f"(Tính đến {f.moment(data.at)})", italic=True, middle=True)
    doc.table(
        ("TT", "Đơn vị", "Biểu mẫu", "Hạn gửi", "Tình trạng"),
        (
            (
                str(n),
                duty.name,
                words.say(data.labels.get(duty.form, {"vi": duty.form})),
                f.deadline(duty.deadline),
                words.name("standing", duty.state),
            )
            for n, duty in enumerate(data.owing, 1)
        ),
        (10, 50, 45, 30, 30),
    )
