"""Contacts of many units by a file: all of them or none, every fault at its line, webhooks as they were."""

from __future__ import annotations

from pathlib import Path

from tests.builders.hub import Hub
from tests.builders.reminding import OWING, tell
from tests.services.commands.conftest import Call
from tests.services.commands.test_seeing import read

SYSTEM = "http://127.0.0.1:9/nhac"


def a_file(folder: Path, *lines: str) -> str:
    path = folder / "lien-he.csv"
    path.write_text("\n".join(("unit;mails", *lines)), "utf-8")
    return str(path)


def test_a_file_with_faults_names_each_at_its_line_and_writes_nothing(hub: Hub, call: Call, tmp_path: Path) -> None:
    file = a_file(tmp_path, "06001;a@langson.gov.vn", "05977;sai", "06001;b@langson.gov.vn", "99999;c@langson.gov.vn")
    done = call("units", "import-contacts", file)
    assert done.exit_code != 0
    said = " ".join(done.output.split())
    assert all(f"dòng {line}" in said for line in (3, 4, 5)) and "dòng 2" not in said, said
    assert read(call, "units", "contacts") == []


def test_a_file_sets_mails_and_leaves_webhooks(hub: Hub, call: Call, tmp_path: Path) -> None:
    tell(hub, OWING, webhook=SYSTEM, reach="loopback")
    done = call("units", "import-contacts", a_file(tmp_path, f"{OWING};a@langson.gov.vn b@langson.gov.vn"))
    assert done.exit_code == 0, done.output
    [one] = read(call, "units", "contacts")
    assert (one["mails"], one["webhook"], one["reach"]) == (
        ["a@langson.gov.vn", "b@langson.gov.vn"],
        SYSTEM,
        "loopback",
    )
