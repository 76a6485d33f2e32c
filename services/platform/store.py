"""The platform's store: one SQLite file, one writer at a time, durable before an answer is given."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lienthong.instants import wire
from lienthong.postgres.sql import Queries
from lienthong.pushes.reconciliation import WITHDRAWN, Held
from lienthong.refusals import refused
from services.platform.publishing import PLATFORM, Shown
from services.platform.receiving import KnownSender, StoredMessage, judge

_SQL = Queries(Path(__file__).with_name("queries.sql"))
_ALL = 1_000_000  # SQLite wants a limit; more subjects than this is no small store


class Store:
    """Messages and senders. Methods may be called from any thread."""

    def __init__(self, path: Path) -> None:
        """path: the file; its folder is made, readable for the owner alone (secrets are in it)."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = threading.Lock()
        self._conn = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        path.chmod(0o600)
        self._conn.row_factory = sqlite3.Row
        self._conn.execute("PRAGMA journal_mode = WAL")
        self._conn.execute("PRAGMA synchronous = FULL")  # 2xx promises that it is on disk
        self._conn.executescript(Path(__file__).with_name("schema.sql").read_text(encoding="utf-8"))

    def close(self) -> None:
        with self._lock:
            self._conn.close()

    def receive(self, message: StoredMessage) -> str:
        """Judge and store one message in one transaction; the status of the answer. Raises Rejected (409)."""
        key = {
            "webhook_id": message.webhook_id,
            "sender": message.sender,
            "type": message.type,
            "kind": message.kind,
            "id": message.id,
            "version": message.version,
        }
        with self._transaction():
            status = judge(
                message,
                seen=self._message(_SQL.seen, key),
                current=self._message(_SQL.current, key),
                same_version=self._message(_SQL.same_version, key),
            )
            if status != "repeated":
                row = key | {
                    "digest": message.digest,
                    "title": message.title,
                    "sample": message.sample,
                    "body": message.body,
                    "received_at": wire(datetime.now(UTC).replace(microsecond=0)),
                }
                self._conn.execute(_SQL.keep, row)
        return status

    def items_in_force(self, sender: str, kind: str, *, after: str = "", limit: int = _ALL) -> list[Held]:
        """What is in force, in order of id (SQLite compares text by its UTF-8 bytes)."""
        rows = self._rows(_SQL.held, {"sender": sender, "kind": kind, "after": after, "limit": limit})
        return [
            Held(
                id=row["id"],
                version=row["version"],
                digest=WITHDRAWN if row["type"].endswith(".withdrawn") else row["digest"],
            )
            for row in rows
        ]

    def item(self, sender: str, kind: str, identifier: str, version: int | None) -> StoredMessage | None:
        """The message in force for a subject, or that of an earlier version."""
        query = _SQL.current if version is None else _SQL.of_version
        with self._lock:
            return self._message(query, {"sender": sender, "kind": kind, "id": identifier, "version": version})

    def sender(self, identifier: str) -> KnownSender | None:
        """A sender that may send, or None for an unknown one."""
        rows = self._rows(_SQL.sender, {"id": identifier})
        return KnownSender(**rows[0]) if rows else None

    def put_sender(self, identifier: str, *, secret: str, province: str) -> None:
        """Add a sender or change its secret. Raises Rejected for the name that marks the platform's own items."""
        if identifier == PLATFORM:
            raise refused("sender_malformed", "/id")
        with self._transaction():
            self._conn.execute(_SQL.put_sender, {"id": identifier, "secret": secret, "province": province})

    def published_items(self, *, after: int, limit: int) -> tuple[list[Shown], int]:
        """What is shown of all senders after a number, in the order of change; and the number of the last change."""
        with self._lock:
            head = self._conn.execute(_SQL.published_head).fetchone()
            rows = self._conn.execute(_SQL.published, {"after": after, "limit": limit}).fetchall()
        return [Shown(**row) for row in rows], head["head"]

    def next_version(self, identifier: str) -> int:
        """Under which the platform's own item is published next."""
        rows = self._rows(_SQL.latest_of, {"sender": PLATFORM, "kind": "content", "id": identifier})
        return int(rows[0]["version"]) + 1

    def last_messages(self, limit: int = 200) -> list[dict[str, Any]]:
        """The last messages without their bodies (one may have a megabyte), newest first, for the page."""
        return [dict(row) for row in self._rows(_SQL.arrived, {"limit": limit})]

    def message(self, number: int) -> dict[str, Any] | None:
        """One message by its number, for the page."""
        rows = self._rows(_SQL.message, {"number": number})
        return dict(rows[0]) if rows else None

    def counts(self) -> dict[str, int]:
        """Messages by type."""
        return {row["type"]: row["count"] for row in self._rows(_SQL.counts, {})}

    def _rows(self, query: str, values: dict[str, Any]) -> list[sqlite3.Row]:
        with self._lock:
            return self._conn.execute(query, values).fetchall()

    def _message(self, query: str, values: dict[str, Any]) -> StoredMessage | None:
        row = self._conn.execute(query, values).fetchone()
        if row is None:
            return None
        return StoredMessage(**{**row, "sample": bool(row["sample"])})

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock:
            self._conn.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._conn.execute("ROLLBACK")
                raise
            self._conn.execute("COMMIT")
