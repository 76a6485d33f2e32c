"""A server that is there and says nothing: stopped, its disk hanging, its machine frozen. Its own limits
(`statement_timeout`) do not run then, and the network looks well, so that a question would wait for ever.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
from psycopg import errors as pg
from psycopg.abc import PQGen

MARGIN = 5.0  # seconds after its own limit within which a server that works has said that the limit is over
LOOK = 5.0  # seconds for the answer to an empty statement: what a probe waits for everything, too

_Value = TypeVar("_Value")


class Unanswered(psycopg.OperationalError):
    """The server did not answer in time. What it was asked for may be done all the same, as with any lost answer."""


class Waiting(psycopg.Connection[tuple[Any, ...]]):
    """A connection that waits for each answer no longer than its patience, and is closed when that is over.

    patience: seconds; None waits for ever, as a worker may.
    """

    patience: float | None = None

    def wait(self, gen: PQGen[_Value], *given: Any, **named: Any) -> _Value:
        """As the driver's. Raises Unanswered."""
        if given or named or self.patience is None:  # the driver itself says how long, as for notifications
            return super().wait(gen, *given, **named)
        try:
            return super().wait(gen, timeout=self.patience)
        except pg._WaitTimeout as error:
            self.pgconn.finish()  # half a question stands on it: nobody may ask another
            raise Unanswered(f"PostgreSQL has not answered for {self.patience:g} s") from error

    @contextmanager
    def shorter_patience(self, seconds: float) -> Iterator[None]:
        """A shorter patience for what takes no time."""
        before = self.patience
        self.patience = seconds if before is None else min(seconds, before)
        try:
            yield
        finally:
            self.patience = before


def patience(statement_timeout_ms: int) -> float | None:
    """How long to wait for what the server itself ends after so many milliseconds (0: never)."""
    return statement_timeout_ms / 1000 + MARGIN if statement_timeout_ms else None
