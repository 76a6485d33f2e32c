"""Filling a new installation: the shipped registry of units, the shipped plans. The same acts as an operator's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lienthong import planfiles, units
from lienthong.contracts import Contracts, schemas_folder
from lienthong.eventlog import wakeup
from lienthong.postgres.pool import Connection, connect
from lienthong.units import Import, Row
from services.ingest.acts import Actor, Acts, Published
from services.ingest.current import Current
from services.ingest.definitions import Definitions
from services.parts import Base

UNITS = {"units": ("admin-units.csv",), "agencies": ("agencies.csv",), "relations": ("relations.csv",),
         "aliases": ("aliases.csv",), "populations": ("populations.csv",)}


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


@contextmanager
def desk(found: Base, actor: str) -> Iterator[Desk]:
    """A desk for the person or command named `actor` (`cli:root`)."""
    appender = found.appender()
    with connect(found.conninfo, role="lienthong_ingest", application_name="lienthong desk") as conn:
        acts = Acts(appender)
        yield Desk(acts=acts, current=Current.of(conn, contracts=Contracts.load(), acts=acts), conn=conn,
                   actor=Actor(name=actor))


def shipped_rows(folder: Path | None = None) -> list[Row]:
    """The rows of the shipped registry."""
    folder = folder or schemas_folder() / "units"
    return [row for kind, names in UNITS.items() for name in names
            for row in units.read_csv(kind, (folder / name).read_text(encoding="utf-8"), name)]


def fill(at: Desk, told: Callable[[str], None]) -> None:
    """Bring the shipped units into an empty registry, and the shipped plans that were never published.

    What operators have changed since stays: a newer shipped plan is published by `lienthong plans publish`.
    """
    definitions = at.current.get(at.conn)
    if not definitions.registry.units:
        told("units")
        at.change_units(shipped_rows())
    files = planfiles.load(schemas_folder() / "programmes")
    planfiles.plans(files)  # every structural fault at once, before anything is published
    for code, document in sorted(planfiles.published_documents(files).items()):
        if code not in definitions.plans:
            told(code)
            at.publish(document)
