"""Which revision a claim may have. Pure."""

from __future__ import annotations

from lienthong.errors import Problem
from lienthong.refusals import problem
from services.ingest.claims.verdicts import Checked, Slot

HIGHEST_STEP = 100
"""How far a revision may be above the last one. Systems that number all their documents in one row leave holes; a
slip of the finger at the largest number there is would leave no revision for anything that follows."""


def must_be_higher(checked: Checked, slot: Slot | None) -> tuple[Problem, ...]:
    """A revision is above the highest one accepted, and not far above it."""
    highest = 0 if slot is None else slot.revision
    if checked.revision is None or highest < checked.revision <= highest + HIGHEST_STEP:
        return ()
    if slot is None and checked.revision < 1:  # the schema said so
        return ()
    if checked.revision <= highest:
        return (problem("/data/revision", "revision_not_higher", highest=highest),)
    most = highest + HIGHEST_STEP
    return (problem("/data/revision", "revision_too_high", given=checked.revision, highest=highest, most=most),)


def must_be_the_highest(checked: Checked, slot: Slot | None) -> tuple[Problem, ...]:
    """What is withdrawn is the highest revision accepted."""
    return _of_the_highest(checked, slot, "nothing_to_withdraw", "revision_not_highest")


def must_be_the_latest(checked: Checked, slot: Slot | None) -> tuple[Problem, ...]:
    """What is explained is the highest revision accepted; it was not withdrawn."""
    return _of_the_highest(checked, slot, "nothing_to_explain", "explained_revision_not_highest")


def _of_the_highest(checked: Checked, slot: Slot | None, nothing: str, lower: str) -> tuple[Problem, ...]:
    if checked.revision is None:
        return ()
    if slot is None:
        return (problem("/data", nothing),)
    if slot.withdrawn:
        return (problem("/data/revision", "already_withdrawn", highest=slot.revision),)
    return () if checked.revision == slot.revision else (problem("/data/revision", lower, highest=slot.revision),)
