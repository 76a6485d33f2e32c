"""How fast a report is validated: documents a second on one core, a form of 40 figures.

Run: python -m bench.validation
"""

from __future__ import annotations

import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from jsonschema import Draft202012Validator

from lienthong.contracts import canonical, strict
from lienthong.contracts.schemas import Contracts
from lienthong.errors import Message
from lienthong.forms.schema import derive, form_id
from lienthong.forms.values import checks, number_problems, values
from lienthong.programmes import Check, Figure, Form, Plan

SECONDS = 1.0


def a_figure(place: int) -> Figure:
    text = Message(vi=f"Số liệu {place}", en=f"Figure {place}")
    return Figure(
        code=f"figure_{place}",
        label=text,
        measure=text,
        decimals=2 if place % 8 == 0 else 0,
        kind="flow",
        counts=text,
        reported_by="commune",
    )


def a_form() -> tuple[Plan, Form]:
    check = Check(
        code="k", severity="error", kind="at_most", left="figure_1", right=("figure_2",), message=Message(vi="", en="")
    )
    form = Form(
        code="P9-XX.commune",
        reporters="commune",
        version="1.0.0",
        checks=(check,) * 5,
        figures=tuple(a_figure(place) for place in range(40)),
    )
    plan = Plan(
        code="P9-XX",
        programme="P9",
        version=1,
        title=Message(vi="", en=""),
        programme_title=Message(vi="", en=""),
        issued_by="20",
        reporters={},
        forms=(form,),
        indicators=(),
        obligations=(),
        schedules=(),
    )
    return plan, form


def a_report(form: Form) -> dict[str, Any]:
    figures = {f.code: Decimal("12.25") if f.decimals else 1234 + place for place, f in enumerate(form.figures)}
    text = "Đã triển khai đúng kế hoạch. " * 30
    return {
        "round": "P9-XX.2026",
        "form": form.code,
        "formVersion": "1.0.0",
        "unit": "06040",
        "revision": 1,
        "figures": figures,
        "narrative": {"results": text, "shortcomings": text, "proposals": text},
        "signedDocument": {"number": "12/BC-UBND", "date": "2026-10-10"},
    }


def rate(work: Callable[[], object]) -> float:
    """Calls a second, over at least SECONDS."""
    done, started = 0, time.perf_counter()
    while (spent := time.perf_counter() - started) < SECONDS:
        for _ in range(20):
            work()
        done += 20
    return done / spent


def main() -> None:
    plan, form = a_form()
    schema, report = derive(plan, form), a_report(form)
    contracts = Contracts({schema["$id"]: schema})
    schema_id, figures = form_id(form.code, form.version), report["figures"]
    bad = {**report, "unit": "?", "figures": {**figures, "figure_1": -1, "figure_3": "x"}}
    raw = canonical.write(report)
    reference = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)

    def whole() -> None:
        data = strict.read(raw)
        contracts.problems(schema_id, data)
        number_problems(form, data["figures"])
        checks(form, data["figures"])
        values(form, data["figures"])

    rows: list[tuple[str, Callable[[], object]]] = [
        ("schema, valid report", lambda: contracts.problems(schema_id, report)),
        ("schema, report with 3 faults, messages made", lambda: contracts.problems(schema_id, bad)),
        ("decimals beside the schema", lambda: number_problems(form, figures)),
        ("5 checks between figures", lambda: checks(form, figures)),
        ("figures to whole numbers", lambda: values(form, figures)),
        ("read, schema, decimals, checks, whole numbers", whole),
        ("jsonschema (reference), valid report", lambda: reference.is_valid(report)),
    ]
    print(f"report of {len(form.figures)} figures, {len(raw)} bytes")
    for name, work in rows:
        print(f"{name:50} {rate(work):10,.0f} /s")


if __name__ == "__main__":
    main()
