"""What runs is what was tested: the three locks name the same versions, and what is installed is what they pin."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tomllib
from collections.abc import Iterable
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


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pip_gets_a_part_and_the_installer_is_replaced_before_them(locked: ModuleType, lock: str) -> None:
    wanted = locked.pinned((ROOT / lock).read_text("utf-8"))
    first, *parts = locked.shared_out(wanted, 3)
    assert [each.name for each in first] == (["pip"] if "pip" in _pins(locked, lock) else [])
    assert sorted(each.name for part in (first, *parts) for each in part) == sorted(_pins(locked, lock))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1
    assert all(each.text.count("--hash=sha256:") >= 1 for each in wanted)


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
