"""The offline bundle: made here, installed where there is no network, and it works there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT

# As root the installation runs in a network namespace without any interface.
ALONE = ["unshare", "--net"] if os.geteuid() == 0 and shutil.which("unshare") else []

AS_TEXT: dict[str, Any] = {"capture_output": True, "text": True}


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle")
    environment = {**os.environ, "PYTHON": sys.executable}
    subprocess.run(
        ["sh", str(ROOT / "deploy/bundle/make.sh"), str(folder)],
        env=environment,
        check=True,
        timeout=900,  # what never ends, ends; a busy machine took more than 300
        capture_output=True,
    )
    [bundle] = folder.glob("*.tar.gz")
    subprocess.run(["tar", "-xzf", str(bundle), "-C", str(folder)], check=True)  # as operators do
    return folder / bundle.name.removesuffix(".tar.gz")


def install(unpacked: Path, prefix: Path) -> subprocess.CompletedProcess[str]:
    # What is never started here need not be compiled.
    environment = {"PATH": "/usr/bin:/bin", "PYTHON": sys.executable, "HOME": str(prefix.parent), "PIP_NO_COMPILE": "1"}
    return subprocess.run(
        [*ALONE, "sh", str(unpacked / "install.sh"), str(prefix)],
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=900,
    )


def test_the_bundle_installs_without_a_network_and_the_hub_starts(unpacked: Path, tmp_path: Path) -> None:
    done = install(unpacked, tmp_path / "opt")
    assert done.returncode == 0, done.stderr
    tmp_path.chmod(0o755)
    environment = {"PATH": "/usr/bin:/bin", "LIENTHONG_DATA_DIR": str(tmp_path / "data"), "HOME": str(tmp_path)}
    migrated = subprocess.run(
        [*ALONE, str(tmp_path / "opt/bin/lienthong"), "migrate"],
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert "0002.event_log" in migrated.stdout, migrated.stderr


def test_a_changed_file_is_noticed_before_anything_is_installed(unpacked: Path, tmp_path: Path) -> None:
    changed = tmp_path / "copy"
    shutil.copytree(unpacked, changed)
    with (changed / "requirements.lock").open("a") as lock:
        lock.write("# changed\n")
    done = install(changed, tmp_path / "opt")
    assert done.returncode != 0
    assert "requirements.lock" in done.stdout + done.stderr
    assert not (tmp_path / "opt").exists()


def test_the_bundle_names_no_registry_and_no_machine(unpacked: Path) -> None:
    lock = (unpacked / "requirements.lock").read_text("utf-8")
    assert "--index-url" not in lock
    assert "--find-links" not in lock


def test_the_wheel_holds_every_file_of_the_product(unpacked: Path) -> None:
    """Schemas, templates, SQL: what a checkout has beside its Python. (`make check-wheel` runs the demonstration by
    what the wheel itself declares.)
    """
    [wheel] = (unpacked / "wheels").glob("lienthong-*.whl")
    listed = subprocess.run(["git", "ls-files", "lienthong", "services", "schemas"], cwd=ROOT, check=True, **AS_TEXT)
    wanted = {re.sub("^schemas/", "lienthong/schemas/", name) for name in listed.stdout.splitlines()}
    with zipfile.ZipFile(wheel) as held:
        assert len(wanted) > 1000 and not wanted - set(held.namelist())
