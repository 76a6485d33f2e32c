"""Rules that come first: structure, the programme, known codes, real dates. The others need these to hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from lienthong.lint.context import finding
from lienthong.lint.findings import Finding
from lienthong.lint.rounds import expected_spans
from lienthong.programmes import Document
from lienthong.programmes.files import PlanFile, structure
from lienthong.refusals import phrase


def faults_of_schema(file: PlanFile) -> Iterator[Finding]:
    """S01: what the JSON Schema of the file's kind says."""
    for each in structure(file):
        detail = each.params["detail"]
        yield finding((file, each.pointer), "LT-S01", "misshapen", place=each.pointer or "/", detail=detail)


def orphan(file: PlanFile) -> Finding:
    """S02: a plan whose programme is not among the files."""
    code = file.data.get("programme")
    return finding((file, "/programme"), "LT-S02", "no_programme", programme=code)


def names_defined(plan: PlanFile, programme: PlanFile) -> Iterator[Finding]:
    """F03: forms and obligations name figures and kinds of unit that are defined."""
    figures = {body["code"] for body in programme.data["figures"]}
    reporters = {*programme.data["reporters"], *plan.data.get("reporters", {})}
    for number, form in enumerate(plan.data["forms"]):
        if form["reporters"] not in reporters:
            yield _unknown(plan, f"/forms/{number}/reporters", "kind_of_unit", form["reporters"])
        for place, code in enumerate(form["figures"]):
            if code not in figures:
                yield _unknown(plan, f"/forms/{number}/figures/{place}", "named_figure", code)
    for number, obligation in enumerate(plan.data["obligations"]):
        for name in obligation.get("reporters", ()):
            if name not in reporters:
                yield _unknown(plan, f"/obligations/{number}/reporters", "kind_of_unit", name)
    for number, figure in enumerate(programme.data["figures"]):
        if figure["reported_by"] not in reporters:
            yield _unknown(programme, f"/figures/{number}/reported_by", "kind_of_unit", figure["reported_by"])


def codes_unique(file: PlanFile) -> Iterator[Finding]:
    """F09: no code is given twice."""
    for section, key in (
        ("figures", "code"),
        ("forms", "reporters"),
        ("indicators", "code"),
        ("obligations", "code"),
        ("tasks", "code"),
    ):
        seen: set[str] = set()
        for number, body in enumerate(file.data.get(section, ())):
            if body[key] in seen:
                yield finding((file, f"/{section}/{number}"), "LT-F09", "given_twice", code=body[key])
            seen.add(body[key])


def real_days(plan: PlanFile) -> Iterator[Finding]:
    """S03: days that exist in every year, parts and spans as many as the frequency has."""
    for pointer, text in _days(plan.data):
        month, day = (int(part) for part in text.split("-"))
        try:
            date(2024, month, day)  # a leap year: 29 February stands for the last day of February
        except ValueError:
            yield finding((plan, pointer), "LT-S03", "no_such_day", day=day, month=month)
    for number, schedule in enumerate(plan.data["schedules"]):
        if len(schedule["spans"]) != expected_spans(schedule["frequency"]):
            yield finding(
                (plan, f"/schedules/{number}/spans"),
                "LT-S03",
                "spans_unlike_frequency",
                frequency=schedule["frequency"],
                count=expected_spans(schedule["frequency"]),
            )


def _days(data: Document) -> Iterator[tuple[str, str]]:
    for number, obligation in enumerate(data["obligations"]):
        for place, deadline in enumerate(obligation.get("deadlines", ())):
            text = deadline.get("before") or deadline.get("on_or_before")
            yield f"/obligations/{number}/deadlines/{place}", text
    for number, schedule in enumerate(data["schedules"]):
        for place, span in enumerate(schedule["spans"]):
            yield from _span(span, f"/schedules/{number}/spans/{place}")


def _span(span: Mapping[str, Mapping[str, str]], pointer: str) -> Sequence[tuple[str, str]]:
    return [(f"{pointer}/{end}", span[end]["day"]) for end in ("first", "last")]


def _unknown(file: PlanFile, pointer: str, what: str, code: str) -> Finding:
    return finding((file, pointer), "LT-F03", "unknown", what=phrase(what), code=code)
