"""What a vendor's own machine says of a report is what the hub says of it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from psycopg.conninfo import make_conninfo
from typer.testing import CliRunner

from lienthong import events
from lienthong.errors import Problem, Rejected
from lienthong.shipped import schemas_folder
from services import cli
from services.ingest.kit import judging, packing, standing, unpacking
from services.ingest.kit.standing import KitRules
from services.ingest.plans import reading
from tests.builders import hub as hubs
from tests.builders.hub import ROUND, Hub, a_report, a_withdrawal
from tests.builders.ingest_http import serving
from tests.conftest import _temporary_database

NOW = datetime(2026, 10, 10, tzinfo=UTC)
Found = list[tuple[str, set[tuple[str, str]]]]


@pytest.fixture(scope="module")
def standing_hub(postgres: str, filled: str) -> Iterator[Hub]:
    """One for the module: nothing here is written but dry runs."""
    with _temporary_database(postgres, filled) as name, hubs.a_hub(make_conninfo(postgres, dbname=name)) as made:
        yield made


@pytest.fixture(scope="module")
def package(standing_hub: Hub, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = reading.package(standing_hub.desk.conn, standing_hub.desk.definitions(), "P119-LS", None)
    place = tmp_path_factory.mktemp("goi") / made.name
    place.write_bytes(made.content)
    return place


@pytest.fixture(scope="module")
def rules(package: Path) -> KitRules:
    return unpacking.of_package(package)


def judge(rules: KitRules, *documents: Any) -> list[judging.Verdict]:
    texts = [
        judging.text_of(place, json.dumps(document).encode(), 1 << 20) for place, document in enumerate(documents, 1)
    ]
    return list(judging.verdicts_of(texts, standing.definitions(rules, judging.rounds_of(texts)), NOW))


def said(problems: tuple[Problem, ...]) -> set[tuple[str, str]]:
    return {(problem.pointer, problem.code) for problem in problems}


def reports(hub: Hub) -> dict[str, Any]:
    """Good ones, and what senders get wrong."""
    good = a_report(hub, id="tot")
    first = hub.form.codes[0]
    return {
        "good": good,
        "nothing to report": {**good, "data": {**good["data"], "nil": True, "figures": {}}},
        "nothing to report, and figures": a_report(hub, nil=True, id="k"),
        "another unit": a_report(hub, unit="06040", id="u"),
        "a unit that doesn't owe": a_report(hub, unit="20.SYT", id="s"),
        "no such unit": a_report(hub, unit="99999", id="n"),
        "no such round": a_report(hub, round="P119-LS.2026-H1", id="r"),
        "no such form": a_report(hub, form="P119-LS.xa", id="f"),
        "no such version": a_report(hub, formVersion="9.9.9", id="v"),
        "several at once": a_report(hub, id="m", figures={first: -1, "khong_co": 1}, narrative={}, ghi_chu="x"),
        "classified": a_report(hub, id="c", classification="mật"),
        "marked as classified": a_report(hub, id="mk") | {"classification": "mật"},
        "more people than there are": a_report(hub, id="p", figures={"residents_reached": 10**12}),
        "a float": a_report(hub, id="d", figures={first: 1.5}),
        "a text": a_report(hub, id="t", figures={first: "12"}),
    }


CASES = (
    "good",
    "nothing to report",
    "nothing to report, and figures",
    "another unit",
    "a unit that doesn't owe",
    "no such unit",
    "no such round",
    "no such form",
    "no such version",
    "several at once",
    "classified",
    "marked as classified",
    "more people than there are",
    "a float",
    "a text",
)


@pytest.mark.parametrize("case", CASES)
def test_the_kit_says_what_the_hub_says(case: str, standing_hub: Hub, rules: KitRules) -> None:
    document = reports(standing_hub)[case]
    [hub] = standing_hub.send(document, dry_run=True)
    [kit] = judge(rules, document)
    assert (kit.verdict, said(kit.problems)) == (hub.verdict, said(hub.problems))
    assert {problem.message.vi for problem in kit.problems} == {problem.message.vi for problem in hub.problems}
    asked = [] if hub.receipt is None else [warning["message_vi"] for warning in hub.receipt["warnings"]]
    assert [warning.message.vi for warning in kit.warnings] == asked
    assert bool(asked) is (case == "more people than there are")


def test_every_shipped_example_is_judged_as_it_states() -> None:
    """But where the hub says it of the form's version, in place of the value."""
    known, folder = unpacking.shipped_rules(), schemas_folder() / "examples" / "invalid" / "forms" / "P119-LS"
    paths = [p for p in sorted(folder.rglob("*.json")) if not p.name.startswith("wrong_value")]
    cases = [json.loads(path.read_text("utf-8")) for path in paths]
    texts = [judging.text_of(place, json.dumps(case["event"]).encode(), 1 << 20) for place, case in enumerate(cases)]
    verdicts = judging.verdicts_of(texts, standing.definitions(known, judging.rounds_of(texts)), NOW)
    for path, case, verdict in zip(paths, cases, verdicts, strict=True):
        wanted = {(one["pointer"], one["code"]) for one in case["expect"]}
        assert wanted <= said(verdict.problems), path
        assert verdict.verdict == "refused"


def test_a_report_that_is_not_due_yet_is_judged_by_the_round_to_come(standing_hub: Hub, rules: KitRules) -> None:
    later, never = a_report(standing_hub, round="P119-LS.2031"), a_report(standing_hub, round="P119-LS.1999")
    on_demand = a_report(standing_hub, round="P119-LS.2026-DX1")
    assert [verdict.verdict for verdict in judge(rules, later, on_demand)] == ["would_accept", "would_accept"]
    assert said(judge(rules, never)[0].problems) == {("/data/round", "round_unknown")}


def test_a_file_is_judged_as_the_hub_would_take_it(standing_hub: Hub, rules: KitRules) -> None:
    first, second = a_report(standing_hub, id="1"), a_report(standing_hub, id="2")
    other = a_report(standing_hub, id="1", unit="06040")
    verdicts = judge(rules, first, first, other, second, a_withdrawal(), a_withdrawal(id="w2"))
    codes = [(verdict.verdict, {p.code for p in verdict.problems}) for verdict in verdicts]
    assert codes == [
        ("would_accept", set()),
        ("repeated", set()),
        ("refused", {"id_used_for_other_content"}),
        ("refused", {"revision_not_higher"}),
        ("would_accept", set()),
        ("refused", {"already_withdrawn"}),
    ]


def test_an_explanation_leaves_the_report_where_it_stands(standing_hub: Hub, rules: KitRules) -> None:
    report = a_report(standing_hub)
    about = {name: report["data"][name] for name in ("round", "form", "unit", "revision")}
    why = {"check": standing_hub.form.checks[-1].code, "text": "Hai buổi trực tuyến"}
    explained = {**report, "id": "gt", "type": events.EXPLANATION_SUBMITTED, "data": {**about, "explanations": [why]}}
    verdicts = judge(rules, report, explained, a_report(standing_hub, revision=2, id="2"))
    assert [(verdict.verdict, said(verdict.problems)) for verdict in verdicts] == [("would_accept", set())] * 3


def test_the_data_alone_are_judged_by_their_own_places(standing_hub: Hub, rules: KitRules) -> None:
    data = a_report(standing_hub, ghi_chu="x")["data"]
    [verdict] = judge(rules, data)
    assert said(verdict.problems) == {("/ghi_chu", "unknown_field")}


def test_a_package_is_the_same_bytes_each_time(standing_hub: Hub, package: Path) -> None:
    again = reading.package(standing_hub.desk.conn, standing_hub.desk.definitions(), "P119-LS", None)
    assert again.content == package.read_bytes()
    assert package.name == f"P119-LS-{standing_hub.desk.definitions().plans['P119-LS'].version}.zip"


def test_the_links_of_a_package_hold(package: Path) -> None:
    with zipfile.ZipFile(package) as archive:
        names = set(archive.namelist())
        page = archive.read("docs/forms/P119-LS.commune.md").decode()
        table = archive.read("deadlines.csv").decode("utf-8-sig").splitlines()
    linked = {part.split(")")[0].removeprefix("../../") for part in page.split("](")[1:] if part.startswith("../../")}
    assert linked
    assert all(any(name == link or name.startswith(f"{link}/") for name in names) for link in linked)
    assert any(row.startswith(f"{ROUND},01/10/2025,30/09/2026,P119-LS.commune") for row in table)
    assert any(row.endswith("14/10/2026") for row in table), "before the 15th: the 14th is the last day"


@pytest.mark.parametrize("spoilt", ["plan.json", "units.json", "schemas/forms/P119-LS/commune/{}.json"])
def test_a_package_that_was_changed_is_refused(spoilt: str, standing_hub: Hub, package: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(package) as archive:
        archive.extractall(tmp_path)
    assert unpacking.of_package(tmp_path).plans[0].code == "P119-LS"
    changed = tmp_path / spoilt.format(standing_hub.form.version)
    changed.write_bytes(changed.read_bytes().replace(b"1", b"2", 1))
    with pytest.raises(Rejected) as refused:
        unpacking.of_package(tmp_path)
    assert refused.value.code == "package_unreadable"
    assert spoilt.rpartition("/")[2].split(".")[-1] in refused.value.problems[0].message.vi


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"{}"])
def test_what_is_no_package_is_refused(content: bytes, tmp_path: Path) -> None:
    place = tmp_path / "goi.zip"
    place.write_bytes(content)
    with pytest.raises(Rejected) as refused:
        unpacking.of_package(place)
    assert refused.value.code == "package_unreadable"


def test_a_package_from_newer_software_is_refused(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text(json.dumps({"package": packing.VERSION + 1, "files": {}}), "utf-8")
    with pytest.raises(Rejected, match="newer release"):
        unpacking.of_package(tmp_path)


# ---------------------------------------------------------------- the command


Check = Callable[..., Result]


@pytest.fixture
def check(package: Path, tmp_path: Path) -> Check:
    def called(content: bytes, *words: str, name: str = "bao-cao.json") -> Result:
        (tmp_path / name).write_bytes(content)
        given = ["check", str(tmp_path / name), f"--package={package}", *words]
        return CliRunner().invoke(cli.application("check"), given, env={"COLUMNS": "80"})

    return called


def lines(*documents: Any) -> bytes:
    return b"\n".join(json.dumps(document, ensure_ascii=False).encode() for document in documents)


def test_a_good_report_ends_with_zero_and_a_faulty_one_with_one(standing_hub: Hub, check: Check) -> None:
    assert check(lines(a_report(standing_hub))).exit_code == 0
    wrong = check(lines(a_report(standing_hub, ghi_chu="x", narrative={})))
    assert wrong.exit_code == 1
    assert "/data/ghi_chu" in wrong.output
    assert "/data/narrative" in wrong.output, "all at once"
    assert "unknown_field" in wrong.output


@pytest.mark.parametrize("shape", ["lines", "named lines", "batch", "spread over lines"])
def test_every_shape_of_many_is_read(shape: str, standing_hub: Hub, check: Check) -> None:
    good, bad = a_report(standing_hub), a_report(standing_hub, unit="06040", ghi_chu="x")
    content = {
        "lines": lines(good, bad),
        "named lines": b"\n" + lines(good, bad) + b"\n",
        "batch": json.dumps([good, bad]).encode(),
        "spread over lines": json.dumps([good, bad], indent=1).encode(),
    }[shape]
    done = check(content, "--json", name="x.ndjson" if shape == "named lines" else "x.json")
    document = json.loads(done.stdout)
    assert (done.exit_code, document["valid"]) == (1, False)
    assert [event["verdict"] for event in document["events"]] == ["would_accept", "refused"]
    assert [event["line"] for event in document["events"]] == ([2, 3] if shape == "named lines" else [1, 2])
    [error] = document["events"][1]["errors"]
    assert (error["pointer"], error["code"]) == ("/data/ghi_chu", "unknown_field")
    assert error["message_vi"]
    assert error["message_en"]
    assert set(document["notJudged"]) == {"rights", "rounds", "revisions", "lateness"}


def test_a_broken_line_is_one_fault_and_stops_no_other(standing_hub: Hub, check: Check) -> None:
    good = a_report(standing_hub)
    document = json.loads(
        check(
            lines(good) + b'\n{"a": \n\xff\xfe\n' + lines(a_report(standing_hub, unit="06040")),
            "--json",
            name="x.ndjson",
        ).stdout
    )
    assert [event["verdict"] for event in document["events"]] == ["would_accept", "refused", "refused", "would_accept"]


def test_what_could_not_be_judged_ends_with_two(standing_hub: Hub, check: Check, tmp_path: Path) -> None:
    report = lines(a_report(standing_hub))
    for words in (["--package", str(tmp_path / "none.zip")], ["--plan", str(tmp_path / "none.yaml")]):
        assert check(report, *words).exit_code == 2, words
    missing = CliRunner().invoke(cli.application("check"), ["check", str(tmp_path / "none.json")])
    assert missing.exit_code == 2
    assert "report_file_unreadable" in missing.output


@pytest.mark.parametrize("content", [b"", b" \n", b"\xef\xbb\xbf", b"[]"])
def test_a_file_without_a_report_says_so(content: bytes, check: Check) -> None:
    done = check(content)
    assert done.exit_code == 1
    assert "report_file_empty" in done.output


def test_without_a_package_the_shipped_plans_are_the_rules(tmp_path: Path) -> None:
    event = schemas_folder() / "examples/valid/forms/P438-HY/syt/2.0.0/full.json"
    assert CliRunner().invoke(cli.application("check"), ["check", str(event)]).exit_code == 0


# ---------------------------------------------------------------- the route


def test_a_plans_package_is_downloaded_and_known_by_its_tag(postgres: str, filled: str, tmp_path: Path) -> None:
    with _temporary_database(postgres, filled) as name, serving(make_conninfo(postgres, dbname=name)) as served:
        got = served.get("/v1/plans/P119-LS/package")
        assert (got.status, got.headers["content-type"]) == (200, "application/zip")
        again = served.get("/v1/plans/P119-LS/package", headers={"If-None-Match": got.headers["etag"]})
        assert again.status == 304
        assert served.get("/v1/plans/P119-LS/package?version=99").codes == {"plan_version_unknown"}
        assert served.get("/v1/plans/P119-XX/package").codes == {"plan_unknown"}
        foreign = served.token(province="33", client="hy")
        assert served.get("/v1/plans/P119-LS/package", token=foreign).codes == {"plan_unknown"}
    place = tmp_path / "goi.zip"
    place.write_bytes(got.body)
    with zipfile.ZipFile(io.BytesIO(got.body)) as archive:
        assert archive.testzip() is None
    assert unpacking.of_package(place).plans[0].code == "P119-LS"
