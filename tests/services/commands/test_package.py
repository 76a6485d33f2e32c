"""The package of a plan, written by an operator's command and judged by with another."""

from __future__ import annotations

import json
from pathlib import Path

from tests.builders.hub import Hub, a_report
from tests.services.commands.conftest import Call


def test_a_package_is_written_once_and_reports_are_judged_by_it(hub: Hub, call: Call, tmp_path: Path) -> None:
    place, report = tmp_path / "goi.zip", tmp_path / "bao-cao.json"
    assert call("plans", "package", "P119-LS", str(place)).exit_code == 0
    again = call("plans", "package", "P119-LS", str(place))
    assert again.exit_code == 1 and "file_not_written" in again.output, "nothing is overwritten"
    assert call("plans", "package", "P119-LS", str(tmp_path / "x.zip"), "--version", "99").exit_code == 1
    report.write_text(json.dumps(a_report(hub)), "utf-8")
    assert call("check", str(report), "--package", str(place)).exit_code == 0
    report.write_text(json.dumps(a_report(hub, unit="20.SYT")), "utf-8")
    done = call("check", str(report), "--package", str(place), columns=80)
    assert done.exit_code == 1 and "unit_not_obliged" in done.output
