"""Where each revision of a report stands on its way from the sender to the signer. Pure.

received       accepted, and nobody stands between unit and recipient
under_review   accepted, and the via unit has not acted on it yet
returned       the via unit gave it back: it counts no more, a higher revision is awaited
passed_on      the via unit passed it on
released       part of a release that stands
superseded     a higher revision took its place
withdrawn      the unit took it back
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_NEVER = 2**63


@dataclass(frozen=True, kw_only=True, slots=True)
class RevisionStep:
    """An accepted revision, or its withdrawal, at its place in the log."""

    revision: int
    position: int
    withdrawal: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Review:
    """What the via unit did with a revision. state: `returned` or `passed_on`."""

    revision: int
    position: int
    state: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Cut:
    """A release of the round: what stood at its position is in. stands: it was not withdrawn."""

    release: str
    position: int
    stands: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class RevisionState:
    """A revision's state, and the releases that it is part of, oldest first (withdrawn ones too)."""

    state: str
    releases: tuple[str, ...] = ()


def revision_states(
    steps: Sequence[RevisionStep], reviews: Sequence[Review], cuts: Sequence[Cut], *, via: bool
) -> list[RevisionState]:
    """For each step where it stands now. All in order of position, which is that of one partition."""
    following = [*steps[1:], None]
    return [_revision_state(step, after, reviews, cuts, via) for step, after in zip(steps, following, strict=True)]


def _revision_state(
    step: RevisionStep, after: RevisionStep | None, reviews: Sequence[Review], cuts: Sequence[Cut], via: bool
) -> RevisionState:
    if step.withdrawal:
        return RevisionState(state="withdrawn")
    own = [review for review in reviews if review.revision == step.revision]
    returned = min((review.position for review in own if review.state == "returned"), default=_NEVER)
    until = min(returned, after.position if after is not None else _NEVER)
    within = [cut for cut in cuts if step.position < cut.position < until]
    releases = tuple(cut.release for cut in within)
    return RevisionState(state=_state(after, own, within, via), releases=releases)


def _state(after: RevisionStep | None, own: Sequence[Review], within: Sequence[Cut], via: bool) -> str:
    if after is not None:
        return "withdrawn" if after.withdrawal else "superseded"
    if own and own[-1].state == "returned":
        return "returned"
    if any(cut.stands for cut in within):
        return "released"
    if own:
        return "passed_on"
    return "under_review" if via else "received"
