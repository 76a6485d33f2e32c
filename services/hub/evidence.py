"""Proving a whole hub: each partition's log is read once from its beginning, and every witness sees every event.

Asked by `lienthong verify`, and by `backup`, `restore` and `archive` before they trust what they hold. One moment of
the database is looked at, so it may be asked beside a working hub; the time is linear in the events.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from lienthong.access import audit
from lienthong.access.evidence import Acts, differing
from lienthong.errors import Problem
from lienthong.eventlog import stops
from lienthong.eventlog.installation import installation
from lienthong.eventlog.stops import Aside, Stop
from lienthong.postgres.pool import Connection
from lienthong.proof import checkpoints, whole
from lienthong.proof.checkpoints import Checkpoint, Heads, Marked
from lienthong.proof.walk import LogWalk, data_of
from lienthong.proof.whole import TOLD_EVERY, Partition, Progress
from lienthong.proof.witness import Witness
from services.aggregate.evidence import Releases, Reports, Rollups
from services.aggregate.mirrored import Mirrored as Kept
from services.export.deliveries import evidence as deliveries
from services.export.evidence import Served
from services.export.mirrored import Mirrored as Sent
from services.export.mirrored import feed_whole
from services.ingest.claims.evidence import Ledger
from services.ingest.content.evidence import Items
from services.ingest.directives.evidence import register
from services.ingest.materials.evidence import shared
from services.ingest.office.evidence import OfficeWitness
from services.ingest.reaches.evidence import counts
from services.ingest.units.evidence import Registered


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
        witnesses = (*overall, Marked(chained.key, noted))
        _partition(conn, chained, seen, witnesses, lambda done: progress(done, max(total, done)))
        seen.findings += witnesses[-1].end()
    for key in sorted(checkpoints.named(noted) - {partition.key for partition in partitions}) if keys is None else ():
        seen.findings += Marked(key, noted).end()
    for witness in overall:
        seen.findings += witness.end()
    seen.findings += [each for each in whole.ahead(conn) if keys is None or each.params["partition"] in keys]
    if keys is None:
        seen.findings += feed_whole(conn)
        seen.findings += differing(conn, noted)
    progress(seen.events, max(total, seen.events))
    return Proof(
        findings=tuple(seen.findings),
        events=seen.events,
        cells=seen.cells,
        redacted=seen.redacted,
        behind={name: number for name, number in seen.behind.items() if number > 0},
        stopped=tuple(stop for stop in stops.stops(conn) if keys is None or stop.key in keys),
        aside=tuple(aside for partition in partitions for aside in stops.asides(conn, partition.key)),
    )


def findings(conn: Connection, progress: Progress) -> tuple[Problem, ...]:
    """What contradicts what: for backups and restores. A partition that stands still is no contradiction, nor is a
    consumer that is ahead: a restore and a new epoch put it back.
    """
    return tuple(each for each in prove(conn, progress).findings if each.code != "consumer_ahead")


def _partition(
    conn: Connection, partition: Partition, seen: _Seen, overall: Sequence[Witness], counted: Callable[[int], None]
) -> None:
    walk = LogWalk(partition.key, partition.seed, (partition.head, partition.chain))
    rollups, served = Rollups(conn, partition.key), Served(conn, partition.key)
    releases = Releases(conn, partition.key, rollups.goal)
    witnesses: tuple[Witness, ...] = (
        walk,
        Ledger(conn, partition.key),
        OfficeWitness(conn, partition.key),
        Reports(partition.key),
        rollups,
        releases,
        Kept(conn, partition.key, rollups.goal),
        served,
        Sent(conn, partition.key, served.goal, sample=installation(conn).sample),
        Acts(conn, partition.key),
    )
    for recorded in whole.events(conn, partition):
        data = data_of(recorded)
        for witness in (*witnesses, *overall):
            seen.findings += witness.see(recorded, data)
        seen.events += 1
        if seen.events % TOLD_EVERY == 0:
            counted(seen.events)
    for witness in witnesses:
        seen.findings += witness.end()
    seen.findings += deliveries.findings(conn, partition.key)
    seen.cells += rollups.cells
    seen.redacted += walk.redacted
    seen.behind |= {
        f"aggregate/{partition.key}": partition.head - rollups.goal,
        f"export/{partition.key}": partition.head - served.goal,
    }


def _of_all(conn: Connection) -> tuple[Witness, ...]:
    """Those of tables that stand once for all partitions."""
    return Registered(conn), Items(conn), counts(conn), register(conn), shared(conn)


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
