"""Approving a content item for publication."""

from __future__ import annotations

from lienthong import events
from lienthong.instants import wire
from lienthong.refusals import refused
from services.ingest.content.reading import SQL, lock_item
from services.ingest.office.act import Act
from services.ingest.office.facts import fact
from services.ingest.pairs.acts import single_allowed
from services.ingest.pairs.rules import of_two

SCOPE = "content:approve"


def approve(act: Act, *, unit: str, item: str, seen: int | None = None) -> int:
    """An approver of the publishing unit, who is not who submitted it, releases a content item for publication.

    seen: the revision that he looked at; None where he does not say. Returns the one released. Raises Rejected: 404 for
    an item that is not his to approve, 409 where it does not wait, or another revision waits than he saw.
    """
    province, unknown = act.province_of(unit), refused("item_unknown", item=item, unit=unit)
    act.require(SCOPE, province=province, issuer=unit, otherwise=unknown)
    waiting = lock_item(act.tx, unit, item)
    if waiting is None:
        raise unknown
    if waiting.state != "submitted":
        raise refused("item_not_waiting", state=waiting.state)
    if seen is not None and seen != waiting.revision:
        raise refused("item_revised", waiting=waiting.revision, seen=seen)
    of_two(waiting.submitted_by, act.actor.name, unit=unit, allowed=single_allowed(act.tx, unit))
    now = act.now()
    act.tx.execute(SQL.set_item_state, {"unit": unit, "item": item, "state": "approved", "at": now})
    data = {
        "unit": unit,
        "item": item,
        "revision": waiting.revision,
        "content": waiting.submitted_content,
        "approvedBy": act.actor.name,
        "approvedAt": wire(now),
    }
    name = f"{unit}/{item}/r{waiting.revision}"
    act.record("content.approved", name, province=province, issuer=unit)
    act.append(fact(events.CONTENT_APPROVED, name, f"{unit}/{item}", province, now, data))
    return waiting.revision
