"""What goes wrong on any day: submissions that the hub has to refuse, each for one reason, and harmless repeats."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lienthong.programmes import Form
from services.demo.plausible import Value
from services.demo.reporting import Reporting
from services.demo.sender import send, try_out

Changed = dict[str, Any]
"""An event on its way to be made wrong."""

ROUND, FORM = "P119-LS.2026", "P119-LS.commune"
LOCKED = ("P1169-LS.2026-H1", "P1169-LS.commune")
PLANNED = ("P1169-LS.2026-H2", "P1169-LS.commune")
SECRET_WORDS = "Nội dung này không được lưu ở bất cứ đâu (7f3a91)."
"""Stands in the submission that says it is classified: nobody may find it anywhere afterwards."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mistake:
    """what: for people. code, status: the one reason that must come back. change: makes the good event bad."""

    what: str
    code: str
    status: int
    change: Callable[[Changed, str], None]


def _figures(**changed: Any) -> Callable[[Changed, str], None]:
    return lambda event, other: event["data"]["figures"].update(changed)


def _data(**changed: Any) -> Callable[[Changed, str], None]:
    return lambda event, other: event["data"].update(changed)


def _mark_classified(event: Changed, other: str) -> None:
    event["data"]["classification"] = "mat"
    event["data"]["narrative"]["results"] = SECRET_WORDS


def _for_neighbour(event: Changed, other: str) -> None:
    event["data"]["unit"] = other


def _foreign_source(event: Changed, other: str) -> None:
    event["source"] = f"/20/{other}"


MISTAKES = (
    Mistake(what="báo cáo thay đơn vị khác", code="unit_not_allowed", status=403, change=_for_neighbour),
    Mistake(what="dùng nguồn của đơn vị khác", code="source_not_allowed", status=403, change=_foreign_source),
    Mistake(
        what="số đã trả lời lớn hơn số tiếp nhận",
        code="check_at_most",
        status=422,
        change=_figures(questions_received_commune=3, questions_answered_commune=7),
    ),
    Mistake(what="số lẻ thập phân", code="too_many_decimals", status=422, change=_figures(events_commune=2.5)),
    Mistake(
        what="số liệu không có trong biểu mẫu", code="unknown_figure", status=422, change=_figures(so_cong_tac_vien=12)
    ),
    Mistake(
        what="dự toán, vốn gửi cơ quan tài chính",
        code="figure_goes_elsewhere",
        status=422,
        change=_figures(budget_estimate=120),
    ),
    Mistake(what="số âm", code="number_out_of_range", status=422, change=_figures(news_items_commune=-4)),
    Mistake(what="kỳ không tồn tại", code="round_unknown", status=422, change=_data(round="P119-LS.2026-Q3")),
    Mistake(what="đánh dấu nội dung mật", code="classified_content_refused", status=422, change=_mark_classified),
    Mistake(what="lần báo cáo không tăng", code="revision_not_higher", status=409, change=_data(revision=1)),
    Mistake(
        what="mã sự kiện đã dùng cho nội dung khác",
        code="id_used_for_other_content",
        status=409,
        change=lambda event, other: event.update(id=f"bc/{ROUND}/{FORM}/{event['data']['unit']}/1"),
    ),
)
"""Each is made of a report that would be accepted as revision 9."""


def make(reporting: Reporting, unit: str, other: str) -> None:
    """Send every mistake, in the name of a unit that has reported. other: a neighbour."""
    form = reporting.book.forms[(ROUND, FORM)]
    figures = _standing_figures(reporting, unit)
    for number, mistake in enumerate(MISTAKES, start=1):
        event = dict(reporting.event_for((ROUND, FORM, unit), form, 9, figures, id_=f"sai/{unit}/{number}"))
        mistake.change(event, other)
        answer = send(reporting.people.by_unit[unit], event, binary=number % 2 == 0)
        reporting.book.note_refusal(mistake.what, answer, mistake.code, mistake.status)
        reporting.counted(1)
    _wrong_rounds(reporting, unit)
    _send_harmless(reporting, form, unit, figures)


def count() -> Mapping[str, int]:
    """How many refusals of each code the mistakes must have made."""
    counts = {mistake.code: 1 for mistake in MISTAKES}
    return {**counts, "round_locked": 1, "round_not_open": 1}


def _wrong_rounds(reporting: Reporting, unit: str) -> None:
    """A locked round, and one whose close of data lies ahead."""
    form = reporting.book.forms[LOCKED]
    figures = dict(reporting.book.standing[(*LOCKED, unit)].figures or {})
    for place, code, status in ((LOCKED, "round_locked", 409), (PLANNED, "round_not_open", 422)):
        event = reporting.event_for((*place, unit), form, 9, figures, id_=f"sai/{unit}/{code}")
        reporting.book.note_refusal(f"gửi vào kỳ {place[0]}", send(reporting.people.by_unit[unit], event), code, status)
        reporting.counted(1)


def _send_harmless(reporting: Reporting, form: Form, unit: str, figures: Mapping[str, Value]) -> None:
    """The same event again gets the same receipt; a trial (dryRun) changes nothing."""
    account, key = reporting.people.by_unit[unit], (ROUND, FORM, unit)
    trial = reporting.event_for(key, form, 2, figures, id_=f"thu/{unit}/1")
    reporting.book.note_other("gửi thử", try_out(account, trial), "would_accept")
    again = reporting.first_event(key)
    answer = send(account, again)
    reporting.book.note_other("gửi lại", answer, "repeated")
    if answer.receipt is None or answer.receipt.number != reporting.book.standing[key].receipt:
        reporting.book.wrong.append("a repeated event got another receipt")
    reporting.counted(2)


def _standing_figures(reporting: Reporting, unit: str) -> Mapping[str, Value]:
    figures = reporting.book.standing[(ROUND, FORM, unit)].figures
    assert figures is not None, "the unit has reported"
    return figures
