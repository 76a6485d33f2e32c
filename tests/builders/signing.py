"""Releasing a round as two people do: one drafts, another signs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.ingest.office.desk import Desk
from services.ingest.releases import acts
from services.ingest.releases.drafts import ReleaseDraft
from services.ingest.rights.acting import Actor
from tests.builders.hub import ROUND

DRAFTER = Actor(name="cli:drafter")
NOWHERE: Mapping[str, Any] = {"number": None, "date": None}


def drafted(
    desk: Desk,
    *,
    round_: str = ROUND,
    recipients: Sequence[str] | None = None,
    document: Mapping[str, Any] = NOWHERE,
    by: Actor = DRAFTER,
) -> ReleaseDraft:
    with desk.office.act(by) as act:
        return acts.draft(act, round_=round_, recipients=recipients, document=document)


def released(
    desk: Desk,
    *,
    round_: str = ROUND,
    recipients: Sequence[str] | None = None,
    document: Mapping[str, Any] = NOWHERE,
    confirm: bool = True,
    by: Actor | None = None,
) -> str:
    """Drafted, and signed by who sits at the desk (or `by`). Returns the release."""
    drafted(desk, round_=round_, recipients=recipients, document=document)
    with desk.office.act(by or desk.actor) as act:
        return acts.sign(act, round_=round_, confirm=confirm)[0]
