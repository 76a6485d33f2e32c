"""Certificates that a setting names are there, or the setting is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from lienthong.authorities import trusting
from lienthong.errors import Misconfigured


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_file_without_certificates_is_told_by_its_setting(content: str | None, tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    with pytest.raises(Misconfigured, match="LIENTHONG_EXPORT_CA_FILE") as refused:
        trusting(str(file), "LIENTHONG_EXPORT_CA_FILE")
    assert str(file) in str(refused.value)


def test_without_a_file_the_system_is_trusted() -> None:
    assert trusting(None, "LIENTHONG_EXPORT_CA_FILE").get_ca_certs() is not None
