"""That a claim takes away only what there was: a slip in a code would be answered by a receipt, and the thing would
stay where everybody sees it. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from lienthong.errors import Problem
from lienthong.refusals import problem
from services.ingest.claims.claim import Claim
from services.ingest.claims.verdicts import Earlier, Key

FindExisting = Callable[[list[str], list[str]], Iterable[tuple[str, str]]]
"""(units, codes) → those of them that there are or ever were."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Removable:
    """Things of units that claims name, change and take away.

    noun: how their keys are told from others'; no round is called so. member: of a claim's data, that names one.
    makes, removes: whether a claim is about them, and leaves one there or takes one away.
    """

    noun: str
    member: str
    makes: Callable[[Claim], bool]
    removes: Callable[[Claim], bool]

    def earlier_of(self, claims: Iterable[Claim], there: FindExisting) -> Earlier:
        """Of what the claims take away: what there is, or comes with them in the same transaction."""
        given = tuple(claims)
        wanted = {key for claim in given if self.removes(claim) and (key := self._key(claim)) is not None}
        if not wanted:
            return {}
        here = {key for claim in given if self.makes(claim) and (key := self._key(claim)) is not None}
        lookups = sorted((unit, code) for _, unit, code in wanted - here)
        rows = there([unit for unit, _ in lookups], [code for _, code in lookups]) if lookups else ()
        return {key: {} for key in (*(wanted & here), *((self.noun, unit, code) for unit, code in rows))}

    def problems(self, claim: Claim, earlier: Earlier) -> list[Problem]:
        """[] unless the claim takes away what never was."""
        key = self._key(claim)
        if key is None or key in earlier or not self.removes(claim):
            return []
        return [problem(f"/data/{self.member}", "nothing_of_that_code", unit=key[1], code=key[2])]

    def _key(self, claim: Claim) -> Key | None:
        data = claim.data if isinstance(claim.data, dict) else {}
        unit, code = data.get("unit"), data.get(self.member)
        return (self.noun, unit, code) if isinstance(unit, str) and isinstance(code, str) else None


def says_withdrawn(claim: Claim) -> bool:
    """Whether a claim gives its thing anew in order to take it away."""
    return isinstance(claim.data, dict) and claim.data.get("withdrawn") is True
