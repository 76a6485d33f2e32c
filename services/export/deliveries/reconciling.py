"""Reconciliation on demand: compare what a destination holds with what it should hold, and send the difference.

Two digests are compared first; only when they differ are the lists. What is under way anyway is left alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from lienthong.errors import Rejected, Transient
from lienthong.postgres.answers import certain
from lienthong.postgres.pool import Connection, Pool
from lienthong.pushes.exchange import Unreachable
from lienthong.pushes.reconciliation import (
    WITHDRAWN,
    Difference,
    Held,
    compare,
    digest_of,
)
from lienthong.refusals import refused
from services.export.deliveries import SQL, destinations, messages
from services.export.deliveries.destinations import Destination
from services.export.deliveries.messages import MessageInForce
from services.export.deliveries.retry import TRY_AGAIN
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
        standing = messages.in_force(conn, destination.province, kind)
    ours = [
        Held(id=message.subject, version=message.version, digest=WITHDRAWN if message.withdraws else message.digest)
        for message in standing
    ]
    count, digest = digest_of(ours)
    body = _ask(pool, wire, destination, f"/v1/digest/{kind}")
    if (body.get("count"), body.get("digest")) == (count, digest):
        return Comparison(kind=kind, ours=count, theirs=count, difference=compare((), ()))
    theirs = list(_items(pool, wire, destination, kind))
    difference = compare(ours, theirs)
    wanted = [item.id for item in (*difference.missing, *difference.different)] if resend else []
    return Comparison(
        kind=kind,
        ours=count,
        theirs=len(theirs),
        difference=difference,
        resent=_resend(pool, destination, wanted, standing),
    )


def _items(pool: Pool, wire: Wire, destination: Destination, kind: str) -> Iterator[Held]:
    after, more = "", True
    while more:
        query = urlencode({"limit": _PAGE, "after": after}, quote_via=quote)
        page = _ask(pool, wire, destination, f"/v1/items/{kind}?{query}")
        try:
            items = [_held_item(item) for item in page["items"]]
            more = bool(page["more"]) and bool(items)
        except (KeyError, TypeError, ValueError) as error:
            raise _not_of_contract(destination, str(error)) from error
        if items and items[-1].id <= after:
            raise _not_of_contract(destination, "the list does not go on")
        yield from items
        after = items[-1].id if items else after


def _held_item(item: Mapping[str, Any]) -> Held:
    """Raises KeyError, TypeError or ValueError for what is no item of the contract."""
    identifier, version, digest = item["id"], item["version"], item["digest"]
    if not (isinstance(identifier, str) and isinstance(digest, str) and type(version) is int):
        raise TypeError("id and digest are texts, version is a whole number")
    identifier.encode()  # half a character has no bytes, and so no place in a digest
    return Held(id=identifier, version=version, digest=digest)


def _ask(pool: Pool, wire: Wire, destination: Destination, target: str) -> dict[str, Any]:
    with pool.connection() as conn:
        now = certain(conn, datetime, SQL.real_now)
    try:
        answer = wire.ask(destination, target, at=now)
    except Unreachable as error:
        if error.permanent:
            raise _refuses(destination, str(error)) from error
        raise Transient(f"{destination.id} can't be asked: {error}", code="destination_away") from error
    if answer.status in TRY_AGAIN or answer.status >= 500:
        raise Transient(f"{destination.id} answers {answer.status}", code="destination_away")
    if answer.status != 200:
        raise _refuses(destination, f"HTTP {answer.status}")
    return _object(destination, answer.body)


def _object(destination: Destination, body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _not_of_contract(destination, str(error)) from error
    if not isinstance(document, dict):
        raise _not_of_contract(destination, "no object")
    return document


def _resend(pool: Pool, destination: Destination, wanted: list[str], standing: list[MessageInForce]) -> tuple[str, ...]:
    chosen = set(wanted)
    with pool.transaction() as tx:
        return tuple(
            message.subject
            for message in standing
            if message.subject in chosen and _resend_one(tx, destination, message)
        )


def _resend_one(tx: Connection, destination: Destination, message: MessageInForce) -> bool:
    return tx.execute(SQL.resend, message.row | {"destination": destination.id}).rowcount > 0


def _refuses(destination: Destination, why: str) -> Rejected:
    return refused("destination_refuses", destination=destination.id, why=why)


def _not_of_contract(destination: Destination, why: str) -> Rejected:
    return refused("answer_not_of_contract", destination=destination.id, why=why)
