"""What a reminder and a digest say: mails as an office writes them, and the body of the webhook. Pure.

Vietnamese first, English after it. The figures of a digest are links to the lists that they count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import quote, urlencode

from lienthong.calendar import VIETNAM, day_of, last_day, start_of_day
from lienthong.errors import Message
from lienthong.instants import wire, wire_or_none
from services.ingest.reminders.schedule import OPENED

TYPE, DIGEST_TYPE = "vn.lienthong.reminder.v1", "vn.lienthong.digest.v1"
_SAMPLE = Message(vi="DỮ LIỆU MẪU, không phải số liệu thật.", en="Sample data; none of it is real.")


_SELDOM = ("returned", "excused", "mended")
_BECAME: Mapping[str, Message] = {
    "sent": Message(vi="Đôn đốc hôm nay, đã gửi", en="Reminders today, sent"),
    "waiting": Message(vi="Đôn đốc hôm nay, chờ gửi", en="Reminders today, waiting"),
    "sending": Message(vi="Đôn đốc hôm nay, đang gửi", en="Reminders today, being sent"),
    "failed": Message(vi="Đôn đốc hôm nay, không gửi được", en="Reminders today, not sent"),
    "unknown": Message(vi="Đôn đốc hôm nay, không rõ đã gửi chưa", en="Reminders today, perhaps sent"),
    "no_contact": Message(vi="Đôn đốc hôm nay, chưa có địa chỉ liên hệ", en="Reminders today, without a contact"),
}
"""By state; what came to nothing because the report came needs no line."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """A mail, as plain text."""

    subject: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DutyCounts:
    """A round in numbers of duties, each in one of the first five; mended: of those that came, how many after a
    submission of their unit had been refused.
    """

    on_time: int
    late: int
    returned: int
    missing: int
    excused: int
    mended: int


@dataclass(frozen=True, kw_only=True, slots=True)
class DigestNumber:
    """A number of a digest, and the list that counts the same. name: for programs."""

    name: str
    words: Message
    count: int
    link: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Occasion:
    """What a reminder is about. forms: code and name of each that is owed. deadline: exclusive; None where none is set.
    address: of the hub, where its console answers. sample: of an installation with sample data. covers: first and last
    day of the round's figures. reason: why the round was asked for; empty of the plan's own rounds.
    """

    key: str
    kind: str
    days: int
    round: str
    plan_title: Message
    issuer_name: str
    unit: str
    unit_name: str
    forms: Sequence[tuple[str, Message]]
    deadline: datetime | None
    now: datetime
    address: str
    sample: bool
    covers: tuple[date, date]
    reason: str = ""

    @property
    def overdue(self) -> bool:
        return self.deadline is not None and self.now >= self.deadline

    @property
    def link(self) -> str:
        """Where the unit sees what it owes."""
        return f"{self.address}/units/{quote(self.unit, safe='')}"


def reminder(occasion: Occasion) -> Letter:
    """To the unit that owes."""
    if occasion.kind == OPENED:
        return _opening_letter(occasion)
    forms, due = _forms(occasion), _due(occasion.deadline)
    late = " (đã quá hạn)" if occasion.overdue else ""
    vi = [
        f"Kính gửi: {occasion.unit_name}",
        f"Thực hiện {_within_sentence(occasion.plan_title.vi)}, đến {_moment(occasion.now)} "
        f"đơn vị còn phải gửi báo cáo kỳ {occasion.round}:",
        forms.vi,
        *([f"Hạn gửi: {due.vi}{late}."] if due.vi else []),
        f"{occasion.issuer_name} đề nghị đơn vị hoàn thành và gửi báo cáo qua hệ thống: {occasion.link}",
        "Có khó khăn, vướng mắc, đề nghị nêu rõ trên hệ thống để được hướng dẫn. "
        "Không phát sinh thì chọn “Không phát sinh”, không để trống.",
        "Thư này do hệ thống gửi tự động, không cần trả lời.",
    ]
    en = [
        f"To: {occasion.unit_name}",
        f"Under {occasion.plan_title.en}, these reports of round {occasion.round} are still owed:",
        forms.en,
        *([f"Due: {due.en}{' (overdue)' if occasion.overdue else ''}."] if due.en else []),
        f"Please send them: {occasion.link}",
    ]
    what = "Đôn đốc báo cáo quá hạn" if occasion.overdue else "Nhắc gửi báo cáo"
    until = f", hạn {_day(occasion.deadline)}" if occasion.deadline is not None and not occasion.overdue else ""
    return Letter(
        subject=_subject(occasion, f"{what} kỳ {occasion.round}{until}"), text=_body(vi, en, sample=occasion.sample)
    )


def _opening_letter(occasion: Occasion) -> Letter:
    """That a round was asked for which no schedule of the plan has: what for, which days, by when."""
    first, last = occasion.covers
    forms, due = _forms(occasion), _due(occasion.deadline)
    vi = [
        f"Kính gửi: {occasion.unit_name}",
        f"Thực hiện {_within_sentence(occasion.plan_title.vi)}, {occasion.issuer_name} đề nghị đơn vị gửi báo cáo kỳ "
        f"{occasion.round}, số liệu từ ngày {first:%d/%m/%Y} đến hết ngày {last:%d/%m/%Y}:",
        forms.vi,
        *([f"Lý do: {occasion.reason}"] if occasion.reason else []),
        *([f"Hạn gửi: {due.vi}."] if due.vi else []),
        f"Gửi báo cáo qua hệ thống: {occasion.link}",
        "Thư này do hệ thống gửi tự động, không cần trả lời.",
    ]
    en = [
        f"To: {occasion.unit_name}",
        f"Under {occasion.plan_title.en}, {occasion.issuer_name} asks for these reports of round {occasion.round}, "
        f"with figures of {first.isoformat()} to {last.isoformat()}:",
        forms.en,
        *([f"Due: {due.en}."] if due.en else []),
        f"Please send them: {occasion.link}",
    ]
    until = f", hạn {_day(occasion.deadline)}" if occasion.deadline is not None else ""
    return Letter(
        subject=_subject(occasion, f"Yêu cầu báo cáo kỳ {occasion.round}{until}"),
        text=_body(vi, en, sample=occasion.sample),
    )


def digest_numbers(
    occasion: Occasion, standing: DutyCounts, reminded: Mapping[str, int], *, day: date
) -> Sequence[DigestNumber]:
    """The numbers of a digest. reminded: reminders made that day by what became of them."""
    here = f"{occasion.address}/rounds/{quote(occasion.round, safe='')}"
    groups = (
        ("reported", standing.on_time, Message(vi="Đúng hạn", en="On time")),
        ("late", standing.late, Message(vi="Quá hạn", en="Late")),
        ("returned", standing.returned, Message(vi="Bị trả lại", en="Returned")),
        ("missing", standing.missing, Message(vi="Chưa báo cáo", en="Not reported")),
        ("excused", standing.excused, Message(vi="Được miễn kỳ này", en="Excused this round")),
        ("mended", standing.mended, Message(vi="Từng bị từ chối, nay đã đạt", en="Accepted after a refusal")),
    )
    owed = sum(count for name, count, _ in groups if name != "mended")
    return (
        DigestNumber(name="all", words=Message(vi="Báo cáo của kỳ", en="Reports of the round"), count=owed, link=here),
        *(
            DigestNumber(name=name, words=words, count=count, link=f"{here}?{urlencode({'state': name})}")
            for name, count, words in groups
            if count or name not in _SELDOM
        ),
        *(
            DigestNumber(
                name=f"reminders.{state}",
                words=words,
                count=reminded[state],
                link=f"{here}/reminders?{urlencode({'day': day.isoformat(), 'state': state, 'digest': 'false'})}",
            )
            for state, words in _BECAME.items()
            if reminded.get(state)
        ),
    )


def digest(occasion: Occasion, numbers: Sequence[DigestNumber]) -> Letter:
    """To the unit that issued the plan."""
    due = _due(occasion.deadline)
    vi = [
        f"Kính gửi: {occasion.issuer_name}",
        f"Tình hình gửi báo cáo kỳ {occasion.round} đến {_moment(occasion.now)}"
        + (f", hạn gửi {due.vi}:" if due.vi else ":"),
        "\n".join(f"{number.words.vi}: {number.count}  {number.link}" for number in numbers),
    ]
    en = [
        f"Round {occasion.round}" + (f", due {due.en}:" if due.en else ":"),
        "\n".join(f"{number.words.en}: {number.count}" for number in numbers),
    ]
    return Letter(
        subject=_subject(occasion, f"Tình hình báo cáo kỳ {occasion.round}"), text=_body(vi, en, sample=occasion.sample)
    )


def digest_body(occasion: Occasion, numbers: Sequence[DigestNumber]) -> dict[str, Any]:
    """The same to the issuer's own system (docs/reminders.md)."""
    return {
        "type": DIGEST_TYPE,
        "id": occasion.key,
        "unit": occasion.unit,
        "round": occasion.round,
        "deadline": wire_or_none(occasion.deadline),
        "at": wire(occasion.now),
        "counts": [{"name": number.name, "count": number.count, "list": number.link} for number in numbers],
        "sample": occasion.sample,
    }


def webhook(occasion: Occasion) -> dict[str, Any]:
    """The body that a unit's system gets (docs/reminders.md)."""
    return {
        "type": TYPE,
        "id": occasion.key,
        "unit": occasion.unit,
        "round": occasion.round,
        "forms": [code for code, _ in occasion.forms],
        "deadline": wire_or_none(occasion.deadline),
        "kind": occasion.kind,
        "workingDays": occasion.days,
        "overdue": occasion.overdue,
        **({"reason": occasion.reason} if occasion.kind == OPENED else {}),
        "at": wire(occasion.now),
        "console": occasion.link,
        "sample": occasion.sample,
    }


def _subject(occasion: Occasion, text: str) -> str:
    """On one line, whatever stands in names."""
    marked = f"[DỮ LIỆU MẪU] {text}" if occasion.sample else text
    return " ".join(marked.split())


def _body(vi: Sequence[str], en: Sequence[str], *, sample: bool) -> str:
    head = [f"{_SAMPLE.vi}\n{_SAMPLE.en}"] if sample else []
    return "\n\n".join([*head, *vi, "---", *en]) + "\n"


def _forms(occasion: Occasion) -> Message:
    """The forms that are owed, a line each."""
    return Message(
        vi="\n".join(f"  - {name.vi} (mã biểu {code})" for code, name in occasion.forms),
        en="\n".join(f"  - {name.en} ({code})" for code, name in occasion.forms),
    )


def _due(deadline: datetime | None) -> Message:
    """The last moment in time, as people say it; empty where none is set."""
    if deadline is None:
        return Message(vi="", en="")
    if deadline == start_of_day(day_of(deadline)):
        return Message(vi=f"hết ngày {_day(deadline)}", en=f"end of {last_day(deadline).isoformat()}")
    local = deadline.astimezone(VIETNAM)
    return Message(vi=f"trước {local:%H:%M} ngày {local:%d/%m/%Y}", en=f"before {local:%Y-%m-%d %H:%M} (Vietnam)")


def _day(deadline: datetime) -> str:
    return f"{last_day(deadline):%d/%m/%Y}"


def _moment(at: datetime) -> str:
    return f"{at.astimezone(VIETNAM):%H:%M ngày %d/%m/%Y}"


def _within_sentence(title: str) -> str:
    """A title within a sentence."""
    return title[:1].lower() + title[1:]
