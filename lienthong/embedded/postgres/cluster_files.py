"""Reading and repairing what a PostgreSQL server leaves in its folder: who runs there, and who is dead.

A process counts as the server of a folder only if it is alive, is PostgreSQL, and names this very folder on
its command line. A number in postmaster.pid alone means nothing: after a crash it may belong to anybody.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import time
from pathlib import Path

# sockaddr_un holds 108 bytes with the closing NUL; the file is called .s.PGSQL.5432 (and its .lock).
_LONGEST_SOCKET_FOLDER = 107 - len("/.s.PGSQL.5432")


def socket_folder(home: Path) -> Path:
    """Where the socket of the cluster in `home` goes: inside it if the path fits, else in /tmp by hash."""
    inside = home / "run"
    if len(os.fsencode(inside)) <= _LONGEST_SOCKET_FOLDER:
        return inside
    return Path("/tmp") / f"lienthong-{hashlib.sha256(os.fsencode(home)).hexdigest()[:16]}"


def running_pid(data: Path) -> int | None:
    """The pid of the server that runs on `data`, or None (absent, dead, a zombie, or another program)."""
    lines = _pid_file_lines(data)
    if not lines or not lines[0].strip().isdigit():
        return None
    pid = int(lines[0])
    return pid if _serves(pid, data) else None


def socket_folder_in_use(data: Path) -> Path | None:
    """The folder of the running server's socket as it wrote it down (line 5 of postmaster.pid)."""
    lines = _pid_file_lines(data)
    return Path(lines[4]) if len(lines) > 4 and lines[4] else None


def forget_dead_server(data: Path) -> None:
    """Make a stale postmaster.pid harmless before a start. Call only when nothing runs on `data`.

    PostgreSQL refuses to start while the pid in the file is alive, whoever that is by now; but it ignores its
    own parent's. So our pid goes into the first line. The rest stays: by its shared-memory line PostgreSQL
    notices children of the dead server that still write.
    """
    path = data / "postmaster.pid"
    lines = _pid_file_lines(data)
    if not path.exists():
        return
    if not lines or not lines[0].strip():
        path.unlink()  # cut off by a power failure: it says nothing, and PostgreSQL would refuse it
    else:
        mine = [str(os.getpid()), *lines[1:]]
        with path.open("r+", encoding="utf-8") as file:  # in place: keeps the owner
            file.write("\n".join(mine) + "\n")
            file.truncate()
    folder = socket_folder_in_use(data) or socket_folder(data.parent)
    for name in (".s.PGSQL.5432.lock", ".s.PGSQL.5432"):
        (folder / name).unlink(missing_ok=True)


def end_server(data: Path, timeout: float) -> None:
    """Stop the server on `data`, if any: SIGINT, then SIGQUIT, then SIGKILL."""
    pid = running_pid(data)
    if pid is None:
        return
    for number, patience in ((signal.SIGINT, timeout), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        if _wait_until_gone(pid, data, patience):
            return


def end_orphans(data: Path) -> None:
    """End the children of a dead server that did not notice its death (busy in a long computation).

    They are recognised by their working folder, which is the cluster.
    """
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and _works_in(entry, data) and int(entry.name) != os.getpid():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(int(entry.name), signal.SIGQUIT)


def _pid_file_lines(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, PermissionError):
        return []  # another user's cluster is none we could run; the start says so


def _serves(pid: int, data: Path) -> bool:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return False
    # A zombie has an empty command line.
    return Path(os.fsdecode(words[0])).name == "postgres" and os.fsencode(data) in words


def _works_in(entry: Path, data: Path) -> bool:
    try:
        program = (entry / "cmdline").read_bytes()
        return program.startswith(b"postgres") and (entry / "cwd").readlink() == data
    except OSError:
        return False  # ended meanwhile, or not ours to look at


def _wait_until_gone(pid: int, data: Path, patience: float) -> bool:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)  # reap it where it is our child
        if not _serves(pid, data):
            return True
        time.sleep(0.01)
    return False
