"""How outcomes are told over HTTP: the lines and the summary of a batch or a stream, the status of a refusal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lienthong import refusals
from lienthong.errors import Problem
from lienthong.web import problems
from services.ingest.claims.claim import Claim
from services.ingest.claims.work import Outcome

_OF_CLAIMS = (403, 409)  # said of a claim as a whole; what it names and the hub does not know is 422, not 404

Read = Claim | tuple[Problem, ...]
"""A claim, or why there is none."""


def status_of(found: Sequence[Problem]) -> int:
    """The HTTP status of a refusal: 403 or 409 when every reason is of that kind, else 422."""
    status = refusals.status_of(found)
    return status if status in _OF_CLAIMS else refusals.DEFAULT_STATUS


def summary(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """How many of each verdict."""
    counts = {"accepted": 0, "repeated": 0, "refused": 0}
    for outcome in outcomes:
        counts[outcome.verdict] = counts.get(outcome.verdict, 0) + 1
    return counts


def shown(number: int, outcome: Outcome, lang: str, read: Read) -> dict[str, Any]:
    """One line of a batch's or bulk's results."""
    line: dict[str, Any] = {"line": number, "status": outcome.verdict}
    if isinstance(read, Claim):
        line |= {"id": read.id, "source": read.source}
    if outcome.receipt:
        line["receipt"] = outcome.receipt
    if outcome.problems:
        line["errors"] = [problems.entry(p, lang) for p in outcome.problems]
    return line
