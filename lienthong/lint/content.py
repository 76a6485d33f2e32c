"""Rules about what a plan says: targets, tasks, responsibilities, secrets. From D4's appraisal and the plans."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lienthong.lint.context import Linted, all_figures, finding, in_vietnamese
from lienthong.lint.findings import Finding
from lienthong.programmes import Indicator, Target, Task

# District-level words. “thành phố” alone may be a province; with “thuộc tỉnh” or beside “huyện” it is not.
_DISTRICT = re.compile(r"\b(?:huyện|quận|thị xã)\b|thành phố thuộc tỉnh", re.IGNORECASE)
_SECRET = re.compile(r"bí mật|tuyệt mật|tối mật|\bmật\b", re.IGNORECASE)
_EXCLUSION = "bí mật nhà nước"
# Units of radiation measurement: readings belong to the monitoring channel.
_TELEMETRY = re.compile(r"\b(?:[mµu]?Sv|[kMG]?Bq|[mµ]?Gy)\b")
_AT_LEAST = re.compile(r"ít nhất|tối thiểu|phấn đấu|tăng trung bình", re.IGNORECASE)
_RANGE = re.compile(r"\btừ \d+\s*[-–]\s*\d+", re.IGNORECASE)


def districts(linted: Linted) -> Iterator[Finding]:
    """C-01: district-level units in titles, targets, routes, tasks or figures."""
    sections = ("title", "forms", "reporters", "indicators", "obligations", "tasks", "responsibilities")
    for section in sections:
        for pointer, text in _texts(linted.file.data.get(section), f"/{section}"):
            match = _DISTRICT.search(text)
            if match:
                yield linted.found(
                    "LT-C01",
                    "error",
                    pointer,
                    f"Có tên đơn vị cấp huyện (“{match[0]}”); từ 01/7/2025 chỉ còn cấp tỉnh và cấp xã. Hãy viết lại.",
                    f"A district-level unit ({match[0]!r}); since 1 July 2025 there are provinces and communes only.",
                    quote=text,
                )


def targets(linted: Linted) -> Iterator[Finding]:
    """C-02, C-03: every target has a value and a date of its own; an indicator has a target."""
    for number, indicator in enumerate(linted.plan.indicators):
        pointer = f"/indicators/{number}"
        if not indicator.targets:
            yield linted.found(
                "LT-C02",
                "warning",
                pointer,
                f"{indicator.code}: nguồn không đặt mục tiêu; chỉ theo dõi số liệu.",
                f"{indicator.code}: the source sets no target; it is counted only.",
                quote=indicator.quote,
            )
        for place, target in enumerate(indicator.targets):
            yield from _target(linted, indicator, target, f"{pointer}/targets/{place}")
    yield from _one_date_for_all(linted)


def _target(linted: Linted, indicator: Indicator, target: Target, pointer: str) -> Iterator[Finding]:
    quote = target.quote or indicator.quote
    if target.operator == "status" and target.value is not None:
        yield linted.found(
            "LT-C02",
            "info",
            pointer,
            f"{indicator.code}: mục tiêu là mốc trạng thái, không lượng hóa.",
            f"{indicator.code}: the target is a status, not a quantity.",
            quote=quote,
        )
    elif target.value is None and (target.low is None or target.high is None):
        yield linted.found(
            "LT-C02",
            "warning",
            pointer,
            f"{indicator.code}: mục tiêu chưa lượng hóa; sẽ hiển thị “không đánh giá được”.",
            f"{indicator.code}: the target has no value; it will show as “cannot be assessed”.",
            quote=quote,
        )
    if target.year is None and target.each_year is None:
        yield linted.found(
            "LT-C03",
            "warning",
            pointer,
            f"{indicator.code}: mục tiêu không có thời hạn; sẽ hiển thị “không đánh giá được”.",
            f"{indicator.code}: the target has no date; it will show as “cannot be assessed”.",
            quote=quote,
        )
    trigger = _raw(linted, pointer).get("trigger")
    if trigger:
        yield linted.found(
            "LT-C03",
            "warning",
            pointer,
            f"{indicator.code}: thời hạn phụ thuộc sự kiện ({_vi(trigger)}), không có ngày lịch.",
            f"{indicator.code}: the date depends on an event; there is no calendar date.",
            quote=quote,
        )
    if target.implied:
        yield linted.found(
            "LT-C02",
            "info",
            pointer,
            f"{indicator.code}: con số suy ra từ nguồn, không được viết ra.",
            f"{indicator.code}: the number is implied by the source, not written.",
            quote=quote,
        )


def _one_date_for_all(linted: Linted) -> Iterator[Finding]:
    all_targets = [target for indicator in linted.plan.indicators for target in indicator.targets]
    years = {target.year for target in all_targets if target.each_year is None}
    if len(all_targets) > 1 and len(years) == 1 and None not in years and all(t.each_year is None for t in all_targets):
        yield linted.found(
            "LT-C03",
            "warning",
            "/indicators",
            f"Mọi mục tiêu cùng hoàn thành năm {years.pop()}; mục tiêu nào cần sớm hơn?",
            "All targets share one year; which are due earlier?",
        )


def operators(linted: Linted) -> Iterator[Finding]:
    """D-07: the operator fits the wording of the phrase and the way the indicator is computed."""
    for number, indicator in enumerate(linted.plan.indicators):
        for place, target in enumerate(indicator.targets):
            pointer = f"/indicators/{number}/targets/{place}"
            milestone = indicator.computation.kind == "milestone"
            if milestone != (target.operator == "status") and indicator.computation.kind != "none":
                yield linted.found(
                    "LT-D07",
                    "error",
                    pointer,
                    f"{indicator.code}: toán tử “{target.operator}” không dùng được với cách tính "
                    f"“{indicator.computation.kind}”.",
                    f"{indicator.code}: operator {target.operator!r} doesn't fit computation "
                    f"{indicator.computation.kind!r}.",
                    quote=target.quote,
                )
            expected = _worded(target)
            if expected and expected != target.operator:
                yield linted.found(
                    "LT-D07",
                    "error",
                    pointer,
                    f"{indicator.code}: nguồn viết theo nghĩa “{expected}”, mục tiêu khai “{target.operator}”.",
                    f"{indicator.code}: the phrase means {expected!r}, the target says {target.operator!r}.",
                    quote=target.quote,
                )
            yield from _range_bounds(linted, indicator, target, pointer)


def _worded(target: Target) -> str | None:
    text = in_vietnamese(target)
    if target.operator == "status" or target.implied:
        return None
    if _RANGE.search(text):
        return "range"
    return "at_least" if _AT_LEAST.search(text) else "equal" if text.startswith("100%") else None


def _range_bounds(linted: Linted, indicator: Indicator, target: Target, pointer: str) -> Iterator[Finding]:
    low, high = target.low, target.high
    if target.operator == "range" and low is not None and high is not None and low > high:
        yield linted.found(
            "LT-D07",
            "error",
            pointer,
            f"{indicator.code}: khoảng {low}–{high} bị ngược.",
            f"{indicator.code}: the range {low}–{high} is upside down.",
            quote=target.quote,
        )


def tasks(linted: Linted) -> Iterator[Finding]:
    """C-04, C-05, C-10, C-20: a task has a due date, an expected result and a responsible unit."""
    for number, task in enumerate(linted.plan.tasks):
        yield from _task(linted, task, f"/tasks/{number}")


def _task(linted: Linted, task: Task, pointer: str) -> Iterator[Finding]:
    if task.due is None and task.due_text:
        yield linted.found(
            "LT-C20",
            "warning",
            pointer,
            f"{task.code}: “{task.due_text}” không phải là thời hạn.",
            f"{task.code}: “{task.due_text}” is not a date.",
            quote=task.quote,
        )
    elif task.due is None:
        yield linted.found(
            "LT-C04",
            "warning",
            pointer,
            f"{task.code}: chưa xác định mốc thời gian hoàn thành.",
            f"{task.code}: no due date.",
            quote=task.quote,
        )
    if not task.result:
        yield linted.found(
            "LT-C05",
            "warning",
            pointer,
            f"{task.code}: chưa nêu kết quả đầu ra.",
            f"{task.code}: no expected result.",
            quote=task.quote,
        )
    if not task.lead and task.no_lead is None:
        yield linted.found(
            "LT-C10",
            "warning",
            pointer,
            f"{task.code}: chưa phân công đơn vị chủ trì.",
            f"{task.code}: no responsible unit.",
            quote=task.quote,
        )


def document(linted: Linted) -> Iterator[Finding]:
    """C-06, D-10: a plan, not a letter; number and date are known or said to be blank."""
    body = linted.plan.document
    if body["form"] != "Kế hoạch" and "justification" not in body:
        yield linted.found(
            "LT-C06",
            "warning",
            "/document/form",
            f"Triển khai quyết định của Thủ tướng bằng {body['form']} cần giải trình lý do không ban hành Kế hoạch.",
            "Carrying out a Prime Minister's decision by anything but a plan needs a justification.",
        )
    if body["number"] is None or body["date"] is None:
        yield linted.found(
            "LT-D10",
            "info",
            "/document",
            "Số hoặc ngày văn bản để trống trong nguồn.",
            "The document's number or date is blank in the source.",
            quote=body.get("date_text"),
        )


def secrets(linted: Linted) -> Iterator[Finding]:
    """C-07, C-08: no figure asks about secrets; where the source excludes them, every figure says so."""
    rule = "LT-C07" if len(linted.plan.issued_by) == 5 else "LT-C08"
    for pointer, figure in linted.figures():
        if _SECRET.search(figure.label.vi):
            yield finding(
                (linted.programme, pointer),
                rule,
                "error",
                f"{figure.code}: biểu mẫu không được có chỗ cho nội dung bí mật nhà nước.",
                f"{figure.code}: no form may have a place for state secrets.",
                quote=figure.label.vi,
            )
    for number, indicator in enumerate(linted.plan.indicators):
        if _EXCLUSION not in in_vietnamese(indicator):
            continue
        for code in all_figures(indicator.computation):
            figure = linted.plan.figures[code]
            if _EXCLUSION not in figure.counts.vi:
                yield linted.found(
                    rule,
                    "error",
                    f"/indicators/{number}",
                    f"{indicator.code}: số liệu {code} phải ghi rõ không tính nhiệm vụ bí mật nhà nước.",
                    f"{indicator.code}: figure {code} must say that state-secret tasks are not counted.",
                    quote=indicator.quote,
                )


def telemetry(linted: Linted) -> Iterator[Finding]:
    """C-15: readings and incident data need their own channel."""
    for pointer, figure in linted.figures():
        if _TELEMETRY.search(figure.measure.vi):
            yield finding(
                (linted.programme, pointer),
                "LT-C15",
                "error",
                f"{figure.code}: số liệu quan trắc ({figure.measure.vi}) phải đi kênh riêng, không qua báo "
                "cáo định kỳ.",
                f"{figure.code}: readings ({figure.measure.vi}) need their own channel, not a periodic report.",
                quote=figure.quote,
            )


def _texts(value: object, pointer: str) -> Iterator[tuple[str, str]]:
    """(pointer, text) of every string below, except our own notes and assumptions."""
    if isinstance(value, str):
        yield pointer, value
    elif isinstance(value, dict):
        for key, below in value.items():
            if key not in ("note", "assumption", "justification"):
                yield from _texts(below, f"{pointer}/{key}")
    elif isinstance(value, list):
        yield from _each(value, pointer)


def _each(values: Iterable[object], pointer: str) -> Iterator[tuple[str, str]]:
    for index, below in enumerate(values):
        yield from _texts(below, f"{pointer}/{index}")


def _raw(linted: Linted, pointer: str) -> dict[str, object]:
    value: object = linted.file.data
    for part in pointer.split("/")[1:]:
        value = value[int(part)] if isinstance(value, list) else value[part]  # type: ignore[index]
    assert isinstance(value, dict)
    return value


def _vi(message: object) -> str:
    return str(message["vi"]) if isinstance(message, dict) else str(message)
