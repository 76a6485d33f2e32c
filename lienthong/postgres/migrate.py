"""Migrations: numbered plain-SQL files, each applied once, in one transaction of its own.

An index of a large table is made while others write, which PostgreSQL does outside a transaction alone: a file that
begins with the line `-- Outside a transaction.` holds that one statement, and says IF NOT EXISTS. Cut off on the way it
leaves an index that is of no use ("invalid"); the next run removes that one first.

A folder is named by its parent (`lienthong/postgres/migrations` → `postgres`, `services/ingest/migrations`
→ `ingest`); folders are applied in the order given by the composition root, files by name
(`0001.event_log.sql`). Changes expand first and contract one version later, so old and new processes run
side by side: a migration this version does not know is left in peace.

Why not yoyo-migrations, which was tried (9.0): its lock is a row that a killed process leaves behind, so the
next start needs an operator; it identifies a migration by its file name alone, so an edited file goes
unnoticed; and it cuts statements apart with a general SQL parser, which PL/pgSQL bodies can mislead. Here
the lock dies with its connection, a digest is kept, and PostgreSQL itself reads the file.
"""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from lienthong.postgres.pool import Connection, connect
from lienthong.postgres.sql import Queries
from lienthong.refusals import misconfigured

CORE = Path(__file__).with_name("migrations")

# Any fixed number that nobody else uses: two processes that start at once take turns.
_LOCK = 5_207_119_438
_TURN = 0.1  # seconds between two questions whether it is one's turn
ALONE = "-- Outside a transaction.\n"
"""How a file begins whose one statement can't stand in a transaction."""
SQL = Queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Migration:
    """One file. name: `folder/0001.what`; digest: sha256 of its text, in hex."""

    name: str
    text: str
    digest: str

    @property
    def alone(self) -> bool:
        """Whether it stands outside a transaction."""
        return self.text.startswith(ALONE)

    @property
    def among_nobody(self) -> str:
        """What does the same in a transaction, in a database where nobody writes yet."""
        return self.text.replace(" CONCURRENTLY", "") if self.alone else self.text


def found_in(folders: Iterable[Path]) -> tuple[Migration, ...]:
    """All migrations of the folders, in the order they apply. Raises Misconfigured on a missing folder."""
    return tuple(_read(path) for folder in folders for path in _files(folder))


def migrate(conninfo: str, folders: Sequence[Path] = (CORE,)) -> tuple[str, ...]:
    """Apply what is not applied yet; returns the names applied now.

    Safe to call from several processes at once. Raises Misconfigured when an applied file was edited, or when
    the database user lacks a right; then the failing migration has changed nothing.
    """
    wanted = found_in(folders)
    with connect(conninfo, application_name="lienthong migrate") as conn:
        _take_turn(conn)
        conn.execute(SQL.create_register)
        applied: dict[str, str] = dict(conn.execute(SQL.applied))
        _refuse_edited(wanted, applied)
        missing = [migration for migration in wanted if migration.name not in applied]
        for migration in missing:
            _apply(conn, migration)
        _let_log_in(conn)
    return tuple(migration.name for migration in missing)


def pending_migrations(conninfo: str, folders: Sequence[Path] = (CORE,)) -> tuple[str, ...]:
    """Names of the migrations not applied yet: what `/readyz` and a service's start ask."""
    with connect(conninfo, application_name="lienthong migrate") as conn:
        if conn.execute("SELECT to_regclass('public.lienthong_migrations')").fetchone() == (None,):
            applied = set()
        else:
            applied = {name for name, _ in conn.execute(SQL.applied)}
    return tuple(migration.name for migration in found_in(folders) if migration.name not in applied)


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise misconfigured("migrations_folder_missing", folder=str(folder))
    return sorted(folder.glob("*.sql"))


def _read(path: Path) -> Migration:
    text = path.read_text(encoding="utf-8")
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Migration(name=f"{path.parent.parent.name}/{path.stem}", text=text, digest=digest)


def _refuse_edited(wanted: Iterable[Migration], applied: dict[str, str]) -> None:
    edited = [
        migration.name for migration in wanted if applied.get(migration.name, migration.digest) != migration.digest
    ]
    if edited:
        raise misconfigured("migrations_edited", names=", ".join(edited))


def _take_turn(conn: Connection) -> None:
    """Wait until nobody else migrates.

    By asking again: a session that waited inside a statement would be waited for by `CREATE INDEX CONCURRENTLY`.
    """
    while conn.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK,)).fetchone() != (True,):
        time.sleep(_TURN)


def _let_log_in(conn: Connection) -> None:
    """Services' roles may log in themselves, where the owner can allow it; elsewhere an administrator has decided."""
    for (role,) in conn.execute(SQL.roles_without_login).fetchall():
        with contextlib.suppress(psycopg.errors.InsufficientPrivilege):
            conn.execute(sql.SQL("ALTER ROLE {} LOGIN").format(sql.Identifier(role)))


def _apply(conn: Connection, migration: Migration) -> None:
    try:
        if migration.alone:
            _remove_half_made(conn)
        with contextlib.nullcontext() if migration.alone else conn.transaction():
            conn.execute(migration.text.encode())  # bytes without parameters: any number of statements
            conn.execute(SQL.register, {"name": migration.name, "digest": migration.digest})
    except psycopg.errors.InsufficientPrivilege as exc:
        raise misconfigured("migration_refused", name=migration.name, why=exc.diag.message_primary or "") from exc


def _remove_half_made(conn: Connection) -> None:
    """Nobody else migrates now: an invalid index of ours is what is left of a step that was cut off."""
    for schema, name in conn.execute(SQL.half_made_indexes).fetchall():
        conn.execute(sql.SQL("DROP INDEX CONCURRENTLY {}").format(sql.Identifier(schema, name)))
