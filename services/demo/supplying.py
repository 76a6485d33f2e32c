"""A department whose systems know its figures: each supplies what it has, the hub offers the draft, and the department
confirms that as its report.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from lienthong.client import supplied
from services.demo import plausible
from services.demo.people import Participants
from services.demo.reporting import Reporting
from services.demo.sender import send

UNIT, FORM = "33.SYT", "P438-HY.syt"
HOSPITALS, REGISTER, LICENCES = "benh-vien-tinh", "so-thiet-bi-y-te", "cap-phep-buc-xa"
"""The provincial hospital's system, which counts its own machines; the register of all others; the licence platform."""
LICENSED = ("radiation_workers", "radiation_workers_monitored")
HOSPITALS_OWN: Mapping[str, int] = {"ct_scanners": 2, "xray_units": 3}
"""What the hospital has itself: the register holds the rest."""


@dataclass(slots=True)
class Supplying:
    """receipts: of what was supplied. seen: the draft, and what the confirmed report says of where it is from."""

    people: Participants
    reporting: Reporting
    receipts: list[str] = field(default_factory=list)
    seen: dict[str, Any] = field(default_factory=dict)

    def supply(self, round_: str, day: date) -> None:
        """Three systems, each with its part."""
        self.reporting.ask(round_, [UNIT])
        account = self.people.by_unit[UNIT]
        for system, (share, figures) in self._parts(round_).items():
            data = supplied(
                unit=UNIT, round=round_, form=FORM, system=system, figures=figures, share=share, asOf=day.isoformat()
            )
            answer = send(account, account.event(data, id=f"cc/{round_}/{system}"))
            self.reporting.book.note_other(f"{system} cung cấp số liệu", answer, "accepted")
            self.receipts.append("" if answer.receipt is None else answer.receipt.number)

    def confirm(self, round_: str, day: date) -> None:
        """The department reports the draft as it stands."""
        account, parameters = self.people.by_unit[UNIT], {"unit": UNIT, "round": round_, "form": FORM}
        draft = account.get("/v1/supplied", parameters)
        sources = {source["receipt"] for line in draft["provenance"] for source in line["sources"]}
        self.reporting.confirm((round_, FORM, UNIT), draft["figures"], sorted(sources), day)
        [confirmed] = account.get("/v1/supplied/reports", {"round": round_, "form": FORM})["reports"]
        self.seen = {
            "complete": draft["complete"],
            "scanners": [source["system"] for source in self._line(draft, "ct_scanners")["sources"]],
            "confirmed": sorted(supply["system"] for supply in confirmed["supplies"]),
        }

    def _parts(self, round_: str) -> dict[str, tuple[str, dict[str, Any]]]:
        """By system what it says, and whether that is a part or the whole of a figure."""
        form = self.reporting.book.forms[(round_, FORM)]
        whole = plausible.figures(self.reporting.rules, form, UNIT, round_.rpartition(".")[2])
        own = {code: min(count, _number(whole[code])) for code, count in HOSPITALS_OWN.items()}
        rest = {code: _number(value) - own.get(code, 0) for code, value in whole.items() if code not in LICENSED}
        return {
            HOSPITALS: ("part", own),
            REGISTER: ("part", rest),
            LICENCES: ("whole", {code: whole[code] for code in LICENSED}),
        }

    @staticmethod
    def _line(draft: Mapping[str, Any], figure: str) -> Mapping[str, Any]:
        line: Mapping[str, Any] = next(line for line in draft["provenance"] if line["figure"] == figure)
        return line


def _number(value: plausible.Value) -> int:
    assert isinstance(value, int), "the form of this department counts"
    return value


EXPECTED: Mapping[str, Any] = {
    "complete": True,
    "scanners": sorted((HOSPITALS, REGISTER)),
    "confirmed": sorted((HOSPITALS, REGISTER, LICENCES)),
}
"""What `seen` has to hold."""
