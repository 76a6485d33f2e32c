"""A small plan as a published document, for tests of aggregation: two forms, a ratio, a rate, a status."""

from __future__ import annotations

from typing import Any

PROGRAMME: dict[str, Any] = {
    "programme": "P1",
    "title": {"vi": "Chương trình thử", "en": "Test programme"},
    "reporters": {
        "commune": {"label": {"vi": "xã"}, "level": "commune"},
        "department": {"label": {"vi": "sở"}, "level": "agency", "group": "department"},
    },
    "figures": [
        {
            "code": "items",
            "label": {"vi": "Tin, bài"},
            "measure": {"vi": "tin"},
            "kind": "flow",
            "counts": {"vi": "tin, bài đã đăng"},
            "reported_by": "commune",
        },
        {
            "code": "reached",
            "label": {"vi": "Người được tiếp cận"},
            "measure": {"vi": "người"},
            "kind": "flow",
            "counts": {"vi": "người"},
            "reported_by": "commune",
        },
        {
            "code": "staff",
            "label": {"vi": "Biên chế"},
            "measure": {"vi": "người"},
            "kind": "stock",
            "counts": {"vi": "người"},
            "reported_by": "commune",
        },
        {
            "code": "hours",
            "label": {"vi": "Thời lượng"},
            "measure": {"vi": "giờ"},
            "kind": "flow",
            "decimals": 1,
            "counts": {"vi": "giờ"},
            "reported_by": "commune",
        },
        {
            "code": "machines",
            "label": {"vi": "Máy"},
            "measure": {"vi": "máy"},
            "kind": "stock",
            "counts": {"vi": "máy"},
            "reported_by": "department",
        },
        {
            "code": "portal",
            "label": {"vi": "Cổng"},
            "measure": {"vi": "tình trạng"},
            "kind": "status",
            "counts": {"vi": "cổng"},
            "reported_by": "department",
            "values": [{"code": "none", "label": {"vi": "chưa có"}}, {"code": "live", "label": {"vi": "hoạt động"}}],
        },
    ],
}

SHARE: dict[str, Any] = {
    "code": "I-1-01",
    "title": {"vi": "Tỷ lệ tiếp cận"},
    "measure": {"vi": "%"},
    "levels": ["province", "nation"],
    "computation": {"kind": "ratio", "numerator": "reached", "denominator": "staff", "multiplier": 100},
    "targets": [{"operator": "at_least", "year": 2026, "value": 60}],
}
RATE: dict[str, Any] = {
    "code": "I-1-02",
    "title": {"vi": "Máy trên triệu dân"},
    "measure": {"vi": "máy/triệu dân"},
    "levels": ["province"],
    "computation": {"kind": "per_population", "figures": ["machines"], "multiplier": 1000000},
    "targets": [{"operator": "at_least", "year": 2030, "value": 10}],
}
BUSY: dict[str, Any] = {
    "code": "I-1-03",
    "title": {"vi": "Xã có từ 5 tin"},
    "measure": {"vi": "%"},
    "levels": ["province"],
    "computation": {"kind": "coverage", "figures": ["items"], "reaches": 5, "multiplier": 100},
}


def a_plan(
    code: str = "P1-LS",
    *,
    issued_by: str = "20",
    version: int = 1,
    indicators: tuple[dict[str, Any], ...] = (SHARE, RATE),
    **more: Any,
) -> dict[str, Any]:
    """The `plan` member of plan.published. more: tasks, computed."""
    plan = {
        "plan": code,
        "programme": "P1",
        "version": version,
        "issued_by": issued_by,
        "title": {"vi": f"Kế hoạch {code}"},
        "forms": [
            {"reporters": "commune", "version": "1.0.0", "figures": ["items", "reached", "staff", "hours"]},
            {"reporters": "department", "version": "1.0.0", "figures": ["machines", "portal"]},
        ],
        "indicators": list(indicators),
        "obligations": [],
        "schedules": [
            {
                "frequency": "annual",
                "first_year": 2025,
                "last_year": None,
                "spans": [{"first": {"year": -1, "day": "12-15"}, "last": {"year": 0, "day": "12-14"}}],
            }
        ],
        **more,
    }
    return {"programme": PROGRAMME, "plan": plan}


def an_opening(
    plan: dict[str, Any],
    year: int = 2026,
    *,
    communes: tuple[str, ...] = ("06001", "06002", "06003"),
    departments: tuple[str, ...] = ("20.SYT",),
    province: str = "20",
) -> dict[str, Any]:
    """The data of round.opened."""
    code = plan["plan"]["plan"]
    forms = {f"{code}.commune": list(communes), f"{code}.department": list(departments)}
    return {
        "round": f"{code}.{year}",
        "plan": code,
        "programme": "P1",
        "planVersion": plan["plan"]["version"],
        "kind": "periodic",
        "root": plan["plan"]["issued_by"],
        "province": province,
        "period": {"code": f"{year}", "first": f"{year - 1}-12-15", "last": f"{year}-12-14"},
        "forms": [
            {"form": f"{code}.{f['reporters']}", "version": f["version"], "figures": f["figures"]}
            for f in plan["plan"]["forms"]
        ],
        "obliged": {form: units for form, units in forms.items() if units},
        "deadlines": [
            {
                "obligation": "R-1-1",
                "from": "units",
                "forms": list(forms),
                "to": [province],
                "via": f"{province}.SKHCN",
                "at": f"{year}-12-20T00:00:00+07:00",
            },
            {
                "obligation": "R-1-2",
                "from": "issuer",
                "forms": [],
                "to": ["VN"],
                "via": None,
                "at": f"{year}-12-31T00:00:00+07:00",
            },
        ],
        "assumptions": [{"vi": "Kế hoạch không nêu ngày chốt số liệu.", "en": "No close of data is stated."}],
    }
