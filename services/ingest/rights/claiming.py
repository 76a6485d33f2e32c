"""A claim of one unit that belongs to no round: what is asked of each such claim, whatever it says. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from lienthong.access.principals import Principal
from lienthong.contracts.schemas import event_id
from lienthong.errors import Problem
from services.ingest.claims.claim import Claim
from services.ingest.claims.serving import unserved_problems
from services.ingest.claims.verdicts import Checked
from services.ingest.definitions.snapshot import Definitions
from services.ingest.rights import reporting

_PROGRAMMES = "/data/programmes"


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitClaim:
    """What a claim says, and what is wrong with it: its shape; the right to say it and the unit."""

    claim: Claim
    principal: Principal
    definitions: Definitions
    data: Mapping[str, Any]
    province: str | None
    scope_problems: tuple[Problem, ...]
    shape_problems: tuple[Problem, ...]
    right_problems: tuple[Problem, ...]

    @classmethod
    def of(cls, claim: Claim, principal: Principal, definitions: Definitions, now: datetime, *, scope: str) -> Self:
        """scope: what the client's token has to allow."""
        data = claim.data if isinstance(claim.data, dict) else {}
        problems, province = reporting.unit_problems(data, principal, definitions, now)
        return cls(
            claim=claim,
            principal=principal,
            definitions=definitions,
            data=data,
            province=province,
            scope_problems=tuple(reporting.scope_problems(principal, scope)),
            shape_problems=tuple(definitions.contracts.problems(event_id(claim.type), claim.data, at="/data")),
            right_problems=tuple(problems),
        )

    def unserved_problems(self) -> list[Problem]:
        """Programmes that it says it serves and that nobody here knows; what the schema refuses is said once."""
        refused = {fault.pointer for fault in self.shape_problems}
        if self.foreign or _PROGRAMMES in refused:
            return []
        faults = unserved_problems(self.data.get("programmes"), self.definitions, at=_PROGRAMMES)
        return [fault for fault in faults if fault.pointer not in refused]

    @property
    def foreign(self) -> bool:
        """Whether it is not the client's to say: then nothing is looked up, and nothing told of what there is."""
        return bool(self.scope_problems or self.right_problems)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All of it."""
        return (*self.scope_problems, *self.shape_problems, *self.right_problems)

    def verdict(self, more: Iterable[Problem], *, about: tuple[str, ...] = (), revision: int | None = None) -> Checked:
        """The verdict. more: what the noun itself finds wrong."""
        return Checked(
            claim=self.claim,
            client=self.principal.client_id,
            province=self.province or self.principal.province,
            problems=(*self.problems, *more),
            data=self.data,
            revision=revision,
            subject_parts=about,
        )
