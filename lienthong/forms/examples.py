"""Examples of reports on a form: good ones, and one for each kind of fault. Pure.

Every example is a whole CloudEvent, so that an integrator can send it as it stands. A faulty one says which
codes it must get, and where.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from lienthong.contracts.schemas import Contracts
from lienthong.errors import Problem
from lienthong.events import REPORT_SUBMITTED
from lienthong.forms.schema import form_id, of_form
from lienthong.forms.values import checks, number_problems
from lienthong.periods import Period
from lienthong.programmes import Check, Figure, Form, Plan

Document = dict[str, Any]

SOURCE = "https://vi-du.lienthong.vn"
_ROUNDS_OF_REPAIR = 50  # values only grow while checks are being met; real forms settle in two or three


def full_report(plan: Plan, form: Form, *, unit: str, period: Period) -> Document:
    """A report with every figure given, which meets every check of the form."""
    figures = {figure.code: _value(figure, place) for place, figure in enumerate(form.figures)}
    return _event(
        form,
        "day-du",
        {
            "round": f"{plan.code}.{period.code}",
            "form": form.code,
            "formVersion": form.version,
            "unit": unit,
            "revision": 1,
            "figures": _repair(form, figures),
            "narrative": {
                "results": "Đã triển khai đúng kế hoạch.",
                "shortcomings": "Kinh phí còn hạn chế.",
                "proposals": "Đề nghị hỗ trợ tài liệu tuyên truyền.",
            },
            "signedDocument": {"number": "12/BC", "date": period.last.isoformat()},
        },
    )


def nothing_reported(plan: Plan, form: Form, *, unit: str, period: Period) -> Document:
    """A report whose figures are all “chưa có số liệu”."""
    event = full_report(plan, form, unit=unit, period=period)
    event["id"] = _id(form, "chua-co-so-lieu")
    event["data"] |= {
        "figures": dict.fromkeys(form.codes),
        "signedDocument": None,
        "narrative": {"results": "", "shortcomings": "Chưa tổng hợp được số liệu.", "proposals": ""},
    }
    return event


def faulty(good: Document, form: Form) -> Iterator[tuple[str, Document]]:
    """(name, event) for each kind of fault that the form can have; a name begins with the code it gets."""
    first = form.figures[0].code
    yield _with(good, "missing_figure", lambda data: data["figures"].pop(first))
    yield _with(good, "unknown_figure", lambda data: data["figures"].update(khong_co=1))
    yield _with(good, "unknown_field", lambda data: data.update(ghi_chu="…"))
    yield _with(good, "missing_field", lambda data: data.pop("narrative"))
    yield _with(good, "wrong_format", lambda data: data.update(round="2026"))
    yield _with(good, "wrong_value", lambda data: data.update(formVersion="0.0.0"))
    yield _with(good, "text_too_long", lambda data: data["signedDocument"].update(number="x" * 101))
    yield _with(good, "classified_content_refused", lambda data: data.update(classification="mật"))
    yield from _faulty_numbers(good, form)
    yield from _faulty_checks(good, form)


def judge(contracts: Contracts, form: Form, data: Any, *, at: str = "") -> list[Problem]:
    """All that is wrong with the data of a report on a form: schema, decimals, refusing checks.

    The form's schema must be among the contracts. What needs the register, rounds or ledger is ingest's.
    """
    problems = contracts.problems(form_id(form.code, form.version), of_form(data), at=at)
    figures = data.get("figures") if isinstance(data, dict) else None
    if not isinstance(figures, dict):
        return problems
    place = f"{at}/figures"
    return [*problems, *number_problems(form, figures, at=place), *checks(form, figures, at=place)[0]]


def _faulty_numbers(good: Document, form: Form) -> Iterator[tuple[str, Document]]:
    numbers = [figure for figure in form.figures if not figure.is_status]
    if numbers:
        code, decimals = numbers[-1].code, numbers[-1].decimals
        yield _with(good, "wrong_type", lambda data: data["figures"].update({code: "12"}))
        yield _with(good, "number_out_of_range", lambda data: data["figures"].update({code: -1}))
        fine = float(f"0.{'0' * decimals}1")
        yield _with(good, "too_many_decimals", lambda data: data["figures"].update({code: fine}))
    status = next((figure.code for figure in form.figures if figure.is_status), None)
    if status is not None:
        yield _with(good, "not_in_list", lambda data: data["figures"].update({status: "xong"}))


def _faulty_checks(good: Document, form: Form) -> Iterator[tuple[str, Document]]:
    for check in form.checks:
        if check.severity == "error" and check.kind in ("at_most", "equals_sum"):
            change = partial(_raise_left, form=form, check=check)
            yield _with(good, f"check_{check.kind}", change, suffix=check.code)


def _raise_left(data: Document, form: Form, check: Check) -> None:
    """Put the left side one above what the check allows."""
    figures = data["figures"]
    if form.figure(check.left).is_status:
        figures[check.left], figures[check.right[0]] = (
            form.figure(check.left).values[-1].code,
            form.figure(check.right[0]).values[0].code,
        )
    elif check.kind == "equals_sum":
        figures[check.left] = _sum(figures, check) + 1
    else:
        figures[check.left] = figures[check.right[0]] + 1


def _with(good: Document, name: str, change: Any, suffix: str = "") -> tuple[str, Document]:
    event = copy.deepcopy(good)
    change(event["data"])
    full_name = f"{name}-{suffix}" if suffix else name
    event["id"] = f"{good['id'].removesuffix('day-du')}{full_name}"
    return full_name, event


def _event(form: Form, name: str, data: Document) -> Document:
    return {
        "specversion": "1.0",
        "type": REPORT_SUBMITTED,
        "source": SOURCE,
        "id": _id(form, name),
        "datacontenttype": "application/json",
        "dataschema": form_id(form.code, form.version),
        "data": data,
    }


def _id(form: Form, name: str) -> str:
    return f"{form.code}-{form.version}-{name}"


def _value(figure: Figure, place: int) -> Any:
    """A plain value, different from figure to figure."""
    if figure.is_status:
        return figure.values[-1].code
    return 12 + 7 * place if figure.decimals == 0 else 12.5 + place


def _repair(form: Form, figures: Document) -> Document:
    """The figures with every at_most and equals_sum met, by raising the lower side."""
    for _ in range(_ROUNDS_OF_REPAIR):
        before = dict(figures)
        for check in form.checks:
            if check.kind == "equals_sum":
                figures[check.left] = _sum(figures, check)
            elif check.kind == "at_most":
                for code in check.right:
                    figures[code] = max(figures[code], figures[check.left], key=_rank(form, code))
        if figures == before:
            break
    return figures


def _rank(form: Form, code: str) -> Any:
    figure = form.figure(code)
    return figure.index_of if figure.is_status else float


def _sum(figures: Mapping[str, Any], check: Check) -> Any:
    return sum(figures[code] for code in check.right)
