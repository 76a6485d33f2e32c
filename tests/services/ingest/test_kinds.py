"""The table of what ingest takes is that of what the log may carry of it."""

from __future__ import annotations

from lienthong import events
from services.ingest.kinds import KINDS


def test_every_claim_that_there_is_is_taken_and_no_other() -> None:
    assert set(KINDS) == set(events.ACCEPTED)
