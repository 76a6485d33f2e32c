"""Whose an act is: an operator acts within its province, one bound to units on what these issued. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from lienthong.errors import Message, Rejected
from lienthong.refusals import refused
from lienthong.units import Change, Registry
from services.ingest.units.facts import provinces_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Actor:
    """Who does it. name: as the audit log keeps it (`client:…`, `cli:…`). province: None = the hub's own.

    units: the issuing units whose plans it may act on; empty = all of its province.
    """

    name: str
    province: str | None = None
    address: str | None = None
    units: frozenset[str] = frozenset()


def own_province(actor: Actor, province: str) -> None:
    """Raises Rejected (403) for the data of another province."""
    if actor.province not in (None, province):
        raise _refused(
            "other_province",
            what="",
        )


def own_plan(actor: Actor, province: str, issuer: str) -> None:
    """A province's operator acts on all of its province, a commune's on what the commune issued. Raises Rejected."""
    own_province(actor, province)
    if actor.units and issuer not in actor.units:
        raise _refused(
            "other_unit",
            issuer=issuer,
        )


def own_units(actor: Actor, changes: Iterable[Change], registry: Registry) -> None:
    """A province keeps its own part of the registry, nobody bound to units any. Raises Rejected (403)."""
    if actor.province is None:
        return
    if actor.units:
        raise _refused(
            "registry_is_the_provinces",
        )
    for change in changes:
        if not provinces_of(change, registry) <= {actor.province}:
            raise _refused(
                "other_province",
                what=Message(vi=f": {change.message.vi}", en=f": {change.message.en}"),
            )


def _refused(code: str, **params: Any) -> Rejected:
    return refused(code, **params)
