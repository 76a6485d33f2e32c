"""`lienthong directives import`: a register kept as a sheet comes in as a system would send it, all or nothing."""

from __future__ import annotations

import json
from pathlib import Path

from tests.builders.hub import Hub, the_plan
from tests.services.commands.conftest import Call

HEADER = "unit;number;title;issuer;issued;programmes;posted;shared"
GOOD = (
    "05977;12/CT-UBND;Chỉ thị 12;UBND phường;10/09/2026;P119;site 11/09/2026 https://dk.example/12;zalo 12/09/2026",
    "05977;15/CT-UBND;Chỉ thị 15;UBND phường;2026-09-20;P119 P1169;;",
)


def written(folder: Path, *lines: str) -> str:
    file = folder / "so.csv"
    file.write_text("\n".join((HEADER, *lines)), encoding="utf-8-sig")
    return str(file)


def known(call: Call) -> None:
    """A client that may register for the commune."""
    words = ("clients", "add", "ld-05977", "--name", "Phường Đông Kinh", "--province", "20", "--unit", "05977")
    made = call(*words, "--source", "/20/05977")
    assert made.exit_code == 0, made.output


def listed(call: Call) -> list[dict[str, object]]:
    document = json.loads(call("directives", "list", "--province", "20", "--json").stdout)
    assert isinstance(document, list)
    return document


def test_a_sheet_is_registered_once_whatever_it_is_called_again(hub: Hub, call: Call, tmp_path: Path) -> None:
    hub.publish(the_plan("p1169", "P1169-LS"))
    known(call)
    words = ("directives", "import", written(tmp_path, *GOOD), "--client", "ld-05977")
    tried = call(*words, "--dry-run")
    assert tried.exit_code == 0 and "2 văn bản sẽ được ghi" in tried.output and listed(call) == []
    done = call(*words)
    assert done.exit_code == 0 and "2 văn bản đã ghi vào sổ" in done.output, done.output
    [first, second] = listed(call)
    assert (first["directive"], second["programmes"]) == ("2026.12-ct-ubnd", ["P119", "P1169"])
    assert first["shared"] == [{"channel": "zalo", "day": "2026-09-12"}]
    assert "0 văn bản đã ghi vào sổ / registered; 2 đã có" in call(*words).output
    assert [one["revision"] for one in listed(call)] == [1, 1]


def test_every_fault_is_told_by_its_line_and_nothing_is_registered(hub: Hub, call: Call, tmp_path: Path) -> None:
    known(call)
    late = "05977;9/CT;Chỉ thị 9;UBND phường;10/09/2026;P119;site 01/09/2026 https://dk.example/9;"
    stranger = "05986;3/CT;Chỉ thị 3;UBND phường;10/09/2026;P119;;"
    refused = call("directives", "import", written(tmp_path, GOOD[0], late, stranger), "--client", "ld-05977")
    assert refused.exit_code == 1
    assert "so.csv, dòng 3" in refused.output and "so.csv, dòng 4" in refused.output
    assert "so.csv, dòng 2" not in refused.output and listed(call) == []
    unread = "05977;8/CT;Chỉ thị 8;UBND phường;31/02/2026;P119;trang 11/09/2026;"
    refused = call("directives", "import", written(tmp_path, unread), "--client", "ld-05977")
    assert "trang 11/09/2026" in refused.output and "31/02/2026" in refused.output
    assert call("directives", "import", written(tmp_path, *GOOD), "--client", "no-such").exit_code == 1
