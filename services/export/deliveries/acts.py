"""What an operator does to destinations and deliveries, the same way by HTTP and by command line: checked, done and
recorded in the province's audit log in one transaction. Raises Rejected before anything is changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from lienthong.access import edits
from lienthong.access.edits import UNSAID, Edited, Seen
from lienthong.access.sight import EVERYTHING, Sight
from lienthong.postgres.answers import certain
from lienthong.postgres.pool import Connection, Pool
from lienthong.pushes import signing
from lienthong.refusals import refused
from services.export import store
from services.export.deliveries import SQL, destinations, listing, messages, queue, reconciling
from services.export.deliveries.destinations import EDITABLE, Destination
from services.export.deliveries.listing import Delivery
from services.export.deliveries.queue import Revived
from services.export.deliveries.reconciling import Comparison
from services.export.deliveries.wire import Wire
from services.export.store import DESTINATIONS_LOCK

OVERLAP = timedelta(days=7)  # a new secret goes round by hand, between two offices
LONGEST_OVERLAP = timedelta(days=90)
CHANGES = ("destination.added", "destination.changed", "destination.rotated", "destination.removed")
RETRIED_AT_ONCE = 50  # ids named in the record of one act


@dataclass(frozen=True, kw_only=True, slots=True)
class ExportActor:
    """Who does it, as the audit log names it, from where, and what is within its sight.

    reaches: which reaches it may give to a destination; None: any.
    """

    name: str
    address: str | None = None
    sight: Sight = EVERYTHING
    reaches: Sequence[str] | None = None


def add(pool: Pool, destination: Destination, actor: ExportActor) -> int:
    """Add a destination; what is in force of its province is put on its way. Returns how many messages."""
    _may_change(actor)
    _require_own(actor, destination)
    wanted = destinations.check_destination(destination)
    with pool.transaction() as tx:
        if tx.execute(SQL.province_known, {"province": wanted.province}).fetchone() is None:
            raise refused("no_such_province", "/province", province=wanted.province)
        tx.execute(SQL.own_destinations, {"lock": DESTINATIONS_LOCK})
        if tx.execute(SQL.add_destination, _row(wanted)).fetchone() is None:
            raise refused("destination_exists", "/id", destination=wanted.id)
        count = sum(_send_in_force(tx, wanted, kind) for kind in wanted.kinds)
        details = {name: _plain(getattr(wanted, name)) for name in EDITABLE}
        _record(tx, actor, "destination.added", wanted, details | {"count": count})
    return count


def edit(
    pool: Pool, identifier: str, changes: Mapping[str, Any], actor: ExportActor, seen: Seen = UNSAID
) -> Destination:
    """Change what EDITABLE names. Of a new kind what is in force is sent; what waits of one that goes is not.

    Raises Rejected: 412 where another destination stands than was seen.
    """
    with pool.transaction() as tx:
        tx.execute(SQL.own_destinations, {"lock": DESTINATIONS_LOCK})
        before = _lock(tx, identifier, actor, seen)
        if "reach" in changes:
            _reach_allowed(actor, str(changes["reach"]))
        given = {name: value for name, value in changes.items() if name in EDITABLE}
        after = destinations.check_destination(destinations.with_values(before, **given))
        tx.execute(SQL.change_destination, _row(after))
        for kind in set(after.kinds) - set(before.kinds):
            _send_in_force(tx, after, kind)
        tx.execute(SQL.let_go, {"destination": identifier, "kinds": list(after.kinds), "reason": "not_wanted"})
        changed = {n: _plain(getattr(after, n)) for n in EDITABLE if getattr(after, n) != getattr(before, n)}
        _record(tx, actor, "destination.changed", after, changed)
    return after


def pause(pool: Pool, identifier: str, actor: ExportActor, *, reason: str = "") -> None:
    """Send nothing until it is resumed; what is due waits."""
    with pool.transaction() as tx:
        destination = _lock(tx, identifier, actor)
        tx.execute(SQL.pause, {"id": identifier, "reason": reason[:200] or None})
        _record(tx, actor, "destination.paused", destination, {})


def resume(pool: Pool, identifier: str, actor: ExportActor) -> None:
    """Send again, what waited first."""
    with pool.transaction() as tx:
        destination = _lock(tx, identifier, actor)
        tx.execute(SQL.resume, {"id": identifier})
        _record(tx, actor, "destination.resumed", destination, {})


def rotate(
    pool: Pool,
    identifier: str,
    actor: ExportActor,
    *,
    secret: str | None = None,
    overlap: timedelta = OVERLAP,
    seen: Seen = UNSAID,
) -> tuple[str, datetime]:
    """Sign with another secret from the next attempt on, and with the old one besides for the overlap.

    secret: None makes one. Returns the new secret and until when the old one signs.
    """
    given = secret or signing.new_secret()
    signing.check_secret(given)
    wanted = min(max(overlap, timedelta(0)), LONGEST_OVERLAP)
    with pool.transaction() as tx:
        destination = _lock(tx, identifier, actor, seen)
        parameters = {"id": identifier, "secret": given, "overlap": wanted}
        until = certain(tx, datetime, SQL.rotate, parameters)  # locked above
        _record(tx, actor, "destination.rotated", destination, {"formerUntil": until.isoformat()})
    return given, until


def remove(pool: Pool, identifier: str, actor: ExportActor, seen: Seen = UNSAID) -> int:
    """Send nothing any more; the record of what was sent stays. Returns how many deliveries no longer wait."""
    with pool.transaction() as tx:
        tx.execute(SQL.own_destinations, {"lock": DESTINATIONS_LOCK})
        destination = _lock(tx, identifier, actor, seen)
        tx.execute(SQL.remove, {"id": identifier})
        gone = tx.execute(SQL.let_go, {"destination": identifier, "kinds": [], "reason": "destination_removed"})
        _record(tx, actor, "destination.removed", destination, {"waiting": gone.rowcount})
    return gone.rowcount


def reconcile(pool: Pool, wire: Wire, identifier: str, actor: ExportActor, *, resend: bool) -> list[Comparison]:
    """Compare what a destination holds with what it should hold; with `resend`, put the difference on its way.

    Raises as reconciling.reconcile. What was sent again stands in the queue before it is recorded: a crash between the
    two leaves an act that was done and not told, never one that was told and not done.
    """
    _may_change(actor)
    destination = destinations.get_with_queue(pool, identifier, actor.sight).destination
    compared = reconciling.reconcile(pool, wire, identifier, resend=resend)
    with pool.transaction() as tx:
        details = {"resend": resend, "resent": sum(len(comparison.resent) for comparison in compared)}
        _record(tx, actor, "destination.reconciled", destination, details)
    return compared


def retry(pool: Pool, identifier: str, actor: ExportActor) -> Delivery:
    """Send a delivery again that was put aside, or now what waits for its next attempt. Raises Rejected (404, 409)."""
    delivery = listing.get_delivery(pool, identifier, actor.sight)
    details = {"destination": delivery.destination, "subject": delivery.subject, "version": delivery.version}
    with pool.transaction() as tx:
        if not _on_its_way(tx, [identifier], actor):
            raise refused("delivery_not_dead", state=delivery.state)
        _write(tx, actor, "delivery.retried", delivery.province, identifier, details)
    return delivery


def retry_subject(pool: Pool, name: str, actor: ExportActor, *, destination: str | None = None) -> list[str]:
    """The same with all deliveries of a subject, or of one of its versions; their ids. Raises Rejected (404, 409).

    For who is bound to no units: by whom a subject was issued is not asked here.
    """
    _may_change(actor)
    ids = queue.of_subject(pool, name, province=actor.sight.province, destination=destination)
    if not ids:
        raise refused("delivery_unknown")
    with pool.transaction() as tx:
        again = _on_its_way(tx, ids, actor)
        if not again:
            raise refused("delivery_not_dead", state="")
        for each in again:
            _write(tx, actor, "delivery.retried", each.province, each.id, {"subject": name})
    return [each.id for each in again]


def _on_its_way(tx: Connection, ids: Sequence[str], actor: ExportActor) -> list[Revived]:
    return queue.hasten(tx, ids) + queue.revive(tx, ids=ids, sight=actor.sight)


def retry_all(pool: Pool, actor: ExportActor, *, destination: str | None = None) -> list[str]:
    """Send again everything within sight that was put aside, at one destination or all; their ids.

    What a newer version has replaced at the receiver meanwhile stays where it is.
    """
    with pool.transaction() as tx:
        revived = queue.revive(tx, ids=None, sight=actor.sight, destination=destination)
        for province in sorted({delivery.province for delivery in revived}):
            ids = [delivery.id for delivery in revived if delivery.province == province]
            details = {"ids": ids[:RETRIED_AT_ONCE], "count": len(ids)}
            _write(tx, actor, "delivery.retried", province, destination or "all", details)
    return [delivery.id for delivery in revived]


def _may_change(actor: ExportActor) -> None:
    if actor.sight.issuers is not None:
        raise refused("destinations_are_the_provinces")


def _require_own(actor: ExportActor, destination: Destination) -> None:
    """Of its own province, under an id that can't be another's: who adds one learns nothing of others' ids."""
    province = actor.sight.province
    if province is not None:
        if destination.province != province:
            raise refused("province_not_allowed", "/province", province=destination.province)
        if not destination.id.startswith(f"{province}-"):
            raise refused("destination_id_not_own", "/id", province=province)
    _reach_allowed(actor, destination.reach)


def _reach_allowed(actor: ExportActor, reach: str) -> None:
    if actor.reaches is not None and reach not in actor.reaches:
        raise refused("reach_not_allowed", "/reach", allowed=", ".join(actor.reaches))


def _lock(tx: Connection, identifier: str, actor: ExportActor, seen: Seen = UNSAID) -> Destination:
    """The destination, locked until the transaction ends. Raises Rejected: 404 for what is not within sight, 412 where
    another stands than was seen.
    """
    tx.execute(SQL.hold_destination, {"id": identifier})
    destination = destinations.with_secrets(tx, identifier)
    if not actor.sight.covers(province=destination.province, issuer=None):
        raise destinations.destination_unknown(identifier)
    edited = Edited(
        subject=identifier,
        acts=CHANGES,
        province=destination.province,
        issuer=None,
        standing=destination.editable_values,
    )
    edits.require_unchanged(tx, seen, edited)
    return destination


def _send_in_force(tx: Connection, destination: Destination, kind: str) -> int:
    """Put what is in force on its way; tombstones too where there are any, so that both digests agree."""
    standing = messages.in_force(tx, destination.province, kind)
    for held in standing:
        store.put_on_its_way(tx, messages.message(tx, held), destination.id)
    return len(standing)


def _record(tx: Connection, actor: ExportActor, act: str, destination: Destination, details: Mapping[str, Any]) -> None:
    _write(tx, actor, act, destination.province, destination.id, details)


def _write(
    tx: Connection, actor: ExportActor, act: str, province: str, subject: str, details: Mapping[str, Any]
) -> None:
    """Last in a transaction: an entry locks its province's chain until the end."""
    row = {
        "province": province,
        "actor": actor.name,
        "act": act,
        "subject": subject,
        "details": orjson.dumps(details).decode(),
        "address": actor.address,
    }
    tx.execute(SQL.record_act, row)


def _row(destination: Destination) -> dict[str, Any]:
    names = ("id", "province", "secret", *EDITABLE)
    return {name: getattr(destination, name) for name in names} | {"kinds": list(destination.kinds)}


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
