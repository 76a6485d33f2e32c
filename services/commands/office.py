"""Where commands read and act: a desk in ingest's office, with the rights of who runs the hub on its own machine."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime

from lienthong.access.principals import Principal
from lienthong.access.roles import ALL_UNITS
from lienthong.calendar import day_of
from lienthong.contracts import texts
from lienthong.eventlog.append import partitions_of
from lienthong.eventlog.port import EventLog
from lienthong.postgres.pool import Connection, Pool
from lienthong.refusals import refused
from lienthong.rounds.round import OpenRound
from services.commands.terminal import actor, errors_told
from services.hub import filling
from services.hub.base import Base, base
from services.ingest.claims import receipts
from services.ingest.definitions.snapshot import Definitions
from services.ingest.office.desk import Desk
from services.ingest.rights.requiring import no_plan, no_round, sees_all

_RECEIPT = re.compile(texts.RECEIPT)
_READS = frozenset({"read:province", "report:read"})


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadingDesk:
    """What a command reads with. pool: as ingest."""

    base: Base
    desk: Desk
    pool: Pool
    log: EventLog

    @property
    def definitions(self) -> Definitions:
        return self.desk.definitions()

    def province(self, code: str) -> str:
        """As `known_province`."""
        return known_province(self.desk.conn, code)

    def unit(self, code: str | None) -> str | None:
        """The code, where the registry has it or had it once. Raises Rejected (404)."""
        if code is not None and not self.definitions.registry.history(code):
            raise refused("unit_unknown", unit=code)
        return code

    def plan(self, code: str) -> str:
        """The code of a plan that was published. Raises Rejected (404)."""
        if code not in self.definitions.plans:
            raise no_plan(code, self.definitions, sees_all)
        return code

    def round(self, code: str) -> OpenRound:
        """A round that was opened. Raises Rejected (404)."""
        round_ = self.definitions.rounds.get(code)
        if round_ is None:
            raise no_round(code, self.definitions, sees_all)
        return round_

    def province_of(self, unit: str, now: datetime) -> str:
        """Where a unit lies on this day. Raises Rejected (404)."""
        province = self.definitions.province_of(unit, day_of(now))
        if province is None:
            raise refused("unit_unknown", unit=unit)
        return province

    def programme(self, code: str | None) -> str | None:
        """The code of a programme that a plan carries out here. Raises Rejected."""
        codes = sorted({plan.programme for plan in self.definitions.plans.values()})
        return require_among("programme", code, codes)


@contextmanager
def at_desk() -> Iterator[Desk]:
    """A desk for one command; errors are told."""
    with errors_told(), base() as database, filling.desk(database, actor()) as desk:
        yield desk


@contextmanager
def reading() -> Iterator[ReadingDesk]:
    """The same, for what asks the log too."""
    with errors_told(), base() as database, filling.desk(database, actor()) as desk, ExitStack() as stack:
        pool = database.pool("ingest", stack, size=2)
        yield ReadingDesk(base=database, desk=desk, pool=pool, log=database.log(pool))


def reader(province: str) -> Principal:
    """Who reads everything of one province, as the questions of the routes want to know."""
    return Principal(
        client_id=actor(),
        name=actor(),
        province=province,
        units=frozenset({ALL_UNITS}),
        sources=frozenset(),
        scopes=_READS,
        role="operator",
    )


def place_of(receipt: str) -> tuple[str, int]:
    """Province and position of a receipt's number (`20-17`). Raises Rejected for what is no number of one."""
    if _RECEIPT.fullmatch(receipt) is None:
        raise refused("receipt_malformed", receipt=receipt)
    return receipts.place_of(receipt)


def require_among(option: str, value: str | None, choices: Iterable[str]) -> str | None:
    """The value, where it is one that the option takes. Raises Rejected, naming those."""
    if value is not None and value not in (taken := tuple(choices)):
        raise refused("value_not_among", what=option, value=value, known=", ".join(taken))
    return value


def known_province(conn: Connection, code: str) -> str:
    """The code, where the hub keeps a log for it: of a province, or the nation. Raises Rejected (404)."""
    if code not in partitions_of(conn):
        raise refused("province_not_here", province=code)
    return code
