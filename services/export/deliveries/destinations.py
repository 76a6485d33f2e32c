"""Destinations are data: who is pushed to, of which province, what, at which address, how fast."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from lienthong.errors import Rejected
from lienthong.postgres.pool import Connection, Pool
from lienthong.pushes import signing
from lienthong.refusals import problem
from services.export import store
from services.export.deliveries import SQL
from services.export.deliveries.addresses import check_destination
from services.export.mapping import Message, Sender
from services.export.store import DESTINATIONS_LOCK, message_from_row

KINDS = ("release", "content")
_SENDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")  # as in schemas/platform/message.schema.json


@dataclass(frozen=True, kw_only=True, slots=True)
class Destination:
    """One receiver. url: where the contract's paths begin. sender: our name there. reach: see delivery.py.

    per_minute: most attempts a minute. in_flight: most attempts at once. timeout_seconds: for one answer.
    secret: shared, Standard Webhooks; never listed.
    """

    id: str
    name: str
    province: str
    url: str
    kinds: tuple[str, ...] = KINDS
    reach: str = "public"
    sender: str = ""
    per_minute: int = 600
    in_flight: int = 2
    timeout_seconds: float = 20.0
    active: bool = True
    secret: str = field(default="", repr=False)

    @property
    def signs_as(self) -> Sender:
        return Sender(id=self.sender, province=self.province)

    @property
    def lease(self) -> float:
        """Seconds after which a claim is taken to be lost: connecting, writing and reading may each take the
        timeout, and the outcome has to be written."""
        return 3 * self.timeout_seconds + 5


def add(pool: Pool, destination: Destination) -> int:
    """Add a destination; what is in force of its province is put on its way. Returns how many messages.

    Raises Rejected: an address that can't be safe, a malformed secret, an id that exists.
    """
    check_destination(destination.url, destination.reach)
    signing.check_secret(destination.secret)
    _check_kinds(destination)
    with pool.transaction() as tx:
        tx.execute(SQL.own_destinations, {"lock": DESTINATIONS_LOCK})
        if tx.execute(SQL.add_destination, _row(destination)).fetchone() is None:
            raise Rejected(
                [
                    problem(
                        "/id",
                        "destination_exists",
                        destination=destination.id,
                    )
                ],
                status=409,
            )
        return sum(_send_in_force(tx, destination, kind) for kind in destination.kinds)


def listed(pool: Pool, province: str | None = None) -> list[Destination]:
    """Destinations of a province (None: all), without their secrets."""
    with pool.connection() as conn:
        return [of_row(row) for row in conn.execute(SQL.destinations, {"province": province})]


def find(pool: Pool, identifier: str) -> Destination:
    """One destination with its secret. Raises Rejected (404)."""
    with pool.connection() as conn:
        row = conn.execute(SQL.destination_with_secret, {"id": identifier}).fetchone()
    if row is None:
        raise _unknown(identifier)
    return of_row(row)


def set_active(pool: Pool, identifier: str, *, active: bool) -> None:
    """Pause or resume; what is due waits meanwhile. Raises Rejected (404)."""
    with pool.connection() as conn:
        if conn.execute(SQL.set_active, {"id": identifier, "active": active}).rowcount == 0:
            raise _unknown(identifier)


def rotate(pool: Pool, identifier: str, secret: str) -> None:
    """Sign with another secret from the next attempt on. Raises Rejected."""
    signing.check_secret(secret)
    with pool.connection() as conn:
        if conn.execute(SQL.set_secret, {"id": identifier, "secret": secret}).rowcount == 0:
            raise _unknown(identifier)


def of_row(row: tuple[Any, ...]) -> Destination:
    """From the columns of the queries `destinations` (11) and `destination_with_secret` (12)."""
    return Destination(
        id=row[0], name=row[1], province=row[2], kinds=tuple(row[3]), url=row[4], reach=row[5], sender=row[6],
        per_minute=row[7], in_flight=row[8], timeout_seconds=row[9], active=row[10],
        secret=row[11] if len(row) > 11 else "",
    )  # fmt: skip


def _send_in_force(tx: Connection, destination: Destination, kind: str) -> int:
    """Put what is in force on its way; tombstones too where there are any, so that both digests agree."""
    rows = tx.execute(SQL.in_force, {"province": destination.province, "kind": kind}).fetchall()
    for subject, version, withdraws, _, _ in rows:
        key = {"kind": kind, "subject": subject, "version": version, "withdraws": withdraws}
        row = tx.execute(SQL.message, key).fetchone()
        assert row is not None  # listed in the same transaction
        message: Message = message_from_row(row)
        store.put_on_its_way(tx, message, destination.id)
    return len(rows)


def _check_kinds(destination: Destination) -> None:
    problems = []
    if not destination.kinds or not set(destination.kinds) <= set(KINDS):
        problems.append(
            problem(
                "/kinds",
                "kinds_unknown",
            )
        )
    if not _SENDER.fullmatch(destination.sender):
        problems.append(
            problem(
                "/sender",
                "sender_malformed",
            )
        )
    if not urlsplit(destination.url).hostname or len(destination.url) > 500:
        problems.append(problem("/url", "url_too_long"))
    if problems:
        raise Rejected(problems)


def _row(destination: Destination) -> dict[str, Any]:
    names = (
        "id",
        "name",
        "province",
        "url",
        "reach",
        "sender",
        "secret",
        "per_minute",
        "in_flight",
        "timeout_seconds",
    )
    return {name: getattr(destination, name) for name in names} | {"kinds": list(destination.kinds)}


def _unknown(identifier: str) -> Rejected:
    return Rejected(
        [
            problem(
                "",
                "destination_unknown",
                destination=identifier,
            )
        ],
        status=404,
    )
