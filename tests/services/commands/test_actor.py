"""Who runs a command is what the system says, and no variable."""

from __future__ import annotations

import os
import pwd

import pytest

from services.commands import terminal


def test_no_variable_says_who_acts(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME", "SUDO_USER"):
        monkeypatch.setenv(name, "somebody-else")
    assert terminal.actor() == f"cli:{pwd.getpwuid(os.getuid()).pw_name}"


def test_an_account_without_a_name_acts_under_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 4_123_456)
    assert terminal.actor() == "cli:uid-4123456"
