"""Importing units, relations, aliases and populations."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lienthong import events, units
from lienthong.access import edits
from lienthong.access.edits import UNSAID, Edited, Seen
from lienthong.postgres.sql import Queries
from lienthong.units import Import, Registry, Row
from services.ingest.office.act import Act
from services.ingest.rights.acting import own_units
from services.ingest.rounds.acts import follow_units
from services.ingest.units.facts import population_events, registry_row, unit_events

SQL = Queries(Path(__file__).with_name("queries.sql"))
SCOPE = "operate:units"


def change(act: Act, rows: Iterable[Row], seen: Seen = UNSAID) -> Import:
    """Import rows of the registry. Raises Rejected with every fault by file and line, 412 where it would change other
    things than was seen.

    Open rounds whose obliged units change by it get `round.obliged_changed`; locked rounds keep their tree.
    """
    imported = preview(act, rows)
    whose = act.actor.sight_by(SCOPE).province or events.NATION
    edited = Edited(
        subject="registry", acts=("units.changed",), province=whose, issuer=whose, standing=change_values(imported)
    )
    edits.require_unchanged(act.tx, seen, edited)
    if not imported.changes:
        return imported
    now = act.change()
    with act.tx.cursor() as cursor:
        cursor.executemany(SQL.put_registry_row, [registry_row(each) for each in imported.changes])
    act.record("units.changed", "registry", province=whose, issuer=whose, details={"changes": len(imported.changes)})
    act.append(
        *unit_events(imported, now, act.actor.name),
        *population_events(imported, now),
        *follow_units(act, imported.registry, now),
    )
    return imported


def change_values(imported: Import) -> dict[str, Any]:
    """What an import changes, by which it is known again: whoever writes what he was shown writes that and no more."""
    return {"changes": [[each.kind, each.table, each.message.vi] for each in imported.changes]}


def preview(act: Act, rows: Iterable[Row]) -> Import:
    """What an import would do. Raises as the import would."""
    imported = units.import_rows(act.definitions.registry, rows)
    own_units(act.actor.sight_by(SCOPE), imported.changes, imported.registry)
    act.grant(SCOPE)
    return imported


def rows_of(registry: Registry) -> list[Row]:
    """All rows of a registry, such as the shipped one, to be brought in."""
    return [row for table, values in registry.to_rows().items() for row in units.rows_of(table, values)]
