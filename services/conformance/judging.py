"""From the legs of a case to its verdict. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from services.conformance.leg import Leg
from services.conformance.rules import RULES

State = Literal["passed", "failed", "unsupported"]
EVIDENCE = 5  # lines shown of one rule in one case


@dataclass(frozen=True, kw_only=True, slots=True)
class BrokenRule:
    """A rule that was not kept. step: from 1."""

    rule: str
    step: int
    evidence: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseVerdict:
    """What became of one case. requests: how many the hub saw."""

    case: str
    state: State
    findings: tuple[BrokenRule, ...] = ()
    requests: int = 0

    @property
    def broken(self) -> tuple[str, ...]:
        """The rules that were not kept, each once."""
        return tuple(dict.fromkeys(finding.rule for finding in self.findings))


def judge(case: str, legs: Sequence[Leg]) -> CaseVerdict:
    """Every rule holds in every step of every case: a case only makes the day on which it is hard to keep."""
    requests = sum(len(leg.exchanges) for leg in legs)
    if any(leg.answer.outcome == "unsupported" for leg in legs):
        return CaseVerdict(case=case, state="unsupported", requests=requests)
    findings = tuple(finding for step, leg in enumerate(legs, 1) for finding in _findings(step, leg))
    return CaseVerdict(case=case, state="failed" if findings else "passed", findings=findings, requests=requests)


def _findings(step: int, leg: Leg) -> list[BrokenRule]:
    """A rule whose judge finds nothing is kept."""
    findings = []
    for rule in RULES:
        evidence = tuple(rule.judge(leg))
        if evidence:
            findings.append(BrokenRule(rule=rule.code, step=step, evidence=evidence[:EVIDENCE]))
    return findings
