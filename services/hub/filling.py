"""Filling a new installation: the shipped registry of units, the shipped plans. The same acts as an operator's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from lienthong import units
from lienthong.contracts.schemas import Contracts
from lienthong.postgres.pool import connect
from lienthong.programmes import files as planfiles
from lienthong.shipped import schemas_folder
from services.hub.base import Base
from services.ingest.definitions.current import Current
from services.ingest.office.desk import Desk
from services.ingest.plans.acts import publish
from services.ingest.rights.acting import Actor
from services.ingest.rounds.acts import open_due
from services.ingest.units import acts as registry


@contextmanager
def desk(found: Base, actor: str) -> Iterator[Desk]:
    """A desk for the person or command named `actor` (`cli:root`)."""
    appender = found.appender()
    with connect(found.conninfo, role="lienthong_ingest", application_name="lienthong desk") as conn:
        current = Current.of(conn, contracts=Contracts.load(), open_due=partial(open_due, appender))
        yield Desk.at(conn, current=current, appender=appender, actor=Actor(name=actor))


def fill(at: Desk, told: Callable[[str], None]) -> None:
    """Bring the shipped units into an empty registry, and the shipped plans that were never published.

    What operators have changed since stays: a newer shipped plan is published by `lienthong plans publish`.
    """
    definitions = at.definitions()
    if not definitions.registry.units:
        told("units")
        with at.act() as act:
            registry.change(act, registry.rows_of(units.load(schemas_folder() / "units")))
    files = planfiles.load(schemas_folder() / "programmes")
    planfiles.plans(files)  # every structural fault at once, before anything is published
    for code, document in sorted(planfiles.published_documents(files).items()):
        if code not in definitions.plans:
            told(code)
            with at.act() as act:
                publish(act, document)
    at.open_due()
