"""Which portals are read, and in whose name, held against the acts that said so. For `lienthong verify`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from psycopg.rows import dict_row

from lienthong.access import audit
from lienthong.access.audit import RecordedAct
from lienthong.access.evidence import Standing, not_as_told, standings_of
from lienthong.errors import Problem
from lienthong.postgres.pool import Connection
from services.ingest.portals import SQL
from services.ingest.portals.acts import TOLD


def findings(conn: Connection, key: str) -> Iterator[Problem]:
    """Of the portals that a province keeps. conn: in a transaction that sees one moment."""
    standings = standings_of(audit.of_nouns(conn, key, ("portal",)), _given)
    rows = conn.cursor(row_factory=dict_row).execute(SQL.portals_of_partition, {"key": key})
    yield from not_as_told(key, {f"portal {row.pop('id')}": row for row in rows}, standings)


def _given(act: RecordedAct, before: Standing) -> Standing:
    """What an act changes of what is read."""
    told = {name: act.details[name] for name in TOLD if name in act.details}
    return told | {"state": _STATES[act.act]} if act.act in _STATES else told


_STATES: Final = {
    "portal.added": "living",
    "portal.paused": "paused",
    "portal.resumed": "living",
    "portal.removed": "removed",
}
