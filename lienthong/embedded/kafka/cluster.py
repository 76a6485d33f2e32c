"""One to three brokers in a folder, as one cluster. Used by one thread."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import secrets
import socket
import time
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from pydantic import SecretStr

from lienthong.embedded.kafka.configuration import (
    SUPERUSER,
    ClusterLayout,
    Node,
    checked_users,
)
from lienthong.embedded.kafka.jars import fetched_jars
from lienthong.embedded.kafka.java import find_java
from lienthong.embedded.kafka.node import BrokerProcess, Program
from lienthong.errors import HubError, Transient
from lienthong.kafka.administration import Administration
from lienthong.kafka.settings import KafkaSettings
from lienthong.refusals import misconfigured

MOST_BROKERS = 3
_START_SECONDS = 90.0  # three brokers on two cores take ten; a loaded machine may need several times that
_STOP_SECONDS = 30.0
_CONTROLLERS = 100  # a controller's port is its broker's plus this
_PORTS = range(20_000, 32_000, 10)  # below those that the system gives to outgoing connections


class Cluster:
    """Apache Kafka in KRaft mode on 127.0.0.1, for demonstrations, tests and development.

        with Cluster(folder, brokers=3) as cluster:
            cluster.bootstrap            # "127.0.0.1:20010,127.0.0.1:20011,127.0.0.1:20012"
            cluster.kill(2)              # kill -9 of broker 2
            cluster.restart(2)           # and back

    A folder keeps its data and its number of brokers over stops and kills. Raises Misconfigured (no Java, folder
    in use, other number of brokers), Transient (jars can't be fetched, brokers do not answer in time).
    """

    def __init__(
        self,
        folder: Path,
        brokers: int = 1,
        *,
        port: int | None = None,
        users: Mapping[str, str] | None = None,
        heap_mb: int = 384,
    ) -> None:
        """port: of the first broker, the next follow; None: free ones, others at each start.

        users: name → password. Given (even empty), everybody has to log in (SASL/PLAIN) and may do what ACLs
        say; `settings()` logs in as the superuser. None: no login. heap_mb: largest Java heap of each broker.
        """
        if not 1 <= brokers <= MOST_BROKERS:
            raise misconfigured("brokers_out_of_range", brokers=brokers, most=MOST_BROKERS)
        self._folder = folder.absolute()
        self._brokers = brokers
        self._port = port
        self._users = None if users is None else checked_users(users)
        self._heap_mb = heap_mb
        self._lock: IO[str] | None = None
        self._layout: ClusterLayout | None = None
        self._cluster_id = ""
        self._processes: dict[int, BrokerProcess] = {}

    @property
    def bootstrap(self) -> str:
        """host:port,… of all brokers. Only while it runs."""
        return self._running().bootstrap

    def settings(self, user: str | None = None, *, password: str | None = None) -> KafkaSettings:
        """Settings that connect to it, as that user (None: the superuser, where there are users)."""
        layout = self._running()
        common = {"bootstrap": layout.bootstrap, "replication": self._brokers}
        if not layout.passwords:
            return KafkaSettings.model_validate(common)
        name = user or SUPERUSER
        login = {
            "security_protocol": "SASL_PLAINTEXT",
            "sasl_mechanism": "PLAIN",
            "sasl_username": name,
            "sasl_password": SecretStr(password or layout.passwords[name]),
        }
        return KafkaSettings.model_validate(common | login)

    def start(self) -> str:
        """Start all brokers and wait until each answers and sees the others; returns the bootstrap address."""
        if self._lock is not None:
            return self.bootstrap
        program = Program(java=find_java(), jars=fetched_jars(), heap_mb=self._heap_mb)
        self._take_folder()
        try:
            self._cluster_id = self._identity()
            self._layout = ClusterLayout(nodes=self._nodes(), passwords=self._passwords())
            for node in self._layout.nodes:
                folder = self._folder / f"node-{node.id}"
                self._processes[node.id] = BrokerProcess(node, self._layout, folder, program)
            for process in self._processes.values():
                process.end_orphan()
            for process in self._processes.values():
                process.start(self._cluster_id)
            self._await(self._processes)
        except BaseException:
            self.stop()
            raise
        return self.bootstrap

    def stop(self) -> None:
        """Stop all brokers cleanly, in turn: each hands its leaderships over to those that still run."""
        for process in reversed(self._processes.values()):
            process.ask_to_stop()
        for process in self._processes.values():
            process.await_stop(_STOP_SECONDS)
        self._processes.clear()
        self._layout = None
        if self._lock is not None:
            self._lock.close()
        self._lock = None

    def kill(self, number: int) -> None:
        """kill -9 of one broker (1, 2, 3)."""
        self._processes[number].kill()

    def restart(self, number: int) -> None:
        """Start a broker that was killed or died, and wait until it answers."""
        self._processes[number].kill()
        self._processes[number].start(self._cluster_id)
        self._await([number])

    def dead_brokers(self) -> dict[int, int]:
        """Brokers that ended by themselves: number → exit status (negative: the signal)."""
        statuses = {number: process.exit_status() for number, process in self._processes.items()}
        return {number: status for number, status in statuses.items() if status is not None}

    def pids(self) -> dict[int, int]:
        """Process ids by broker."""
        return {n: process.pid for n, process in self._processes.items() if process.pid is not None}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # -- steps of a start ------------------------------------------------------------------------------

    def _running(self) -> ClusterLayout:
        if self._layout is None:
            raise misconfigured("brokers_not_running", folder=str(self._folder))
        return self._layout

    def _take_folder(self) -> None:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = (self._folder / "cluster.lock").open("w")
        except OSError as exc:
            raise misconfigured("data_folder_unusable", folder=str(self._folder), why=str(exc)) from exc
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            lock.close()
            raise misconfigured("kafka_runs_already", folder=str(self._folder)) from exc
        self._lock = lock

    def _identity(self) -> str:
        """The cluster's id, from the first start on; also refuses a changed number of brokers."""
        path = self._folder / "cluster.json"
        if path.exists():
            kept = json.loads(path.read_text(encoding="utf-8"))
            if kept["brokers"] != self._brokers:
                raise misconfigured(
                    "brokers_of_other_number", folder=str(self._folder), kept=kept["brokers"], brokers=self._brokers
                )
            return str(kept["id"])
        identity = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "A")
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps({"id": identity, "brokers": self._brokers}), encoding="utf-8")
        fresh.replace(path)
        return identity

    def _nodes(self) -> tuple[Node, ...]:
        first = self._port or _free_ports(self._brokers)
        return tuple(
            Node(id=number + 1, port=first + number, controller_port=first + number + _CONTROLLERS)
            for number in range(self._brokers)
        )

    def _passwords(self) -> dict[str, str]:
        if self._users is None:
            return {}
        return {SUPERUSER: secrets.token_urlsafe(24), **self._users}

    def _await(self, numbers: Iterable[int]) -> None:
        deadline = time.monotonic() + _START_SECONDS
        for number in numbers:
            self._await_one(self._processes[number], deadline)

    def _await_one(self, process: BrokerProcess, deadline: float) -> None:
        everybody = {n for n, other in self._processes.items() if other.exit_status() is None}
        address = f"127.0.0.1:{process.node.port}"
        admin: Administration | None = None
        while True:
            if process.exit_status() is not None:
                raise process.failure()
            if admin is None and _is_listening(process.node.port):
                admin = Administration(self.settings().model_copy(update={"bootstrap": address}))
            with contextlib.suppress(Transient):
                if admin is not None and admin.nodes(timeout=1.0) >= everybody:
                    return
            if time.monotonic() > deadline:
                raise Transient(f"Kafka broker {process.node.id} does not answer: {process.last_output()[-900:]}")
            time.sleep(0.05)


def _is_listening(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return bool(probe.connect_ex(("127.0.0.1", port)) == 0)


def _free_ports(count: int) -> int:
    """The first of `count` ports in a row that are free, with those of the controllers."""
    start = secrets.randbelow(len(_PORTS))  # several test runs at once look in different places
    candidates: list[int] = [*_PORTS[start:], *_PORTS[:start]]
    for first in candidates:
        wanted = [first + number + offset for number in range(count) for offset in (0, _CONTROLLERS)]
        if all(_is_free(port) for port in wanted):
            return first
    raise HubError("no ports are free between 20000 and 32000")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
