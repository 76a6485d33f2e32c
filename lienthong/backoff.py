"""How long to wait before something Transient is tried again: longer after each failure, never the same for two.

Without chance in it, everything that an outage stopped would come back at one moment and bring the next one.
"""

from __future__ import annotations

import random

SHORTEST = 0.05
LONGEST = 5.0  # seconds; the hub accepts again within ten of a database's return
_FIRST = 0.2
_MOST_DOUBLINGS = 10  # beyond, the doubled number only grows


class Backoff:
    """The pauses of one worker. `failed` gives the next, `worked` begins anew. Used by one thread."""

    def __init__(self, longest: float = LONGEST) -> None:
        """longest: seconds."""
        self.failures = 0
        self._longest = longest

    def failed(self) -> float:
        """Seconds to wait now."""
        ceiling = min(self._longest, _FIRST * 2.0 ** min(self.failures, _MOST_DOUBLINGS))
        self.failures += 1
        return random.uniform(SHORTEST, max(SHORTEST, ceiling))

    def worked(self) -> None:
        """It goes again: the next failure is a first one."""
        self.failures = 0
