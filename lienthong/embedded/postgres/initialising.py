"""Making the cluster: initdb, once for a data folder, and which version of PostgreSQL made it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from lienthong.embedded.postgres.binaries import Account
from lienthong.refusals import misconfigured

SUPERUSER = "lienthong"


def initialise(home: Path, binaries: Path, account: Account) -> None:
    """Make the cluster of a home, unless one stands there. Raises Misconfigured where none can be made, or where it is
    of another version of PostgreSQL.
    """
    data = home / "data"
    if (data / "PG_VERSION").exists():
        _check_version(data, binaries)
        return
    fresh = home / "data.new"
    shutil.rmtree(fresh, ignore_errors=True)  # what an interrupted initdb left
    command = [
        str(binaries / "initdb"),
        "-D",
        str(fresh),
        "-U",
        SUPERUSER,
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--data-checksums",
    ]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env=clean_environment(),
        **account.popen,
    )
    if done.returncode != 0:
        raise misconfigured("postgres_not_made", folder=str(fresh), why=done.stderr.strip()[-190:])
    fresh.rename(data)


def _check_version(data: Path, binaries: Path) -> None:
    wanted = subprocess.run(
        [str(binaries / "postgres"), "--version"], capture_output=True, text=True, check=True, cwd="/"
    ).stdout.split()[-1]
    text = (data / "PG_VERSION").read_text().strip()
    if wanted.split(".", maxsplit=1)[0] != text:
        raise misconfigured("postgres_of_other_version", folder=str(data), found=text, wanted=wanted)


def clean_environment() -> dict[str, str]:
    """PG* variables of the operator's shell would redirect our tools; secrets have no business in there."""
    kept: Callable[[str], bool] = ("PATH", "LD_LIBRARY_PATH", "TMPDIR").__contains__
    return {name: value for name, value in os.environ.items() if kept(name)} | {"LC_ALL": "C", "TZ": "UTC"}
