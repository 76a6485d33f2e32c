"""What an earlier demonstration left in its folder: one that still runs is not touched; what a killed one left is ended
and removed.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lienthong.embedded.kafka.node import end_orphan
from lienthong.embedded.postgres.server import EmbeddedServer
from lienthong.errors import Misconfigured
from services.demo.processes import DATA_DIR


@contextmanager
def only_demonstration(folder: Path) -> Iterator[None]:
    """Nobody else's demonstration is wiped while it runs."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{folder.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Misconfigured(f"another demonstration is running in {folder}; stop it (Ctrl-C) first") from error
        yield


def wipe(folder: Path) -> None:
    """Remove what an earlier demonstration left: if it was killed, its server and its parts live on."""
    if not folder.exists():
        folder.mkdir()
        return
    _end_orphans(folder / "data")
    for node in folder.glob("kafka/node-*"):
        end_orphan(node)
    left = EmbeddedServer(folder / "data")
    if left.running() is not None:
        left.stop()
    shutil.rmtree(folder)
    folder.mkdir()


def _end_orphans(data: Path) -> None:
    """End the parts that a killed demonstration left: they would find the new server and work on it.

    They are known by their environment, which names this very data folder (Linux; elsewhere none are found).
    """
    mark = f"{DATA_DIR}={data}".encode()
    for environment in Path("/proc").glob("[0-9]*/environ"):
        pid = int(environment.parent.name)
        with contextlib.suppress(OSError):  # another user's, or ended meanwhile
            if pid != os.getpid() and mark in environment.read_bytes().split(b"\0"):
                os.kill(pid, signal.SIGKILL)
