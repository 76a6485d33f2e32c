"""Rules about how the hub is asked: patience, tokens, secrets, shapes. Pure.

Each yields evidence of what is wrong, in codes and numbers that need no language; none where all is well.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from services.conformance import seen
from services.conformance.leg import Leg
from services.conformance.seen import TOKEN, Exchange

TOLERANCE = 0.05  # seconds: two clocks of one machine, and the way of an answer
LEAST = 0.1  # seconds of pause before a third try: what a loop without any pause never has
PROOFS = 2  # submissions that a good system makes with tokens that are refused: with its own, then with a new one
_SECRETS = ("access_token", "client_secret", "secret=", "token=")
_UNFIT = frozenset({400, 404, 405, 406, 411, 415})
_NEVER = frozenset({405, 406, 411, 415})


def waits(leg: Leg) -> Iterator[str]:
    """Retry-After is kept to, in seconds as the header counts them."""
    for exchange in leg.exchanges:
        if exchange.asked_to_wait is None or exchange.lost:
            continue
        after = next((e for e in _same_place(leg, exchange) if e.began > exchange.ended), None)
        if after is not None and (gap := after.began - exchange.ended) < exchange.asked_to_wait - TOLERANCE:
            yield f"{exchange}: {gap:.1f} s < {exchange.asked_to_wait:g} s"


def waits_not_too_long(leg: Leg) -> Iterator[str]:
    """Nor is it waited for ever: a system whose clock is wrong takes an hour for a second."""
    for exchange in leg.exchanges:
        wait = exchange.asked_to_wait
        if (
            wait is not None
            and not exchange.lost
            and not any(e.began > exchange.ended for e in _same_place(leg, exchange))
        ):
            yield f"{exchange}: {wait:g} s"


def pauses(leg: Leg) -> Iterator[str]:
    """A second try may come at once; from the third on there is a pause."""
    submitted = [each for each in leg.exchanges if each.submits]
    for first, second, third in zip(submitted, submitted[1:], submitted[2:], strict=False):
        if first.unanswered and second.unanswered and 0 <= (gap := third.began - second.ended) < LEAST:
            yield f"{second}: {gap:.3f} s"


def awaits(leg: Leg) -> Iterator[str]:
    """While the hub is at work the same is not sent again."""
    for first, second in pairwise(leg.sent):
        if first.exchange.fault != "slow" or second.exchange.began >= first.exchange.ended:
            continue
        if first.exchange is not second.exchange and first.key == second.key:
            waited = second.exchange.began - first.exchange.began
            yield f"{first.exchange}: {waited:.1f} s < {first.exchange.ended - first.exchange.began:.1f} s"


def renews(leg: Leg) -> Iterator[str]:
    """A 401 is followed by a new token."""
    for number, exchange in enumerate(leg.exchanges):
        if exchange.status == 401 and exchange.path != TOKEN:
            if not any(each.path == TOKEN for each in leg.exchanges[number + 1 :]):
                yield str(exchange)
            return  # of the first alone: a system that is shut out stops some time


def stops(leg: Leg) -> Iterator[str]:
    """Who is shut out does not go on knocking."""
    refused = [each for each in leg.exchanges if each.submits and each.status == 401]
    if len(refused) > PROOFS:
        yield f"{len(refused)} × 401"


def keeps_token(leg: Leg) -> Iterator[str]:
    """One token serves until it is refused or ends."""
    fetched = [each for each in leg.exchanges if each.path == TOKEN and each.status == 200]
    spoiled = [each for each in leg.exchanges if each.path != TOKEN and each.status == 401]
    if len(fetched) > 1 + len(spoiled):
        yield f"{len(fetched)} × POST {TOKEN}"


def hides(leg: Leg) -> Iterator[str]:
    """No token and no secret stands in an address, where logs would keep it."""
    for exchange in leg.exchanges:
        if any(word in exchange.query.lower() for word in _SECRETS):
            yield f"{exchange} ?…"


def fits(leg: Leg) -> Iterator[str]:
    """Addresses, media types and bodies are those of the hub's description."""
    unfit = _NEVER if leg.expect in ("refused", "partly") else _UNFIT
    for exchange in leg.exchanges:
        if exchange.status in unfit and exchange.fault is None:
            yield f"{exchange}: {', '.join(code for _, code in seen.refusals(exchange))}".rstrip(": ")


def _same_place(leg: Leg, exchange: Exchange) -> Sequence[Exchange]:
    return [each for each in leg.exchanges if (each.method, each.path) == (exchange.method, exchange.path)]
