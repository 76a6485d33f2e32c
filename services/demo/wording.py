"""How figures, targets and duties are said in the summary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from lienthong.calendar import VIETNAM
from lienthong.indicators import verdicts

COLOURS = {
    "reached": "green",
    "exceeded": "green",
    "reached_early": "green",
    "not_reached": "red",
    "on_track": "green",
    "behind": "yellow",
}


_OPERATORS = {"at_least": "≥ ", "at_most": "≤ ", "equal": "= ", "status": ""}


class Notes:
    """Reasons, told once below a table and referred to by number."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def refer(self, reasons: Iterable[Mapping[str, Any]]) -> str:
        """` (1, 3)`."""
        numbers = [self._numbers.setdefault(reason["message"]["vi"], len(self._numbers) + 1) for reason in reasons]
        return f" [dim]({', '.join(map(str, dict.fromkeys(numbers)))})[/]" if numbers else ""

    def legend(self) -> str:
        return "\n".join(f"({number}) {text}" for text, number in self._numbers.items())


def value_said(indicator: Mapping[str, Any], notes: Notes) -> str:
    words = {"provisional": " [yellow]tạm tính[/]", "cannot_be_assessed": "  không đánh giá được", "assessed": ""}
    return (indicator["arithmetic"] or "–") + words[indicator["assessment"]] + notes.refer(indicator["reasons"])


def target_said(target: Mapping[str, Any]) -> str:
    span = target["eachYear"]
    when = f"{span['first']}–{span['last'] or '…'} mỗi năm" if span else str(target["year"] or "không nêu năm")
    if target["operator"] == "range":
        return f"{when}: {number_said(target['low'])}–{number_said(target['high'])}"
    if target["value"] is None:
        return f"{when}: chưa lượng hóa"
    label = target["valueLabel"]
    wanted = number_said(target["value"]) if label is None else f"“{label['vi']}”"
    return f"{when}: {_OPERATORS[target['operator']]}{wanted}"


def verdict_said(target: Mapping[str, Any], notes: Notes) -> str:
    words = verdicts.of_target(target["status"], provisional=target["provisional"]).vi.lower()
    colour = COLOURS.get(target["status"], "dim")
    missing = f", còn thiếu {number_said(target['gap'])}" if target["gap"] else ""
    return f"[{colour}]{words}[/]{missing}{notes.refer(target['reasons'])}"


def duties_said(dataset: Mapping[str, Any]) -> str:
    return ", ".join(_duty(duty) for duty in dataset["duties"] if "VN" in duty["to"])


def _duty(duty: Mapping[str, Any]) -> str:
    if duty["metBy"] is None:
        return "[yellow]chưa gửi[/]"
    words = {True: "[green]đúng hạn[/]", False: "[red]quá hạn[/]", None: "[dim]không nêu hạn[/]"}
    return words[duty["onTime"]]


def deadline_said(round_: Mapping[str, Any]) -> str:
    units = [d for d in round_["deadlines"] if d["sender"] == "units" and d["deadline"]]
    days = sorted({day_said(d["deadline"]) for d in units})
    extended = sum(len(d["extensions"]) for d in units)
    return ", ".join(days) + (f" +{extended}" if extended else "")


def share_said(reported: int, obliged: int) -> str:
    colour = "green" if reported == obliged else "yellow"
    return f"[{colour}]{reported}/{obliged}[/]"


def day_said(text: str) -> str:
    if len(text) == len("2026-10-01"):
        return f"{text[8:]}/{text[5:7]}/{text[:4]}"
    return f"{datetime.fromisoformat(text).astimezone(VIETNAM):%d/%m/%Y}"


def number_said(text: str) -> str:
    return text.replace(".", ",")
