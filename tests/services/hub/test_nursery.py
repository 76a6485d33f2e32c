"""The parts of `up` are forked from a process that has read their libraries, and did nothing else."""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.hub import http, libraries, nursery, workers
from services.hub.nursery import Forked

OURS = ("lienthong.", "services.")
HOMELESS = {"LIENTHONG_DATA_DIR": "/dev/null/nowhere"}


def test_it_has_one_thread_and_has_read_what_the_parts_import() -> None:
    program = "import os, sys, services.hub.libraries; print(len(os.listdir('/proc/self/task')), *sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    threads, *read = done.stdout.split()
    assert threads == "1"
    assert set(_imported_in_functions()) - set(read) == set()


def _imported_in_functions() -> Iterator[str]:
    """By the modules that compose the parts; without what needs Kafka."""
    for module in (http, workers):
        for node in ast.walk(ast.parse(Path(str(module.__file__)).read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.col_offset and str(node.module).startswith(OURS):
                names = [f"{node.module}.{alias.name}" for alias in node.names]
                modules = [name for name in names if (Path(*name.split(".")).with_suffix(".py")).exists()]
                yield from (name for name in modules or [str(node.module)] if not name.startswith(libraries.KAFKAS))


@pytest.fixture
def child(tmp_path: Path) -> Iterator[Forked]:
    """A platform that runs on."""
    started = nursery.start(
        ["platform", "--port", "0", "--path", str(tmp_path / "platform.sqlite")], os.environ, tmp_path / "platform.log"
    )
    yield started
    started.kill()


def test_a_part_is_called_by_its_command_and_is_no_ones_group(child: Forked) -> None:
    _until(lambda: _command(child).startswith("lienthong platform --port 0"))
    assert os.getsid(child.pid) == child.pid
    assert child.poll() is None


def _command(child: Forked) -> str:
    return Path(f"/proc/{child.pid}/cmdline").read_text("utf-8")


def test_a_part_tells_how_it_ended(child: Forked, tmp_path: Path) -> None:
    child.kill()
    assert child.wait(10) == -signal.SIGKILL
    assert nursery.start(["http"], os.environ | HOMELESS, tmp_path / "log").wait(30) == 2
    assert "✗" in (tmp_path / "log").read_text("utf-8")


WATCHED = """
import ctypes, os, sys
from pathlib import Path
from services.hub import nursery
from services.hub.supervisor import ChildProcess, Supervisor
if __name__ == "__main__":
    folder = Path(sys.argv[1])
    words = ["platform", "--port", "0", "--path", str(folder / "platform.sqlite")]
    part = ChildProcess(name="platform", words=words, output=folder / "platform.log")
    told = lambda name, what: print(what, part.process.pid, flush=True)
    ctypes.CDLL(None).prctl(36, int(sys.argv[2]))  # PR_SET_CHILD_SUBREAPER
    nursery.prepare()
    Supervisor(parts=[part], environment=os.environ, changed=told).run()
"""


@pytest.fixture(params=["0", "1"], ids=["a process", "the first of a container, to which orphans fall"])
def watcher(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[str]]:
    """A process that watches over a part, with a nursery of its own."""
    program = tmp_path / "watched.py"
    program.write_text(WATCHED, encoding="utf-8")
    command = [sys.executable, str(program), str(tmp_path), request.param]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as started:
        yield started
        started.kill()


def _next_started(watcher: subprocess.Popen[str]) -> int:
    assert watcher.stdout is not None
    lines = (line for line in watcher.stdout if line.startswith("started "))  # it logs between them
    return int(next(lines).split()[1])


def _until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def _is_gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


def _fork_servers(watcher: subprocess.Popen[str]) -> set[int]:
    children = Path(f"/proc/{watcher.pid}/task/{watcher.pid}/children").read_text("utf-8").split()
    return {int(pid) for pid in children if b"resource_tracker" not in Path(f"/proc/{pid}/cmdline").read_bytes()}


def test_no_part_outlives_who_watches_over_it(watcher: subprocess.Popen[str]) -> None:
    pid = _next_started(watcher)
    watcher.kill()
    _until(lambda: _is_gone(pid))


def test_no_part_outlives_the_nursery_and_all_begins_anew_though_the_next_dies_as_it_begins(
    watcher: subprocess.Popen[str],
) -> None:
    pid = _next_started(watcher)
    [nursery_] = _fork_servers(watcher)
    os.kill(nursery_, signal.SIGKILL)
    _until(lambda: _is_gone(pid))
    _until(lambda: bool(_fork_servers(watcher) - {nursery_}))
    [next_] = _fork_servers(watcher) - {nursery_}
    os.kill(next_, signal.SIGKILL)  # before it has read its libraries, while it is waited for
    assert _next_started(watcher) not in (pid, 0)
    watcher.terminate()
    assert watcher.wait(30) == 0
