"""Reading plan files: lines, what YAML may not do, structure."""

from pathlib import Path

import pytest

from lienthong.contracts.collected import MOST_PROBLEMS
from lienthong.errors import Rejected
from lienthong.programmes import files as planfiles
from tests.builders.plans import a_plan_document, a_programme, files_of


def written(folder: Path, text: str, name: str = "plan.yaml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def refusal(path: Path) -> tuple[str, int]:
    with pytest.raises(Rejected) as caught:
        planfiles.load(path)
    problem = caught.value.problems[0]
    return problem.code, problem.params["line"]


def test_codes_and_days_stay_text(tmp_path: Path) -> None:
    path = written(
        tmp_path, "plan: P1-X\nissued_by: 02026\ndate: 2026-10-15\nday: 10-15\nyes: no\nn: 0.5\ni: 20\nf: 1.0.0\n"
    )
    assert planfiles.load(path)[0].data == {
        "plan": "P1-X",
        "issued_by": "02026",
        "date": "2026-10-15",
        "day": "10-15",
        "yes": "no",
        "n": 0.5,
        "i": 20,
        "f": "1.0.0",
    }


def test_text_is_normalised_to_nfc(tmp_path: Path) -> None:
    assert planfiles.load(written(tmp_path, "plan: xa\u0303"))[0].data["plan"] == "xã"


def test_every_value_knows_its_line(tmp_path: Path) -> None:
    text = "plan: P1\nforms:\n  - reporters: commune\n    figures: [a,\n      b]\n"
    file = planfiles.load(written(tmp_path, text))[0]
    assert [file.line(p) for p in ("/plan", "/forms/0", "/forms/0/figures/1", "/forms/0/unknown")] == [1, 3, 5, 3]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("plan: P1\nplan: P2\n", 2),  # a key given twice
        ("plan: P1\nforms: [a\n", 3),  # not YAML
        ("plan: &a [1]\nforms: *a\n", 2),  # aliases
        ("plan: !!python/object:os.system x\n", 1),  # tags that build things
        ("- a\n- b\n", 1),  # not a mapping
        ("plan: P1\n? [a, b]\n: c\n", 2),  # a key that is no text
        ("a: " + "[" * 60 + "]" * 60, 1),  # nested without end
    ],
)
def test_what_is_not_a_plan_is_refused_with_its_line(tmp_path: Path, text: str, line: int) -> None:
    code, number = refusal(written(tmp_path, text))
    assert (code, number) == ("plan_file_invalid", line)


@pytest.mark.parametrize(
    "value",
    [
        '!!int "abc"',
        '!!int "1_000"',
        '!!int "١٢"',
        "!!int 0012",
        '!!int "' + "9" * 5_000 + '"',
        "!!bool yes",
        "!!float nan",
        '!!null "chữ"',
        "!!str 12",
        "! 12",
        "!own 12",
        "!!map {b: c}",
        "!!set {b, c}",
        "!!seq [b]",
        "!!binary aGk=",
        "!!timestamp 2026-10-15",
    ],
)
def test_nobody_says_by_a_tag_what_a_value_is(tmp_path: Path, value: str) -> None:
    for text in (f"plan: P1\nforms: {value}\n", f"plan: P1\n? {value}\n: c\n"):
        with pytest.raises(Rejected) as caught:
            planfiles.load(written(tmp_path, text))
        problem = caught.value.problems[0]
        column = 8 if "forms" in text else 3
        assert (problem.code, problem.params["line"]) == ("plan_file_invalid", 2)
        assert f"(column {column}) is not used" in problem.message.en


def test_a_key_that_is_no_name_is_told_in_words(tmp_path: Path) -> None:
    for key in ("? [a, b]\n: c", "{a: b}: c", "[a]: c"):
        with pytest.raises(Rejected) as caught:
            planfiles.load(written(tmp_path, f"plan: P1\n{key}\n"))
        problem = caught.value.problems[0]
        assert "a key has to be a name" in problem.message.en
        assert "Node" not in problem.message.en


def test_a_file_that_is_too_large_or_not_there_is_refused(tmp_path: Path) -> None:
    assert refusal(written(tmp_path, "a: " + "x" * planfiles.MAX_BYTES))[0] == "plan_file_invalid"
    assert refusal(tmp_path / "absent.yaml")[0] == "plan_file_unreadable"


def test_bytes_that_are_no_utf8_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_bytes(b"plan: \xff\xfe")
    assert refusal(path)[0] == "plan_file_invalid"


def test_a_plan_reads_source_text_of_its_own_collection_only(tmp_path: Path) -> None:
    written(tmp_path, "outside", "secret.txt")
    written(tmp_path, "inside", "all/sources/d.txt")
    inside = written(tmp_path, "plan: P\ndocument: {text: ../sources/d.txt}", "all/p/plan.yaml")
    outside = written(tmp_path, "plan: P\ndocument: {text: ../../secret.txt}", "all/p/other.yaml")
    assert planfiles.load(inside)[0].text == "inside"
    assert planfiles.load(outside)[0].text is None


def test_a_plan_is_read_with_the_programme_beside_it() -> None:
    files = planfiles.load_with_programme(planfiles.SCHEMAS / "p119" / "lang-son.yaml")
    assert [file.kind for file in files] == ["programme", "plan"]
    assert [plan.code for plan in planfiles.plans(files)] == ["P119-LS"]


def test_all_structural_problems_are_told_at_once_with_lines() -> None:
    files = files_of(a_programme(), a_plan_document(version=0, issued_by="2", color="red"))
    with pytest.raises(Rejected) as caught:
        planfiles.plans(files)
    assert {problem.pointer for problem in caught.value.problems} == {"/color", "/version", "/issued_by"}
    detail = {problem.pointer: problem.message for problem in caught.value.problems}["/issued_by"]
    assert "phải" in detail.vi and "does not match" not in detail.vi


def test_a_plan_without_its_programme_is_refused() -> None:
    with pytest.raises(Rejected) as caught:
        planfiles.plans(files_of(a_plan_document()))
    assert caught.value.code == "programme_unknown"


def test_what_is_published_is_programme_and_plan_together() -> None:
    documents = planfiles.published_documents(files_of(a_programme(), a_plan_document()))
    assert set(documents) == {"P1-LS"} and set(documents["P1-LS"]) == {"programme", "plan"}


def test_a_figure_of_kind_status_needs_its_values_and_no_other_may_have_them() -> None:
    programme = a_programme()
    del programme["figures"][3]["values"]
    programme["figures"][0]["values"] = [{"code": "a", "label": "A"}, {"code": "b", "label": "B"}]
    pointers = {problem.pointer for problem in planfiles.structure(files_of(programme)[0])}
    assert pointers == {"/figures/3/values", "/figures/0/values"}


def test_faults_of_a_shape_have_an_end() -> None:
    programme = a_programme()
    programme["figures"] = [{"code": f"f{number}"} for number in range(1_000)]
    assert len(planfiles.structure(files_of(programme)[0])) == MOST_PROBLEMS
