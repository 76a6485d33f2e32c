"""When to ask again, and after how long. Pure.

A submission can be sent any number of times: the same id gets the same receipt. So no answer, or one that says
"later", is followed by the same bytes again. What is not known to be harmless twice (an operator's act) goes again only
when the hub can't have done it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

from lienthong.client.exchange import Lost, Response

LATER = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses after which the same request may succeed."""
UNDONE = frozenset({408, 425, 429})
"""Those that say that nothing was done."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Patience:
    """tries: of one request, the first among them. first: seconds before the second, doubled each time up to `most`.
    longest: seconds that a Retry-After may ask for; with a longer one it is the caller's to come back.

    As given: 0.5 + 1 + 2 + 4 + 8 + 16 + 20 s, so a hub that restarts (10 s) or fails over (30 s) is waited for.
    """

    tries: int = 8
    first: float = 0.5
    most: float = 20.0
    longest: float = 120.0

    def pause(self, attempt: int, reply: Response | Lost, *, safe: bool, chance: float) -> float | None:
        """Seconds until the next try after attempt number `attempt` (1 = the first); None: this reply stands.

        safe: whether the request may be done twice. chance: 0 to 1; so that a thousand senders that were cut off
        together don't come back together, the pause is between half and all of its length.
        """
        if attempt >= self.tries or not _may_go_again(reply, safe):
            return None
        wait = min(self.most, self.first * 2.0 ** (attempt - 1)) * (0.5 + chance / 2)
        server_wait = retry_after(reply) if isinstance(reply, Response) else None
        if server_wait is None:
            return wait
        return None if server_wait > self.longest else max(server_wait, wait)


def _may_go_again(reply: Response | Lost, safe: bool) -> bool:
    if isinstance(reply, Lost):
        return safe or not reply.sent
    return reply.status in (LATER if safe else UNDONE)


def retry_after(response: Response) -> float | None:
    """The seconds that the header asks for; a date counts from the answer's own Date, whatever our clock says."""
    given = response.headers.get("retry-after", "").strip()
    if given.isascii() and given.isdecimal():
        return float(given[:9])
    until, now = _date(given), _date(response.headers.get("date", ""))
    return None if until is None or now is None else max(0.0, (until - now).total_seconds())


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
