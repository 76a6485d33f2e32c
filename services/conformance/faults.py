"""What the sandbox hub does wrong, and when. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

Kind = Literal["lose", "close", "slow", "answer", "page", "expire", "revoke", "cut", "newer", "short_pages"]
Place = Literal["events", "token", "receipts"]

_PATHS: dict[Place, tuple[str, str]] = {
    "events": ("POST", "/v1/events"),
    "token": ("POST", "/oauth/token"),
    "receipts": ("GET", "/v1/receipts"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Disturbance:
    """One thing that goes wrong with so many requests; times None: with all of the step.

    lose: done, then the connection breaks before the answer. close: it breaks before anything is done. slow: done, and
    answered `seconds` later. answer: `status` with a problem document, `retry_after` seconds if given (as_date: as an
    HTTP date); nothing is done. page: `status` with a page of HTML, as a proxy gives. expire: the token of the request
    is good no longer. revoke: no token is. cut: many results, the last of them and the summary missing. newer: the
    answer has members that nobody knows yet. short_pages: a page of a list has three items.
    """

    kind: Kind
    at: Place = "events"
    times: int | None = 1
    seconds: float = 0.0
    status: int = 503
    retry_after: int | None = None
    as_date: bool = False

    def meets(self, method: str, path: str) -> bool:
        return _PATHS[self.at] == (method, path)


def next_fault(
    faults: Sequence[Disturbance], method: str, path: str
) -> tuple[Disturbance | None, tuple[Disturbance, ...]]:
    """The fault for a request, the first that is meant for its place, and what is left for the next ones."""
    for number, fault in enumerate(faults):
        if fault.meets(method, path):
            if fault.times is None:
                return fault, tuple(faults)
            rest = (replace(fault, times=fault.times - 1),) if fault.times > 1 else ()
            return fault, (*faults[:number], *rest, *faults[number + 1 :])
    return None, tuple(faults)
