"""Lists that are read page by page, and their cursors: opaque and signed, so that none can be made up. Pure.

Every list goes the same way: `limit` items, and `links` with the address of the next page for as long as there is one.
A cursor holds the position it stands at, the question it belongs to, the epoch of the installation, and when it was
given. After a restore from a backup the epoch is another, so a reader of the lost future is told to begin again (410)
and never reads on over a gap.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from lienthong.errors import Rejected
from lienthong.refusals import refused

CURSOR_LIFE = timedelta(days=180)  # longer than any pause between two half-yearly readings
_MAC_BYTES = 16
NEWEST = 2**62
"""Above every position: where a list that shows the newest first begins."""

Position = int | str


@dataclass(frozen=True, kw_only=True, slots=True)
class Cursors:
    """Gives and reads the cursors of one list. path: of the list, where a reader whose cursor is gone begins again.

    key: of the installation; now: the hub's clock; head: the highest position there is (where it is a number).
    """

    path: str
    key: bytes
    epoch: int
    now: datetime
    head: int
    life: timedelta = CURSOR_LIFE

    def give(self, position: Position, question: str) -> str:
        """A cursor that goes on at a position. question: everything that the list was asked, as one text."""
        body = {"p": position, "q": question, "e": self.epoch, "t": int(self.now.timestamp())}
        payload = json.dumps(body, separators=(",", ":")).encode()
        return f"{_base64(payload)}.{_base64(self._mac(payload))}"

    def read(self, cursor: str, question: str) -> int:
        """The position to go on at, of a list that goes by numbers. Raises as `place`."""
        return int(self.place(cursor, question))

    def place(self, cursor: str, question: str) -> Position:
        """The position to go on at.

        Raises Rejected: 400 for what we never gave or gave to another question, 410 for one that expired, or
        of a past before a restore.
        """
        body = self._document(cursor)
        if body["e"] != self.epoch or (isinstance(body["p"], int) and body["p"] > self.head):
            raise refused("cursor_of_another_past", restart=self.path)
        if datetime.fromtimestamp(body["t"], UTC) + self.life < self.now:
            raise refused("cursor_expired", restart=self.path)
        if body["q"] != question:
            raise refused("cursor_of_another_question")
        position: Position = body["p"]
        return position

    def link(self, parameters: Mapping[str, str], position: Position | None, question: str) -> str:
        """An address of the list: with the parameters, from a position on (None: from the beginning)."""
        given = {} if position is None else {"cursor": self.give(position, question)}
        query = urlencode({**parameters, **given})
        return f"{self.path}?{query}" if query else self.path

    def _document(self, cursor: str) -> dict[str, Any]:
        try:
            payload, mac = (base64.urlsafe_b64decode(part + "==") for part in cursor.split("."))
        except ValueError as error:
            raise _malformed() from error
        # Spelled anew: the decoder passes over blanks and signs that are none of its own.
        spelled = f"{_base64(payload)}.{_base64(mac)}"
        if spelled != cursor or not hmac.compare_digest(mac, self._mac(payload)):
            raise _malformed()
        document: dict[str, Any] = json.loads(payload)
        return document

    def _mac(self, payload: bytes) -> bytes:
        return hmac.digest(self.key, b"cursor\n" + payload, "sha256")[:_MAC_BYTES]


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """One question to a list. whose: what the asker may see, as one text: a cursor is good for nobody else.

    parameters: those to repeat in links, besides `limit` and `cursor`. grows: what is added comes at the end, so
    that a reader who has seen everything gets a link (`delta`) to come back by.
    """

    cursors: Cursors
    whose: str
    parameters: Mapping[str, str]
    limit: int
    cursor: str | None
    grows: bool = False

    def begin(self, otherwise: int) -> int:
        """The position to read on from. Raises Rejected, as `Cursors.place`."""
        return self.cursors.read(self.cursor, self._question) if self.cursor else otherwise

    def begin_after(self) -> str | None:
        """The same of a list that goes by names."""
        return str(self.cursors.place(self.cursor, self._question)) if self.cursor else None

    def links(self, number: int, last: Position | None) -> dict[str, str]:
        """Of a page. number: how many there were of limit + 1. last: position of the last one shown; None for none."""
        given = {**self.parameters, "limit": str(self.limit)}
        own = self.cursors.link(given | ({"cursor": self.cursor} if self.cursor else {}), None, self._question)
        if number > self.limit:
            return {"self": own, "next": self.cursors.link(given, last, self._question)}
        if not self.grows:
            return {"self": own}
        onward = own if last is None else self.cursors.link(given, last, self._question)
        return {"self": own, "delta": onward}

    @property
    def _question(self) -> str:
        return f"{self.cursors.path}:{self.whose}?{sorted(self.parameters.items())}"


def header(links: Mapping[str, str]) -> str:
    """Links as the header Link has them (RFC 8288)."""
    return ", ".join(f'<{target}>; rel="{name}"' for name, target in links.items())


def _malformed() -> Rejected:
    return refused("cursor_malformed")


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
