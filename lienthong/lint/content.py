"""Rules about what a plan says: targets, tasks, responsibilities, secrets. From D4's appraisal and the plans."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lienthong.errors import Message
from lienthong.indicators.measuring import kind_of
from lienthong.lint.context import Linted, all_figures, finding, in_vietnamese
from lienthong.lint.findings import Finding
from lienthong.programmes import Indicator, Target, Task
from lienthong.refusals import alike

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
                yield linted.finding("LT-C01", "district_named", pointer, quote=text, words=match[0])


def targets(linted: Linted) -> Iterator[Finding]:
    """C-02, C-03: every target has a value and a date of its own; an indicator has a target."""
    for number, indicator in enumerate(linted.plan.indicators):
        pointer = f"/indicators/{number}"
        if not indicator.targets:
            yield linted.finding("LT-C02", "no_target", pointer, quote=indicator.quote, code=indicator.code)
        for place, target in enumerate(indicator.targets):
            yield from _target(linted, indicator, target, f"{pointer}/targets/{place}")
    yield from _one_date_for_all(linted)


def _target(linted: Linted, indicator: Indicator, target: Target, pointer: str) -> Iterator[Finding]:
    quote = target.quote or indicator.quote
    if target.operator == "status" and target.value is not None:
        yield linted.finding("LT-C02", "is_a_status", pointer, quote=quote, code=indicator.code)
    elif target.value is None and (target.low is None or target.high is None):
        yield linted.finding("LT-C02", "no_value", pointer, quote=quote, code=indicator.code)
    if target.year is None and target.each_year is None:
        yield linted.finding("LT-C03", "no_date", pointer, quote=quote, code=indicator.code)
    trigger = _body_at(linted, pointer).get("trigger")
    if trigger:
        event = _message(trigger)
        yield linted.finding("LT-C03", "depends_on_event", pointer, quote=quote, code=indicator.code, event=event)
    if target.implied:
        yield linted.finding("LT-C02", "implied", pointer, quote=quote, code=indicator.code)


def _one_date_for_all(linted: Linted) -> Iterator[Finding]:
    all_targets = [target for indicator in linted.plan.indicators for target in indicator.targets]
    years = {target.year for target in all_targets if target.each_year is None}
    if len(all_targets) > 1 and len(years) == 1 and None not in years and all(t.each_year is None for t in all_targets):
        yield linted.finding("LT-C03", "one_year_for_all", "/indicators", year=years.pop())


def operators(linted: Linted) -> Iterator[Finding]:
    """D-07: the operator fits the wording of the phrase and the way the indicator is computed."""
    for number, indicator in enumerate(linted.plan.indicators):
        for place, target in enumerate(indicator.targets):
            pointer = f"/indicators/{number}/targets/{place}"
            tells_status = kind_of(indicator.computation).status
            if tells_status != (target.operator == "status") and indicator.computation.kind != "none":
                yield linted.finding(
                    "LT-D07",
                    "operator_unfit",
                    pointer,
                    quote=target.quote,
                    code=indicator.code,
                    operator=target.operator,
                    computation=indicator.computation.kind,
                )
            expected = _operator_by_words(target)
            if expected and expected != target.operator:
                yield linted.finding(
                    "LT-D07",
                    "operator_otherwise_worded",
                    pointer,
                    quote=target.quote,
                    code=indicator.code,
                    expected=expected,
                    operator=target.operator,
                )
            yield from _range_bounds(linted, indicator, target, pointer)


def _operator_by_words(target: Target) -> str | None:
    text = in_vietnamese(target)
    if target.operator == "status" or target.implied:
        return None
    if _RANGE.search(text):
        return "range"
    return "at_least" if _AT_LEAST.search(text) else "equal" if text.startswith("100%") else None


def _range_bounds(linted: Linted, indicator: Indicator, target: Target, pointer: str) -> Iterator[Finding]:
    low, high = target.low, target.high
    if target.operator == "range" and low is not None and high is not None and low > high:
        yield linted.finding(
            "LT-D07", "range_upside_down", pointer, quote=target.quote, code=indicator.code, low=low, high=high
        )


def tasks(linted: Linted) -> Iterator[Finding]:
    """C-04, C-05, C-10, C-20: a task has a due date, an expected result and a responsible unit."""
    for number, task in enumerate(linted.plan.tasks):
        yield from _task(linted, task, f"/tasks/{number}")


def _task(linted: Linted, task: Task, pointer: str) -> Iterator[Finding]:
    if task.due is None and task.due_text:
        yield linted.finding("LT-C20", "due_is_no_date", pointer, quote=task.quote, code=task.code, due=task.due_text)
    elif task.due is None:
        yield linted.finding("LT-C04", "no_due_date", pointer, quote=task.quote, code=task.code)
    if not task.result:
        yield linted.finding("LT-C05", "no_result", pointer, quote=task.quote, code=task.code)
    if not task.lead and task.no_lead is None:
        yield linted.finding("LT-C10", "nobody_responsible", pointer, quote=task.quote, code=task.code)


def document(linted: Linted) -> Iterator[Finding]:
    """C-06, D-10: a plan, not a letter; number and date are known or said to be blank."""
    body = linted.plan.document
    if body["form"] != "Kế hoạch" and "justification" not in body:
        yield linted.finding("LT-C06", "no_plan", "/document/form", form=body["form"])
    if body["number"] is None or body["date"] is None:
        yield linted.finding("LT-D10", "number_or_date_blank", "/document", quote=body.get("date_text"))


def secrets(linted: Linted) -> Iterator[Finding]:
    """C-07, C-08: no figure asks about secrets; where the source excludes them, every figure says so."""
    rule = linted.rule_of_secrets
    for pointer, figure in linted.figures():
        if _SECRET.search(figure.label.vi):
            yield finding((linted.programme, pointer), rule, "secrets_asked", quote=figure.label.vi, code=figure.code)
    for number, indicator in enumerate(linted.plan.indicators):
        if _EXCLUSION not in in_vietnamese(indicator):
            continue
        for code in all_figures(indicator.computation):
            figure = linted.plan.figures[code]
            if _EXCLUSION not in figure.counts.vi:
                yield linted.finding(
                    rule,
                    "secrets_not_excluded",
                    f"/indicators/{number}",
                    quote=indicator.quote,
                    code=indicator.code,
                    figure=code,
                )


def telemetry(linted: Linted) -> Iterator[Finding]:
    """C-15: readings and incident data need their own channel."""
    for pointer, figure in linted.figures():
        if _TELEMETRY.search(figure.measure.vi):
            yield finding(
                (linted.programme, pointer),
                "LT-C15",
                "readings_asked",
                quote=figure.quote,
                code=figure.code,
                measure=figure.measure,
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
        yield from _texts_of_list(value, pointer)


def _texts_of_list(values: Iterable[object], pointer: str) -> Iterator[tuple[str, str]]:
    for index, below in enumerate(values):
        yield from _texts(below, f"{pointer}/{index}")


def _body_at(linted: Linted, pointer: str) -> dict[str, object]:
    value: object = linted.file.data
    for part in pointer.split("/")[1:]:
        value = value[int(part)] if isinstance(value, list) else value[part]  # type: ignore[index]
    assert isinstance(value, dict)
    return value


def _message(message: object) -> Message:
    """Of a document: a text in both languages, or one that stands for both."""
    return Message(vi=message["vi"], en=message["en"]) if isinstance(message, dict) else alike(str(message))
