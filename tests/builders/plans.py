"""A small sound plan to break in one place at a time; the plans that are shipped. Not a test."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

from lienthong.lint import lint
from lienthong.lint.findings import Finding
from lienthong.programmes import Plan, files, parse
from lienthong.programmes.files import PlanFile, from_data

SOURCE = """Định kỳ trước ngày 15/10 hằng năm, báo cáo UBND tỉnh (qua Sở Khoa học và Công nghệ)
hoặc đột xuất khi có yêu cầu.
Ít nhất 60% cán bộ được phổ biến. Tổ chức hội nghị. 100% đơn vị có kênh hỏi - đáp."""


@cache
def shipped(programme: str = "") -> list[PlanFile]:
    """The programmes and plans that are shipped, or a folder's. One reading for a process: nobody changes them."""
    return files.load(files.SCHEMAS / programme)


def a_figure(code: str = "staff", **changes: Any) -> dict[str, Any]:
    return {
        "code": code,
        "label": f"Số {code}",
        "measure": "người",
        "kind": "stock",
        "counts": "Người, mỗi người một lần.",
        "reported_by": "commune",
        "quote": "Ít nhất 60% cán bộ được phổ biến",
        **changes,
    }


def a_programme(**changes: Any) -> dict[str, Any]:
    return {
        "programme": "P1",
        "title": "Chương trình thử",
        "reporters": {
            "commune": {"label": "Xã", "level": "commune"},
            "department": {"label": "Sở", "level": "agency", "group": "department"},
        },
        "figures": [
            a_figure("staff"),
            a_figure("informed"),
            a_figure("events", kind="flow", measure="cuộc"),
            a_figure(
                "channel",
                kind="status",
                measure="trạng thái",
                values=[{"code": "none", "label": "Chưa"}, {"code": "live", "label": "Có"}],
            ),
            a_figure("budget", kind="flow", measure="triệu đồng", reported_by="department"),
        ],
        **changes,
    }


def an_indicator(code: str = "I-1-01", **changes: Any) -> dict[str, Any]:
    return {
        "code": code,
        "title": "Tỷ lệ cán bộ được phổ biến",
        "measure": "%",
        "levels": ["province"],
        "computation": {"kind": "ratio", "numerator": "informed", "denominator": "staff", "multiplier": 100},
        "targets": [a_target()],
        "quote": "Ít nhất 60% cán bộ được phổ biến",
        **changes,
    }


def a_target(**changes: Any) -> dict[str, Any]:
    return {"operator": "at_least", "value": 60, "year": 2030, "quote": "Ít nhất 60% cán bộ", **changes}


def an_obligation(code: str = "R-1-1", **changes: Any) -> dict[str, Any]:
    return {
        "code": code,
        "kind": "periodic",
        "level": "units",
        "reporters": ["commune", "department"],
        "to": ["20"],
        "via": "20.SKHCN",
        "frequency": "annual",
        "on_demand": True,
        "deadlines": [{"before": "10-15"}],
        "quote": "Định kỳ trước ngày 15/10 hằng năm, báo cáo UBND tỉnh (qua Sở Khoa học và Công nghệ)",
        **changes,
    }


def a_task(**changes: Any) -> dict[str, Any]:
    return {
        "code": "T-1",
        "title": "Tổ chức hội nghị",
        "lead": ["20.SKHCN"],
        "result": "02 hội nghị",
        "due": "2026-12-31",
        "quote": "Tổ chức hội nghị",
        **changes,
    }


def a_check(**changes: Any) -> dict[str, Any]:
    return {
        "code": "informed_at_most_staff",
        "severity": "error",
        "kind": "at_most",
        "left": "informed",
        "right": "staff",
        "message": "Không quá tổng số.",
        **changes,
    }


def a_plan_document(**changes: Any) -> dict[str, Any]:
    return {
        "plan": "P1-LS",
        "programme": "P1",
        "version": 1,
        "title": "Kế hoạch thử",
        "issued_by": "20",
        "document": {"form": "Kế hoạch", "issuer": "UBND tỉnh", "number": "1/KH-UBND", "date": "2026-01-05"},
        "forms": [
            {
                "reporters": "commune",
                "version": "1.0.0",
                "figures": ["staff", "informed", "events", "channel"],
                "checks": [a_check()],
            },
            {"reporters": "department", "version": "1.0.0", "figures": ["budget"]},
        ],
        "indicators": [an_indicator()],
        "obligations": [an_obligation()],
        "schedules": [
            {
                "frequency": "annual",
                "first_year": 2026,
                "last_year": 2035,
                "spans": [{"first": {"year": -1, "day": "10-01"}, "last": {"day": "09-30"}}],
            }
        ],
        "tasks": [a_task()],
        **changes,
    }


def a_plan(**changes: Any) -> Plan:
    return parse(a_programme(), a_plan_document(**changes))


def linted(
    plan: dict[str, Any] | None = None,
    programme: dict[str, Any] | None = None,
    *,
    source: str | None = SOURCE,
    **changes: Any,
) -> list[Finding]:
    """Findings on the sound plan with `changes`, or on the given documents."""
    files = [
        from_data(programme or a_programme(), "programme.yaml", source),
        from_data(plan or a_plan_document(**changes), "plan.yaml", source),
    ]
    return lint(files)


def with_figures(*codes: str, **figures: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """(plan, programme) in which figures are replaced or added and stand in the commune's form."""
    programme, plan = a_programme(), a_plan_document()
    others = [each for each in programme["figures"] if each["code"] not in figures]
    programme["figures"] = [*others, *(a_figure(code, **body) for code, body in figures.items())]
    plan["forms"][0]["figures"] = list(dict.fromkeys([*plan["forms"][0]["figures"], *figures, *codes]))
    return copy.deepcopy(plan), copy.deepcopy(programme)


def broken(findings: list[Finding]) -> set[str]:
    return {finding.rule for finding in findings}


def files_of(*documents: dict[str, Any]) -> list[PlanFile]:
    return [from_data(document, f"{number}.yaml") for number, document in enumerate(documents)]
