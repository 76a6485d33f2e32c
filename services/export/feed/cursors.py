"""The Ministry's feed: cursors, pages, entries, the digest. Pure but for its types.

A cursor is opaque and signed: the position it stands at, the question it belongs to (province, programme), the
epoch of the installation, and when it was given. After a restore from a backup the epoch is another, so a
reader of the lost future is told to begin again (410) and never reads on over a gap.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from lienthong.errors import Rejected
from lienthong.instants import wire
from lienthong.refusals import problem, refused
from lienthong.samples import SAMPLE_NOTICE

CURSOR_LIFE = timedelta(days=180)  # longer than any pause between two half-yearly readings
PATH = "/v1/feed/releases"
_MAC_BYTES = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What a reader of the feed asks for, within what it may see.

    province, programme: None for all. recipient: releases whose scope names it (`VN`, `platform`); None for a
    province, which sees its own whoever they are for.
    """

    province: str | None = None
    programme: str | None = None
    recipient: str | None = "VN"

    @property
    def mark(self) -> str:
        return f"{self.province or '*'}/{self.programme or '*'}/{self.recipient or '*'}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One line of the feed. entry: `release` or `withdrawn`."""

    position: int
    entry: str
    recorded_at: datetime
    release: str
    round: str
    version: int
    supersedes: str | None
    programme: str
    plan: str
    period: str
    province: str
    issuer: str
    sample: bool
    digest: str
    signed_at: datetime
    made_at: datetime
    withdrawn_at: datetime | None
    withdrawal_reason: str | None

    @property
    def body(self) -> dict[str, Any]:
        """As it goes out; a withdrawn release has no dataset any more."""
        same: dict[str, Any] = {
            "entry": self.entry, "release": self.release, "round": self.round, "version": self.version,
            "programme": self.programme, "plan": self.plan, "period": self.period, "province": self.province,
            "issuer": self.issuer, "sample": self.sample,
        }  # fmt: skip
        if self.sample:
            same["notice"] = SAMPLE_NOTICE
        if self.entry == "withdrawn":
            return same | {"withdrawnAt": wire(self.withdrawn_at or self.recorded_at),
                           "reason": self.withdrawal_reason or ""}  # fmt: skip
        return same | {
            "supersedes": self.supersedes, "digest": self.digest, "signedAt": wire(self.signed_at),
            "madeAt": wire(self.made_at), "withdrawn": self.withdrawn_at is not None,
            "dataset": None if self.withdrawn_at else f"{PATH}/{self.release}/dataset",
        }  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Cursors:
    """Gives and reads cursors. key: of the installation; now: the hub's clock; head: where the feed stands."""

    key: bytes
    epoch: int
    now: datetime
    head: int
    life: timedelta = CURSOR_LIFE

    def give(self, position: int, question: Question) -> str:
        """A cursor that goes on after a position."""
        body = {"p": position, "q": question.mark, "e": self.epoch, "t": int(self.now.timestamp())}
        payload = json.dumps(body, separators=(",", ":")).encode()
        return f"{_text(payload)}.{_text(self._mac(payload))}"

    def read(self, cursor: str, question: Question) -> int:
        """The position to go on after.

        Raises Rejected: 400 for what we never gave or gave to another question, 410 for one that expired, or
        of a past before a restore.
        """
        body = self._opened(cursor)
        if body["e"] != self.epoch or body["p"] > self.head:
            raise _gone("cursor_of_another_past")  # fmt: skip
        if datetime.fromtimestamp(body["t"], UTC) + self.life < self.now:
            raise _gone("cursor_expired")  # fmt: skip
        if body["q"] != question.mark:
            raise Rejected([problem("", "cursor_of_another_question")],
                           status=400)  # fmt: skip
        return int(body["p"])

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


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """Some consecutive entries; more: others follow now. links: `self`, and `next` or `delta`."""

    entries: tuple[Entry, ...]
    more: bool
    links: dict[str, str]

    @property
    def body(self) -> dict[str, Any]:
        return {"entries": [entry.body for entry in self.entries], "links": self.links}

    @property
    def etag(self) -> str:
        """Weak: the same entries in the same state, whatever moment the cursors in the links tell."""
        total = hashlib.sha256(json.dumps([entry.body for entry in self.entries]).encode())
        total.update(b"more" if self.more else b"end")
        return f'W/"{total.hexdigest()[:32]}"'

    @property
    def link_header(self) -> str:
        """RFC 8288, for the formats without a place for links."""
        return ", ".join(f'<{target}>; rel="{name}"' for name, target in self.links.items())


def page(found: Sequence[Entry], *, limit: int, after: int, question: Question, cursors: Cursors,
         asked: dict[str, str]) -> Page:  # fmt: skip
    """A page of up to `limit` entries of `found` (which holds one more where there are more).

    asked: the query parameters to repeat in the links, without the cursor.
    """
    entries, more = tuple(found[:limit]), len(found) > limit
    position = entries[-1].position if entries else after
    onward = f"{PATH}?{urlencode(asked | {'cursor': cursors.give(position, question)})}"
    own = f"{PATH}?{urlencode(asked | ({'cursor': cursors.give(after, question)} if after else {}))}"
    return Page(entries=entries, more=more, links={"self": own, ("next" if more else "delta"): onward})


def _gone(code: str) -> Rejected:
    return refused(code, restart=PATH)


def _malformed() -> Rejected:
    return Rejected([problem("", "cursor_malformed")], status=400)  # fmt: skip


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
