"""How many connections a process has, in all and by address."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from lienthong.web.transport import Networks, is_within


@dataclass(kw_only=True, slots=True)
class Connections:
    """Those of one process. unlimited: addresses that stand for many, such as the trusted proxies."""

    most: int
    most_of_address: int
    unlimited: Networks = ()
    by_address: Counter[str] = field(default_factory=Counter)
    total: int = 0

    def admit(self, address: str) -> bool:
        """Count one more, unless there are too many."""
        if self.total >= self.most:
            return False
        if self.by_address[address] >= self.most_of_address and not is_within(address, self.unlimited):
            return False
        self.total += 1
        self.by_address[address] += 1
        return True

    def remove(self, address: str) -> None:
        self.total -= 1
        self.by_address[address] -= 1
        if not self.by_address[address]:
            del self.by_address[address]
