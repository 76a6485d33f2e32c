"""One act of an operator or a person while it happens: the only thing that the acts of all rooms are given.

An act is one transaction: the change in ingest's tables, the row of the audit log, the facts in the event log. It
gets at a plan or a round by saying by which scope it acts, and gets only what the actor holds that scope for; an act
that asked for no right can't write into the log.
Whatever may be done is a function of one of these in `<room>/acts.py`; a route, a command and the console call the
same function. What decides a province's result is appended to that province's own partition.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from lienthong.access import audit
from lienthong.calendar import day_of
from lienthong.contracts import texts
from lienthong.errors import Rejected, Transient
from lienthong.eventlog.installation import hub_now
from lienthong.eventlog.port import Appender
from lienthong.events import NATION, Event, Recorded
from lienthong.postgres.answers import certain
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.programmes import Plan
from lienthong.rounds.round import OpenRound
from services.ingest.definitions.snapshot import Definitions
from services.ingest.rights.acting import Actor
from services.ingest.rights.requiring import no_plan, no_round, within_sight

SQL = Queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Act:
    """Its transaction, the definitions as they stood when it began, and who does it."""

    tx: Connection
    definitions: Definitions
    actor: Actor
    appender: Appender
    _granted: set[str] = field(default_factory=set, repr=False)

    def plan(self, code: str, scope: str) -> Plan:
        """The actor's own plan of this code. Raises Rejected (404) where there is none."""
        plan, reach, today = self.definitions.plans.get(code), self.actor.sight_by(scope), day_of(self.now())

        def own(plan: Plan) -> bool:
            province = self.definitions.province_of(plan.issued_by, today) or NATION
            return reach.covers(province=province, issuer=plan.issued_by)

        if plan is None or not own(plan):
            raise no_plan(code, self.definitions, own)
        self.grant(scope)
        return plan

    def round(self, code: str, scope: str) -> OpenRound:
        """The actor's own round of this code. Raises Rejected (404) where there is none."""
        round_, own = self.definitions.rounds.get(code), within_sight(self.actor.sight_by(scope))
        if round_ is None or not own(round_):
            raise no_round(code, self.definitions, own)
        self.grant(scope)
        return round_

    def require(self, scope: str, *, province: str, issuer: str, otherwise: Rejected) -> None:
        """Raises `otherwise` unless the actor holds the scope for what this unit of that province issued."""
        if not self.actor.sight_by(scope).covers(province=province, issuer=issuer):
            raise otherwise
        self.grant(scope)

    def grant(self, scope: str) -> None:
        """The right was asked for in a way of its own."""
        self._granted.add(scope)

    def province_of(self, unit: str) -> str:
        """The unit's province today; the nation where it has none."""
        return self.definitions.province_of(unit, day_of(self.now())) or NATION

    def change(self) -> datetime:
        """Take the lock under which definitions change, and count the change. Returns now, by the hub's clock.

        Every accepting transaction compares the count. Raises Transient when somebody changed the definitions since
        they were read: nothing is decided on old ones.
        """
        if certain(self.tx, int, SQL.bump_definitions) != self.definitions.version + 1:
            raise Transient("the definitions changed meanwhile; try again", code="definitions_changed")
        return self.now()

    def now(self) -> datetime:
        """Now, by the hub's clock."""
        return hub_now(self.tx)

    def record(
        self, act: str, subject: str, *, province: str, issuer: str, details: Mapping[str, Any] | None = None
    ) -> None:
        """Into the audit log. issuer: whose thing it was done to, so that this unit's own operators may read of it.

        Before anything is appended: its chain's lock comes before the heads of the log.
        """
        kept = texts.tree({**(details or {}), audit.ISSUER: issuer})
        audit.record(self.tx, self.actor.name, act, subject, kept, address=self.actor.address, province=province)

    def append(self, *facts: Event) -> list[Recorded]:
        """Into the event log; the last thing of an act. Raises AssertionError for an act that asked for no right."""
        assert self._granted or self.actor.principal is None, "an act of somebody has to ask for a right first"
        return self.appender.append(self.tx, facts)
