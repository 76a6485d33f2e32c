"""Brakes on guessing: failures counted in the database, alike for all processes of the hub.

A whole province may sit behind one address, so an address alone is never locked: failures count for a person at an
address. And whoever fails for somebody else's name brakes himself and other strangers, not a browser in which that
person has logged in before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from lienthong.errors import Rejected
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.refusals import problem

SQL = Queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Brake:
    """At most `limit` failures of the named kind and keys in `window`."""

    name: str
    limit: int
    window: timedelta

    def of(self, *keys: str) -> CountedBrake:
        text = "\x1f".join((self.name, *keys)).encode("utf-8", "surrogatepass")
        return CountedBrake(brake=self, key=hashlib.sha256(text).digest())


@dataclass(frozen=True, kw_only=True, slots=True)
class CountedBrake:
    """One brake for one person, address, browser."""

    brake: Brake
    key: bytes


AT_ADDRESS = Brake(name="password at address", limit=5, window=timedelta(minutes=5))
IN_KNOWN_BROWSER = Brake(name="password in known browser", limit=10, window=timedelta(minutes=5))
# Of one name from anywhere unknown: 50 guesses an hour find no password that passes the rules.
FROM_ANYWHERE = Brake(name="password", limit=50, window=timedelta(hours=1))
# Three of a million codes are right at any moment: 20 an hour find one in two years, with the password known.
CODES = Brake(name="code", limit=20, window=timedelta(hours=1))
RECORDED = Brake(name="recorded refusal", limit=10, window=timedelta(minutes=1))


class TooMany(Rejected):
    """Too many failures; says when to come back."""

    def __init__(self, seconds: float) -> None:
        wait = max(1, int(seconds + 0.999))
        super().__init__([problem("", "login_slow_down", seconds=wait)])
        self.headers = {"Retry-After": str(wait)}


def check(conn: Connection, brakes: Sequence[CountedBrake]) -> None:
    """Raises TooMany while one of the brakes holds."""
    for brake in brakes:
        row = conn.execute(SQL.failures, {"key": brake.key, "window": brake.brake.window}).fetchone()
        failures, wait = row or (0, 0.0)
        if failures >= brake.brake.limit:
            raise TooMany(wait)


def count(conn: Connection, brakes: Sequence[CountedBrake]) -> bool:
    """Count a failure; whether all are still within their limits, this one included."""
    conn.execute(SQL.forget_failures)
    within = True
    for brake in brakes:
        row = conn.execute(SQL.count_failure, {"key": brake.key, "window": brake.brake.window}).fetchone()
        assert row is not None, "counting gives a number"
        (failures,) = row
        within = within and failures <= brake.brake.limit
    return within
