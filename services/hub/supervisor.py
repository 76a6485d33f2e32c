"""`lienthong up`: the embedded server and a process for each part, watched, restarted when one dies, ended together."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from lienthong.errors import Transient
from lienthong.outage import Outage
from lienthong.stopping import until_asked
from services.hub import nursery

log = structlog.get_logger(__name__)

GRACE = 20.0  # seconds for a process to end its requests and its transaction before it is killed
STEADY = 10.0  # seconds a process must have lived for its next death to be restarted without delay
CANNOT_START = 2  # what our processes end with when a setting or a file is at fault
AWAY = 75  # what they end with when something that they stand on is away for now (EX_TEMPFAIL of sysexits.h)
MOST_TOLD = 12  # lines: a fault has two sentences in two languages, wrapped
LONGEST_PAUSE = 4.0  # seconds: with the start of a process, a hub that dies again and again accepts within 10 s
_AFTER_THE_NURSERY = 0.5  # seconds; another is there by then
LONGEST_UNFIT = 60.0  # seconds, of a part that can't start: no setting mends itself, a file may have been mended


@dataclass(slots=True)
class ChildProcess:
    """One child process: its name, the words of its command, how it has fared. output: a file for what it prints."""

    name: str
    words: Sequence[str]
    output: Path | None = None
    process: nursery.Forked | None = None
    begins: int = 0  # where in `output` stands what this process prints
    last_refusal: str = ""  # what was last said of it as `refused`
    started: float = 0.0
    failures: int = 0
    again_at: float = 0.0


@dataclass(slots=True)
class Supervisor:
    """Runs parts until told to stop. environment: for all of them. keep: called in every round, keeps running what
    the parts stand on; when it raises Transient it is called again in the next round. refused: called with a part that
    ended because it can't start (exit code CANNOT_START or AWAY) and the last that it printed, once for the same words:
    what goes to a file alone, nobody at the terminal sees. It is started again all the same, less and less often: a
    file may be mended.
    """

    parts: Sequence[ChildProcess]
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

    def _tend(self, part: ChildProcess) -> None:
        now = time.monotonic()
        code = None if part.process is None else part.process.poll()
        if part.process is not None and code is None:
            return
        if code is not None:
            lived = now - part.started
            part.failures = 1 if lived > STEADY else part.failures + 1
            pause = pause_after(part.failures, code)
            log.warning("part_ended", part=part.name, code=code, again_in_seconds=pause, **_because(code))
            self._tell_why(part, code)
            part.process, part.again_at = None, now + pause
        if now >= part.again_at:
            self._start(part, now)

    def _start(self, part: ChildProcess, now: float) -> None:
        try:
            part.process = _started(part, self.environment)
        except nursery.NurseryDied:
            part.again_at = now + _AFTER_THE_NURSERY
            log.warning("part_not_started", part=part.name, **_because(nursery.LOST))
            return
        part.started = now
        self.changed(part.name, "started")

    def _tell_why(self, part: ChildProcess, code: int) -> None:
        if code not in (CANNOT_START, AWAY) or part.output is None:
            return
        text = _last_printed(part.output, part.begins)
        if text != part.last_refusal:
            part.last_refusal = text
            self.refused(part.name, text)

    def _end(self) -> None:
        running = [(part, part.process) for part in self.parts if part.process is not None]
        for _, process in running:
            process.terminate()
        deadline = time.monotonic() + GRACE
        for part, process in running:
            if process.wait(max(0.1, deadline - time.monotonic())) is None:
                log.warning("part_killed", part=part.name, after_seconds=GRACE)
                process.kill()
                process.wait(GRACE)
            self.changed(part.name, "stopped")


def _because(code: int) -> dict[str, str]:
    return {"because": "the nursery died"} if code == nursery.LOST else {}


def pause_after(failures: int, code: int) -> float:
    """Seconds until a part that ended so often in a row, the last time with this exit code, is started again."""
    longest = LONGEST_UNFIT if code == CANNOT_START else LONGEST_PAUSE
    return 0.0 if failures == 1 else min(longest, 0.5 * 2 ** min(failures, 10))


def _started(part: ChildProcess, environment: Mapping[str, str]) -> nursery.Forked:
    if part.output is None:
        return nursery.start(part.words, environment, None)
    # It logs to the file by itself, which bounds it; what the interpreter prints when it dies comes beside.
    part.begins = part.output.stat().st_size if part.output.exists() else 0
    return nursery.start(part.words, {**environment, "LIENTHONG_LOG_FILE": str(part.output)}, part.output)


def _last_printed(path: Path, begins: int) -> str:
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
