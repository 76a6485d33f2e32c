"""Everything that an operator decides on can be seen, at 80 columns, without a broken id."""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from lienthong import units
from lienthong.calendar import VIETNAM
from lienthong.postgres.pool import connect
from lienthong.shipped import schemas_folder
from services.commands.plans import FREQUENCIES
from services.commands.units import past_of
from services.ingest.units.bodies import unit_body
from tests.builders.hub import FORM, ROUND, SOURCE, Hub, a_report, a_withdrawal
from tests.builders.signing import drafted
from tests.services.commands.conftest import Call

LISTS = (
    "rounds list",
    "releases list",
    f"reports list {ROUND}",
    "receipts list --province 20",
    "plans list",
    "programmes list",
    "difficulties list --province 20",
    "clients list",
    "users list",
    "deliveries list",
    "destinations list",
    "audit list --province 20",
    "facts list",
    "inbound list",
    "units search 06040",
)


def read(call: Call, *words: str) -> Any:
    done = call(*words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_a_round_shows_who_is_late_who_is_missing_and_who_has_longer(hub: Hub, call: Call) -> None:
    hub.send(a_report(hub, unit="05977"))
    hub.set_clock(datetime(2026, 10, 20, 9, 0, tzinfo=VIETNAM))
    hub.send(a_report(hub, unit="06040"), a_report(hub, unit="05983"))
    hub.send(a_withdrawal(unit="05983"))
    words = (
        "rounds",
        "extend",
        ROUND,
        "--until",
        "31/10/2026",
        "--reason",
        "mưa lũ",
        "--number",
        "7/CV",
        "--unit",
        "06103",
        "--obligation",
        "R-119-LS-1",
    )
    assert call(*words).exit_code == 0
    one = read(call, "rounds", "show", ROUND)
    [form] = [form for form in one["forms"] if form["form"] == FORM]
    assert (form["obliged"], form["reported"], form["late"], form["missing"]) == (65, 2, 1, 63)
    [extension] = one["extensions"]
    assert (extension["unit"], extension["reason"], extension["document"]["number"]) == ("06103", "mưa lũ", "7/CV")
    deadlines = {line["obligation"]: line for line in one["deadlines"]}
    assert deadlines["R-119-LS-1"]["extendedFor"] == ["06103"]
    overdue = {line["unit"]: line["overdue"] for line in one["owed"] if line["form"] == FORM}
    assert not overdue["06103"]
    assert overdue["05989" if "05989" in overdue else "05986"]
    stdout = call("rounds", "show", ROUND, columns=80).stdout
    assert "31/10/2026" in stdout
    assert "14/10/2026" in stdout
    assert "Phường Đông Kinh" not in stdout, "who reported in time is not among the late and missing"


def test_what_came_after_a_release_is_shown_with_it(hub: Hub, call: Call) -> None:
    hub.send(a_report(hub, unit="05977"))
    drafted(hub.desk)
    assert call("releases", "sign", ROUND, "--number", "1/BC", "--yes").exit_code == 0
    hub.send(a_report(hub, unit="05977", revision=2))
    one = read(call, "releases", "show", f"{ROUND}/1")
    assert [(came["unit"], came["revision"]) for came in one["since"]] == [("05977", 2)]
    assert one["document"]["number"] == "1/BC"
    assert [row["state"] for row in read(call, "releases", "list", "--round", ROUND)] == ["signed"]


def test_reports_and_receipts_lead_to_each_other(hub: Hub, call: Call) -> None:
    hub.send(a_report(hub, unit="05977"), a_report(hub, unit="06040"))
    [row] = read(call, "reports", "list", ROUND, "--unit", "06040")
    shown = read(call, "reports", "show", row["receipt"])
    assert (shown["unit"], shown["revisions"][0]["content"]["unit"]) == ("06040", "06040")
    receipt = read(call, "receipts", "show", row["receipt"])
    assert receipt in read(call, "receipts", "list", "--province", "20")


def test_an_exported_plan_is_published_again_without_a_change(call: Call, tmp_path_factory: Any) -> None:
    folder = tmp_path_factory.mktemp("plan") / "ls"
    assert call("plans", "export", "P119-LS", str(folder)).exit_code == 0
    done = call("plans", "publish", str(folder / "p119-ls.yaml"))
    assert done.exit_code == 0, done.output
    assert "không thay đổi" in done.stdout
    assert "folder_not_new" in call("plans", "export", "P119-LS", str(folder)).stderr


@pytest.mark.parametrize("words", [words for words in LISTS if "search" not in words])
def test_an_empty_list_says_that_it_is_empty(call: Call, words: str) -> None:
    done = call(*words.split(), columns=80)
    assert done.exit_code == 0, done.output
    filled = {"rounds list", "plans list", "programmes list", "audit list --province 20"}
    assert ("chưa có mục nào / none" in done.stdout) == (words not in filled)


@pytest.mark.parametrize("words", LISTS)
def test_every_list_has_json(call: Call, words: str) -> None:
    told = read(call, *words.split())
    lists = told.values() if words == "facts list" else [told]  # what stands still, and what was set aside
    assert all(isinstance(rows, list) for rows in lists)
    assert all(isinstance(row, dict) and row for rows in lists for row in rows)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("rounds list --plan P119-XX", "plan_unknown"),
        ("rounds list --state zz", "value_not_among"),
        ("reminders list --state zz", "value_not_among"),
        ("audit list --province 77", "province_not_here"),
        ("audit list --province 20 --act nonsense", "value_not_among"),
        ("audit list --province 20 --actor nobody", "value_not_among"),
        ("content list --province 20 --unit 99999", "unit_unknown"),
        ("directives list --province 20 --unit 99999", "unit_unknown"),
        ("directives list --province 20 --programme P9", "value_not_among"),
        ("materials list --province 20 --kind zz", "value_not_among"),
        ("materials count --province 20 --programme P9", "value_not_among"),
        ("portals list --province 77", "province_not_here"),
        ("units contacts --province 77", "province_not_here"),
        ("tasks list --province 20 --plan P119-XX", "plan_unknown"),
        ("tasks list --province 20 --unit 99999", "unit_unknown"),
        ("rounds list --province 77", "province_not_here"),
        ("rounds show P119-LS.1999", "round_unknown"),
        ("releases list --round P119-LS.1999", "round_unknown"),
        ("releases show P119-LS.2026/9", "release_unknown"),
        (f"reports list {ROUND} --unit 99999", "unit_unknown"),
        (f"reports list {ROUND} --form P119-LS.none", "form_unknown"),
        ("reports show 20-x", "receipt_malformed"),
        ("receipts list --province 77", "province_not_here"),
        ("receipts show 20-99999", "receipt_unknown"),
        ("difficulties list --province 77", "province_not_here"),
        ("tasks list --province 77", "province_not_here"),
        ("statements show 99999 --year 2026", "unit_unknown"),
        ("statements grades P119-LS.1999", "round_unknown"),
        ("tasks report P119-LS T-119-LS-99 --status done", "task_unknown"),
        ("plans list --province 77", "province_not_here"),
        ("plans show P119-XX", "plan_unknown"),
        ("units show 99999", "unit_unknown"),
        ("clients list --province 77", "province_not_here"),
        ("users list --province 77", "province_not_here"),
        ("deliveries list --province 77", "province_not_here"),
        ("destinations list --province 77", "province_not_here"),
        ("inbound list --client khong-co", "client_unknown"),
    ],
)
def test_a_filter_that_means_nothing_is_an_error(call: Call, words: str, code: str) -> None:
    done = call(*words.split())
    assert done.exit_code == 1
    assert f"({code})" in done.stderr


def test_a_statement_and_the_grades_of_a_round_are_told(hub: Hub, call: Call) -> None:
    hub.send(a_report(hub, unit="05977"))
    told = read(call, "statements", "show", "05977", "--year", "2026")
    assert [(line["round"], len(line["revisions"])) for line in told["lines"]] == [(ROUND, 1)]
    plain = call("statements", "show", "05977", "--year", "2026", "--csv").stdout
    assert plain.startswith("Mã đơn vị,Kỳ báo cáo,") and "đúng hạn" in plain
    assert call("statements", "show", "05977", "--year", "2026", "--csv-vn").stdout.startswith("\ufeffMã đơn vị;")
    shown = call("statements", "show", "05977", "--year", "2026").stdout
    assert "đúng hạn" in shown and "Tốt" in shown
    graded = read(call, "statements", "grades", ROUND)
    assert graded[0]["unit"] == "05977" and graded[0]["points"] == 100
    assert "còn hạn" in call("statements", "grades", ROUND).stdout


def test_how_far_a_task_is_is_recorded_and_listed(call: Call) -> None:
    done = call("tasks", "report", "P119-LS", "T-119-LS-2.3", "--status", "in_hand", "--note", "Đã đăng 12 tin")
    assert done.exit_code == 0, done.output
    told = read(call, "tasks", "list", "--province", "20", "--unit", "20.SKHCN")
    assert [(task["task"], task["state"], task["latest"]["unit"]) for task in told["tasks"] if task["latest"]] == [
        ("T-119-LS-2.3", "in_hand", "20")
    ]
    shown = call("tasks", "list", "--province", "20", "--unit", "20.SKHCN").stdout
    assert "đang thực hiện" in shown and "Đã đăng 12 tin" in shown and "Tổng hợp" in shown


def test_signing_asks_where_reports_are_missing(hub: Hub, call: Call) -> None:
    hub.send(a_report(hub, unit="05977"))
    nothing = call("releases", "sign", ROUND, "--yes")
    assert nothing.exit_code == 1 and "draft_missing" in nothing.stderr
    drafted(hub.desk)
    asked = call("releases", "sign", ROUND, given="n\n", columns=80)
    assert asked.exit_code == 1
    assert "Còn thiếu / missing" in asked.stdout
    assert read(call, "releases", "list") == []
    assert call("releases", "sign", ROUND, given="y\n").exit_code == 0
    again = call("releases", "sign", ROUND, "--yes")
    assert again.exit_code == 1 and "release_unchanged" in again.stderr
    told = call("releases", "preview", ROUND, columns=80)
    assert told.exit_code == 0, told.output
    assert read(call, "releases", "preview", ROUND)["complete"] is False


def test_installing_a_shipped_plan_says_what_it_sets_going(call: Call) -> None:
    assert "P438-HY" in call("plans", "install").stdout
    assert "plan_not_shipped" in call("plans", "install", "P1-XX").stderr
    done = call("plans", "install", "P1169-LS", columns=80)
    assert done.exit_code == 0, done.output
    assert "không mở" in done.stdout and "09/06/2026 (đã qua)" in done.stdout
    assert [row["rounds"] for row in read(call, "plans", "list") if row["plan"] == "P1169-LS"] == [[]]


def test_a_programme_is_told_apart_from_a_plan(call: Call) -> None:
    programme = schemas_folder() / "programmes" / "p119" / "programme.yaml"
    for command in ("publish", "check"):
        assert "(programme_is_no_plan)" in call("plans", command, str(programme)).stderr


def test_communes_are_merged_in_one_step_after_a_look(hub: Hub, call: Call) -> None:
    words = ("units", "merge", "06040", "06046", "--into", "06040", "--on", "01/01/2027", "--resolution", "1/NQ")
    assert call(*words, given="n\n").exit_code == 1
    assert read(call, "units", "show", "06046", "--on", "2027-01-02")["exists"] is True
    done = call(*words, given="y\n")
    assert done.exit_code == 0, done.output
    gone = read(call, "units", "show", "06046", "--on", "2027-01-02")
    assert (gone["exists"], [heir["code"] for heir in gone["successors"]]) == (False, ["06040"])


def test_a_merger_that_is_killed_in_the_middle_leaves_nothing(hub: Hub, call: Call) -> None:
    """Its rows of the registry are written and its audit entry, its events are not yet."""
    before = read(call, "units", "show", "06046"), hub.rows("SELECT count(*) FROM ingest.audit")
    with connect(hub.conninfo) as owner:
        owner.execute(
            "CREATE FUNCTION eventlog.killed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS"
            " 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END'"
        )
        owner.execute(
            "CREATE TRIGGER killed BEFORE INSERT ON eventlog.events FOR EACH ROW"
            " WHEN (NEW.type = 'vn.lienthong.unit.changed.v1') EXECUTE FUNCTION eventlog.killed()"
        )
    merging = "--on", "01/01/2027", "--resolution", "1/NQ", "--yes"
    broken = call("units", "merge", "06040", "06046", "--into", "06040", *merging)
    assert (broken.exit_code, "Traceback" in broken.output) == (1, False), broken.output
    assert (read(call, "units", "show", "06046"), hub.rows("SELECT count(*) FROM ingest.audit")) == before
    with connect(hub.conninfo) as owner:
        owner.execute("DROP TRIGGER killed ON eventlog.events")
    assert call("units", "merge", "06040", "06046", "--into", "06040", *merging).exit_code == 0


def test_files_are_imported_together_or_not_at_all(call: Call, tmp_path_factory: Any) -> None:
    folder = tmp_path_factory.mktemp("csv")
    people, names = folder / "dan-so.csv", folder / "ten.csv"
    people.write_text("unit,year,value,source\n06040,2026,8123,thử\n", "utf-8")
    names.write_text("code,alias,kind\n99999,Không có,former\n", "utf-8")
    both = ("units", "import", str(people), str(names), "--kind", "populations", "--kind", "aliases")
    assert call(*both).exit_code == 1
    assert read(call, "units", "show", "06040")["populations"] == []
    names.write_text("code,alias,kind\n06040,Tên cũ,former\n", "utf-8")
    assert call(*both).exit_code == 0
    assert read(call, "units", "show", "06040")["populations"][0]["value"] == 8123
    assert "kinds_and_files" in call(*both, "--kind", "units").stderr


def test_status_tells_what_an_operator_has_to_watch(hub: Hub, call: Call) -> None:
    hub.send(a_report(hub, unit="05977"), a_report(hub, id="again", unit="05977"))
    one = read(call, "status")
    assert next(p["position"] for p in one["partitions"] if p["partition"] == "20") > 1
    assert {c["consumer"] for c in one["consumers"]} >= {"aggregate", "export"}
    assert all(c["events"] > 0 for c in one["consumers"]), "no worker runs here"
    assert one["disk"]["database"] > sum(one["disk"]["schemas"].values()) > 0
    removal = next(r for r in one["removals"] if r["what"] == "refusals")
    assert (removal["rows"], removal["oldestGoesAt"][:4]) == (1, "2029")
    assert (one["lastBackupAt"], one["deliveries"]["oldestAt"]) == (None, None)
    assert call("status", columns=80).exit_code == 0


def test_status_says_which_migrations_are_missing(hub: Hub, call: Call) -> None:
    assert read(call, "status")["missingMigrations"] == []
    with connect(hub.conninfo) as conn:
        conn.execute("DELETE FROM lienthong_migrations WHERE name = 'export/0004.taken'")
    one = read(call, "status")
    assert (one["missingMigrations"], one["engine"]) == (["export/0004.taken"], "postgres")
    done = call("status", columns=80)
    assert done.exit_code == 0
    assert "export/0004.taken" in done.stdout
    assert "lienthong migrate" in done.stderr


def test_what_systems_supplied_of_a_report_is_shown_with_its_sources(hub: Hub, call: Call) -> None:
    """Counts of a licence and inspection platform, beside what another system knows."""
    first, second = [figure.code for figure in hub.form.figures if not figure.is_status][:2]
    told = {"unit": "05977", "round": ROUND, "form": FORM}
    kind = "vn.lienthong.figures.supplied.v1"
    for number, (system, figures) in enumerate((("nen-tang-cap-phep", {first: 3}), ("so-thiet-bi", {first: 4}))):
        data = {**told, "system": system, "figures": figures, "asOf": "2026-09-30"}
        [one] = hub.send({"specversion": "1.0", "type": kind, "source": SOURCE, "id": f"s-{number}", "data": data})
        assert one.receipt is not None, one.problems
    draft = read(call, "reports", "supplied", ROUND, FORM, "05977")
    assert (draft["figures"][first], draft["figures"][second], draft["complete"]) == (7, None, False)
    shown = call("reports", "supplied", ROUND, FORM, "05977").output
    assert "nen-tang-cap-phep 3 (30/09/2026); so-thiet-bi 4 (30/09/2026)" in shown and "chưa cung cấp" in shown
    assert call("reports", "supplied", ROUND, FORM, "99999").exit_code == 1


def test_a_release_names_its_document_as_the_options_say(hub: Hub, call: Call, tmp_path: Path) -> None:
    """Of the draft and of the sign-off; the file is hashed where it lies, and one that is not there is refused."""
    hub.send(a_report(hub, unit="05977"))
    file = tmp_path / "bao-cao.pdf"
    file.write_bytes(b"ban ky")
    hashed = f"sha256:{hashlib.sha256(b'ban ky').hexdigest()}"
    options = ("--date", "12/12/2026", "--agency", "UBND tỉnh", "--electronic-id", "000.00.00.H37-12")
    known = {"date": "2026-12-12", "agency": "UBND tỉnh", "electronicId": "000.00.00.H37-12", "fileHash": hashed}
    assert call("releases", "draft", ROUND, *options, "--file", str(tmp_path / "khong-co.pdf")).exit_code == 2
    done = call("releases", "draft", ROUND, "--number", "12/BC-UBND", *options, "--file", str(file))
    assert done.exit_code == 0, done.output
    assert last_act(hub, "release.drafted")["document"] == {"number": "12/BC-UBND", **known}
    drafted(hub.desk)
    done = call("releases", "sign", ROUND, "--number", "13/BC-UBND", *options, "--file", hashed, "--yes")
    assert done.exit_code == 0, done.output
    assert read(call, "releases", "show", f"{ROUND}/1")["document"] == {"number": "13/BC-UBND", **known}
    shown = call("releases", "show", f"{ROUND}/1").output
    assert "13/BC-UBND" in shown and "12/12/2026" in shown and hashed in shown


def last_act(hub: Hub, act: str) -> dict[str, Any]:
    """The data of the last fact of an act."""
    with connect(hub.conninfo) as conn:
        sql = "SELECT data FROM eventlog.events WHERE type = %(type)s ORDER BY position DESC LIMIT 1"
        row = conn.execute(sql, {"type": f"vn.lienthong.{act}.v1"}).fetchone()
    assert row is not None
    [text] = row
    found: dict[str, Any] = json.loads(text)
    return found


def test_every_frequency_that_a_plan_may_have_is_said_in_words() -> None:
    schema = json.loads((schemas_folder() / "programmes" / "plan.schema.json").read_text("utf-8"))
    assert set(FREQUENCIES) == set(schema["$defs"]["obligation"]["properties"]["frequency"]["enum"])


def test_a_units_history_tells_its_type_and_its_last_day() -> None:
    """Đồng Nai is a province to the end of 29/4/2026 and a municipality from the day after."""
    history = unit_body(units.load(schemas_folder() / "units"), "75", date(2026, 12, 1))["history"]
    assert [(row["full_name"], row["last"]) for row in past_of(history)] == [
        ("Tỉnh Đồng Nai", date(2026, 4, 29)),
        ("Thành phố Đồng Nai", None),
    ]
