"""Filling a new installation: the shipped registry of units, the shipped plans. The same acts as an operator's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from lienthong import units
from lienthong.contracts.schemas import Contracts
from lienthong.postgres.pool import connect
from lienthong.programmes import files as planfiles
from lienthong.shipped import schemas_folder
from services.hub.base import Base
from services.ingest.definitions.current import Current
from services.ingest.office.act import Acts
from services.ingest.office.desk import Desk
from services.ingest.rights.acting import Actor


@contextmanager
def desk(found: Base, actor: str) -> Iterator[Desk]:
    """A desk for the person or command named `actor` (`cli:root`)."""
    appender = found.appender()
    with connect(found.conninfo, role="lienthong_ingest", application_name="lienthong desk") as conn:
        acts = Acts(appender)
        yield Desk(
            acts=acts,
            current=Current.of(conn, contracts=Contracts.load(), open_due=acts.open_due),
            conn=conn,
            actor=Actor(name=actor),
        )


def fill(at: Desk, told: Callable[[str], None]) -> None:
    """Bring the shipped units into an empty registry, and the shipped plans that were never published.

    What operators have changed since stays: a newer shipped plan is published by `lienthong plans publish`.
    """
    definitions = at.current.get(at.conn)
    if not definitions.registry.units:
        told("units")
        at.bring_in(units.load(schemas_folder() / "units"))
    files = planfiles.load(schemas_folder() / "programmes")
    planfiles.plans(files)  # every structural fault at once, before anything is published
    for code, document in sorted(planfiles.published_documents(files).items()):
        if code not in definitions.plans:
            told(code)
            at.publish(document)
