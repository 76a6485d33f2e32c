"""Restoring: a backup into an empty database, in one transaction, proved before it is committed.

The migrations that the backup names are applied, the tables filled, and then read back: every table must be,
byte for byte, what was backed up, and the evidence must hold. Anything else rolls all back, and the database is as
empty as before.

A restored hub begins a new epoch: what was accepted after the backup is lost here, and whoever has seen it
(readers of feeds, consumers of topics, senders with receipts) must be able to tell. Only a move keeps the epoch.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from psycopg import sql

from lienthong.backup.archive import (
    ArchiveReader,
    Manifest,
    Progress,
    TableDump,
    no_progress,
    open_archive,
)
from lienthong.backup.backup import (
    SQL,
    Prove,
    StoredTable,
    installation_state,
    refuse_running,
    require_evidence,
    rows_of,
    tables,
)
from lienthong.instants import read
from lienthong.postgres import migrate
from lienthong.postgres.answers import certain
from lienthong.postgres.failures import driver_errors_translated
from lienthong.postgres.pool import Connection, connect
from lienthong.proof.whole import prove_log
from lienthong.refusals import misconfigured, unprocessable


@dataclass(frozen=True, kw_only=True, slots=True)
class Restored:
    """What came of it.

    before, epoch: the epochs of then and now. at: the moment the data is of. reset: consumers that stood beyond
    the log's head, as (consumer, key, position now). migrated: migrations applied on top.
    """

    before: int
    epoch: int
    at: datetime
    reset: tuple[tuple[str, str, int], ...]
    migrated: tuple[str, ...] = ()


def restore(
    conninfo: str,
    path: Path,
    folders: Sequence[Path],
    *,
    moving: bool = False,
    prove: Prove = prove_log,
    progress: Progress = no_progress,
) -> Restored:
    """Bring a backup into an empty database, as its owner, then apply the migrations made since.

    folders: migration folders, as for `migrate`. moving: keep the epoch; only for a final backup, and only once.
    prove: what is asked of what was restored before it counts; a backup of an older version has tables that it may not
    know, and is asked for its log alone.
    Raises Misconfigured (database not empty, backup of a newer version, not final), Unprocessable when the backup
    is damaged. The database is unchanged then.
    """
    with (
        open_archive(path) as archive,
        connect(conninfo, application_name="lienthong restore") as conn,
        driver_errors_translated(),
    ):
        manifest = archive.manifest
        if moving and not manifest.final:
            raise misconfigured("backup_not_final")
        with conn.transaction():
            _make_tables(conn, manifest, folders)
            _fill(conn, archive, progress)
            _prove(conn, manifest, prove if _this_version(manifest, folders) else prove_log, progress)
            reset = _put_back(conn)
            epoch = manifest.epoch if moving else _new_epoch(conn)
    with connect(conninfo, application_name="lienthong restore") as conn:
        conn.execute("ANALYZE")
    return Restored(
        before=manifest.epoch,
        epoch=epoch,
        at=read(manifest.taken_at),
        reset=reset,
        migrated=migrate.migrate(conninfo, folders),
    )


def begin_epoch(conninfo: str, *, prove: Prove = prove_log, progress: Progress = no_progress) -> Restored:
    """A new epoch for a hub that lost its latest events by other means than `restore`: recovered to a point in
    time, or on a standby that was behind.

    Raises Misconfigured while the hub runs (processes know the epoch they started with), Unprocessable when the
    evidence is damaged.
    """
    with connect(conninfo, application_name="lienthong restore") as conn, driver_errors_translated():
        refuse_running(conn)
        with conn.transaction():
            before = installation_state(conn)
            require_evidence(conn, prove, progress)
            return Restored(before=before.epoch, at=before.now, reset=_put_back(conn), epoch=_new_epoch(conn))


def _make_tables(conn: Connection, manifest: Manifest, folders: Sequence[Path]) -> None:
    """The tables as they were: exactly the migrations that the backup names."""
    if conn.execute(SQL.is_empty).fetchone() != (True,):
        raise misconfigured("hub_stands_already")
    migrations = {migration.name: migration for migration in migrate.found_in(folders)}
    for name, digest in manifest.migrations.items():
        if name not in migrations:
            raise misconfigured("backup_of_newer_version")
        if migrations[name].digest != digest:
            raise misconfigured("backup_of_other_migration", name=name)
    conn.execute(migrate.SQL.create_register)
    for name, migration in migrations.items():
        if name in manifest.migrations:
            conn.execute(migration.among_nobody.encode())
    conn.execute(SQL.plain_texts)
    conn.execute(SQL.lz4)


def _fill(conn: Connection, archive: ArchiveReader, progress: Progress) -> None:
    by_name = {f"{table.schema}.{table.name}": table for table in tables(conn)}
    dumps = archive.manifest.tables
    if {dump.full_name: dump.columns for dump in dumps} != {name: table.columns for name, table in by_name.items()}:
        raise unprocessable("backup_damaged", why="its tables are not those of its migrations")
    foreign_keys = conn.execute(SQL.foreign_keys, {}).fetchall()
    for schema, name, constraint, _ in foreign_keys:
        conn.execute(
            sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(
                sql.Identifier(schema, name), sql.Identifier(constraint)
            )
        )
    for dump in dumps:
        _load(conn, archive, dump, by_name[dump.full_name], progress)
    for schema, name, constraint, definition in foreign_keys:
        conn.execute(
            sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} ").format(
                sql.Identifier(schema, name), sql.Identifier(constraint)
            )
            + sql.SQL(definition)
        )
    for full_name, value in archive.manifest.sequences.items():
        schema, name = full_name.split(".", maxsplit=1)
        conn.execute(SQL.set_sequence, {"schema": schema, "name": name, "value": value})


def _load(conn: Connection, archive: ArchiveReader, dump: TableDump, table: StoredTable, progress: Progress) -> None:
    """Fill one table. Its own triggers sleep meanwhile: they number and forbid what was numbered and allowed."""
    switch = sql.SQL("ALTER TABLE {} {} TRIGGER USER")
    conn.execute(switch.format(table.identifier, sql.SQL("DISABLE")))
    conn.execute(sql.SQL("TRUNCATE {}").format(table.identifier))  # rows that migrations put there
    with conn.cursor() as cursor:
        with cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(table.identifier, table.copied_columns)) as copy:
            for chunk in archive.chunks(dump, progress):
                copy.write(chunk)
        if cursor.rowcount != dump.rows:
            raise unprocessable(
                "backup_damaged", why=f"{dump.full_name}: {cursor.rowcount} rows instead of {dump.rows}"
            )
    conn.execute(switch.format(table.identifier, sql.SQL("ENABLE")))


def _prove(conn: Connection, manifest: Manifest, prove: Prove, progress: Progress) -> None:
    by_name = {f"{table.schema}.{table.name}": table for table in tables(conn)}
    for dump in manifest.tables:
        total, size, counted = hashlib.sha256(), 0, list[int]()
        for chunk in rows_of(conn, by_name[dump.full_name], counted.append):
            total.update(chunk)
            size += len(chunk)
            progress(f"đối chiếu / compare {dump.full_name}", size, dump.size)
        if total.hexdigest() != dump.sha256:
            raise unprocessable("backup_damaged", why=f"{dump.full_name} reads back otherwise than it was backed up")
    heads = conn.execute(SQL.heads).fetchall()
    if {key: (position, chain.hex()) for key, _, position, chain in heads} != dict(manifest.heads):
        raise unprocessable("backup_damaged", why="the heads are not those of the manifest")
    require_evidence(conn, prove, progress)


def _this_version(manifest: Manifest, folders: Sequence[Path]) -> bool:
    return set(manifest.migrations) == {migration.name for migration in migrate.found_in(folders)}


def _put_back(conn: Connection) -> tuple[tuple[str, str, int], ...]:
    return tuple((consumer, key, position) for consumer, key, position in conn.execute(SQL.beyond_head))


def _new_epoch(conn: Connection) -> int:
    return certain(conn, int, SQL.new_epoch)  # proved above: the installation has its row
