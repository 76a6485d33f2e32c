"""An operator's desk: the acts of operators on one database connection, one transaction each.

For the command line, the first filling and tests; over HTTP the same acts are in `operating`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from lienthong import units
from lienthong.calendar import day_of
from lienthong.eventlog import wakeup
from lienthong.eventlog.installation import hub_now
from lienthong.postgres.pool import Connection
from lienthong.units import Import, Registry, Row
from services.ingest.definitions.current import Current
from services.ingest.definitions.snapshot import Definitions
from services.ingest.office.act import Acts
from services.ingest.plans.publishing import Published
from services.ingest.rights.acting import Actor


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """An operator's desk: the acts of operators on one database connection as ingest, one transaction each."""

    acts: Acts
    current: Current
    conn: Connection
    actor: Actor

    @contextmanager
    def act(self) -> Iterator[Definitions]:
        """One act: definitions as they stand, a transaction, and the consumers woken after it."""
        definitions = self.current.get(self.conn)
        with self.conn.transaction():
            yield definitions
        wakeup.notify(self.conn)

    def change_units(self, rows: Iterable[Row], *, dry_run: bool = False) -> Import:
        """Import rows of the registry, or say what an import would do."""
        if dry_run:
            return units.import_rows(self.current.get(self.conn).registry, rows)
        with self.act() as definitions:
            return self.acts.change_units(self.conn, definitions, self.actor, rows)

    def bring_in(self, registry: Registry) -> Import:
        """All rows of a registry, such as the shipped one."""
        return self.change_units(
            row for table, values in registry.to_rows().items() for row in units.rows_of(table, values)
        )

    def publish(self, document: Mapping[str, Any]) -> Published:
        """Publish a plan that was linted; rounds that are due by it open at once."""
        with self.act() as definitions:
            done = self.acts.publish_plan(self.conn, document, self.actor, definitions)
        self.open_due()
        return done

    def open_due(self) -> list[str]:
        """Open what is due by the hub's clock; all open rounds."""
        found = self.current.get(self.conn)
        wakeup.notify(self.conn)
        return sorted(found.rounds)

    def today(self) -> date:
        """The day by the hub's clock, in Viet Nam."""
        return day_of(hub_now(self.conn))
