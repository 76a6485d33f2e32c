"""Destinations are data: who is pushed to, of which province, what, at which address, how fast. What is asked of them;
how they are changed is in `acts`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg.rows import class_row

from lienthong.access.sight import Sight
from lienthong.errors import Problem, Rejected
from lienthong.instants import wire_or_none
from lienthong.postgres.pool import Connection, Pool
from lienthong.pushes import addresses, signing
from lienthong.refusals import problem, refused
from services.export.deliveries import SQL
from services.export.mapping import Sender
from services.export.mappings import MAPPINGS, PLATFORM_ONLY

KINDS = ("release", "content")
LIMITS = {
    "per_minute": ("perMinute", 1, 60_000),
    "in_flight": ("inFlight", 1, 64),
    "timeout_seconds": ("timeoutSeconds", 0.1, 300),
}
"""By field: its name on the wire, the least and the most."""
EDITABLE = ("name", "url", "reach", "kinds", "sender", "mapping", "per_minute", "in_flight", "timeout_seconds", "takes")
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_SENDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")  # as in schemas/platform/message.schema.json
_MARGIN_SECONDS = 15.0  # for the outcome of an attempt to be written, also by a database that is busy


@dataclass(frozen=True, kw_only=True, slots=True)
class Destination:
    """One receiver. url: where the contract's paths begin. sender: our name there. reach: see lienthong/pushes.

    mapping: how messages are written for it. per_minute: most attempts a minute. in_flight: most attempts at once.
    timeout_seconds: for one whole attempt. secret: shared, Standard Webhooks; former_secret signs besides until
    former_until (real time). Neither is ever listed. paused_reason: why it is not active, where somebody said. takes:
    whether it is asked for what it has published (services/export/taken).
    """

    id: str
    name: str
    province: str
    url: str
    kinds: Sequence[str] = KINDS
    reach: str = "public"
    sender: str = ""
    mapping: str = "platform"
    per_minute: int = 600
    in_flight: int = 2
    timeout_seconds: float = 20.0
    takes: bool = False
    active: bool = True
    paused_reason: str | None = None
    paused_at: datetime | None = None
    secret: str = field(default="", repr=False)
    former_secret: str | None = field(default=None, repr=False)
    former_until: datetime | None = None

    @property
    def signs_as(self) -> Sender:
        return Sender(id=self.sender, province=self.province)

    @property
    def editable_values(self) -> dict[str, Any]:
        """What is edited of it; whether it is paused is no part of it, since the hub pauses too."""
        return {name: getattr(self, name) for name in EDITABLE} | {"rotated": wire_or_none(self.former_until)}

    @property
    def lease(self) -> float:
        """Seconds after which a claim is taken to be lost: a whole attempt, and the writing of its outcome."""
        return self.timeout_seconds + _MARGIN_SECONDS

    def signing_secrets(self, at: datetime) -> tuple[str, ...]:
        """What signs at a moment of real time, the newest first."""
        overlaps = self.former_secret and self.former_until and at < self.former_until
        return (self.secret, self.former_secret) if overlaps and self.former_secret else (self.secret,)


@dataclass(frozen=True, kw_only=True, slots=True)
class Taking:
    """How far a destination was read. after: of its numbers. outcome: of the last time, `ok` or why not.

    left_out: items that kept no schema. items: how many it shows now.
    """

    after: int
    asked_at: datetime | None
    outcome: str | None
    detail: str | None
    left_out: int
    items: int


@dataclass(frozen=True, kw_only=True, slots=True)
class DestinationQueue:
    """A destination with what waits for it: deliveries by state, and the age of the oldest undelivered in seconds; and
    how far it was read, None where nothing is taken from it yet.
    """

    destination: Destination
    pending: int
    dead: int
    delivered: int
    oldest_seconds: float
    taking: Taking | None


def list_destinations(pool: Pool, sight: Sight) -> list[Destination]:
    """Destinations within sight, without their secrets: a province's; of one bound to units none."""
    if sight.issuers is not None:
        return []
    with pool.connection() as conn:
        rows = conn.cursor(row_factory=class_row(Destination))
        return rows.execute(SQL.destinations, {"province": sight.province, "id": None}).fetchall()


def get_with_queue(pool: Pool, identifier: str, sight: Sight) -> DestinationQueue:
    """One destination within sight and what waits for it. Raises Rejected (404)."""
    with pool.connection() as conn:
        rows = conn.cursor(row_factory=class_row(Destination))
        destination = rows.execute(SQL.destinations, {"province": sight.province, "id": identifier}).fetchone()
        if destination is None or not sight.covers(province=destination.province, issuer=None):
            raise destination_unknown(identifier)
        counts = conn.execute(SQL.waiting, {"destination": identifier}).fetchone()
        taking = conn.cursor(row_factory=class_row(Taking)).execute(SQL.taking, {"destination": identifier}).fetchone()
    assert counts is not None  # an aggregate has a row
    pending, dead, delivered, oldest = counts
    return DestinationQueue(
        destination=destination, pending=pending, dead=dead, delivered=delivered, oldest_seconds=oldest, taking=taking
    )


def find(pool: Pool, identifier: str) -> Destination:
    """One destination with its secrets, for the sender. Raises Rejected (404)."""
    with pool.connection() as conn:
        return with_secrets(conn, identifier)


def with_secrets(conn: Connection, identifier: str) -> Destination:
    """The same in the caller's transaction."""
    rows = conn.cursor(row_factory=class_row(Destination))
    row = rows.execute(SQL.destination_with_secrets, {"id": identifier}).fetchone()
    if row is None:
        raise destination_unknown(identifier)
    return row


def check_destination(destination: Destination) -> Destination:
    """The destination as it is kept: with its address as it goes over the wire. Raises Rejected with all problems."""
    problems: list[Problem] = list(_problems(destination))
    try:
        address = addresses.read(destination.url, destination.reach)
    except Rejected as error:
        raise Rejected([*error.problems, *problems]) from error
    if problems:
        raise Rejected(problems)
    return with_values(destination, url=address.url)


def with_values(destination: Destination, **changed: object) -> Destination:
    """The same destination with other values."""
    given = {name: getattr(destination, name) for name in Destination.__dataclass_fields__}
    return Destination(**(given | changed))


def destination_unknown(identifier: str) -> Rejected:
    """What is said of a destination that does not exist, or is somebody else's."""
    return refused("destination_unknown", destination=identifier)


def _problems(destination: Destination) -> Iterator[Problem]:
    if not _ID.fullmatch(destination.id):
        yield problem("/id", "destination_id_malformed", province=destination.province)
    if not 1 <= len(destination.name) <= 200 or not destination.name.isprintable():
        yield problem("/name", "destination_name_long")
    if not _SENDER.fullmatch(destination.sender):
        yield problem("/sender", "sender_malformed")
    yield from _kind_problems(destination)
    for field_, (name, low, high) in LIMITS.items():
        if not low <= getattr(destination, field_) <= high:
            yield problem(f"/{name}", "destination_limits", name=name, low=low, high=high)
    yield from _secret_problems((destination.secret,))


def _kind_problems(destination: Destination) -> Iterator[Problem]:
    if not destination.kinds or not set(destination.kinds) <= set(KINDS):
        yield problem("/kinds", "kinds_unknown")
    if destination.mapping not in MAPPINGS:
        yield problem("/mapping", "mapping_unknown", mapping=destination.mapping, known=", ".join(MAPPINGS))
    elif destination.mapping not in PLATFORM_ONLY and tuple(destination.kinds) != ("release",):
        yield problem("/kinds", "mapping_kinds")
    if destination.takes and destination.mapping not in PLATFORM_ONLY:
        yield problem("/takes", "takes_platform_only", mapping=destination.mapping)


def _secret_problems(secrets: Iterable[str]) -> Iterator[Problem]:
    for secret in secrets:
        try:
            signing.check_secret(secret)
        except Rejected as error:
            yield from error.problems
