"""Tasks (nhiệm vụ): the province adds a plan of its own to the running hub; who leads a task says how far it is, who
issued the plan records what nobody else leads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lienthong.client import task
from lienthong.shipped import shipped_yaml
from services.demo.book import Book
from services.demo.people import Participants
from services.demo.script import MEDIA, VIA
from services.demo.sender import send

PROVINCE = "tinh-20"
ADDED = "P2815-LS"
SAID: tuple[tuple[str, str, str, str, str], ...] = (
    (VIA, ADDED, "T-D4-1", "done", "2026-02-15"),
    (VIA, ADDED, "T-D4-2", "done", "2026-02-16"),
    (VIA, "P119-LS", "T-119-LS-2.3", "done", "2026-09-30"),
    (VIA, "P119-LS", "T-119-LS-2.1", "in_hand", "2026-10-01"),
    (MEDIA, "P119-LS", "T-119-LS-2.5", "in_hand", "2026-10-01"),
)
"""(unit, plan, task, how far, on which day): what those that lead say."""
RECORDED = (ADDED, "T-2736-1", "in_hand")
"""What the province records of a task that is its own."""


@dataclass(slots=True)
class Tasks:
    """seen: of each plan how many tasks stand where, as far as any was reported."""

    people: Participants
    book: Book
    seen: dict[str, Any] = field(default_factory=dict)

    def add_plan(self) -> None:
        """The province publishes a plan: no new software, no restart."""
        self.people.account(PROVINCE).act("/v1/plans", added_plan())

    def report(self) -> None:
        """Every statement of the script, then the province's own record."""
        for unit, plan, code, status, day in SAID:
            account = self.people.by_unit[unit]
            data = task(unit=unit, plan=plan, task=code, status=status, asOf=day)
            answer = send(account, account.event(data, id=f"nv/{plan}/{code}"))
            self.book.note_other(f"nhiệm vụ {code}", answer, "accepted")
        plan, code, status = RECORDED
        self.people.account(PROVINCE).act(f"/v1/plans/{plan}/tasks/{code}/reports", {"status": status})
        self.seen = {plan: self._counts(plan) for plan in (ADDED, "P119-LS")}

    def _counts(self, plan: str) -> dict[str, int]:
        [counted] = self.people.account(PROVINCE).get("/v1/tasks", {"plan": plan})["consolidated"]
        return {name: counted[name] for name in ("done", "doneLate", "inHand", "overdue")}


def added_plan() -> dict[str, Any]:
    """The document that the province publishes."""
    document: dict[str, Any] = shipped_yaml(Path(__file__).with_name("added-plan.yaml"))
    return document


EXPECTED: Mapping[str, Any] = {
    ADDED: {"done": 2, "doneLate": 0, "inHand": 1, "overdue": 0},
    "P119-LS": {"done": 1, "doneLate": 0, "inHand": 2, "overdue": 0},
}
"""What `seen` has to hold."""
