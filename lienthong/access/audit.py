"""The audit log: every act of a person or client, append-only, one hash chain for each province.

The database numbers and links the entries (migration 0010.identity); here they are written, read, and the
chain is recomputed independently. The log records acts, not contents: who did what to which thing, from
where. No secret and no report text goes in.

An entry locks its province's chain until the transaction ends, so `record` comes last in a transaction.
What an accepted report needs to say about its sender stands in the event log already; it needs no entry.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lienthong.access.principals import Principal
from lienthong.postgres.answers import certain, value
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.refusals import refused

MAX_DETAILS = 8_000  # characters of JSON; the table refuses 8,192
ISSUER = "issuer"  # of details: the unit whose thing an act was done to
PAGE = 1_000  # entries read at a time while a chain is recomputed

_SECRET_WORDS = ("secret", "password", "token", "assertion", "authorization", "private")
_SQL = Queries(Path(__file__).with_name("audit.sql"))


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordedAct:
    """One act as it stands in the log. seq: 1, 2, … within its province. at: hub time, UTC."""

    province: str
    seq: int
    at: datetime
    actor: str
    act: str
    subject: str
    details: Mapping[str, Any]
    address: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Act:
    """One act to record.

    actor: a Principal, or `person:<id>`, `cli:<system user>`. act: `noun.verb`. subject: code or id of what
    it was done to. address: where the request came from. province: whose log; a Principal's own when None.
    """

    actor: Principal | str
    act: str
    subject: str
    details: Mapping[str, Any] = field(default_factory=dict)
    address: str | None = None
    province: str | None = None


def record(
    tx: Connection,
    actor: Principal | str,
    act: str,
    subject: str,
    details: Mapping[str, Any] | None = None,
    *,
    address: str | None = None,
    province: str | None = None,
) -> None:
    """Append one act, in the caller's transaction; arguments as in Act.

    Raises ValueError for details that look like a secret or are too long, and when no province is known.
    """
    record_many(
        tx, [Act(actor=actor, act=act, subject=subject, details=details or {}, address=address, province=province)]
    )


def record_many(tx: Connection, acts: Iterable[Act]) -> None:
    """Append several acts at once. Provinces are taken in their order: each locks its chain."""
    rows = sorted((_row(act) for act in acts), key=lambda row: row["province"])
    with tx.cursor() as cursor:
        cursor.executemany(_SQL.record, rows)


def read(
    conn: Connection,
    province: str,
    *,
    actor: str | None = None,
    act: str | None = None,
    subject: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before: int | None = None,
    limit: int = 100,
    own: str | None = None,
    units: Sequence[str] | None = None,
) -> list[RecordedAct]:
    """A province's acts, newest first. units: only those done to what these units issued, and those of the actor `own`.

    act: one act, or a noun (`client` finds `client.added`). since inclusive, until exclusive. before:
    continue below this seq. limit: at most 1,000.
    """
    rows = conn.execute(
        _SQL.read,
        {
            "province": province,
            "actor": actor,
            "act": act,
            "subject": subject,
            "since": since,
            "until": until,
            "before": before,
            "limit": min(limit, PAGE),
            "own": own,
            "units": None if units is None else list(units),
        },
    ).fetchall()
    return [_entry(row) for row in rows]


def of_nouns(tx: Connection, province: str, nouns: Sequence[str]) -> Iterator[RecordedAct]:
    """A province's acts on clients, people, … (by noun), the oldest first. tx: in a transaction."""
    with tx.cursor(f"acts_{province}_{'_'.join(nouns)}") as cursor:
        yield from map(_entry, cursor.execute(_SQL.of_nouns, {"province": province, "nouns": list(nouns)}))


def first_broken(conn: Connection, province: str) -> int | None:
    """Recompute a province's chain; the first seq that does not fit (also where its head is gone), or None when all do.

    A chain cut at its end is found by the head, which the service may not write. Whoever owns the database
    can rewrite both; only a head kept elsewhere (`head`) shows that.
    """
    with conn.transaction():
        conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")  # the log may be growing
        return walk(conn, province, lambda act, subject: None)


def walk(tx: Connection, province: str, seen: Callable[[str, str], object]) -> int | None:
    """The same in the caller's transaction, which sees one moment. seen: called with (act, subject) of each entry."""
    seq, link = 0, certain(tx, bytes, _SQL.first_link, {"province": province})
    for *entry, stored in _chain(tx, province):
        _, number, _, _, act, subject, _, _ = entry
        seq, link = seq + 1, link_of(link, entry)
        if (number, stored) != (seq, link):
            return seq
        seen(act, subject)
    return None if _head_of(tx, province) == (seq, link) else seq + 1


def head(conn: Connection, province: str) -> tuple[int, str]:
    """Number and link (hex) of the last entry: to be kept elsewhere as proof of the log up to here."""
    seq, link = _head(conn, province)
    return seq, link.hex()


def link_of(before: bytes, entry: Sequence[Any]) -> bytes:
    """The link of an entry (province, seq, at, actor, act, subject, details text, address)."""
    province, seq, at, actor, act, subject, details, address = entry
    moment = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    text = json.dumps([province, seq, moment, actor, act, subject, details, address], ensure_ascii=False)
    return hashlib.sha256(before + text.encode()).digest()


def _row(act: Act) -> dict[str, Any]:
    principal = act.actor if isinstance(act.actor, Principal) else None
    owner = act.province or (principal.province if principal else None)
    if owner is None:
        raise ValueError("an act of somebody without a province needs the province it concerns")
    _refuse_secrets(act.details)
    text = json.dumps(act.details, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    if len(text) > MAX_DETAILS:
        raise ValueError(f"details of {act.act} are longer than {MAX_DETAILS} characters")
    return {
        "province": owner,
        "actor": principal.actor if principal else act.actor,
        "act": act.act,
        "subject": act.subject,
        "details": text,
        "address": act.address or None,
    }


def _refuse_secrets(value: object) -> None:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if any(word in str(key).lower() for word in _SECRET_WORDS):
                raise ValueError(f"the audit log holds no secrets; leave out {key!r}")
            _refuse_secrets(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _refuse_secrets(inner)


def _entry(row: tuple[Any, ...]) -> RecordedAct:
    province, seq, at, actor, act, subject, details, address = row
    return RecordedAct(
        province=province,
        seq=seq,
        at=at,
        actor=actor,
        act=act,
        subject=subject,
        details=json.loads(details),
        address=address,
    )


def _chain(conn: Connection, province: str) -> Iterator[tuple[Any, ...]]:
    after = 0
    while rows := conn.execute(_SQL.chain, {"province": province, "after": after, "limit": PAGE}).fetchall():
        yield from rows
        _, after, *_ = rows[-1]


def _head(conn: Connection, province: str) -> tuple[int, bytes]:
    standing = _head_of(conn, province)
    if standing is None:
        raise refused("province_unknown", province=province)
    return standing


def _head_of(conn: Connection, province: str) -> tuple[int, bytes] | None:
    """Where a chain says that it stands; None where somebody took its head away. A migration gave each its own."""
    row = conn.execute(_SQL.head, {"province": province}).fetchone()
    if row is None:
        return None
    seq, link = row
    return seq, link


def ends(conn: Connection) -> dict[str, tuple[int, str]]:
    """By province the last entry and its link in hex."""
    return {province: (seq, link.hex()) for province, seq, link in conn.execute(_SQL.heads)}


def link_at(conn: Connection, province: str, seq: int) -> str | None:
    """The link of an entry in hex; None where there is none."""
    link = value(conn, bytes, _SQL.link_at, {"province": province, "seq": seq})
    return None if link is None else link.hex()
