"""Filling a new installation: shipped units, and shipped plans where asked for. The same acts as an operator's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

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
def desk(base: Base, actor: str) -> Iterator[Desk]:
    """A desk for the person or command named `actor` (`cli:root`)."""
    appender = base.appender()
    with connect(base.conninfo, role="lienthong_ingest", application_name="lienthong desk") as conn:
        current = Current.of(conn, contracts=Contracts.load(), open_due=partial(open_due, appender))
        yield Desk.at(conn, current=current, appender=appender, actor=Actor(name=actor))


def shipped_plans() -> dict[str, dict[str, Any]]:
    """The plans that come with the software, by code. Raises Rejected for every structural fault at once."""
    files = planfiles.load(schemas_folder() / "programmes")
    planfiles.plans(files)
    return planfiles.published_documents(files)


def fill(at: Desk, announce: Callable[[str], None], *, plans: Iterable[str] = ()) -> None:
    """Bring the shipped units into an empty registry, and these of the shipped plans where they were never published.

    What operators have changed since stays: a newer shipped plan is published by `lienthong plans install`.
    """
    definitions = at.definitions()
    if not definitions.registry.units:
        announce("units")
        with at.act(changes=True) as act:
            registry.change(act, registry.rows_of(units.load(schemas_folder() / "units")))
    shipped = shipped_plans() if (wanted := sorted(set(plans) - definitions.plans.keys())) else {}
    for code in wanted:
        announce(code)
        with at.act(changes=True) as act:
            publish(act, shipped[code])
    at.open_due()
