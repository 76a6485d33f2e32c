"""A commune that has not reported is reminded: the letter arrives in its mailbox, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from services.demo.operating import wait_until
from services.demo.people import Participants
from services.demo.site import Site

PROVINCE = "tinh-20"


@dataclass(slots=True)
class Urging:
    """seen: what the hub answered, what came, and what the superior sees of it."""

    people: Participants
    site: Site
    seen: dict[str, Any] = field(default_factory=dict)

    def walk(self, round_: str, unit: str) -> None:
        """Asked for twice on one day: one letter."""
        mail = f"vanthu.xa{unit}@mau.example.vn"
        self.site.set_contact(unit, mail)
        account, path = self.people.account(PROVINCE), f"/v1/rounds/{round_}/reminders"
        answers = [account.act(path, {"units": [unit]}) for _ in range(2)]
        wait_until(lambda: bool(self.site.mailbox.to(mail)), f"the reminder of {unit} is in its mailbox")
        wait_until(lambda: self._states(round_, unit) == ["sent"], f"the reminder of {unit} is noted as sent")
        letter = self.site.mailbox.to(mail)[0]
        self.seen = {
            "reminded": [len(answer["reminded"]) for answer in answers],
            "named": round_ in str(letter["Subject"]),
            "states": self._states(round_, unit),
        }

    def _states(self, round_: str, unit: str) -> list[str]:
        reminders = self.people.account(PROVINCE).get("/v1/reminders", {"round": round_, "unit": unit})["reminders"]
        # The plan's own reminder may have come or not: the year goes by faster than its worker looks.
        return [reminder["state"] for reminder in reminders if reminder["kind"] == "asked"]


EXPECTED: Mapping[str, Any] = {"reminded": [1, 0], "named": True, "states": ["sent"]}
"""What `seen` has to hold."""
