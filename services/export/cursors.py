"""Cursors of export's lists: opaque and signed, so that none can be made up. Pure.

A cursor holds the position it stands at, the question it belongs to, the epoch of the installation, and when it was
given. After a restore from a backup the epoch is another, so a reader of the lost future is told to begin again (410)
and never reads on over a gap.
"""

from __future__ import annotations

import base64
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from lienthong.errors import Rejected
from lienthong.refusals import refused

CURSOR_LIFE = timedelta(days=180)  # longer than any pause between two half-yearly readings
_MAC_BYTES = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class Cursors:
    """Gives and reads the cursors of one list. path: of the list, where a reader whose cursor is gone begins again.

    key: of the installation; now: the hub's clock; head: the highest position there is.
    """

    path: str
    key: bytes
    epoch: int
    now: datetime
    head: int
    life: timedelta = CURSOR_LIFE

    def give(self, position: int, question: str) -> str:
        """A cursor that goes on at a position. question: everything that the list was asked, as one text."""
        body = {"p": position, "q": question, "e": self.epoch, "t": int(self.now.timestamp())}
        payload = json.dumps(body, separators=(",", ":")).encode()
        return f"{_text(payload)}.{_text(self._mac(payload))}"

    def read(self, cursor: str, question: str) -> int:
        """The position to go on at.

        Raises Rejected: 400 for what we never gave or gave to another question, 410 for one that expired, or
        of a past before a restore.
        """
        body = self._opened(cursor)
        if body["e"] != self.epoch or body["p"] > self.head:
            raise refused("cursor_of_another_past", restart=self.path)
        if datetime.fromtimestamp(body["t"], UTC) + self.life < self.now:
            raise refused("cursor_expired", restart=self.path)
        if body["q"] != question:
            raise refused("cursor_of_another_question")
        return int(body["p"])

    def link(self, asked: dict[str, str], position: int | None, question: str) -> str:
        """An address of the list: with the parameters asked, from a position on (None: from the beginning)."""
        given = {} if position is None else {"cursor": self.give(position, question)}
        query = urlencode(asked | given)
        return f"{self.path}?{query}" if query else self.path

    def _opened(self, cursor: str) -> dict[str, Any]:
        try:
            payload, mac = (base64.urlsafe_b64decode(part + "==") for part in cursor.split("."))
        except ValueError as error:
            raise _malformed() from error
        if not hmac.compare_digest(mac, self._mac(payload)):
            raise _malformed()
        found: dict[str, Any] = json.loads(payload)
        return found

    def _mac(self, payload: bytes) -> bytes:
        return hmac.digest(self.key, b"cursor\n" + payload, "sha256")[:_MAC_BYTES]


def _malformed() -> Rejected:
    return refused("cursor_malformed")


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
