"""What the README says to type reports for a commune that has not."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo

from lienthong.calendar import VIETNAM
from lienthong.eventlog import installation
from lienthong.postgres.pool import connect
from services.identity import store
from services.identity.clients import Registration
from tests.builders import whole_hub
from tests.conftest import ROOT, _temporary_database

CHI_LANG = Registration(
    client_id="dv-06463", name="Xã Chi Lăng", province="20", units=("06463",), sources=("/20/06463",)
)


def test_the_readmes_python_reports_for_a_missing_commune(
    postgres: str, filled: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    [example] = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert example.count("var/demo/clients.json") == example.count("var/demo/address") == 1
    with (
        _temporary_database(postgres, filled) as name,
        whole_hub.serving(make_conninfo(postgres, dbname=name)) as whole,
    ):
        with connect(whole.conninfo) as owner:
            installation.set_clock(owner, datetime(2026, 12, 31, 9, tzinfo=VIETNAM))  # where the demonstration ends
        with connect(whole.conninfo, role="lienthong_identity") as conn:
            [issued] = store.add(conn, [CHI_LANG], by="cli:test")
        (tmp_path / "clients.json").write_text(json.dumps({issued.client_id: issued.secret}), encoding="utf-8")
        (tmp_path / "address").write_text(whole.address, encoding="utf-8")
        exec(compile(example.replace("var/demo", str(tmp_path)), "README.md", "exec"), {})
    said = capsys.readouterr().out
    assert said.startswith("P119-LS.2026 P119-LS.commune trước 15/10/2026")
    receipt = json.loads(said[said.index("{") :])
    assert (receipt["status"], receipt["late"], receipt["notice"]) == ("accepted", True, "dữ liệu mẫu")
