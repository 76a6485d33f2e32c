"""Proving a whole hub: each partition's log is read once from its beginning, and every witness sees every event.

Asked by `lienthong verify`, and by `backup`, `restore` and `archive` before they trust what they hold. One moment of
the database is looked at, so it may be asked beside a working hub; the time is linear in the events.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Final, TypeVar

from lienthong.access import audit
from lienthong.access.evidence import Acts, checkpoints_not_kept
from lienthong.errors import Problem
from lienthong.eventlog import stops
from lienthong.eventlog.append import partitions_of
from lienthong.eventlog.installation import installation
from lienthong.eventlog.stops import Aside, Stop
from lienthong.events import NATION
from lienthong.postgres.pool import Connection
from lienthong.proof import checkpoints, whole
from lienthong.proof.checkpoints import Checkpoint, Heads, Marked
from lienthong.proof.contained import Contained, Make, findings_of
from lienthong.proof.walk import data_of
from lienthong.proof.whole import TOLD_EVERY, Partition, Progress
from lienthong.proof.witness import Witness
from services.aggregate.evidence import ReleasesWitness, ReportsWitness, RollupsWitness
from services.aggregate.mirrored import AggregateTables as Kept
from services.aggregate.worker import CONSUMER as AGGREGATE
from services.export.deliveries import evidence as deliveries
from services.export.evidence import Served
from services.export.mirrored import ExportTables as Sent
from services.export.mirrored import feed_whole
from services.export.store import CONSUMER as EXPORT
from services.identity import evidence as identity
from services.ingest.claims.evidence import Ledger
from services.ingest.content.evidence import Items
from services.ingest.directives.evidence import register
from services.ingest.materials.evidence import latest_by_the_log
from services.ingest.office.evidence import OfficeWitness
from services.ingest.portals import evidence as portals
from services.ingest.reaches.evidence import counts
from services.ingest.reminders import evidence as contacts
from services.ingest.units.evidence import Registered

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Proof:
    """What was looked at and found. redacted: events whose text a recorded act removed. behind: by consumer and
    partition, events that it has yet to apply; what it has not applied was not compared.
    """

    findings: tuple[Problem, ...]
    events: int
    cells: int
    redacted: int
    behind: Mapping[str, int]
    stopped: tuple[Stop, ...]
    aside: tuple[Aside, ...]

    @property
    def good(self) -> bool:
        """Nothing contradicts, and nobody stands still."""
        return not self.findings and not self.stopped


@dataclass(slots=True)
class _Seen:
    """What has been seen so far."""

    findings: list[Problem] = field(default_factory=list)
    events: int = 0
    cells: int = 0
    redacted: int = 0
    behind: dict[str, int] = field(default_factory=dict)


def prove(
    conn: Connection,
    progress: Progress,
    *,
    keys: Sequence[str] | None = None,
    noted: Sequence[Checkpoint] = (),
) -> Proof:
    """Look at everything, of some partitions or of all. conn: the owner's, in a transaction that sees one moment.
    noted: checkpoints that the log must still pass through.
    """
    partitions = [partition for partition in whole.partitions(conn) if keys is None or partition.key in keys]
    total, seen = sum(partition.head for partition in partitions), _Seen()
    # What stands once for all partitions is asked when all of them are read.
    overall: tuple[Witness, ...] = _of_all(conn) if keys is None else ()
    for chained in partitions:
        marked = Marked(chained.key, noted)
        _partition(conn, chained, seen, (*overall, marked), lambda done: progress(done, max(total, done)))
        seen.findings += marked.end()
    gone = checkpoints.partitions_named(noted) - {partition.key for partition in partitions}
    for key in sorted(gone) if keys is None else ():
        seen.findings += Marked(key, noted).end()
    for witness in overall:
        seen.findings += witness.end()
    seen.findings += [each for each in whole.consumers_ahead(conn) if keys is None or each.params["partition"] in keys]
    if keys is None:
        seen.findings += _findings_beyond_logs(conn, {partition.key for partition in partitions}, noted)
    stopped = _items_or_finding(conn, seen, "stops", lambda: stops.stops(conn))
    aside = _items_or_finding(
        conn, seen, "asides", lambda: (each for partition in partitions for each in stops.asides(conn, partition.key))
    )
    progress(seen.events, max(total, seen.events))
    return Proof(
        findings=tuple(seen.findings),
        events=seen.events,
        cells=seen.cells,
        redacted=seen.redacted,
        behind={name: number for name, number in seen.behind.items() if number > 0},
        stopped=tuple(stop for stop in stopped if keys is None or stop.key in keys),
        aside=aside,
    )


def findings(conn: Connection, progress: Progress) -> tuple[Problem, ...]:
    """What contradicts what: for backups and restores. A partition that stands still is no contradiction, nor is a
    consumer that is ahead: a restore and a new epoch put it back.
    """
    return tuple(each for each in prove(conn, progress).findings if each.code != "consumer_ahead")


def _findings_beyond_logs(conn: Connection, read: Collection[str], noted: Sequence[Checkpoint]) -> Iterator[Problem]:
    """What no partition's log leads to. read: the partitions that were; of the others there may be acts."""
    for key in partitions_of(conn):
        if key not in read:
            yield from Contained(conn, key, Acts.__name__, partial(Acts, conn, key)).end()
            yield from _findings_of_acts(conn, key)
    yield from findings_of(conn, NATION, feed_whole.__name__, lambda: feed_whole(conn))
    yield from findings_of(conn, NATION, checkpoints_not_kept.__name__, lambda: checkpoints_not_kept(conn, noted))


def _items_or_finding(conn: Connection, seen: _Seen, name: str, ask: Callable[[], Iterable[T]]) -> tuple[T, ...]:
    """What is told besides findings; that it can't be read any more is one."""
    items: list[T] = []

    def asked() -> tuple[Problem, ...]:
        items.extend(ask())
        return ()

    seen.findings += findings_of(conn, NATION, name, asked)
    return tuple(items)


def _partition(
    conn: Connection, partition: Partition, seen: _Seen, overall: Sequence[Witness], counted: Callable[[int], None]
) -> None:
    walk = whole.walk_of(partition)
    held = _Held(conn, partition.key)
    witnesses: tuple[Witness, ...] = (walk, *held.witnesses())
    for recorded in whole.events(conn, partition):
        data = data_of(recorded)
        for witness in (*witnesses, *overall):
            seen.findings += witness.see(recorded, data)
        seen.events += 1
        if seen.events % TOLD_EVERY == 0:
            counted(seen.events)
    for witness in witnesses:
        seen.findings += witness.end()
    seen.findings += _findings_of_acts(conn, partition.key)
    seen.cells += held.cells
    seen.redacted += walk.redacted
    seen.behind |= {
        f"aggregate/{partition.key}": partition.head - held.aggregate,
        f"export/{partition.key}": partition.head - held.export,
    }


class _Held:
    """What looks at the tables of one partition. aggregate, export: where their tables stand; cells: compared."""

    def __init__(self, conn: Connection, key: str) -> None:
        self._conn, self._key = conn, key
        stands = whole.consumer_positions(conn, key)
        self.aggregate, self.export = stands.get(AGGREGATE, 0), stands.get(EXPORT, 0)
        self._rollups: RollupsWitness | None = None

    @property
    def cells(self) -> int:
        return 0 if self._rollups is None else self._rollups.cells

    def witnesses(self) -> Iterator[Witness]:
        """Each made and asked so that its failure stops none of the others."""
        for name, make in self._makers():
            yield Contained(self._conn, self._key, name, make)

    def _makers(self) -> Iterator[tuple[str, Make]]:
        """By the names that findings tell them by."""
        conn, key = self._conn, self._key
        yield "Ledger", lambda: Ledger(conn, key)
        yield "OfficeWitness", lambda: OfficeWitness(conn, key)
        yield "Reports", lambda: ReportsWitness(key)
        yield "Rollups", self._make_rollups
        yield "Releases", lambda: ReleasesWitness(conn, key, self.aggregate)
        yield "aggregate.Mirrored", lambda: Kept(conn, key, self.aggregate)
        yield "Served", lambda: Served(conn, key)
        yield "export.Mirrored", lambda: Sent(conn, key, self.export, sample=installation(conn).sample)
        yield "Acts", lambda: Acts(conn, key)

    def _make_rollups(self) -> RollupsWitness:
        self._rollups = RollupsWitness(self._conn, self._key)
        return self._rollups


def _findings_of_acts(conn: Connection, key: str) -> Iterator[Problem]:
    for name, ask in _FOLLOWING_FROM_ACTS.items():
        yield from findings_of(conn, key, name, partial(ask, conn, key))


_FOLLOWING_FROM_ACTS: Final[Mapping[str, Callable[[Connection, str], Iterable[Problem]]]] = {
    "deliveries": deliveries.findings,
    "destinations": deliveries.destinations,
    "rights": identity.findings,
    "portals": portals.findings,
    "contacts": contacts.findings,
}
"""What is asked of a partition's tables besides what its log tells: they follow from acts."""


def _of_all(conn: Connection) -> tuple[Witness, ...]:
    """Those of tables that stand once for all partitions."""
    makers: dict[str, Callable[[Connection], Witness]] = {
        "Registered": Registered,
        "Items": Items,
        "reaches": counts,
        "directives": register,
        "materials": latest_by_the_log,
    }
    return tuple(Contained(conn, NATION, name, partial(make, conn)) for name, make in makers.items())


def heads(conn: Connection) -> Heads:
    """Where everything ends, as a checkpoint notes it."""
    return Heads(
        log={partition.key: (partition.head, partition.chain.hex()) for partition in whole.partitions(conn)},
        audit=audit.ends(conn),
    )


@contextmanager
def one_moment(conn: Connection) -> Iterator[None]:
    """A transaction that sees the database as at one moment and changes nothing."""
    with conn.transaction():
        conn.execute(whole.SQL.one_moment)
        yield
