"""Filling a new installation: the shipped registry of units, the shipped plans. The same acts as an operator's."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from lienthong import planfiles, units
from lienthong.contracts import Contracts, schemas_folder
from lienthong.eventlog import wakeup
from lienthong.postgres.pool import connect
from lienthong.units import Import, Row
from services.ingest.acts import Actor, Acts, Published
from services.ingest.current import Current
from services.parts import Base

UNITS = {"units": ("admin-units.csv",), "agencies": ("agencies.csv",), "relations": ("relations.csv",),
         "aliases": ("aliases.csv",), "populations": ("populations.csv",)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """An operator's desk at the database: one connection as ingest, the acts, the definitions."""

    found: Base
    actor: Actor

    def change_units(self, rows: Iterable[Row], *, dry_run: bool = False) -> Import:
        """Import rows of the registry, or say what an import would do."""
        rows = list(rows)
        with connect(self.found.conninfo, role="lienthong_ingest", application_name="lienthong desk") as conn:
            acts, current = self._acts(conn)
            definitions = current.get(conn)
            if dry_run:
                return units.import_rows(definitions.registry, rows)
            with conn.transaction():
                done = acts.change_units(conn, definitions, self.actor, rows)
            wakeup.notify(conn)
            return done

    def publish(self, document: dict[str, object]) -> Published:
        """Publish a plan that was linted."""
        with connect(self.found.conninfo, role="lienthong_ingest", application_name="lienthong desk") as conn:
            acts, current = self._acts(conn)
            definitions = current.get(conn)
            with conn.transaction():
                done = acts.publish_plan(conn, document, self.actor, definitions)
            current.get(conn)  # opens at once the rounds that are due by the new plan
            wakeup.notify(conn)
            return done

    def _acts(self, conn: object) -> tuple[Acts, Current]:
        acts = Acts(self.found.appender())
        return acts, Current.of(conn, contracts=Contracts.load(), acts=acts)  # type: ignore[arg-type]


def shipped_rows(folder: Path | None = None) -> list[Row]:
    """The rows of the shipped registry."""
    folder = folder or schemas_folder() / "units"
    return [row for kind, names in UNITS.items() for name in names
            for row in units.read_csv(kind, (folder / name).read_text(encoding="utf-8"), name)]


def fill(desk: Desk, told: Callable[[str], None]) -> None:
    """Bring the shipped units and plans in; what is in already stays as it is."""
    told("units")
    desk.change_units(shipped_rows())
    files = planfiles.load(schemas_folder() / "programmes")
    planfiles.plans(files)  # every structural fault at once, before anything is published
    for code, document in sorted(planfiles.published_documents(files).items()):
        told(code)
        desk.publish(document)
