"""Builders of plans, forms and reports for the tests of forms."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from lienthong.programmes import Form, Plan, parse

FORM = "P9-XX.commune"


def a_figure(code: str, **changes: Any) -> dict[str, Any]:
    return {
        "code": code,
        "label": {"vi": f"Số {code}", "en": f"Number {code}"},
        "measure": {"vi": "tin", "en": "items"},
        "kind": "flow",
        "counts": {"vi": "Tin đã đăng", "en": "Published items"},
        "reported_by": "commune",
    } | changes


STATUS = a_figure(
    "portal",
    kind="status",
    values=[
        {"code": "none", "label": {"vi": "Chưa có", "en": "None"}},
        {"code": "live", "label": {"vi": "Đã vận hành", "en": "Live"}},
    ],
)

HOURS = a_figure("hours", decimals=2, quote="tap huan", restored="tập huấn", assumption="Giờ chuẩn")

FIGURES = [a_figure("trained"), a_figure("officers"), HOURS, STATUS]


def a_check(**changes: Any) -> dict[str, Any]:
    return {
        "code": "K1",
        "severity": "error",
        "kind": "at_most",
        "left": "trained",
        "right": "officers",
        "message": {"vi": "Số được tập huấn không quá tổng số.", "en": "Within all."},
    } | changes


def a_plan(
    *,
    figures: list[dict[str, Any]] | None = None,
    checks: list[dict[str, Any]] | None = None,
    version: str = "1.0.0",
    renames: list[dict[str, str]] | None = None,
) -> Plan:
    figures = FIGURES if figures is None else figures
    commune = {"label": {"vi": "Ủy ban nhân dân xã", "en": "Commune"}, "level": "commune"}
    programme = {"title": {"vi": "Đề án thử", "en": "Trial"}, "figures": figures, "reporters": {"commune": commune}}
    form = {
        "reporters": "commune",
        "version": version,
        "figures": [f["code"] for f in figures],
        "checks": checks or [],
        "renames": renames or [],
    }
    plan = {
        "plan": "P9-XX",
        "programme": "P9",
        "title": {"vi": "Kế hoạch thử", "en": "Trial plan"},
        "issued_by": "20",
        "forms": [form],
        "indicators": [],
        "obligations": [],
        "schedules": [],
    }
    return parse(programme, plan)


def a_form(**changes: Any) -> Form:
    return a_plan(**changes).forms[0]


def a_report(**changes: Any) -> dict[str, Any]:
    return {
        "round": "P9-XX.2026",
        "form": FORM,
        "formVersion": "1.0.0",
        "unit": "06040",
        "revision": 1,
        "figures": figures(),
        "narrative": {"results": "", "shortcomings": "", "proposals": ""},
    } | changes


def figures(**changes: Any) -> dict[str, Any]:
    return {"trained": 3, "officers": 4, "hours": Decimal("12.5"), "portal": "live"} | changes
