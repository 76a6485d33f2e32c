"""`lienthong up`: the embedded server and a process for each part, watched, restarted when one dies, ended together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from lienthong import logs
from lienthong.errors import Transient
from lienthong.outage import Outage
from lienthong.stopping import until_asked

log = structlog.get_logger(__name__)

GRACE = 20.0  # seconds for a process to end its requests and its transaction before it is killed
STEADY = 10.0  # seconds a process must have lived for its next death to be restarted without delay
CANNOT_START = 2  # what our processes end with when a setting or a file is at fault
AWAY = 75  # what they end with when something that they stand on is away for now (EX_TEMPFAIL of sysexits.h)
MOST_TOLD = 12  # lines: a fault has two sentences in two languages, wrapped
LONGEST_PAUSE = 4.0  # seconds: with the start of a process, a hub that dies again and again accepts within 10 s
LONGEST_UNFIT = (
    60.0  # seconds, of a part that can't start: no setting mends itself, a file may have been mended meanwhile
)


@dataclass(slots=True)
class Part:
    """One child process: its name and command, and how it has fared. output: a file for what it prints."""

    name: str
    command: Sequence[str]
    output: Path | None = None
    process: subprocess.Popen[bytes] | None = None
    begins: int = 0  # where in `output` stands what this process prints
    told: str = ""  # what was last said of it as `refused`
    started: float = 0.0
    failures: int = 0
    again_at: float = 0.0


@dataclass(slots=True)
class Supervisor:
    """Runs parts until told to stop. environment: for all of them. keep: called in every round, keeps running what
    the parts stand on; when it raises Transient it is called again in the next round. refused: called with a part that
    ended because it can't start (exit code CANNOT_START or AWAY) and the last that it printed, once for the same words:
    what goes to a file alone, nobody at the terminal sees. It is started again all the same: what was in its way may
    go, and a file may be mended.
    """

    parts: Sequence[Part]
    environment: Mapping[str, str]
    changed: Callable[[str, str], None]
    keep: Callable[[], None] = lambda: None
    refused: Callable[[str, str], None] = lambda name, said: None
    stop: threading.Event = field(default_factory=threading.Event)
    _outage: Outage = field(default_factory=lambda: Outage("not_kept", "kept_again"))

    def run(self) -> None:
        """Start all, restart what dies, return when stopped (SIGINT, SIGTERM) and all have ended."""
        with until_asked(self.stop):
            self.watch()

    def watch(self) -> None:
        """The same without taking signals, for a thread: returns when `stop` is set and all have ended."""
        try:
            while not self.stop.is_set():
                self._keep()
                for part in self.parts:
                    self._tend(part)
                self.stop.wait(0.2)
        finally:
            self._end()

    def _keep(self) -> None:
        try:
            self.keep()
            self._outage.worked()
        except Transient as error:
            self._outage.failed(error.code, str(error))

    def _tend(self, part: Part) -> None:
        now = time.monotonic()
        if part.process is not None and part.process.poll() is None:
            return
        if part.process is not None:
            lived = now - part.started
            part.failures = 1 if lived > STEADY else part.failures + 1
            pause = pause_after(part.failures, part.process.returncode)
            log.warning("part_ended", part=part.name, code=part.process.returncode, again_in_seconds=pause)
            self._tell_why(part, part.process.returncode)
            part.process, part.again_at = None, now + pause
        if now >= part.again_at:
            # A session of its own: Ctrl-C in the terminal reaches the supervisor alone, which ends all in order.
            part.process = _spawn(part, self.environment)
            part.started = now
            self.changed(part.name, "started")

    def _tell_why(self, part: Part, code: int) -> None:
        if code not in (CANNOT_START, AWAY) or part.output is None:
            return
        text = _printed(part.output, part.begins)
        if text != part.told:
            part.told = text
            self.refused(part.name, text)

    def _end(self) -> None:
        running = [part for part in self.parts if part.process is not None]
        for part in running:
            assert part.process is not None
            part.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + GRACE
        for part in running:
            assert part.process is not None
            try:
                part.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.warning("part_killed", part=part.name, after_seconds=GRACE)
                part.process.kill()
                part.process.wait()
            self.changed(part.name, "stopped")


def pause_after(failures: int, code: int) -> float:
    """Seconds until a part that ended so often in a row, the last time with this exit code, is started again."""
    longest = LONGEST_UNFIT if code == CANNOT_START else LONGEST_PAUSE
    return 0.0 if failures == 1 else min(longest, 0.5 * 2 ** min(failures, 10))


def _spawn(part: Part, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    if part.output is None:
        return subprocess.Popen(part.command, env=dict(environment), start_new_session=True)
    # It logs to the file by itself, which bounds it; what the interpreter prints when it dies comes beside.
    own = {**environment, "LIENTHONG_LOG_FILE": str(part.output)}
    output = logs.opened(part.output)
    part.begins = os.fstat(output).st_size
    try:
        return subprocess.Popen(part.command, env=own, start_new_session=True, stdout=output, stderr=subprocess.STDOUT)
    finally:
        os.close(output)


def _printed(path: Path, begins: int) -> str:
    """The last of what was added to a file from a place on; all of the file where it was begun anew meanwhile."""
    data = path.read_bytes() if path.exists() else b""
    lines = data[begins if begins <= len(data) else 0 :].decode(errors="replace").strip().splitlines()
    first = next((place for place, line in enumerate(lines) if line.startswith("✗")), None)  # as commands say a fault
    return "\n".join(lines[-MOST_TOLD:] if first is None else lines[first : first + MOST_TOLD])


def command(*words: str) -> list[str]:
    """The command line of this program in this environment."""
    return [sys.executable, "-m", "services.cli", *words]


def environment(**more: str) -> dict[str, str]:
    """This process's environment with some variables more."""
    return {**os.environ, **more}
