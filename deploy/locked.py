"""Installs what a lock pins, by hash, into the environment of the Python that runs this, with as many pips as there are
processors.

    .venv/bin/python deploy/locked.py requirements.lock

A lock names everything, so that no pip has to know what another installs. Most of what one does is to read, package
after package, the index's list of all files that there ever were. What is installed in the pinned version stays.
Standard library alone: there is nothing else yet.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

_PIP = (sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps")
_PINNED = re.compile(
    r"^(?P<name>[A-Za-z0-9][\w.-]*)==(?P<version>[^\s\\]+)(?: \\\n +--hash=sha256:[0-9a-f]{64})+$", re.MULTILINE
)
_INSTALLER = "pip"
"""The lock of the test tools pins the installer too; none can do its work while another replaces it."""


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


def shared_out(wanted: Sequence[Pinned], pips: int) -> list[Sequence[Pinned]]:
    """The installer, which comes first and alone, then a part for each pip."""
    others = [each for each in wanted if each.name != _INSTALLER]
    return [[each for each in wanted if each.name == _INSTALLER], *(others[part::pips] for part in range(pips))]


def install(lock: Path, pips: int) -> int:
    """The exit status of the first pip that failed, or 0."""
    first, *parts = shared_out(missing(pinned(lock.read_text("utf-8"))), pips)
    with tempfile.TemporaryDirectory(prefix="locked-") as folder:
        return _run(Path(folder), [first]) or _run(Path(folder), parts)


def _run(folder: Path, parts: Iterable[Sequence[Pinned]]) -> int:
    """A pip for each part, all at once."""
    running = []
    for number, part in enumerate(parts):
        if part:
            path = folder / f"{number}.lock"
            path.write_text("\n".join(each.text for each in part), "utf-8")
            running.append(subprocess.Popen([*_PIP, "--require-hashes", "--requirement", str(path)]))
    statuses = [pip.wait() for pip in running]
    return next((status for status in statuses if status), 0)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    try:
        sys.exit(install(Path(sys.argv[1]), os.cpu_count() or 1))
    except KeyboardInterrupt:  # the pips were interrupted too, and say so; what is installed stays
        sys.exit(130)
