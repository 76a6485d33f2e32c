"""The feed: what is asked of it, its entries and pages. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lienthong.cursors import Cursors, header
from lienthong.instants import wire
from lienthong.samples import SAMPLE_NOTICE

PATH = "/v1/feed/releases"


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What a reader of the feed asks for, within what it may see.

    province, programme: None for all. recipients, issuers: releases whose scope names one of the former (`VN`,
    `platform`, a unit), or that one of the latter issued; both None for a province, which sees its own whoever they
    are for.
    """

    province: str | None = None
    programme: str | None = None
    recipients: frozenset[str] | None = frozenset({"VN"})
    issuers: frozenset[str] | None = None

    @property
    def mark(self) -> str:
        """The same for the same question, for its cursors."""
        units = "" if self.issuers is None else f"/{'+'.join(sorted(self.issuers))}"
        named = "*" if self.recipients is None else "+".join(sorted(self.recipients))
        return f"{self.province or '*'}/{self.programme or '*'}/{named}{units}"

    @property
    def row(self) -> dict[str, Any]:
        """As the queries take it."""
        return {
            "province": self.province,
            "programme": self.programme,
            "recipients": None if self.recipients is None else sorted(self.recipients),
            "issuers": None if self.issuers is None else sorted(self.issuers),
        }

    def covers(self, *, province: str, issuer: str, recipients: Iterable[str]) -> bool:
        """Whether a release is the reader's to see. (The programme is a filter, not a right.)"""
        if self.province not in (None, province):
            return False
        if self.recipients is None and self.issuers is None:
            return True
        return issuer in (self.issuers or ()) or not (self.recipients or frozenset()).isdisjoint(recipients)


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedEntry:
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
            "entry": self.entry,
            "release": self.release,
            "round": self.round,
            "version": self.version,
            "programme": self.programme,
            "plan": self.plan,
            "period": self.period,
            "province": self.province,
            "issuer": self.issuer,
            "sample": self.sample,
        }
        if self.sample:
            same["notice"] = SAMPLE_NOTICE
        if self.entry == "withdrawn":
            return same | {
                "withdrawnAt": wire(self.withdrawn_at or self.recorded_at),
                "reason": self.withdrawal_reason or "",
            }
        return same | {
            "supersedes": self.supersedes,
            "digest": self.digest,
            "signedAt": wire(self.signed_at),
            "madeAt": wire(self.made_at),
            "withdrawn": self.withdrawn_at is not None,
            "dataset": None if self.withdrawn_at else f"{PATH}/{self.release}/dataset",
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedPage:
    """Some consecutive entries; more: others follow now. links: `self`, and `next` or `delta`."""

    entries: tuple[FeedEntry, ...]
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
        return header(self.links)


def page(
    feed_entries: Sequence[FeedEntry],
    *,
    limit: int,
    after: int,
    question: Question,
    cursors: Cursors,
    parameters: dict[str, str],
) -> FeedPage:
    """A page of up to `limit` entries of `feed_entries` (which holds one more where there are more).

    parameters: the query parameters to repeat in the links, without the cursor.
    """
    entries, more = tuple(feed_entries[:limit]), len(feed_entries) > limit
    position = entries[-1].position if entries else after
    own = cursors.link(parameters, after or None, question.mark)
    onward = cursors.link(parameters, position, question.mark)
    return FeedPage(entries=entries, more=more, links={"self": own, ("next" if more else "delta"): onward})
