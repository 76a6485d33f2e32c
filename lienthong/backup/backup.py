"""Backing up: the whole hub at one moment into one file, while it runs.

All tables are read under one REPEATABLE READ snapshot, so log, ledger, rollups and consumers' positions fit
together. Data only: what makes the tables are the migrations, which the manifest names with their digests. So
one archive fits the embedded server and any other, of whatever version or collation, and needs no program but
ours (pg_dump refuses servers newer than itself, and proves nothing on restore).

Names of tables and columns come from PostgreSQL's own catalogue and are quoted by psycopg: the one place where
statements are composed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from psycopg import sql

from lienthong.backup.archive import (
    ArchiveWriter,
    Manifest,
    Progress,
    TableDump,
    create_archive,
    no_progress,
)
from lienthong.errors import Problem
from lienthong.instants import wire
from lienthong.postgres.failures import driver_errors_translated
from lienthong.postgres.pool import Connection, connect
from lienthong.postgres.sql import Queries
from lienthong.proof.whole import prove_log
from lienthong.refusals import misconfigured, unprocessable

SQL = Queries(Path(__file__).with_name("backup.sql"))

_ENDING_SECONDS = 2.0  # a session is still listed for a moment after its client has gone

Prove = Callable[[Connection, Callable[[int, int], None]], Sequence[Problem]]
"""What contradicts what, at the moment that the connection's transaction sees; it tells (events read, in all)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class InstallationState:
    """An installation at one moment. now: of the server's clock, in UTC."""

    epoch: int
    sample: bool
    chain_seed: bytes
    now: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredTable:
    """A table as it stands. key: columns of its primary key, and for each whether it is a text."""

    schema: str
    name: str
    columns: tuple[str, ...]
    key: tuple[tuple[str, bool], ...]
    stored: int

    @property
    def identifier(self) -> sql.Identifier:
        return sql.Identifier(self.schema, self.name)

    @property
    def copied_columns(self) -> sql.Composed:
        return sql.SQL(", ").join(map(sql.Identifier, self.columns))

    @property
    def ordered_rows(self) -> sql.Composed:
        """COPY of all rows in an order that is the same on every server."""
        parts: list[sql.Composable] = [
            sql.Identifier(column) + sql.SQL(' COLLATE "C"' if is_text else "") for column, is_text in self.key
        ] or [sql.SQL('({}.*)::text COLLATE "C"').format(sql.Identifier(self.name))]
        return sql.SQL("COPY (SELECT {} FROM {} ORDER BY {}) TO STDOUT").format(
            self.copied_columns, self.identifier, sql.SQL(", ").join(parts)
        )


def back_up(
    conninfo: str, path: Path, *, final: bool = False, prove: Prove = prove_log, progress: Progress = no_progress
) -> Manifest:
    """Write a backup of the hub to a new file, as its owner; the hub may run meanwhile.

    final: for a move. Refused while other sessions of the hub are connected; the log is closed with the backup,
    so that nothing can be accepted here that the new place does not have (`reopen` undoes it).
    prove: what is asked of the same moment before the backup counts.
    Raises Misconfigured (no hub here, file exists, hub still runs), Unprocessable when the evidence is damaged: then
    what would be backed up is not what was accepted, and an older backup must not be thrown away.
    """
    with connect(conninfo, application_name="lienthong backup") as conn, driver_errors_translated():
        installation_state(conn)
        if final:
            refuse_running(conn)
            conn.execute(SQL.close_log)
        try:
            with conn.transaction(), create_archive(path) as archive:
                conn.execute(SQL.one_snapshot)
                conn.execute(SQL.plain_texts)
                manifest = _write(conn, archive, final=final, prove=prove, progress=progress)
                archive.manifest(manifest)
        except BaseException:
            if final:
                conn.execute(SQL.reopen_log)
            raise
    return manifest


def reopen(conninfo: str) -> None:
    """Let a hub that was closed by a final backup accept again: the move did not take place."""
    with connect(conninfo, application_name="lienthong backup") as conn:
        conn.execute(SQL.reopen_log)


def tables(conn: Connection) -> tuple[StoredTable, ...]:
    """Every table of the hub, whichever migration made it."""
    return tuple(
        StoredTable(
            schema=schema, name=name, columns=tuple(columns), key=tuple(zip(key, texts, strict=True)), stored=stored
        )
        for schema, name, columns, key, texts, stored in conn.execute(SQL.tables, {})
    )


def rows_of(
    conn: Connection, table: StoredTable, counted: Callable[[int], None]
) -> Iterator[bytes | bytearray | memoryview]:
    """The rows of a table as COPY text, in order; `counted` hears at the end how many they were."""
    with conn.cursor() as cursor:
        with cursor.copy(table.ordered_rows) as copy:
            yield from copy
        counted(cursor.rowcount)


def require_evidence(conn: Connection, prove: Prove, progress: Progress) -> None:
    """Raises Unprocessable where the evidence contradicts itself."""
    findings = prove(conn, lambda done, total: progress("bằng chứng / evidence", done, total))
    if findings:
        raise unprocessable("evidence_damaged", count=len(findings), first=findings[0].message)


def _write(conn: Connection, archive: ArchiveWriter, *, final: bool, prove: Prove, progress: Progress) -> Manifest:
    now = installation_state(conn)
    dumped = tables(conn)
    dumps = [_dump(conn, archive, table, progress) for table in dumped]
    heads = conn.execute(SQL.heads).fetchall()
    require_evidence(conn, prove, progress)
    return Manifest(
        taken_at=wire(now.now),
        product=_product(),
        server=str(conn.info.server_version),
        epoch=now.epoch,
        sample=now.sample,
        final=final,
        chain_seed=now.chain_seed.hex(),
        heads={key: (position, chain.hex()) for key, _, position, chain in heads},
        migrations=dict(conn.execute(SQL.migrations)),
        # Read after the tables: a sequence may be ahead of the rows, never behind them.
        sequences={
            f"{schema}.{name}": value for schema, name, value in conn.execute(SQL.sequences, {}) if value is not None
        },
        tables=tuple(dumps),
    )


def _dump(conn: Connection, archive: ArchiveWriter, table: StoredTable, progress: Progress) -> TableDump:
    counted: list[int] = []
    name = f"{table.schema}.{table.name}"
    size, digest = archive.table(
        f"data/{name}.copy", rows_of(conn, table, counted.append), partial(_tell, progress, name, table.stored)
    )
    return TableDump(
        schema=table.schema, name=table.name, columns=table.columns, rows=counted[0], size=size, sha256=digest
    )


def _tell(progress: Progress, name: str, stored: int, done: int) -> None:
    progress(name, done, max(stored, done))


def installation_state(conn: Connection) -> InstallationState:
    """What the installation is now. Raises Misconfigured where there is none."""
    if conn.execute(SQL.is_empty).fetchone() == (True,):
        raise misconfigured("hub_not_there")
    row = conn.execute(SQL.standing).fetchone()
    if row is None:
        raise misconfigured("installation_lost")
    epoch, sample, seed, now = row
    return InstallationState(epoch=epoch, sample=sample, chain_seed=seed, now=now)


def refuse_running(conn: Connection) -> None:
    """Raises Misconfigured while other sessions of the hub are connected to this database."""
    deadline = time.monotonic() + _ENDING_SECONDS
    while others := [name for (name,) in conn.execute(SQL.sessions)]:
        if time.monotonic() < deadline:
            time.sleep(0.05)
            continue
        raise misconfigured("hub_still_runs", others=", ".join(others))


def _product() -> str:
    try:
        return version("lienthong")
    except PackageNotFoundError:  # run from a checkout that was never installed
        return "unknown"
