"""A file that is no whole backup is said to be damaged, whatever is in it."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from lienthong.backup import archive
from lienthong.errors import Unprocessable


@pytest.mark.parametrize("manifest", ["[" * 100_000, '{"a":' * 100_000, "[]", '"text"', "1", "null", "{}", "", "\xff"])
def test_a_manifest_that_is_none_is_damage(tmp_path: Path, manifest: str) -> None:
    file = tmp_path / "hub.zip"
    with zipfile.ZipFile(file, "w") as out:
        out.writestr("manifest.json", manifest.encode("latin-1"))
    with pytest.raises(Unprocessable, match="manifest is missing or damaged"):
        archive.check(file)
