"""Installs what a lock pins, by hash, into the environment of the Python that runs this.

    .venv/bin/python deploy/locked.py [--compiled] requirements.lock

uv does it, in a small part of the time that pip takes, and pip brings uv (requirements-installer.lock). uv is told what
pip is configured with: a mirror, a certificate, a proxy. Where uv can't be had or fails, pip does it. --compiled: with
the bytecode of everything, for what is started by others than who installed it. What is installed in the pinned version
stays. Standard library alone: there is nothing else yet.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

_PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")
_BY_HASH = ("--no-deps", "--require-hashes", "--requirement")
_INSTALLER = Path(__file__).parent.parent / "requirements-installer.lock"
_PINNED = re.compile(
    r"^(?P<name>[A-Za-z0-9][\w.-]*)==(?P<version>[^\s\\]+)(?: \\\n +--hash=sha256:[0-9a-f]{64})+$", re.MULTILINE
)
_TOLD = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "no-index": "UV_NO_INDEX",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "client-cert": "SSL_CLIENT_CERT",
    "proxy": "ALL_PROXY",
    "timeout": "UV_HTTP_TIMEOUT",
    "default-timeout": "UV_HTTP_TIMEOUT",
}
"""A setting of pip → the variable by which uv takes it."""
_BETWEEN = {"UV_FIND_LINKS": ","}
"""Where uv parts several values by another sign than a space, as pip does."""


@dataclass(frozen=True, kw_only=True)
class Pinned:
    """A requirement. name: as the index spells it; text: as it stands in the lock, with its hashes."""

    name: str
    version: str
    text: str


def pinned(lock: str) -> list[Pinned]:
    """What a lock pins. Raises SystemExit for a line that is neither that nor a remark."""
    matches = list(_PINNED.finditer(lock))
    strange = [line for line in _PINNED.sub("", lock).splitlines() if not re.match(r"\s*(#|$)", line)]
    if strange:
        raise SystemExit(f"not pinned by version and hash: {strange[0]}")
    return [Pinned(name=_normal(each["name"]), version=each["version"], text=each[0]) for each in matches]


def missing(wanted: Iterable[Pinned]) -> list[Pinned]:
    """What is not installed, or in another version."""
    there = {_normal(package.metadata["Name"]): package.version for package in metadata.distributions()}
    return [each for each in wanted if there.get(each.name) != each.version]


def told(configured: str) -> dict[str, str]:
    """What uv is told by its variables, of what `pip config list` says: lines as `global.cert='…'`.

    What stands nearer to who installs comes later and counts: machine, person, environment of Python, variables.
    """
    said: dict[str, str] = {}
    for line in configured.splitlines():
        name, _, value = line.partition("=")
        variable = _TOLD.get(name.rpartition(".")[2])
        if variable is not None and value:
            said[variable] = _BETWEEN.get(variable, " ").join(ast.literal_eval(value).split())
    if "UV_INDEX" in said:
        said["UV_INDEX_STRATEGY"] = "unsafe-best-match"  # of all indexes, as pip does; the hashes say what it has to be
    return said


def install(lock: Path, *, compiled: bool) -> int:
    """The exit status of what installed."""
    wanted = missing(pinned(lock.read_text("utf-8")))
    if not wanted:
        return 0
    print(f"… {len(wanted)} gói / packages", flush=True)
    quiet = () if sys.stderr.isatty() else ("--quiet",)
    if _run((*_PIP, "install", "--quiet", *_BY_HASH, str(_INSTALLER))) == 0:
        uv = (str(Path(sys.executable).with_name("uv")), "pip", "install", "--python", sys.executable, *quiet)
        with_bytecode = ("--compile-bytecode",) if compiled else ()
        if _run((*uv, *with_bytecode, *_BY_HASH, str(lock)), {**told(_configured()), **os.environ}) == 0:
            return 0
    print("… pip", flush=True)
    return _run((*_PIP, "install", *quiet, *_BY_HASH, str(lock)))


def _configured() -> str:
    listed = subprocess.run((*_PIP, "config", "list"), capture_output=True, text=True, check=False)
    return listed.stdout


def _run(command: tuple[str, ...], environment: Mapping[str, str] | None = None) -> int:
    try:
        return subprocess.run(command, env=environment, check=False).returncode
    except OSError:  # it is not there, or not for this machine
        return 127


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    try:
        sys.exit(install(Path(sys.argv[-1]), compiled="--compiled" in sys.argv))
    except KeyboardInterrupt:  # what was started was interrupted too, and says so; what is installed stays
        sys.exit(130)
