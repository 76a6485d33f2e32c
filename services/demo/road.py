"""The road of the duty on one autumn afternoon: a report is returned and corrected, a query explained, a commune has
nothing to report, a difficulty is forwarded, answered and closed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.demo.people import Participants, client_of
from services.demo.reporting import Reporting
from services.demo.script import VIA

PROVINCE = "tinh-20"
ASKED = {"event_attendances_commune": None}
"""Events were held, and nobody says how many came: a query."""
RETURNED_BECAUSE = "Số lượt người dự chưa khớp với số hội nghị; đề nghị rà soát, đính chính."
EXPLAINED = "Hội nghị tổ chức trực tuyến đến từng thôn, không điểm danh được số người dự."
ANSWER = "Sở sẽ cấp bộ tài liệu nghe nhìn song ngữ Tày – Nùng trước ngày 30/11/2026."


@dataclass(slots=True)
class Road:
    """Who walks it. units: a commune whose report is returned, one that is asked, one that has nothing to report."""

    people: Participants
    reporting: Reporting
    units: tuple[str, ...] = ()
    difficulty: str = ""
    seen: dict[str, Any] = field(default_factory=dict)
    """What the hub said afterwards: states of the reports, the query, the difficulty."""

    def walk(self, round_: str, form: str, day: date) -> None:
        """units and difficulty are known by then; every unit of them has reported once."""
        returned, asked, nothing = self.units
        revision = self.reporting.book.standing[(round_, form, returned)].revision
        named = {"form": form, "unit": returned, "revision": revision}
        reviewer = self.people.account(client_of(VIA))
        reviewer.act(f"/v1/rounds/{round_}/returns", {"reports": [named], "reason": RETURNED_BECAUSE})
        self.seen["returned"] = self._state(round_, form, returned)
        self.reporting.correct(round_, returned, day)
        self.reporting.explain(round_, asked, day, ASKED, EXPLAINED)
        self.reporting.report_nothing(round_, nothing, day)
        self._answer()
        self.seen |= {
            "corrected": self._state(round_, form, returned),
            "query": self._query(round_, form, asked),
            "nil": self._line(round_, form, nothing)["nil"],
            "difficulty": self._difficulty(),
        }

    def _answer(self) -> None:
        path = f"/v1/difficulties/{self.difficulty}"
        self.people.account(client_of(VIA)).act(f"{path}/forwarding", {"note": "Kính chuyển UBND tỉnh xem xét."})
        self.people.account(PROVINCE).act(f"{path}/answer", {"text": ANSWER})
        self.people.account(PROVINCE).act(f"{path}/closing", {"note": "Xã đã nhận được trả lời."})

    def _state(self, round_: str, form: str, unit: str) -> str:
        receipt = self.reporting.book.standing[(round_, form, unit)].receipt
        return str(self.people.by_unit[unit].report(receipt)["state"])

    def _query(self, round_: str, form: str, unit: str) -> tuple[int, int]:
        line = self._line(round_, form, unit)
        return line["queries"], line["unexplained"]

    def _line(self, round_: str, form: str, unit: str) -> Mapping[str, Any]:
        owed = self.people.by_unit[unit].get("/v1/obligations", {"round": round_, "unit": unit})["obligations"]
        line: Mapping[str, Any] = next(line_ for line_ in owed if line_["form"] == form)
        return line

    def _difficulty(self) -> tuple[str, str, list[str]]:
        """Where it stands, with whom, and the steps."""
        difficulties = self.people.account(PROVINCE).get("/v1/difficulties")["difficulties"]
        raised = next(difficulty for difficulty in difficulties if difficulty["receipt"] == self.difficulty)
        return raised["state"], raised["holder"], [step["state"] for step in raised["steps"]]


EXPECTED: Mapping[str, Any] = {
    "returned": "returned",
    "corrected": "under_review",
    "query": (1, 0),
    "nil": True,
    "difficulty": ("closed", "20", ["forwarded", "answered", "closed"]),
}
"""What `seen` has to hold."""
