"""The documentation page of a form, in Markdown, Vietnamese first. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from lienthong.errors import Message
from lienthong.forms import people, regime
from lienthong.forms.people import heads
from lienthong.forms.schema import form_id
from lienthong.programmes import Check, Figure, Form, Plan

_KINDS = {
    "flow": Message(vi="phát sinh trong kỳ", en="flow (adds over periods)"),
    "stock": Message(vi="tại thời điểm chốt số liệu", en="stock (at the close of data)"),
    "cumulative": Message(vi="lũy kế từ", en="cumulative since"),
    "status": Message(vi="trạng thái", en="status"),
}
_CHECKS = {
    "at_most": ("{left} không lớn hơn {right}", "{left} ≤ {right}"),
    "equals_sum": ("{left} bằng tổng {right}", "{left} = Σ {right}"),
    "requires": ("có {left} thì phải có {right}", "{left} > 0 needs {right}"),
    "change": (
        "{left} không chênh quá {percent}% so với báo cáo trước",
        "{left} within {percent}% of the last report",
    ),
}
_PEOPLE = Message(
    vi="số liệu đếm người không lớn hơn dân số đã biết của đơn vị, của tỉnh",
    en="counts of people within the population known of the unit, of the province",
)
_PLEASE = Message(
    vi="Số người báo cáo lớn hơn dân số; đề nghị kiểm tra.",
    en="More people were reported than there are; please check.",
)
_SEVERITIES = {"error": Message(vi="từ chối", en="refuses"), "warning": Message(vi="cảnh báo", en="warns")}

NOTE = (
    "<!-- Trang sinh tự động từ kế hoạch; sửa kế hoạch rồi chạy `lienthong forms generate`. "
    "Generated; edit the plan instead. -->"
)


def page(plan: Plan, form: Form, example: Mapping[str, Any]) -> str:
    """A form's page: what to report, how it is checked, and a report to copy."""
    label = plan.reporters[form.reporters].label
    parts = [
        NOTE,
        f"# Biểu mẫu {form.code}, phiên bản {form.version}",
        f"{plan.title.vi}  \n*{plan.title.en}*",
        f"**Đơn vị báo cáo:** {label.vi} · *Reported by: {label.en}*",
        f"**Chương trình:** {plan.programme} — {plan.programme_title.vi}",
        *regime.section(plan, form),
        f"**Lược đồ:** [`{form_id(form.code, form.version)}`]({_to_schema(plan, form)})",
        "Mỗi số liệu đều phải có mặt; chưa có số liệu thì ghi `null` (không ghi 0). "
        "Số 0 nghĩa là đã thống kê và kết quả bằng không.  \n"
        "*Every figure must be there; write `null` when it is not reported. Zero is a result, null is none.*",
        'Cả kỳ không phát sinh: gửi `"nil": true` và `"figures": {}`.  \n'
        '*Nothing to report at all: send `"nil": true` and `"figures": {}`.*',
        "## Số liệu · Figures",
        _figure_table(form.figures),
        *_status_tables(form.figures),
        *_notes(form.figures),
        *_check_section(form),
        *_rename_section(form),
        "## Ví dụ · Example",
        "Sự kiện CloudEvents gửi tới `POST /v1/events` (`Content-Type: application/cloudevents+json`):",
        f"```json\n{json.dumps(example, ensure_ascii=False, indent=2)}\n```",
        "Ví dụ đúng và sai khác · *more examples*: "
        f"{_link(_examples(plan, form, 'valid'))}, {_link(_examples(plan, form, 'invalid'))}",
    ]
    return "\n\n".join(parts) + "\n"


def index(plans: Iterable[Plan]) -> str:
    """The list of all forms."""
    rows = ["| Biểu mẫu · Form | Phiên bản | Đơn vị báo cáo · Reported by | Số liệu |", "|---|---|---|---|"]
    for plan in plans:
        for form in plan.forms:
            label = plan.reporters[form.reporters].label
            rows.append(f"| [{form.code}]({form.code}.md) | {form.version} | {_cell(label)} | {len(form.figures)} |")
    return "\n\n".join([NOTE, "# Biểu mẫu · Forms", "\n".join(rows)]) + "\n"


def _figure_table(figures: Iterable[Figure]) -> str:
    rows = [
        "| Mã · Code | Số liệu · Figure | Đơn vị tính · Measure | Loại · Kind | Giá trị · Values | "
        "Phạm vi, cách tính · Scope and counting |",
        "|---|---|---|---|---|---|",
    ]
    rows += [
        f"| {_code(f)} | {_cell(f.label)} | {_cell(f.measure)} | {_kind(f)} | {_range(f)} | {_cell(f.counts)} |"
        for f in figures
    ]
    return "\n".join(rows)


def _code(figure: Figure) -> str:
    """Our code, and the official one where a list gives it."""
    official = figure.official
    return f"`{figure.code}`" + ("" if official is None else f"<br>{official.list}: `{official.code}`")


def _kind(figure: Figure) -> str:
    kind = _KINDS[figure.kind]
    since = f" {figure.since:%d/%m/%Y}" if figure.since else ""
    return f"{kind.vi}{since}<br>*{kind.en}{f' {figure.since}' if figure.since else ''}*"


def _range(figure: Figure) -> str:
    if figure.is_status:
        return "xem dưới · *see below*"
    if figure.decimals == 0:
        return "số nguyên ≥ 0<br>*whole number ≥ 0*"
    digits = figure.decimals
    return f"số ≥ 0, tối đa {digits} chữ số thập phân<br>*number ≥ 0, at most {digits} decimals*"


def _status_tables(figures: Iterable[Figure]) -> list[str]:
    parts = []
    for figure in figures:
        if figure.is_status:
            rows = [
                f"### Giá trị của `{figure.code}` (từ thấp đến cao · *rising*)",
                "",
                "| Mã · Code | Ý nghĩa · Meaning |",
                "|---|---|",
            ]
            parts.append("\n".join(rows + [f"| `{v.code}` | {_cell(v.label)} |" for v in figure.values]))
    return parts


def _notes(figures: Iterable[Figure]) -> list[str]:
    """The phrases that the figures come from, and what was assumed."""
    rows = []
    for figure in figures:
        if figure.quote:
            restored = f" (đọc là · *read as*: “{figure.restored}”)" if figure.restored else ""
            rows.append(f"- `{figure.code}`: “{figure.quote}”{restored}")
        if figure.assumption:
            rows.append(
                f"- `{figure.code}`: **giả định** — {figure.assumption.vi} · *assumption: {figure.assumption.en}*"
            )
    return ["## Căn cứ · Sources", "\n".join(rows)] if rows else []


def _check_section(form: Form) -> list[str]:
    rows = ["| Mã · Code | Quy tắc · Rule | Kết quả · Effect | Thông báo · Message |", "|---|---|---|---|"]
    for check in form.checks:
        severity = _effect(check)
        right = ", ".join(f"`{code}`" for code in check.right)
        rule = Message(
            **{
                lang: text.format(left=f"`{check.left}`", right=right, percent=check.percent)
                for lang, text in zip(("vi", "en"), _CHECKS[check.kind], strict=True)
            }
        )
        rows.append(f"| `{check.code}` | {_cell(rule)} | {_cell(severity)} | {_cell(check.message)} |")
    if heads(form):
        rows.append(f"| `{people.CHECK}` | {_cell(_PEOPLE)} | {_cell(_SEVERITIES['warning'])} | {_cell(_PLEASE)} |")
    return ["## Kiểm tra giữa các số liệu · Checks", "\n".join(rows)] if len(rows) > 2 else []


def _effect(check: Check) -> Message:
    """What it does, and from which close of data on it does more."""
    now, day = _SEVERITIES[check.severity], check.error_from
    if day is None:
        return now
    return Message(
        vi=f"{now.vi}; từ kỳ chốt số liệu {day.day}/{day.month}/{day.year}: từ chối",
        en=f"{now.en}; refuses from close of data {day.isoformat()} on",
    )


def _rename_section(form: Form) -> list[str]:
    rows = [f"- từ · *since* {r.since}: `{r.old}` → `{r.new}`" for r in form.renames]
    return ["## Mã đã đổi · Renamed figures", "\n".join(rows)] if rows else []


def _cell(message: Message) -> str:
    """Both languages in one table cell."""
    vi, en = (text.replace("|", r"\|").replace("\n", " ") for text in (message.vi, message.en))
    return vi if vi == en else f"{vi}<br>*{en}*"


def _to_schema(plan: Plan, form: Form) -> str:
    return f"../../schemas/forms/{plan.code}/{form.reporters}/{form.version}.json"


def _link(path: str) -> str:
    return f"[`{path}`](../../{path})"


def _examples(plan: Plan, form: Form, verdict: str) -> str:
    return f"schemas/examples/{verdict}/forms/{plan.code}/{form.reporters}/{form.version}"
