"""How outcomes are told over HTTP: the lines and the summary of a batch or a stream, the status of a refusal.

A line of a batch or stream: {"line": 1, "status": "refused", "id": …, "source": …, "errors": […], "errorsLeftOut": 3},
numbered from 1. So that an answer doesn't outgrow what was sent, a line tells few of its errors, and after many lines
the codes alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from lienthong import refusals
from lienthong.errors import Problem
from lienthong.web import problems
from services.ingest.claims.claim import Claim
from services.ingest.claims.work import Outcome

OF_A_LINE, IN_FULL = 20, 2_000
"""Problems told of one line, and of one answer with their words: some 500 bytes each, a megabyte at most."""

_OF_CLAIMS = (400, 403, 409)  # said of a claim as a whole; what it names and the hub does not know is 422, not 404

ClaimOrProblems = Claim | tuple[Problem, ...]
"""A claim, or why there is none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """Some lines in order: their numbers, what was read in them, what became of them."""

    numbers: Sequence[int]
    reads: Sequence[ClaimOrProblems]
    outcomes: Sequence[Outcome]


class Results:
    """The results of one answer, as they are told line by line. totals: how many of each verdict."""

    def __init__(self, lang: str) -> None:
        self._lang, self._told = lang, 0
        self.totals = summary(())

    def lines(self, judged: Judged) -> Iterator[bytes]:
        """One for each, as JSON without its end."""
        for verdict, count in summary(judged.outcomes).items():
            self.totals[verdict] = self.totals.get(verdict, 0) + count
        for number, read, outcome in zip(judged.numbers, judged.reads, judged.outcomes, strict=True):
            yield orjson.dumps(self._line(number, read, outcome), default=str)

    def _line(self, number: int, read: ClaimOrProblems, outcome: Outcome) -> dict[str, Any]:
        line: dict[str, Any] = {"line": number, "status": outcome.verdict}
        if isinstance(read, Claim):
            line |= {"id": read.id, "source": read.source} if read.id else {"source": read.source}
        if outcome.receipt:
            line["receipt"] = outcome.receipt
        if outcome.problems:
            line |= self._errors(outcome.problems)
        return line

    def _errors(self, refused: Sequence[Problem]) -> dict[str, Any]:
        if self._told < IN_FULL:
            bodies = [problems.entry(item, self._lang) for item in refused[:OF_A_LINE]]
        else:
            bodies = [{"pointer": item.pointer, "code": item.code} for item in refused[:1]]
        self._told += len(bodies)
        left_out = len(refused) - len(bodies)
        return {"errors": bodies, "errorsLeftOut": left_out} if left_out else {"errors": bodies}


def status_of(refused: Sequence[Problem]) -> int:
    """The HTTP status of a refusal: 400, 403 or 409 when every reason is of that kind, else 422."""
    status = refusals.status_of(refused)
    return status if status in _OF_CLAIMS else refusals.DEFAULT_STATUS


def summary(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """How many of each verdict."""
    counts = {"accepted": 0, "repeated": 0, "refused": 0}
    for outcome in outcomes:
        counts[outcome.verdict] = counts.get(outcome.verdict, 0) + 1
    return counts
