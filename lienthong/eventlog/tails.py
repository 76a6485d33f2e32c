"""What to deliver next from a partition that is heard in Kafka and written down in a table. Pure.

Kafka is quick, the table is complete. A reader delivers from Kafka what continues where it stands, and reads
the table for everything else: what came before it began to listen, what a rewound reader needs again, and what
Kafka does not have. So whatever Kafka repeats, loses or keeps too shortly changes no order and skips nothing.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from lienthong.events import Recorded


@dataclass(frozen=True, kw_only=True, slots=True)
class Stretch:
    """Positions after + 1 … last, to be read from the table."""

    after: int
    last: int


class Tail:
    """One partition as one worker reads it. position: of the last event delivered."""

    def __init__(self, position: int) -> None:
        self.position = position
        self._table_head = position  # the table holds everything up to here
        self._heard: deque[Recorded] = deque()  # from Kafka, positions ascending, perhaps with gaps
        self._seen_at = -1

    def __len__(self) -> int:
        """How many events are kept in memory."""
        return len(self._heard)

    def hear(self, recorded: Recorded) -> None:
        """An event came from Kafka. Repetitions are forgotten."""
        newest = self._heard[-1].position if self._heard else self.position
        if recorded.position > newest:
            self._heard.append(recorded)

    def know(self, head: int) -> None:
        """The table reaches to `head`, and Kafka may not tell of all of it."""
        self._table_head = max(self._table_head, head)

    def look(self, head: int) -> None:
        """The regular look at the table: where nothing was delivered since the last one although there is
        something, Kafka or the relay is away, and the table is read instead.
        """
        if not self._heard and self._seen_at == self.position:
            self.know(head)
        self._seen_at = self.position if head > self.position else -1

    def leave_to_table(self) -> None:
        """Keep nothing in memory: what was heard is read again from the table when its time comes."""
        if self._heard:
            self.know(self._heard[-1].position)
            self._heard.clear()

    def rewind(self, position: int) -> None:
        """Deliver again what came after `position`."""
        self.know(self.position)
        self.position = position

    def missing(self) -> Stretch | None:
        """What only the table can give before anything from Kafka may be delivered."""
        while self._heard and self._heard[0].position <= self.position:
            self._heard.popleft()
        last = self._heard[0].position - 1 if self._heard else self._table_head
        return Stretch(after=self.position, last=last) if last > self.position else None

    def take(self, events: int, size: int) -> list[Recorded]:
        """Consecutive events from Kafka after the position: at most so many, and so many bytes of data (the
        first is always given). The position moves over them.
        """
        taken: list[Recorded] = []
        while self._heard and self._heard[0].position == self.position + 1 and len(taken) < events:
            size -= len(self._heard[0].event.data.encode())
            if taken and size < 0:
                break
            taken.append(self._heard.popleft())
            self.position += 1
        return taken

    def advance(self, count: int) -> None:
        """So many events were delivered from the table."""
        self.position += count
