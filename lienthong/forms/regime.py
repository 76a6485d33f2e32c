"""What an official looks for first on a form: regime, periods, close of data, deadline, recipient, way of sending.

Markdown for the form's page, Vietnamese first. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lienthong.calendar import last_day
from lienthong.errors import Message
from lienthong.periods import Period
from lienthong.programmes import Form, Obligation, Official, Plan, deadline_instant
from lienthong.programmes.official import official_member

_FREQUENCIES = {
    "annual": Message(vi="định kỳ hằng năm", en="periodic, every year"),
    "semiannual": Message(vi="định kỳ 6 tháng", en="periodic, every six months"),
    "quarterly": Message(vi="định kỳ hằng quý", en="periodic, every quarter"),
    "monthly": Message(vi="định kỳ hằng tháng", en="periodic, every month"),
}
_ON_DEMAND = Message(vi="và đột xuất khi có yêu cầu", en="and on demand")
SENDING = Message(
    vi="bằng phần mềm của đơn vị qua HTTPS (`POST /v1/events`) hoặc Kafka, hoặc nhập trên trang của hệ thống; "
    "văn bản đã ký gửi theo trục liên thông văn bản, số hiệu ghi ở `signedDocument`",
    en="by the unit's own software over HTTPS (`POST /v1/events`) or Kafka, or typed in on the hub's pages; the signed "
    "document goes by the document exchange, its number stands in `signedDocument`",
)


def section(plan: Plan, form: Form) -> list[str]:
    """The section of the form's page; nothing where no periodic obligation asks for the form."""
    obligations = duties(plan, form)
    if not obligations:
        return []
    parts = ["## Chế độ báo cáo · Reporting regime"]
    for duty in obligations:
        parts += ["\n".join(_facts(form, duty)), *_rounds(plan, duty)]
    return parts


def obligations_as_data(plan: Plan, form: Form) -> list[dict[str, Any]]:
    """The same for machines: the obligations that ask for the form."""
    return [
        {
            "obligation": duty.code,
            "frequency": _both_languages(_regime(duty)),
            **official_member(duty.regime),
            "to": list(duty.to),
            "toText": duty.to_text,
            "via": duty.via,
            "viaText": duty.via_text,
        }
        for duty in duties(plan, form)
    ]


def duties(plan: Plan, form: Form) -> list[Obligation]:
    """The periodic obligations by which units owe the form."""
    return [
        o for o in plan.obligations if o.kind == "periodic" and o.level == "units" and form.reporters in o.reporters
    ]


def _regime(duty: Obligation) -> Message:
    often = _FREQUENCIES.get(duty.frequency, Message(vi=duty.frequency, en=duty.frequency))
    if not duty.on_demand:
        return often
    return Message(vi=f"{often.vi} {_ON_DEMAND.vi}", en=f"{often.en} {_ON_DEMAND.en}")


def _both_languages(message: Message) -> dict[str, str]:
    return {"vi": message.vi, "en": message.en}


def _facts(form: Form, duty: Obligation) -> Iterator[str]:
    regime = _regime(duty)
    yield f"- **Chế độ báo cáo:** {regime.vi} · *{regime.en}*"
    yield from _code_line("Mã chế độ báo cáo", "regime's code", duty.regime)
    yield from _code_line("Mã biểu mẫu", "form's code", form.official)
    yield f"- **Căn cứ:** {duty.code}" + (f": “{duty.restored or duty.quote}”" if duty.quote else "")
    yield f"- **Nơi nhận:** {duty.to_text or _codes(duty.to)} · *recipient*"
    if duty.via is not None:
        yield f"- **Qua:** {(duty.via_text or _codes((duty.via,))).removeprefix('qua ')} · *via*"
    yield f"- **Cách gửi:** {SENDING.vi} · *{SENDING.en}*"
    if duty.assumption is not None:
        yield f"- **Giả định:** {duty.assumption.vi} · *{duty.assumption.en}*"


def _code_line(vi: str, en: str, official: Official | None) -> Iterator[str]:
    if official is not None:
        yield f"- **{vi}:** `{official.code}` ({official.list}) · *{en}*"


def _codes(codes: tuple[str, ...]) -> str:
    return ", ".join(f"`{code}`" for code in codes)


def _rounds(plan: Plan, duty: Obligation) -> list[str]:
    """The rounds of the plan's first year: what they cover, when data close, the last day that is in time."""
    rows = [
        "| Kỳ · Period | Số liệu từ ngày · From | Chốt số liệu · Close | Ngày cuối còn đúng hạn · Last day in time |",
        "|---|---|---|---|",
    ]
    assumptions = [schedule.assumption for schedule in plan.schedules if schedule.frequency == duty.frequency]
    for schedule in (s for s in plan.schedules if s.frequency == duty.frequency):
        for place, period in enumerate(schedule.periods(schedule.first_year)):
            code = schedule.official[place].code if place < len(schedule.official) else None
            rows.append(_row(duty, period, code))
    notes = [f"*Giả định:* {message.vi}" for message in assumptions if message is not None]
    return ["\n".join(rows), *notes] if len(rows) > 2 else []


def _row(duty: Obligation, period: Period, code: str | None) -> str:
    deadline = deadline_instant(duty, period)
    due = "không nêu · *not stated*" if deadline is None else f"{last_day(deadline):%d/%m/%Y}"
    name = f"`{period.code}`" + (f" (`{code}`)" if code else "")
    return f"| {name} | {period.first:%d/%m/%Y} | {period.last:%d/%m/%Y} | {due} |"
