"""Reading portals in turns: what is new is submitted in the client's name by the accepting transaction, in which what
became of it is kept too; so a reader that is killed submits nothing twice.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog
from psycopg.rows import class_row

from lienthong.access import registered
from lienthong.access.principals import Principal
from lienthong.errors import Rejected, Transient
from lienthong.eventlog.installation import hub_now
from lienthong.outage import Outage, keep_working
from lienthong.postgres.pool import Connection, Pool
from lienthong.pushes.exchange import Answer, Question, Resolve, TimeLimit, Unreachable, exchange, resolve
from services.ingest.claims.committer import Committer
from services.ingest.claims.work import NO_REPLY, Outcome, Work
from services.ingest.portals import SQL, entries, items, sources
from services.ingest.portals.entries import Entry, NotAFeed
from services.ingest.portals.items import WantedItem
from services.ingest.portals.sources import KnownItem, KnownPortal
from services.ingest.portals.wording import title_of

MOST_OF_A_FEED, MOST_OF_A_PAGE = 4 * 1024 * 1024, 256 * 1024
_SECONDS, _SECONDS_A_TURN = 20.0, 60.0  # for one exchange; for all that one portal is asked in a turn
_LONGEST_MARK = 500  # characters of an ETag
_PAGES_A_TURN = 20  # pages asked for their title, or whether they are still there
_AT_ONCE = 100  # claims of one transaction
_IDLE_SECONDS = 1.0
_GONE = (404, 410)
_AGENT = {"user-agent": "LienThong", "accept": "application/rss+xml, application/atom+xml, application/xml, */*;q=0.5"}

log = structlog.get_logger(__name__)


class Unread(Exception):
    """A turn that came to nothing. code: stable name of why."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(detail or code)
        self.code = code


@dataclass(frozen=True, kw_only=True, slots=True)
class TurnResult:
    """How a turn went. etag, modified: of the answer, to ask only for what is new."""

    outcome: str = "ok"
    detail: str = ""
    etag: str | None = None
    modified: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Web:
    """How portals are asked."""

    context: ssl.SSLContext
    resolve: Resolve = resolve

    def get(
        self, url: str, reach: str, *, most: int, seconds: float = _SECONDS, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Raises Unreachable; Rejected for an address that the hub may not ask."""
        address, rest = sources.target(url, reach)
        question = Question(method="GET", target=rest, headers=_AGENT | dict(headers or {}))
        return exchange(
            address, question, reach=reach, seconds=seconds, most=most, context=self.context, resolve=self.resolve
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Visit:
    """What one portal is asked in one turn. However it drips, the next portal has its turn in time."""

    web: Web
    reach: str
    limit: TimeLimit

    def ask(self, url: str, most: int, headers: Mapping[str, str] | None = None) -> Answer:
        """Raises Unread."""
        try:
            seconds = min(_SECONDS, self.limit.seconds_left())
            return self.web.get(url, self.reach, most=most, seconds=seconds, headers=headers)
        except Unreachable as error:
            raise Unread(error.code, str(error)) from error
        except Rejected as error:
            raise Unread(error.problems[0].code, str(error)) from error

    def feed(self, source: KnownPortal) -> Answer:
        """Its feed, or that it has not changed. Raises Unread."""
        marks = {"if-none-match": source.etag or "", "if-modified-since": source.modified or ""}
        answer = self.ask(source.url, MOST_OF_A_FEED, {name: mark for name, mark in marks.items() if _is_mark(mark)})
        if answer.status not in (200, 304):
            raise Unread(f"http_{answer.status}", answer.headers.get("location", ""))
        if len(answer.body) >= MOST_OF_A_FEED:
            raise Unread("feed_too_large", f"{MOST_OF_A_FEED} bytes")
        return answer

    def with_title(self, entry: Entry) -> Entry:
        """With the title of its page, where it answers."""
        try:
            answer = self.ask(entry.link, MOST_OF_A_PAGE)
        except Unread:
            return entry
        if answer.status != 200:
            return entry
        return replace(entry, title=title_of(answer.body, answer.headers.get("content-type", "")))

    def is_gone(self, link: str) -> bool:
        """Whether the portal says so; away for a while is not withdrawn."""
        try:
            return self.ask(link, 1024).status in _GONE
        except Unread:
            return False


def _is_mark(given: str) -> bool:
    """Whether what a portal called its answer can be said back to it: a header that can't stops each further turn."""
    return 0 < len(given) <= _LONGEST_MARK and given.isascii() and given.isprintable()


class Reader:
    """Reads portals. Several processes may: each turn is claimed."""

    def __init__(self, pool: Pool, committer: Committer, web: Web) -> None:
        """committer: not started; it accepts in this thread."""
        self._pool, self._committer, self._web = pool, committer, web
        self._failing: dict[str, str] = {}

    def run(self, stop: threading.Event) -> None:
        """Read until `stop` is set; while PostgreSQL is away it goes on trying."""
        keep_working(self.step, stop, Outage("portals_wait", "portals_go_on"), idle=_IDLE_SECONDS)

    def step(self) -> bool:
        """One turn of one portal; False when none is due. Raises Transient: the turn is tried again in its time."""
        with self._pool.transaction() as tx:
            source = tx.cursor(row_factory=class_row(KnownPortal)).execute(SQL.claim_portal).fetchone()
        if source is None:
            return False
        try:
            turn = self._turn(source)
        except Unread as error:
            turn = TurnResult(outcome=error.code, detail=str(error))
        except Transient:
            raise
        except Exception as error:  # noqa: BLE001 (whatever is wrong with this portal must not stop the others)
            log.error("portal_unforeseen", portal=source.portal, error=type(error).__name__)
            turn = TurnResult(outcome="portal_unforeseen")
        self._tell(source, turn)
        return True

    def _turn(self, source: KnownPortal) -> TurnResult:
        client = self._client(source)
        own = replace(source, origin=min(client.sources))
        visit = Visit(web=self._web, reach=own.reach, limit=TimeLimit(_SECONDS_A_TURN))
        answer = visit.feed(own)
        if answer.status == 304:
            self._submit(own, client, self._to_withdraw(own, visit))
            return TurnResult()
        read = _entries(answer)
        fresh = self._to_submit(own, read.entries, visit)
        self._submit(own, client, fresh)
        self._submit(own, client, self._to_withdraw(own, visit))
        left = f"left out: {read.left_out}" if read.left_out else ""
        return TurnResult(detail=left, etag=answer.headers.get("etag"), modified=answer.headers.get("last-modified"))

    def _client(self, source: KnownPortal) -> Principal:
        with self._pool.connection() as conn:
            client = registered.find(conn, source.client)
        if client is None or not client.active:
            raise Unread("client_revoked", source.client)
        if not client.principal.sources:
            raise Unread("client_without_source", source.client)
        return client.principal

    def _to_submit(self, source: KnownPortal, read: Iterable[Entry], visit: Visit) -> list[WantedItem]:
        """What is to be submitted of the entries; marks which items the feed has now."""
        by_item = {items.item_of(source, entry): entry for entry in read if items.programmes_served(source, entry)}
        with self._pool.transaction() as tx:
            tx.execute(SQL.mark_listed, {"portal": source.portal, "items": list(by_item)})
            submitted, ours, now = (
                _known_items(tx, source, by_item),
                _shown_elsewhere(tx, by_item.values()),
                hub_now(tx),
            )
        wanted_items, pages = [], _PAGES_A_TURN
        for item, entry in by_item.items():
            if not entry.names.isdisjoint(ours):
                continue
            before, named = submitted.get(item), entry
            if not named.title:
                if before is not None or pages == 0:
                    continue  # a plain sitemap says nothing else that could change
                pages, named = pages - 1, visit.with_title(entry)
            if named.title and (wanted := items.submission(source, named, before, now=now)) is not None:
                wanted_items.append(wanted)
        return wanted_items

    def _to_withdraw(self, source: KnownPortal, visit: Visit) -> list[WantedItem]:
        """Withdrawals of items that left the feed and whose page is no more; one that merely grew old stays."""
        with self._pool.transaction() as tx:
            parameters = {"portal": source.portal, "limit": _PAGES_A_TURN}
            old = tx.cursor(row_factory=class_row(KnownItem)).execute(SQL.items_to_check, parameters).fetchall()
        return [items.withdrawal(source, item) for item in old if visit.is_gone(item.link)]

    def _submit(self, source: KnownPortal, client: Principal, wanted: Sequence[WantedItem]) -> None:
        for start in range(0, len(wanted), _AT_ONCE):
            part = wanted[start : start + _AT_ONCE]
            work = Work(
                principal=client,
                claims=tuple(wanted_item.claim for wanted_item in part),
                read_at=0.0,
                reply=NO_REPLY,
                dry_run=False,
            )
            self._committer.commit([work], _KeepItems(source=source, wanted=part))

    def _tell(self, source: KnownPortal, turn: TurnResult) -> None:
        """Kept for the operator each time; logged when it is news."""
        outcome = {
            "portal": source.portal,
            "outcome": turn.outcome,
            "detail": turn.detail[:300] or None,
            "etag": turn.etag,
            "modified": turn.modified,
        }
        with self._pool.transaction() as tx:
            tx.execute(SQL.portal_read, outcome)
        if turn.outcome != self._failing.get(source.portal, "ok"):
            level = log.info if turn.outcome == "ok" else log.warning
            level("portal_read", portal=source.portal, outcome=turn.outcome)
        self._failing[source.portal] = turn.outcome


@dataclass(frozen=True, kw_only=True, slots=True)
class _KeepItems:
    """What became of the items, in the accepting transaction."""

    source: KnownPortal
    wanted: Sequence[WantedItem]

    def before(self, tx: Connection, /) -> None:
        """Nothing: an item is one portal's, and a portal one reader's at a time."""

    def after(self, tx: Connection, results: Sequence[Sequence[Outcome]], /) -> None:
        [outcomes] = results
        with tx.cursor() as cursor:
            cursor.executemany(
                SQL.put_portal_item,
                [self._row(wanted_item, outcome) for wanted_item, outcome in zip(self.wanted, outcomes, strict=True)],
            )

    def _row(self, wanted_item: WantedItem, outcome: Outcome) -> dict[str, Any]:
        refused = outcome.verdict == "refused"
        return {
            "portal": self.source.portal,
            "item": wanted_item.item,
            "link": wanted_item.link,
            "title": wanted_item.title[:500],
            "digest": wanted_item.digest,
            "revision": wanted_item.revision,
            "state": "refused" if refused else wanted_item.state,
            "problems": list(dict.fromkeys(problem.code for problem in outcome.problems)),
        }


def _entries(answer: Answer) -> entries.ReadFeed:
    try:
        return entries.read_feed(answer.body)
    except NotAFeed as error:
        raise Unread(error.code, str(error)) from error


def _known_items(tx: Connection, source: KnownPortal, wanted: Iterable[str]) -> Mapping[str, KnownItem]:
    parameters = {"portal": source.portal, "items": list(wanted)}
    return {row.item: row for row in tx.cursor(row_factory=class_row(KnownItem)).execute(SQL.known_items, parameters)}


def _shown_elsewhere(tx: Connection, read: Iterable[Entry]) -> frozenset[str]:
    names = sorted({name for entry in read for name in entry.names})
    return frozenset(name for (name,) in tx.execute(SQL.shown_elsewhere, {"names": names}))
