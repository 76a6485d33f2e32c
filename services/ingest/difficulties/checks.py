"""What is asked of a difficulty that is raised (khó khăn, vướng mắc). Pure."""

from __future__ import annotations

from datetime import datetime

from lienthong.access.principals import Principal
from services.ingest.claims.claim import Claim, revision_of
from services.ingest.claims.verdicts import Checked, Earlier
from services.ingest.definitions.snapshot import Definitions
from services.ingest.rights import reporting
from services.ingest.rights.claiming import Claimed


def check(claim: Claim, principal: Principal, definitions: Definitions, now: datetime, earlier: Earlier) -> Checked:
    """A difficulty as it is raised."""
    claimed = Claimed.of(claim, principal, definitions, now, scope="report:submit")
    more = reporting.plan_problems(claimed.data, principal, definitions, now)
    return claimed.checked(more, revision=revision_of(claimed.data))
