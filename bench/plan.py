"""A plan like the largest real ones, for measuring: one form of 40 figures and five checks, and reports of 3.4 kB."""

from __future__ import annotations

from typing import Any

import orjson

from lienthong import events

FIGURES = 40
ROUND_YEAR = "2026"
TEXT = "Đã tổ chức tuyên truyền trên hệ thống truyền thanh cơ sở. "  # 75 bytes


def plan_of(province: str) -> str:
    return f"P9-{province}"


SAID = {"vi": "Đo tốc độ", "en": "For measuring"}


def a_document(province: str) -> dict[str, Any]:
    """What `lienthong plans publish` takes: a programme and a plan of one province."""
    programme = {
        "programme": "P9",
        "title": SAID,
        "figures": [_figure(n) for n in range(FIGURES)],
        "reporters": {"commune": {"label": SAID, "level": "commune"}},
    }
    return {"programme": programme, "plan": _plan(province)}


def _figure(n: int) -> dict[str, Any]:
    return {
        "code": f"figure_{n}_commune",
        "label": SAID,
        "measure": SAID,
        "kind": "flow",
        "decimals": 2 if n % 8 == 0 else 0,
        "counts": SAID,
        "reported_by": "commune",
    }


def _check(n: int) -> dict[str, Any]:
    return {
        "code": f"check_{n}",
        "severity": "error",
        "kind": "at_most",
        "left": f"figure_{2 * n + 1}_commune",
        "right": f"figure_{2 * n + 2}_commune",
        "message": SAID,
    }


def _plan(province: str) -> dict[str, Any]:
    form = {
        "reporters": "commune",
        "version": "1.0.0",
        "figures": [f"figure_{n}_commune" for n in range(FIGURES)],
        "checks": [_check(n) for n in range(5)],
    }
    obligation = {
        "code": "R-9-1",
        "kind": "periodic",
        "level": "units",
        "reporters": ["commune"],
        "to": [province],
        "frequency": "annual",
        "deadlines": [{"before": "12-15"}],
    }
    schedule = {
        "frequency": "annual",
        "first_year": 2026,
        "last_year": 2035,
        "spans": [{"first": {"day": "01-01"}, "last": {"day": "09-30"}}],
    }
    return {
        "plan": plan_of(province),
        "programme": "P9",
        "version": 1,
        "issued_by": province,
        "title": SAID,
        "forms": [form],
        "indicators": [],
        "obligations": [obligation],
        "schedules": [schedule],
    }


class Reports:
    """Reports of one unit, each a revision above the last. province: of the plan; source: the client's; year: of the
    round.
    """

    def __init__(self, *, province: str, unit: str, source: str, first: int = 1, year: int | str = ROUND_YEAR) -> None:
        figures = {f"figure_{n}_commune": 2012.25 if n % 8 == 0 else 1000 + n for n in range(FIGURES)}
        text = TEXT * 9
        document = {
            "specversion": "1.0",
            "type": events.REPORT_SUBMITTED,
            "source": source,
            "id": "@id@",
            "data": {
                "round": f"{plan_of(province)}.{year}",
                "form": f"{plan_of(province)}.commune",
                "formVersion": "1.0.0",
                "unit": unit,
                "revision": 987654321,
                "figures": figures,
                "narrative": {"results": text, "shortcomings": text, "proposals": text},
                "signedDocument": {"number": "12/BC-UBND", "date": "2026-10-09"},
            },
        }
        self._parts = orjson.dumps(document).replace(b"987654321", b"@id@").split(b"@id@")
        self._unit, self.revision = f"{unit}-{year}".encode(), first - 1

    def next(self) -> bytes:
        """The next revision as a structured event."""
        self.revision += 1
        a, b, c = self._parts
        number = b"%d" % self.revision
        return b"".join((a, self._unit, b"-", number, b, number, c))
