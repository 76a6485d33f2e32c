"""What runs is what was tested: the three locks name the same versions, and what is installed is what they pin."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from lienthong.shipped import schemas_folder

ROOT = schemas_folder().parent
LOCKS = ("requirements.lock", "requirements-kafka.lock", "requirements-dev.lock")
BUILDING = {"hatchling", "editables"}  # needed where the wheel is made
HASH = "--hash=sha256:" + "0" * 64


@pytest.fixture(scope="module")
def locked() -> ModuleType:
    """deploy/locked.py, which runs where there is no package yet."""
    spec = importlib.util.spec_from_file_location("locked", ROOT / "deploy" / "locked.py")
    assert spec is not None and spec.loader is not None
    module = sys.modules["locked"] = importlib.util.module_from_spec(spec)  # dataclasses look it up there
    spec.loader.exec_module(module)
    return module


def _pins(locked: ModuleType, lock: str) -> dict[str, str]:
    return {each.name: each.version for each in locked.pinned((ROOT / lock).read_text("utf-8"))}


@pytest.mark.parametrize("lock", LOCKS[1:])
def test_every_version_that_runs_is_the_one_that_is_tested(locked: ModuleType, lock: str) -> None:
    runtime, tested = _pins(locked, LOCKS[0]), _pins(locked, lock)
    assert runtime
    assert {name: version for name, version in runtime.items() if tested.get(name) != version} == {}


@pytest.mark.parametrize("wanted", sorted(path.stem for path in ROOT.glob("requirements*.in")))
def test_a_lock_pins_all_that_it_is_made_of(locked: ModuleType, wanted: str) -> None:
    """A name that was added without `make lock` is in no environment that is made anew."""
    assert sorted(_wanted(f"{wanted}.in") - _pins(locked, f"{wanted}.lock").keys()) == []


def test_what_a_wheel_declares_is_what_the_locks_are_made_of() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    assert _names(declared) | BUILDING == _wanted("requirements.in")


def _wanted(file: str) -> set[str]:
    """The names of what a lock is made of, and of the files that it takes in."""
    lines = [line for line in (ROOT / file).read_text("utf-8").splitlines() if line and not line.startswith("#")]
    taken_in = [line.removeprefix("-r ") for line in lines if line.startswith("-r ")]
    names = _names(line for line in lines if not line.startswith("-"))
    return names.union(*map(_wanted, taken_in))


def _names(requirements: Iterable[str]) -> set[str]:
    return {canonicalize_name(Requirement(text.partition(" #")[0]).name) for text in requirements}


def listed(**settings: str) -> str:
    """As `pip config list` shows settings: `where__name="value"`, an underscore standing for a hyphen."""
    named = ((*name.split("__"), value) for name, value in settings.items())
    return "".join(f"{where}.{name.replace('_', '-')}={value!r}\n" for where, name, value in named)


def test_uv_is_told_what_pip_is_configured_with(locked: ModuleType) -> None:
    configured = listed(
        global__index_url="a mirror",
        global__cert="/etc/ssl/mirror.pem",
        user__index_url="nearer",
        env__find_links="/a /b",
        env__disable_pip_version_check="1",
    )
    assert locked.told(configured) == {
        "UV_DEFAULT_INDEX": "nearer",
        "SSL_CERT_FILE": "/etc/ssl/mirror.pem",
        "UV_FIND_LINKS": "/a,/b",
    }
    more = locked.told(listed(global__extra_index_url="one another"))
    assert more == {"UV_INDEX": "one another", "UV_INDEX_STRATEGY": "unsafe-best-match"}
    assert locked.told("") == {}


@pytest.mark.parametrize(
    ("fails", "run"),
    [((), ["pip", "uv"]), (("pip",), ["pip", "pip"]), (("uv",), ["pip", "uv", "pip"])],
    ids=["uv", "uv can't be had", "uv fails"],
)
def test_pip_installs_where_uv_does_not(
    locked: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fails: tuple[str, ...], run: list[str]
) -> None:
    seen: list[str] = []

    def ran(command: tuple[str, ...], environment: Mapping[str, str] | None = None) -> int:
        name, brings_uv = "uv" if command[0].endswith("uv") else "pip", str(lock) not in command
        seen.append(name)
        assert "--require-hashes" in command and "--no-deps" in command
        return int("uv" in fails if name == "uv" else "pip" in fails and brings_uv)

    lock = tmp_path / "some.lock"
    lock.write_text(f"no.such==1 \\\n    {HASH}\n", "utf-8")
    monkeypatch.setattr(locked, "_run", ran)
    assert (locked.install(lock, compiled=False), seen) == (0, run)


def test_the_installer_is_pinned_alone(locked: ModuleType) -> None:
    assert list(_pins(locked, "requirements-installer.lock")) == ["uv"]


@pytest.mark.parametrize(
    "line", ["uvloop", "uvloop>=1", "uvloop==1", "--index-url x", "git+https://x", f"uvloop==1 ; y {HASH}"]
)
def test_what_is_not_pinned_by_version_and_hash_is_not_installed(locked: ModuleType, line: str) -> None:
    with pytest.raises(SystemExit, match="not pinned by version and hash"):
        locked.pinned(f"pytest==1 \\\n    {HASH}\n    # via x\n\n{line}\n")


def test_what_is_there_in_its_version_stays_and_another_version_goes(locked: ModuleType) -> None:
    there = _pins(locked, LOCKS[2])["pytest"]
    wanted = locked.pinned(
        "".join(f"{pin} \\\n    {HASH}\n" for pin in (f"PyTest=={there}", "pluggy==0.1", "no.such==1"))
    )
    assert [each.name for each in locked.missing(wanted)] == ["pluggy", "no-such"]


def test_the_locks_lack_nothing_that_is_needed() -> None:
    """Pips that install parts ask for nobody's needs."""
    said = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout
