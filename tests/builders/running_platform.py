"""The receiving platform, running on loopback for a test, and what a test asks of it."""

from __future__ import annotations

import fcntl
import os
import random
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import IO, Any

import httpx

from lienthong.pushes import signing
from services.platform.run import PlatformOptions, server
from tests.builders.unencrypted import UNENCRYPTED

SENDER = "lang-son"


@dataclass(frozen=True, kw_only=True, slots=True)
class Running:
    """A running platform. url: its address; secret: shared with the sender `lang-son`."""

    url: str
    secret: str
    sender: str = SENDER

    def knows(self, sender: str, secret: str) -> None:
        """From now on the platform takes what this sender signs so."""
        asked = {"secret": secret, "province": "20"}
        httpx.put(f"{self.url}/admin/senders/{sender}", json=asked, timeout=60, verify=UNENCRYPTED).raise_for_status()

    def tell(self, **fault: Any) -> None:
        """Put a fault in force."""
        httpx.put(f"{self.url}/admin/fault", json=fault, timeout=60, verify=UNENCRYPTED).raise_for_status()

    def post(
        self,
        body: bytes,
        *,
        message: str = "msg_1",
        secret: str | None = None,
        sender: str | None = None,
        at: datetime | None = None,
        **headers: str,
    ) -> httpx.Response:
        """Send one signed message."""
        signed = signing.headers(
            secrets=[secret or self.secret],
            sender=sender or self.sender,
            message=message,
            at=at or datetime.now(UTC),
            payload=body,
        )
        return httpx.post(
            f"{self.url}/v1/messages",
            content=body,
            headers={"content-type": "application/json"} | signed | headers,
            timeout=60,
            verify=UNENCRYPTED,
        )

    def get(self, target: str) -> httpx.Response:
        """Ask one signed question."""
        signed = signing.headers(
            secrets=[self.secret],
            sender=self.sender,
            message="q",
            at=datetime.now(UTC),
            payload=signing.question("GET", target),
        )
        return httpx.get(self.url + target, headers=signed, timeout=60, verify=UNENCRYPTED)

    def held(self, kind: str) -> list[dict[str, Any]]:
        """What it holds, as its list says."""
        found: list[dict[str, Any]] = self.get(f"/v1/items/{kind}").json()["items"]
        return found


@contextmanager
def running(folder: Path) -> Iterator[Running]:
    """A platform over an SQLite file in `folder`, serving until the end of the block."""
    port, secret = free_port(), signing.new_secret()
    served = server(PlatformOptions(path=folder / "platform.sqlite", port=port, senders=((SENDER, secret, "20"),)))
    thread = threading.Thread(target=served.run)
    thread.start()
    try:
        until(lambda: served.started or not thread.is_alive())
        assert served.started, "the platform did not start"
        yield Running(url=f"http://127.0.0.1:{port}", secret=secret)
    finally:
        served.should_exit = True
        thread.join(timeout=10)


@contextmanager
def a_sender(server: Running) -> Iterator[Running]:
    """A sender of one test's own at a platform of many, which misbehaves no more when the test is over."""
    made = Running(url=server.url, secret=signing.new_secret(), sender=f"hub-{token_hex(8)}")
    server.knows(made.sender, made.secret)
    yield made
    server.tell(mode="none")


_HELD: list[IO[str]] = []
"""One locked file for each port that this process was given, until it ends."""


def free_port() -> int:
    """A port below 32768 (the range from which outgoing connections take theirs) that is free now, and is given to no
    other test meanwhile, of this run or of another on this machine: a hub listens only seconds after it was asked for.

    None that embedded brokers choose for themselves (those begin at full tens). By the system's chance: that of
    `random` is the same in all processes of a run that was given a seed.
    """
    folder = Path(tempfile.gettempdir()) / f"lienthong-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    for port in random.SystemRandom().sample([port for port in range(21000, 29000) if port % 10 > 2], 50):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) and _hold(folder / str(port)):
                return port
    raise AssertionError("no free port between 21000 and 29000")


def _hold(path: Path) -> bool:
    lock = path.open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return False
    _HELD.append(lock)
    return True


def until(condition: Any, timeout: float = 60.0) -> None:
    """Wait for a condition; AssertionError after `timeout` seconds."""
    end = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < end, "the condition did not come true in time"
        time.sleep(0.01)
