"""Reconciliation on demand: compare what a destination holds with what it should hold, and send the difference.

Two digests are compared first; only when they differ are the lists. What is under way anyway is left alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from lienthong.errors import Rejected, Transient
from lienthong.postgres.pool import Connection, Pool
from lienthong.pushes.reconciliation import (
    WITHDRAWN,
    Difference,
    Held,
    compare,
    digest_of,
)
from lienthong.refusals import problem
from services.export.deliveries import SQL, destinations
from services.export.deliveries.destinations import Destination
from services.export.deliveries.wire import Wire

_PAGE = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """How one kind compares. ours, theirs: counts. resent: subjects put on their way again."""

    kind: str
    ours: int
    theirs: int
    difference: Difference
    resent: tuple[str, ...] = ()

    @property
    def equal(self) -> bool:
        return not self.difference


def reconcile(pool: Pool, wire: Wire, identifier: str, *, resend: bool = True) -> list[Comparison]:
    """Compare all kinds of a destination; with `resend`, what is missing or different is sent again.

    Raises Rejected (unknown destination, or it refuses to answer) and Transient (it can't be reached).
    """
    destination = destinations.find(pool, identifier)
    return [_kind(pool, wire, destination, kind, resend=resend) for kind in destination.kinds]


def _kind(pool: Pool, wire: Wire, destination: Destination, kind: str, *, resend: bool) -> Comparison:
    with pool.connection() as conn:
        rows = conn.execute(SQL.in_force, {"province": destination.province, "kind": kind}).fetchall()
    ours = [Held(id=row[0], version=row[1], digest=WITHDRAWN if row[2] else row[3]) for row in rows]
    count, digest = digest_of(ours)
    told = _ask(pool, wire, destination, f"/v1/digest/{kind}")
    if (told.get("count"), told.get("digest")) == (count, digest):
        return Comparison(kind=kind, ours=count, theirs=count, difference=compare((), ()))
    theirs = list(_items(pool, wire, destination, kind))
    difference = compare(ours, theirs)
    wanted = [item.id for item in (*difference.missing, *difference.different)] if resend else []
    return Comparison(kind=kind, ours=count, theirs=len(theirs), difference=difference,
                      resent=_resend(pool, destination, kind, wanted, rows))  # fmt: skip


def _items(pool: Pool, wire: Wire, destination: Destination, kind: str) -> Iterator[Held]:
    after, more = "", True
    while more:
        query = urlencode({"limit": _PAGE, "after": after}, quote_via=quote)
        page = _ask(pool, wire, destination, f"/v1/items/{kind}?{query}")
        try:
            items = [Held(id=i["id"], version=i["version"], digest=i["digest"]) for i in page["items"]]
            more = bool(page["more"]) and bool(items)
        except (KeyError, TypeError) as error:
            raise _not_of_contract(destination, str(error)) from error
        if items and items[-1].id <= after:
            raise _not_of_contract(destination, "the list does not go on")
        yield from items
        after = items[-1].id if items else after


def _ask(pool: Pool, wire: Wire, destination: Destination, target: str) -> dict[str, Any]:
    with pool.connection() as conn:
        row = conn.execute(SQL.real_now).fetchone()
    assert row is not None  # SELECT of a function
    try:
        status, body = wire.ask(destination, target, at=row[0])
    except PermissionError as error:
        raise _refuses(destination, str(error)) from error
    except (httpx.TransportError, OSError) as error:
        raise Transient(f"{destination.id} can't be asked: {error}", code="destination_away") from error
    if status in (408, 425, 429) or status >= 500:
        raise Transient(f"{destination.id} answers {status}", code="destination_away")
    if status != 200:
        raise _refuses(destination, f"HTTP {status}")
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _not_of_contract(destination, str(error)) from error
    if not isinstance(found, dict):
        raise _not_of_contract(destination, "no object")
    return found


def _resend(
    pool: Pool, destination: Destination, kind: str, wanted: list[str], rows: list[tuple[Any, ...]]
) -> tuple[str, ...]:
    chosen = set(wanted)
    with pool.transaction() as tx:
        return tuple(row[0] for row in rows if row[0] in chosen and _again(tx, destination, kind, row))


def _again(tx: Connection, destination: Destination, kind: str, row: tuple[Any, ...]) -> bool:
    key = {"destination": destination.id, "kind": kind, "subject": row[0], "version": row[1], "withdraws": row[2]}
    return tx.execute(SQL.resend, key).rowcount > 0


def _refuses(destination: Destination, why: str) -> Rejected:
    return Rejected([problem("", "destination_refuses", destination=destination.id, why=why)], status=409)  # fmt: skip


def _not_of_contract(destination: Destination, why: str) -> Rejected:
    return Rejected([problem("", "answer_not_of_contract", destination=destination.id, why=why)],
                    status=409)  # fmt: skip
