"""Keeps a process's Trust up to date: public keys and revocations, read from the database every second.

Both lists are a handful of rows. Polling beats notification here: it needs no connection of its own, and a
missed message can't leave a revoked client in.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

from lienthong.access.keys import public_key
from lienthong.access.tokens import Trust
from lienthong.errors import Transient
from lienthong.outage import Outage
from lienthong.postgres.pool import Pool
from lienthong.postgres.sql import Queries

INTERVAL = 1.0  # seconds between two readings: how long a revoked client may go on
STALE = 30.0  # seconds without a reading after which nobody is believed any more

_SQL = Queries(Path(__file__).with_name("trust.sql"))


def read_trust(pool: Pool, before: Trust | None = None) -> Trust:
    """Read both lists. before: the last reading, whose parsed keys are used again. Raises Transient."""
    parsed_keys = before.keys if before else {}
    with pool.transaction() as tx:
        keys = tx.execute(_SQL.signing_keys).fetchall()
        changed = tx.execute(_SQL.changed_clients).fetchall()
    return Trust(
        keys={kid: parsed_keys[kid] if kid in parsed_keys else public_key(json.loads(jwk)) for kid, jwk in keys},
        generations=dict(changed),
    )


class TrustWatch:
    """A thread that reads Trust every `interval` seconds. `current` gives the last reading without waiting.

    While the database is away the last reading is used for STALE seconds; then `current` raises Transient:
    a hub that can't learn of revocations lets nobody in.
    """

    def __init__(self, pool: Pool, *, interval: float = INTERVAL, clock: Callable[[], float] = time.monotonic) -> None:
        self._pool = pool
        self._interval = interval
        self._clock = clock
        self._trust: Trust | None = None
        self._read_at = float("-inf")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="trust", daemon=True)

    def start(self) -> Self:
        """Read once, then go on in the background. Raises what the first reading raises."""
        self.refresh()
        self._thread.start()
        return self

    def stop(self) -> None:
        """End the thread; returns when it has ended."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def current(self) -> Trust:
        """The last reading. Raises Transient when it is older than STALE."""
        if self._trust is None or self._clock() - self._read_at > STALE:
            raise Transient(
                "revocations can't be read; nobody is let in until the database answers", code="trust_stale"
            )
        return self._trust

    def refresh(self) -> None:
        """Read now (a key was just made; a test does not want to wait). Raises Transient."""
        began = self._clock()
        self._trust = read_trust(self._pool, self._trust)
        self._read_at = began

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _run(self) -> None:
        outage = Outage("trust_not_read", "trust_read_again")
        while not self._stop.wait(self._interval):
            try:
                self.refresh()
            except Transient as exc:
                outage.failed(exc.code, str(exc))
            else:
                outage.worked()
