"""Who may send to `lienthong platform`: the secret comes from a file, never from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from lienthong.errors import HubError
from services.commands.platform import known_sender


def test_a_senders_secret_is_read_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "lang-son.secret"
    file.write_text("whsec_bGFuZyBzb24=\n", "utf-8")
    assert known_sender(f"lang-son:20:{file}") == ("lang-son", "whsec_bGFuZyBzb24=", "20")


def test_a_secret_on_the_command_line_is_refused() -> None:
    with pytest.raises(HubError) as refused:
        known_sender("lang-son:20:whsec_bGFuZyBzb24=")
    assert [item.code for item in refused.value.problems] == ["file_unreadable"]


@pytest.mark.parametrize("text", ["lang-son", "lang-son:20", "lang-son:20:", ":20:file", "lang-son::file"])
def test_a_sender_without_id_province_or_file_is_refused(text: str) -> None:
    with pytest.raises(HubError) as refused:
        known_sender(text)
    assert [item.code for item in refused.value.problems] == ["sender_option_malformed"]
