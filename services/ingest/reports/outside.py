"""What does not go through the hub at all, and the channel that the plan names for it (C-15). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lienthong.errors import Message, Problem
from lienthong.programmes import Outside, Plan
from lienthong.refusals import alike, phrase, problem

_FIGURES = "/data/figures/"


def outside_problem(plan: Plan, code: str) -> Problem | None:
    """Why a figure that no form has is refused, where the plan says by which channel it goes; else None."""
    channel = plan.belongs_outside(code)
    if channel is None:
        return None
    agency = phrase("of_no_agency") if channel.agency is None else alike(channel.agency)
    details = {"carries": channel.carries, "way": channel.way, "agency": agency, "reference": channel.reference}
    return problem(f"{_FIGURES}{code}", "figure_goes_elsewhere", figure=code, system=channel.system, **details)


def with_channels(problems: Iterable[Problem], plan: Plan) -> list[Problem]:
    """The same, but that a figure which no form has is told where it goes."""
    return [_with_channel(fault, plan) if fault.code == "unknown_figure" else fault for fault in problems]


def channel_body(channel: Outside) -> dict[str, Any]:
    """A channel as it goes over the wire."""
    return {
        "system": channel.system,
        "name": _both_languages(channel.name),
        "carries": _both_languages(channel.carries),
        "agency": channel.agency,
        "way": _both_languages(channel.way),
        "reference": channel.reference,
    }


def _with_channel(unknown: Problem, plan: Plan) -> Problem:
    return outside_problem(plan, unknown.pointer.removeprefix(_FIGURES)) or unknown


def _both_languages(text: Message) -> dict[str, str]:
    return {"vi": text.vi, "en": text.en}
