"""What is asked of a content item that is submitted or withdrawn. Pure."""

from __future__ import annotations

from datetime import datetime

from lienthong.access.tokens import Principal
from lienthong.contracts.schemas import event_id
from services.ingest.claims.claim import Claim, revision_of
from services.ingest.claims.verdicts import Checked, Earlier
from services.ingest.definitions.snapshot import Definitions
from services.ingest.rights import reporting


def check(claim: Claim, principal: Principal, definitions: Definitions, now: datetime, earlier: Earlier) -> Checked:
    """An item submitted, or its withdrawal."""
    data = claim.data if isinstance(claim.data, dict) else {}
    told, province = reporting.unit_problems(data, principal, definitions, now)
    problems = [
        *reporting.scope_problems(principal, "content:submit"),
        *definitions.contracts.problems(event_id(claim.type), claim.data, at="/data"),
        *told,
        *reporting.plan_problems(data, principal, definitions, now),
    ]
    return Checked(
        claim=claim,
        client=principal.client_id,
        province=province or principal.province,
        problems=tuple(problems),
        data=data,
        revision=revision_of(data),
        about=(str(data.get("unit")), str(data.get("item"))),
    )
