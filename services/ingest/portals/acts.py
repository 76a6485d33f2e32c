"""What an operator does to portals that are read."""

from __future__ import annotations

import orjson

from lienthong.access import edits, registered
from lienthong.access.edits import UNSAID, Edited, Seen
from lienthong.access.principals import Principal
from lienthong.calendar import day_of
from lienthong.refusals import refused
from services.ingest.office.act import Act
from services.ingest.portals import SQL, sources
from services.ingest.portals.sources import KnownPortal

SCOPE = "operate:clients"
CHANGES = ("portal.added", "portal.paused", "portal.resumed", "portal.removed")
TOLD = ("url", "reach", "client", "unit")


def add(act: Act, source: KnownPortal) -> KnownPortal:
    """Read a portal from now on. Raises Rejected with every problem: client and unit have to be of the actor's own
    province, and the client has to be one that may submit for the unit. Over HTTP only what is public can be read: an
    operator of the console is not to look around in the hub's own network.
    """
    unit = act.definitions.registry.get(source.unit, day_of(act.now()))
    unknown = refused("unit_unknown", "/unit", unit=source.unit)
    if unit is None:
        raise unknown
    province = act.province_of(source.unit)
    act.require(SCOPE, province=province, issuer=source.unit, otherwise=unknown)
    client = registered.find(act.tx, source.client)
    if client is None or client.province != province or not _has_say(act, client.principal):
        raise refused("client_unknown", "/client", client=source.client)
    if act.actor.principal is not None and source.reach != "public":
        raise refused("portal_reach_not_allowed", "/reach")
    wanted = sources.check_portal(source, act.definitions)
    who = client.principal
    if not client.active or "content:submit" not in who.scopes or not who.may_act_for(source.unit, province=province):
        raise refused("portal_client_may_not", "/client", client=source.client, unit=source.unit)
    row = {name: getattr(wanted, name) for name in _KEPT} | {
        "province": province,
        "programmes": list(wanted.programmes),
        "categories": _json(wanted),
    }
    if act.tx.execute(SQL.put_portal, row).fetchone() is None:
        raise refused("portal_exists", "/portal", portal=source.portal)
    details = {name: getattr(wanted, name) for name in TOLD}
    act.record("portal.added", source.portal, province=province, issuer=source.unit, details=details)
    return wanted


def _has_say(act: Act, client: Principal) -> bool:
    """Whether the client is the actor's to have it act: what is read is submitted in its name."""
    who = act.actor.principal
    return who is None or who.has_say_over(SCOPE, client.units, province=client.province)


def set_active(act: Act, portal: str, *, active: bool, seen: Seen = UNSAID) -> None:
    """Read it, or do not read it for a while. What was refused is tried again with it. Raises Rejected (404, 412)."""
    source = _own_portal(act, portal, seen)
    if active:
        act.tx.execute(SQL.try_refused_again, {"portal": portal})
    act.tx.execute(SQL.set_portal_active, {"portal": portal, "active": active})
    _record(act, "portal.resumed" if active else "portal.paused", source)


def remove(act: Act, portal: str, seen: Seen = UNSAID) -> None:
    """Read it no more. What it submitted stays. Raises Rejected (404, 412)."""
    source = _own_portal(act, portal, seen)
    act.tx.execute(SQL.remove_portal, {"portal": portal})
    _record(act, "portal.removed", source)


_KEPT = ("portal", "client", "unit", "url", "reach", "kind", "language", "licence", "every_seconds")


def _own_portal(act: Act, portal: str, seen: Seen) -> KnownPortal:
    act.tx.execute(SQL.hold_portal, {"portal": portal})
    source = sources.get_portal(act.tx, portal, act.actor.sight_by(SCOPE))
    act.grant(SCOPE)
    edited = Edited(
        subject=portal, acts=CHANGES, province=source.province, issuer=source.unit, standing=source.editable_values
    )
    edits.require_unchanged(act.tx, seen, edited)
    return source


def _record(act: Act, what: str, source: KnownPortal) -> None:
    act.record(what, source.portal, province=source.province, issuer=source.unit)


def _json(source: KnownPortal) -> str:
    """Categories are compared without regard to case."""
    return orjson.dumps({name.casefold(): category for name, category in source.categories.items()}).decode()
