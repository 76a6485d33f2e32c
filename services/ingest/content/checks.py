"""What is asked of a content item that is submitted or withdrawn. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from lienthong import events
from lienthong.access.principals import Principal
from services.ingest.claims.claim import Claim, revision_of
from services.ingest.claims.removal import Removable
from services.ingest.claims.verdicts import Checked, Earlier
from services.ingest.definitions.snapshot import Definitions
from services.ingest.rights import reporting
from services.ingest.rights.claiming import UnitClaim

REMOVABLE: Final = Removable(
    noun="item",
    member="item",
    makes=lambda claim: claim.type == events.CONTENT_SUBMITTED,
    removes=lambda claim: claim.type == events.CONTENT_WITHDRAWAL,
)


def check(claim: Claim, principal: Principal, definitions: Definitions, now: datetime, earlier: Earlier) -> Checked:
    """An item submitted, or its withdrawal."""
    claimed = UnitClaim.of(claim, principal, definitions, now, scope="content:submit")
    more = reporting.plan_problems(claimed.data, principal, definitions, now)
    if not claimed.foreign:
        more += REMOVABLE.problems(claim, earlier) + claimed.unserved_problems()
    about = (str(claimed.data.get("unit")), str(claimed.data.get("item")))
    return claimed.verdict(more, about=about, revision=revision_of(claimed.data))
