"""One broker process: formatting its folder, starting, killing and stopping it. In a cluster's folder:

    node-1/data               what Kafka keeps; data.new while it is formatted
    node-1/server.properties  written anew at each start (mode 0600: it may hold passwords)
    node-1/pid                the process that was started last
    node-1/server.log         what Kafka logs; start.log what the Java of the last start said

What does not live here: how many brokers there are and when they count as ready (cluster.py).
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lienthong.embedded.kafka.configuration import (
    ClusterLayout,
    Node,
    as_text,
    logging_properties,
    server_properties,
)
from lienthong.errors import Transient
from lienthong.refusals import misconfigured

SHORT_LIVED = "-XX:TieredStopAtLevel=1"
"""For what ends in seconds: without the compiler whose work pays off in minutes it takes half the processor time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Program:
    """What runs a broker. heap_mb: largest heap; the process needs about 200 MB more."""

    java: Path
    jars: Sequence[Path]
    heap_mb: int

    def command(self, *arguments: str, options: Sequence[str] = ()) -> list[str]:
        class_path = os.pathsep.join(str(jar) for jar in self.jars)
        # One collector thread: up to three brokers share a small machine with PostgreSQL and the hub.
        memory = [f"-Xmx{self.heap_mb}m", "-Xms64m", "-XX:+UseSerialGC"]
        return [str(self.java), *memory, *options, "-cp", class_path, *arguments]


class BrokerProcess:
    """The process of one node. Not thread-safe."""

    def __init__(self, node: Node, layout: ClusterLayout, folder: Path, program: Program) -> None:
        self.node = node
        self._layout = layout
        self._folder = folder
        self._program = program
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, cluster_id: str) -> None:
        """Start it (formatting its folder the first time); does not wait until it answers."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.end_orphan()
        if not (self._folder / "data" / "meta.properties").exists():
            self._format(cluster_id)
        properties = self._write_properties("server.properties", self._folder / "data")
        logging = self._folder / "log4j2.properties"
        logging.write_text(logging_properties(str(self._folder / "server.log")), encoding="utf-8")
        command = self._program.command(
            "kafka.Kafka", str(properties), options=[f"-Dlog4j2.configurationFile={logging}"]
        )
        with (self._folder / "start.log").open("wb") as log:
            # A session of its own: Ctrl+C reaches the launcher, which stops the brokers in order.
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        (self._folder / "pid").write_text(str(self._process.pid))

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    def exit_status(self) -> int | None:
        """The exit status of a process that ended by itself (negative: the signal), None while it runs."""
        return self._process.poll() if self._process is not None else None

    def kill(self) -> None:
        """kill -9, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def ask_to_stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def await_stop(self, seconds: float) -> None:
        """Wait for a clean stop; after `seconds` it is killed, which costs the next start a log recovery."""
        if self._process is None:
            return
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None
        (self._folder / "pid").unlink(missing_ok=True)

    def last_output(self) -> str:
        """The end of what it wrote, to tell the operator why it failed."""
        texts = []
        for name in ("start.log", "server.log"):
            path = self._folder / name
            if path.exists():
                texts.append(path.read_text(encoding="utf-8", errors="replace")[-1500:])
        return "\n".join(texts).strip()

    def end_orphan(self) -> None:
        """Stop the broker that a killed launcher left in this folder."""
        end_orphan(self._folder)

    def _format(self, cluster_id: str) -> None:
        fresh = self._folder / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)  # what an interrupted format left
        properties = self._write_properties("format.properties", fresh)
        command = self._program.command(
            *("kafka.tools.StorageTool", "format", "--cluster-id", cluster_id, "--config", str(properties)),
            options=[SHORT_LIVED],
        )
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            output = (done.stdout + done.stderr).strip()
            raise misconfigured("broker_not_formatted", folder=str(fresh), why=output[-190:])
        properties.unlink()
        fresh.rename(self._folder / "data")

    def _write_properties(self, name: str, data: Path) -> Path:
        path = self._folder / name
        text = as_text(server_properties(self.node, self._layout, str(data)))
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
        return path

    def failure(self) -> Transient:
        """The error to raise when it ended instead of starting."""
        return Transient(f"Kafka broker {self.node.id} did not start in {self._folder}: {self.last_output()[-900:]}")


def end_orphan(folder: Path) -> None:
    """A broker left by a killed launcher still holds its node's folder: stop it."""
    pid = _orphan(folder)
    if pid is None:
        return
    _signal(pid, signal.SIGTERM)
    deadline = time.monotonic() + 10
    while _orphan(folder) is not None:
        if time.monotonic() > deadline:
            _signal(pid, signal.SIGKILL)
        time.sleep(0.05)


def _orphan(folder: Path) -> int | None:
    try:
        pid = int((folder / "pid").read_text())
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None
    # The number may belong to anybody by now: only a broker of this very folder is ours (a zombie's
    # command line is empty).
    return pid if str(folder / "server.properties").encode() in command else None


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return  # it ended meanwhile
