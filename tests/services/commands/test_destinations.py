"""Destinations by command: what is printed is what the receiver is told; the contract's steps work as printed."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from services.commands.platform import known_sender
from tests.builders.hub import ROUND, Hub, a_report
from tests.builders.signing import drafted
from tests.conftest import ROOT
from tests.services.commands.conftest import Call

STEPS = re.compile(r"^    lienthong (destinations add|platform) (.+)$", re.MULTILINE)


def test_the_steps_of_the_contract_make_a_sender_that_the_platform_knows(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract = (ROOT / "docs/platform-contract.md").read_text("utf-8")
    steps = {name: shlex.split(words, comments=True) for name, words in STEPS.findall(contract)}
    done = call("destinations", "add", *steps["destinations add"])
    assert done.exit_code == 0, done.output
    printed = dict(line.split("  ", 1) for line in done.output.splitlines() if line.startswith(("sender", "secret")))
    options = dict(zip(steps["platform"][::2], steps["platform"][1::2], strict=True))
    monkeypatch.chdir(tmp_path)
    Path(options["--sender"].rpartition(":")[2]).write_text(printed["secret"] + "\n")
    assert known_sender(options["--sender"]) == (printed["sender"], printed["secret"], "20")
    assert steps["destinations add"][1].endswith(f":{options['--port']}")


def test_a_release_that_no_destination_takes_says_so(hub: Hub, call: Call) -> None:
    drafted(hub.desk)
    said = call("releases", "sign", ROUND, "--number", "1/BC", "--yes")
    assert said.exit_code == 0 and "chưa có nơi nhận nào" in said.output
    assert call("destinations", "add", "nen-tang", "https://nen-tang.example", "--province", "20").exit_code == 0
    hub.send(a_report(hub, unit="05977"))
    said = call("releases", "draft", ROUND)
    assert said.exit_code == 0 and "nơi nhận nào" not in said.output, said.output


def test_a_delivery_is_asked_for_by_what_the_list_shows_of_it(call: Call) -> None:
    said = call("deliveries", "retry", "P119-LS.2026/1")
    assert said.exit_code == 1 and "delivery_unknown" in said.output + said.stderr
