"""Boundaries of a province's communes, for drawing: imported as a whole by who keeps the province's registry."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from lienthong.access import edits
from lienthong.access.edits import UNSAID, Edited, Seen
from lienthong.calendar import day_of
from lienthong.postgres.answers import value
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.refusals import refused
from lienthong.units import boundaries
from services.ingest.office.act import Act

SQL = Queries(Path(__file__).with_name("queries.sql"))
MOST_POINTS = boundaries.MOST
SCOPE = "operate:units"
BROUGHT_IN = "units.boundaries_imported"


@dataclass(frozen=True, kw_only=True, slots=True)
class Imported:
    """What came in. missing: communes of the province that the file does not have; they are listed but not drawn."""

    province: str
    units: int
    missing: tuple[str, ...]


def bring_in(
    act: Act, province: str, document: Mapping[str, Any], *, key: str = "code", seen: Seen = UNSAID
) -> Imported:
    """Replace the province's boundaries by those of a GeoJSON document. Raises Rejected with every fault.

    No event: nothing is computed or decided from a border.
    """
    act.require(SCOPE, province=province, issuer=province, otherwise=refused("unit_unknown", unit=province))
    registry, today = act.definitions.registry, day_of(act.now())
    if not registry.exists(province, on=today):
        raise refused("unit_unknown", unit=province)
    edits.require_unchanged(act.tx, seen, _edited_boundaries(act, province))
    communes = {unit.code for unit in registry.communes_of(province, on=today)}
    borders = boundaries.read(document, among=communes, key=key)
    body = orjson.dumps(borders, option=orjson.OPT_SORT_KEYS)
    missing = tuple(sorted(communes - borders.keys()))
    details = {"units": len(borders), "missing": len(missing)}
    act.record(BROUGHT_IN, province, province=province, issuer=province, details=details)
    act.tx.execute(
        SQL.put_boundaries,
        {
            "province": province,
            "digest": hashlib.sha256(body).hexdigest(),
            "body": body.decode(),
            "at": act.now(),
            "by": act.actor.name,
        },
    )
    return Imported(province=province, units=len(borders), missing=missing)


def _edited_boundaries(act: Act, province: str) -> Edited:
    """The boundaries as they stand, held until the act ends."""
    act.tx.execute(SQL.hold_boundaries, {"province": province})
    standing = {"digest": digest_of(act.tx, province)}
    return Edited(subject=province, acts=(BROUGHT_IN,), province=province, issuer=province, standing=standing)


def digest_of(conn: Connection, province: str) -> str | None:
    """What tells two versions apart; None where nothing was imported."""
    return value(conn, str, SQL.boundaries_digest, {"province": province})


def body_of(conn: Connection, province: str) -> bytes:
    """Rings by unit code, as JSON."""
    return (value(conn, str, SQL.boundaries, {"province": province}) or "{}").encode()
