"""What runs is what was tested: the three locks name the same versions."""

from __future__ import annotations

import re

import pytest

from lienthong.shipped import schemas_folder

ROOT = schemas_folder().parent


def _pins(lock: str) -> dict[str, str]:
    text = (ROOT / lock).read_text("utf-8")
    return dict(re.findall(r"^([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==(\S+)", text, re.MULTILINE))


@pytest.mark.parametrize("lock", ["requirements-kafka.lock", "requirements-dev.lock"])
def test_every_version_that_runs_is_the_one_that_is_tested(lock: str) -> None:
    runtime, tested = _pins("requirements.lock"), _pins(lock)
    assert runtime
    assert {name: version for name, version in runtime.items() if tested.get(name) != version} == {}
