"""The decision on one attempt: delivered, again later, put aside. Pure.

No clock, no network, no random source: the caller hands in what came back, how often it was tried, and a
random number. The schedule is documented for both sides in docs/platform-contract.md.
"""

from __future__ import annotations

from dataclasses import dataclass

# Seconds to wait after the 1st, 2nd … failed attempt, so one fewer than there are attempts. The first retry answers a
# blip, the next ones a restart, the last ones an outage over a week-end.
SCHEDULE = (5, 60, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
JITTER = 0.2  # of the wait, either way: deliveries that failed together do not come back together
LONGEST_WAIT = 86400  # a receiver may ask for a longer wait by Retry-After, but not for more than a day

TRY_AGAIN = frozenset({408, 425, 429})
UNSIGNED, UNSIGNED_TRIES = 401, 5
"""A refused signature is tried so often in all: the usual reason is a clock that has drifted and will be set, or a
secret that is being changed on the other side. Then a person has to look."""
GONE = 410
HOLDING = frozenset({429, 503})  # with Retry-After they speak of the receiver, not of the one message


@dataclass(frozen=True, kw_only=True, slots=True)
class AttemptOutcome:
    """What came back from one attempt.

    status: HTTP status, or None when no answer came. code: stable name of what happened (`http_503`,
    `timeout`, `connection_failed`, `address_refused`, …). detail: a sentence for people, without secrets.
    retry_after: seconds the receiver asked for. permanent: no answer came, or one that refuses
    in its own words, and trying again can't help.
    confirmed: a 2xx names the digest of what was sent, as the contract says.
    """

    status: int | None
    code: str
    detail: str = ""
    retry_after: int | None = None
    permanent: bool = False
    confirmed: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivered:
    """The receiver has it durably."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TryAgain:
    """To be tried again after so many seconds. holds: so does everything else for that destination."""

    seconds: float
    holds: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Dead:
    """Put aside until a person sends it again."""

    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Pause:
    """The destination is paused until a person resumes it; the delivery waits."""

    reason: str


Decision = Delivered | TryAgain | Dead | Pause


def decide(outcome: AttemptOutcome, *, attempt: int, luck: float, schedule: tuple[int, ...] = SCHEDULE) -> Decision:
    """What to do after attempt number `attempt` (1 = the first).

    luck: a random number in [0, 1) for the jitter. Statuses: 2xx delivered; 408, 425, 429 and 5xx again; 401 again
    a few times; 410 pauses the destination; a redirect is never followed and, like every other 4xx, needs a person.
    """
    if outcome.status is not None and 200 <= outcome.status < 300 and outcome.confirmed:
        return Delivered()
    if outcome.status == GONE:
        return Pause(reason=outcome.code)
    if outcome.permanent or _is_refusal(outcome.status, attempt):
        return Dead(reason=outcome.code)
    if attempt > len(schedule):
        return Dead(reason=f"exhausted_{outcome.code}")
    wait = schedule[attempt - 1] * (1 + JITTER * (2 * luck - 1))
    retry_after = float(min(outcome.retry_after or 0, LONGEST_WAIT))
    return TryAgain(seconds=max(wait, retry_after), holds=retry_after > 0 and outcome.status in HOLDING)


def _is_refusal(status: int | None, attempt: int) -> bool:
    if status == UNSIGNED:
        return attempt >= UNSIGNED_TRIES
    return status is not None and 300 <= status < 500 and status not in TRY_AGAIN
