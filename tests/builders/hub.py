"""A filled hub for tests of ingest: units, the plan of Lạng Sơn for P119, and the clock on a day in October 2026."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from lienthong import events, units
from lienthong.access.principals import Principal
from lienthong.calendar import VIETNAM
from lienthong.contracts.schemas import Contracts
from lienthong.eventlog import installation
from lienthong.eventlog.append import PostgresAppender, partitions_of
from lienthong.postgres.pool import Connection, connect
from lienthong.programmes import Form, files
from lienthong.shipped import schemas_folder
from lienthong.units import Import, Row
from services.ingest.claims import claim
from services.ingest.claims.committer import Committer
from services.ingest.claims.work import Outcome, Work
from services.ingest.definitions.current import Current
from services.ingest.kinds import KINDS
from services.ingest.office.desk import Desk
from services.ingest.plans import acts as plans
from services.ingest.plans.checking import Published
from services.ingest.rights.acting import Actor
from services.ingest.rounds.acts import open_due
from services.ingest.units import acts as registry
from tests.builders.plans import shipped

ROUND = "P119-LS.2026"
FORM = "P119-LS.commune"
SOURCE = "/20/test"
OPERATING = (
    "report:read",
    "read:province",
    "read:audit",
    "operate:rounds",
    "release:draft",
    "operate:releases",
    "operate:plans",
    "operate:units",
    "operate:clients",
    "operate:deliveries",
    "operate:facts",
    "content:approve",
    "feed:read",
)
OCTOBER = datetime(2026, 10, 10, 9, 0, tzinfo=VIETNAM)


@dataclass
class Hub:
    """The pieces of ingest over one database, without HTTP."""

    conninfo: str
    conn: Connection
    desk: Desk
    committer: Committer
    contracts: Contracts
    principal: Principal
    wakes: list[float] = field(default_factory=list)

    @property
    def form(self) -> Form:
        definitions = self.desk.definitions()
        return definitions.forms[(FORM, definitions.rounds[ROUND].form_versions[FORM])]

    def send(self, *documents: Any, principal: Principal | None = None, dry_run: bool = False) -> list[Outcome]:
        """Submit events (as objects or as they are written) together and wait for the outcomes."""
        return self.queue(*documents, principal=principal, dry_run=dry_run).result(timeout=120)

    def queue(
        self, *documents: Any, principal: Principal | None = None, dry_run: bool = False
    ) -> Future[list[Outcome]]:
        """The same without waiting."""
        done: Future[list[Outcome]] = Future()
        written = (d if isinstance(d, bytes) else json.dumps(d).encode() for d in documents)
        claims = tuple(claim.from_structured(each, KINDS) for each in written)
        self.committer.submit(
            Work(
                principal=principal or self.principal,
                claims=claims,
                read_at=time.monotonic(),
                reply=done,
                dry_run=dry_run,
            )
        )
        return done

    def publish(self, document: Mapping[str, Any]) -> Published:
        """As an operator of the hub."""
        return publish(self.desk, document)

    def change_units(self, rows: Iterable[Row], *, dry_run: bool = False) -> Import:
        """As an operator of the hub."""
        return change_units(self.desk, rows, dry_run=dry_run)

    def set_clock(self, at: datetime) -> None:
        with connect(self.conninfo) as owner:
            installation.set_clock(owner, at)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with connect(self.conninfo) as owner:
            return owner.execute(query.encode()).fetchall()


def a_report(
    hub: Hub,
    *,
    unit: str = "05977",
    revision: int = 1,
    id: str | None = None,
    source: str = SOURCE,
    round: str = ROUND,
    figures: dict[str, Any] | None = None,
    **data: Any,
) -> dict[str, Any]:
    """A valid report of a commune; `figures` replaces some figures, other words replace members of the data."""
    given = {f.code: (f.values[0].code if f.is_status else 3) for f in hub.form.figures}
    body = {
        "round": round,
        "form": FORM,
        "formVersion": hub.form.version,
        "unit": unit,
        "revision": revision,
        "figures": {**given, **(figures or {})},
        "narrative": {"results": "Đã tổ chức 3 hội nghị", "shortcomings": "", "proposals": ""},
        "signedDocument": {"number": "12/BC-UBND", "date": "2026-10-09"},
        **data,
    }
    return {
        "specversion": "1.0",
        "type": events.REPORT_SUBMITTED,
        "source": source,
        "id": id or f"{unit}-{round}-{revision}",
        "data": body,
    }


def a_withdrawal(*, unit: str = "05977", revision: int = 1, id: str | None = None) -> dict[str, Any]:
    """A withdrawal of a commune's report."""
    return {
        "specversion": "1.0",
        "type": events.REPORT_WITHDRAWAL,
        "source": SOURCE,
        "id": id or f"w-{unit}-{revision}",
        "data": {"round": ROUND, "form": FORM, "unit": unit, "revision": revision, "reason": "Nhập nhầm số liệu"},
    }


def a_principal(
    units: Sequence[str] = ("*",),
    sources: Sequence[str] = (SOURCE,),
    province: str = "20",
    scopes: Sequence[str] = ("report:submit", "report:read", "content:submit"),
) -> Principal:
    """A client of Lạng Sơn that may report for every unit, unless said otherwise."""
    return Principal(
        client_id="test",
        name="Test",
        province=province,
        units=frozenset(units),
        sources=frozenset(sources),
        scopes=frozenset(scopes),
        role="unit",
    )


@contextmanager
def a_hub(conninfo: str, *, at: datetime = OCTOBER) -> Iterator[Hub]:
    """A running hub over a database that `filled` made."""
    with connect(conninfo) as owner:
        installation.set_clock(owner, at)
    with connect(conninfo) as owner, connect(conninfo, role="lienthong_ingest") as conn:
        appender, known = PostgresAppender(partitions_of(owner)), Contracts.load()
        current = Current.of(conn, contracts=known, open_due=partial(open_due, appender))
        desk = Desk.at(conn, current=current, appender=appender, actor=Actor(name="cli:test"))
        wakes: list[float] = []
        committer = Committer(
            conninfo=conninfo,
            role="lienthong_ingest",
            appender=appender,
            current=current,
            kinds=KINDS,
            committed=lambda: wakes.append(time.monotonic()),
        )
        committer.start()
        try:
            yield Hub(
                conninfo=conninfo,
                conn=owner,
                desk=desk,
                committer=committer,
                contracts=known,
                principal=a_principal(),
                wakes=wakes,
            )
        finally:
            committer.stop()


PARTITIONS = ("01", "19", "20", "33", "VN")
"""What tests name: the issuers' provinces, a stranger's, the nation's. Workers and checks ask each there is."""
LIVELY = ("20", "33", "02026")
"""The issuers of the shipped plans: two provinces and a commune of a third."""


def a_few(rows: Sequence[Row]) -> list[Row]:
    """Of the shipped registry the nation, the provinces with a partition, and what lies in the lively units.

    Most of a hub's start, and of a check of its evidence, is the reading of units.
    """
    parents = {row.values["code"]: row.values["parent"] for row in rows if row.table == "units"}

    def lively(code: str) -> bool:
        return code in LIVELY or (code in parents and lively(parents[code]))

    names = {"units": "code", "aliases": "code", "relations": "successor", "populations": "unit"}
    of = [(row, row.values[names[row.table]]) for row in rows]
    return [row for row, code in of if code in PARTITIONS or lively(code)]


def keep_partitions(owner: Connection, keys: Sequence[str] = PARTITIONS) -> None:
    """The log of an installation with fewer partitions, numbered through, before the first event."""
    kept = {"keys": list(keys)}
    owner.execute("DELETE FROM ingest.audit_heads WHERE province <> ALL (%(keys)s)", kept)
    owner.execute("DELETE FROM eventlog.heads")
    owner.execute("DELETE FROM eventlog.partitions WHERE key <> ALL (%(keys)s)", kept)
    owner.execute(
        "UPDATE eventlog.partitions AS p SET partition = n.place - 1"
        " FROM (SELECT key, row_number() OVER (ORDER BY partition) AS place FROM eventlog.partitions) AS n"
        " WHERE n.key = p.key"
    )
    owner.execute(
        "INSERT INTO eventlog.heads (partition, chain)"
        " SELECT p.partition, sha256(i.chain_seed || convert_to(p.key, 'UTF8'))"
        " FROM eventlog.partitions AS p CROSS JOIN eventlog.installation AS i"
    )


def fill(conninfo: str) -> None:
    """A few units and the plan of Lạng Sơn for P119 into an empty migrated database, as sample data."""
    with connect(conninfo) as owner:
        keep_partitions(owner)
        installation.become_sample(owner)
        installation.set_clock(owner, OCTOBER)
        with connect(conninfo, role="lienthong_ingest") as conn:
            appender = PostgresAppender(partitions_of(owner))
            current = Current.of(conn, contracts=Contracts.load(), open_due=partial(open_due, appender))
            desk = Desk.at(conn, current=current, appender=appender, actor=Actor(name="cli:test"))
            change_units(desk, a_few(registry.rows_of(units.load(schemas_folder() / "units"))))
            for document in files.published_documents(shipped("p119")).values():
                publish(desk, document)


def the_plan(programme: str = "p119", plan: str = "P119-LS") -> dict[str, Any]:
    """A shipped plan as a document to publish, for a test to change."""
    documents = files.published_documents(shipped(programme))
    return copy.deepcopy(dict(documents[plan]))


def an_operator(
    province: str = "20", units: Sequence[str] = (), scopes: Sequence[str] = OPERATING, role: str = "province"
) -> Actor:
    """Who operates a province, or what some units of it issue."""
    who = Principal(
        client_id="van-hanh",
        name="Vận hành",
        province=province,
        units=frozenset(units),
        sources=frozenset(),
        scopes=frozenset(scopes),
        role=role,
    )
    return Actor(name=who.actor, principal=who)


def publish(desk: Desk, document: Mapping[str, Any]) -> Published:
    """Publish a plan that was linted; rounds that are due by it open at once, those that are past as well."""
    with desk.act() as act:
        done = plans.publish(act, document, past=True)
    desk.open_due()
    return done


def change_units(desk: Desk, rows: Iterable[Row], *, dry_run: bool = False) -> Import:
    """Import rows of the registry, or say what an import would do."""
    with desk.act() as act:
        return registry.preview(act, rows) if dry_run else registry.change(act, rows)
