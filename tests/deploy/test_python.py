"""Which Python makes the environment (deploy/python.sh): the quick one of those that the machine has."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT

PLAIN, OPTIMISED = "'--prefix=/usr/local'", "'--enable-optimizations' '--with-lto'"


def a_python(path: Path, *, configured: str = PLAIN, makes_environments: bool = True) -> Path:
    """A program that answers what a Python would that was so configured."""
    environments, plainly = 0 if makes_environments else 1, 1 if configured == OPTIMISED else 0
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'#!/bin/sh\ncase "$2" in *ensurepip*) exit {environments};; *) exit {plainly};; esac\n', "utf-8")
    path.chmod(0o755)
    return path


def chosen(folder: Path, system: Path) -> str:
    environment = {"PATH": f"{folder}:{os.environ['PATH']}", "SYSTEM_PYTHON": str(system)}
    said = subprocess.run(
        ["sh", "deploy/python.sh"], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return said.stdout.strip()


@pytest.mark.parametrize("configured", [PLAIN, OPTIMISED])
def test_a_python_of_ones_own_is_taken_when_it_was_optimised(tmp_path: Path, configured: str) -> None:
    system = a_python(tmp_path / "usr" / "python3")
    a_python(tmp_path / "own" / "python3", configured=configured)
    assert chosen(tmp_path / "own", system) == ("python3" if configured == OPTIMISED else str(system))


def test_the_systems_is_taken_only_where_it_makes_environments(tmp_path: Path) -> None:
    a_python(tmp_path / "own" / "python3")
    assert chosen(tmp_path / "own", a_python(tmp_path / "usr" / "python3", makes_environments=False)) == "python3"
    assert chosen(tmp_path / "own", tmp_path / "none" / "python3") == "python3"


def test_without_any_python_the_name_is_said_that_make_will_miss(tmp_path: Path) -> None:
    environment = {"PATH": str(tmp_path), "SYSTEM_PYTHON": str(tmp_path / "python3")}
    said = subprocess.run(
        ["/bin/sh", "deploy/python.sh"], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert said.stdout == "python3\n"


def test_what_is_chosen_on_this_machine_makes_environments() -> None:
    python = subprocess.run(
        ["sh", "deploy/python.sh"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()
    subprocess.run([python, "-c", "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))"], check=True)
