"""What must hold for a sign-off, whoever does it. Pure; raises Rejected with every reason at once."""

from __future__ import annotations

from collections.abc import Sequence

from lienthong.contracts.collected import refuse
from lienthong.refusals import problem


def of_recipients(wanted: Sequence[str], allowed: Sequence[str]) -> None:
    """A release goes to those whom the plan's obligations name, and to nobody else."""
    refuse(
        problem(f"/recipients/{place}", "recipient_not_in_plan", recipient=text, allowed=list(allowed))
        for place, text in enumerate(wanted)
        if text not in allowed
    )
