"""The processes of a sample hub: started, watched over, waited for."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from services.demo.broker import variables
from services.demo.site import PATIENCE, Site
from services.hub.supervisor import ChildProcess, Supervisor

PLATFORM = "platform"
HOPELESS = 3  # deaths of a part after which waiting for it is vain
DATA_DIR = "LIENTHONG_DATA_DIR"
RETRY_SECONDS = "[1, 2, 4, 8, 16, 30, 60]"
"""The demonstration cannot wait the hours that the real schedule waits for a receiver."""


class NotReady(Exception):
    """A part did not come up; its log says why."""


@contextmanager
def processes(site: Site) -> Iterator[None]:
    """All that a site consists of, watched over until the end; each writes a log of its own."""
    log = site.folder / "log"
    log.mkdir()
    words = {
        "http": ("http",),
        "aggregate": ("aggregate", "--worker"),
        "export": ("export", "--worker"),
        "portals": ("portal-reader",),
        "reminders": ("reminder",),
        PLATFORM: platform_words(site),
    }
    if site.kafka is not None:
        words["relay"] = ("relay",)
    for name, arguments in words.items():
        for number in range(1, site.counts.get(name, 1) + 1):
            part_name = name if number == 1 else f"{name}-{number}"
            site.running.append(ChildProcess(name=part_name, words=arguments, output=log / f"{part_name}.log"))
    supervisor = Supervisor(
        parts=site.running,
        environment=_environment(site),
        changed=lambda name, what: None,
    )
    watching = threading.Thread(target=supervisor.watch, name="supervisor", daemon=True)
    watching.start()
    try:
        yield
    finally:
        supervisor.stop.set()
        watching.join()


def platform_words(site: Site) -> tuple[str, ...]:
    """What its platform is called by, at the address that the site has for it now."""
    port = site.platform.rpartition(":")[2]
    return ("platform", "--path", str(site.folder / "platform.sqlite"), "--port", port, "--name", site.name)


def _environment(site: Site) -> dict[str, str]:
    """For the parts. Settings of a real hub that may stand in this shell are not theirs."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("LIENTHONG_", "DATABASE_URL"))}
    kafka = {} if site.kafka is None else variables(site.kafka)
    return (
        own
        | kafka
        | {
            "DATABASE_URL": site.conninfo,
            DATA_DIR: str(site.settings.data_dir),
            "LIENTHONG_SAMPLE": "true",
            "LIENTHONG_PORT": str(site.settings.port),
            "LIENTHONG_HOST": site.settings.host,
            "LIENTHONG_HTTP_WORKERS": str(site.counts.get("http", 1)),
            "LIENTHONG_EXPORT_RETRY_SECONDS": RETRY_SECONDS,
            "LIENTHONG_EXPORT_TAKE_SECONDS": "1",
            "LIENTHONG_MAIL_HOST": "127.0.0.1",
            "LIENTHONG_MAIL_PORT": str(site.mailbox.port),
            "LIENTHONG_MAIL_SECURITY": "none",
            "LIENTHONG_MAIL_SENDER": "lienthong@mau.example.vn",
        }
    )


def wait(ready: Callable[[], bool], address: str, parts: Sequence[ChildProcess]) -> None:
    """Until it is ready. Raises NotReady, at once when a part has died again and again."""
    end = time.monotonic() + PATIENCE
    while not ready():
        if time.monotonic() > end or any(part.failures >= HOPELESS for part in parts):
            raise NotReady("\n".join([f"{address}: not ready", *_last_words(parts)]))
        time.sleep(0.1)


def _last_words(parts: Sequence[ChildProcess]) -> Iterator[str]:
    """The last line that each part wrote which has ended."""
    for part in parts:
        if part.failures and part.output is not None and part.output.exists():
            lines = part.output.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            yield f"{part.name}: {lines[-1] if lines else 'ended without a word'}"
