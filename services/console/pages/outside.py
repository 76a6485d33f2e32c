"""What a plan says does not go through the hub, and where it goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.console.asking import Answer
from services.console.page import Visit
from services.console.pages.rounds import Text
from services.console.tables import Cell, Column, Table, row


@dataclass(frozen=True, kw_only=True, slots=True)
class Outside:
    """What does not go through the hub, and where it goes. agency: None where the plan names nobody."""

    system: str
    name: Text
    carries: Text
    agency: str | None
    way: Text
    reference: str


def outside_of(plans: Answer, code: str) -> tuple[Outside, ...]:
    """What a plan says is not sent to the hub. Pure. plans: /v1/plans."""
    plan: Mapping[str, Any] = next((plan for plan in plans["plans"] if plan["plan"] == code), {})
    return tuple(
        Outside(
            system=channel["system"],
            name=channel["name"],
            carries=channel["carries"],
            agency=channel["agency"],
            way=channel["way"],
            reference=channel["reference"],
        )
        for channel in plan.get("outside", ())
    )


def outside_table(outside: Sequence[Outside], visit: Visit) -> Table:
    t = visit.words
    return Table(
        name="outside",
        title=t("outside.title"),
        empty="",
        columns=(
            Column(name="carries", title=t("outside.carries"), heading=True),
            Column(name="agency", title=t("outside.agency")),
            Column(name="way", title=t("outside.way")),
            Column(name="reference", title=t("outside.reference")),
            Column(name="system", title=t("outside.system"), kind="code"),
        ),
        rows=tuple(
            row(
                t.say(channel.carries),
                channel.agency or t("outside.nobody"),
                t.say(channel.way),
                channel.reference,
                Cell(value=channel.system, note=t.say(channel.name)),
            )
            for channel in outside
        ),
    )
