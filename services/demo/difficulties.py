"""Difficulties (khó khăn, vướng mắc), one along each route that a plan names: raised, forwarded to whom the plan says,
answered by the last, closed. The sender sees where it stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from lienthong.shipped import shipped_yaml
from services.demo.operating import Operating
from services.demo.people import COMMUNE, Participants, client_of

CLOSED = "Đơn vị đã nhận được trả lời."
_OPERATORS = {"20": "tinh-20", "33": "tinh-33", COMMUNE: f"xa-{COMMUNE}"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Raised:
    """One that somebody raises. obligation: the duty that names its route. amends: it asks for a change of plan."""

    obligation: str
    plan: str
    at: datetime
    unit: str
    route: tuple[str, ...]
    title: str
    text: str
    proposal: str
    answer: str
    amends: bool

    @property
    def steps(self) -> list[tuple[str, str]]:
        """(what was done, with whom it lies then), from the first forwarding to the end."""
        forwarded = [("forwarded", holder) for holder in self.route[1:]]
        return [*forwarded, ("answered", self.route[-1]), ("closed", self.route[-1])]


@dataclass(slots=True)
class Difficulties:
    """receipts: by obligation."""

    people: Participants
    operating: Operating
    receipts: dict[str, str] = field(default_factory=dict)

    def walk(self, raised: Raised) -> None:
        """The whole road of one."""
        body: dict[str, Any] = {
            "plan": raised.plan,
            "obligation": raised.obligation,
            "title": raised.title,
            "text": raised.text,
            "proposal": raised.proposal,
            "asksForAmendment": raised.amends,
        }
        receipt = self.operating.raise_difficulty(raised.unit, body)
        self.receipts[raised.obligation] = receipt
        path = f"/v1/difficulties/{receipt}"
        for holder in raised.route[:-1]:
            self._act_of_holder(holder, f"{path}/forwarding", {"note": "Kính chuyển xem xét, giải quyết."})
        self._act_of_holder(raised.route[-1], f"{path}/answer", {"text": raised.answer})
        self._act_of_holder(raised.route[-1], f"{path}/closing", {"note": CLOSED})

    def steps_by_obligation(self) -> dict[str, list[tuple[str, str]]]:
        """By obligation what its sender sees of it."""
        return {each.obligation: self._steps(each) for each in raised_in_2026() if each.obligation in self.receipts}

    def _act_of_holder(self, holder: str, path: str, body: Mapping[str, Any]) -> None:
        """An act of who holds it now."""
        self.people.account(_OPERATORS.get(holder) or client_of(holder)).act(path, body)

    def _steps(self, raised: Raised) -> list[tuple[str, str]]:
        listed = self.people.by_unit[raised.unit].get("/v1/difficulties", {"unit": raised.unit})["difficulties"]
        own = next(each for each in listed if each["receipt"] == self.receipts[raised.obligation])
        return [(step["state"], step["holder"]) for step in own["steps"]]


def raised_in_2026() -> Sequence[Raised]:
    """Those of the year, oldest first."""
    bodies: list[dict[str, Any]] = shipped_yaml(Path(__file__).with_name("difficulties.yaml"))
    return [
        Raised(
            **{name: value for name, value in each.items() if name not in ("at", "route", "amends")},
            at=datetime.fromisoformat(each["at"]),
            route=tuple(each["route"]),
            amends=each.get("amends", False),
        )
        for each in bodies
    ]
