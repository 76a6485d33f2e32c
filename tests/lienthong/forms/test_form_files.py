"""The committed schemas, examples and pages of forms."""

from __future__ import annotations

import json
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from lienthong.contracts.schemas import Contracts
from lienthong.errors import Rejected
from lienthong.forms import files
from lienthong.forms.examples import judge
from lienthong.forms.schema import canonical_bytes, derive, form_of
from lienthong.forms.version_numbers import order
from lienthong.shipped import schemas_folder
from tests.builders.forms import FIGURES, a_check, a_figure, a_plan

ROOT = schemas_folder().parent
EXAMPLES = ROOT / "schemas" / "examples"


def read(path: Path) -> Any:
    return json.loads(path.read_bytes(), parse_float=Decimal)


def committed(root: Path, **form: Any) -> None:
    plan = a_plan(**form)
    path = root / "schemas/forms/P9-XX/commune" / f"{plan.forms[0].version}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(canonical_bytes(derive(plan, plan.forms[0])))


def verdict(root: Path, **form: Any) -> list[tuple[str, Any]]:
    return [(p.code, p.params.get("version")) for p in files.version_problems(root, a_plan(**form))]


def test_committed_forms_are_what_the_plans_give() -> None:
    assert [p.message.en for p in files.check_drift(ROOT)] == []


@pytest.fixture(scope="module")
def contracts() -> Contracts:
    return Contracts.load()


VALID = sorted((EXAMPLES / "valid" / "forms").rglob("*.json"))
INVALID = sorted((EXAMPLES / "invalid" / "forms").rglob("*.json"))


def test_there_are_examples_of_both_kinds() -> None:
    assert VALID and INVALID


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.relative_to(EXAMPLES).as_posix())
def test_valid_example_is_accepted(path: Path, contracts: Contracts) -> None:
    event = read(path)
    form = form_of(contracts.schema(event["dataschema"]))
    assert judge(contracts, form, event["data"]) == []


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.relative_to(EXAMPLES).as_posix())
def test_invalid_example_gets_the_code_it_is_named_for(path: Path, contracts: Contracts) -> None:
    document = read(path)
    form = form_of(contracts.schema(document["event"]["dataschema"]))
    found = [
        {"pointer": p.pointer, "code": p.code} for p in judge(contracts, form, document["event"]["data"], at="/data")
    ]
    assert found == document["expect"]
    assert path.stem.partition("-")[0] in [item["code"] for item in found]


def test_a_form_not_committed_yet_is_new_not_changed(tmp_path: Path) -> None:
    assert verdict(tmp_path) == []


def test_an_unchanged_form_is_no_problem(tmp_path: Path) -> None:
    committed(tmp_path)
    assert verdict(tmp_path) == []


@pytest.mark.parametrize(
    ("change", "version"),
    [
        ({"figures": [*FIGURES, a_figure("more")]}, "1.1.0"),
        ({"figures": FIGURES[1:]}, "2.0.0"),
        ({"checks": [a_check(severity="warning")]}, "1.1.0"),
    ],
)
def test_a_changed_form_needs_a_new_version(tmp_path: Path, change: dict[str, Any], version: str) -> None:
    committed(tmp_path)
    assert verdict(tmp_path, **change) == [("form_changed_without_version", version)]
    assert verdict(tmp_path, **change, version=version) == []


def test_a_break_under_a_minor_version_is_refused(tmp_path: Path) -> None:
    committed(tmp_path)
    assert verdict(tmp_path, figures=FIGURES[1:], version="1.1.0") == [("form_changed_without_version", "2.0.0")]


def test_a_new_version_is_compared_with_the_latest_one(tmp_path: Path) -> None:
    committed(tmp_path)
    committed(tmp_path, figures=[*FIGURES, a_figure("more")], version="1.10.0")
    committed(tmp_path, figures=[*FIGURES, a_figure("other")], version="1.9.0")
    assert verdict(tmp_path, figures=[*FIGURES, a_figure("more")], version="1.10.1") == []


def test_regenerating_writes_nothing_when_a_form_is_refused(tmp_path: Path) -> None:
    for folder in ("programmes", "units", "forms"):
        shutil.copytree(ROOT / "schemas" / folder, tmp_path / "schemas" / folder)
    some = min((tmp_path / "schemas" / "forms").rglob("*.json"))
    path = max(some.parent.glob("*.json"), key=lambda each: order(each.stem))  # the version that the plan has now
    schema = json.loads(path.read_bytes())
    schema["properties"]["figures"]["properties"].popitem()
    path.write_bytes(canonical_bytes(schema))
    with pytest.raises(Rejected) as refused:
        files.regenerate(tmp_path)
    assert [p.code for p in refused.value.problems] == ["form_changed_without_version"]
    assert not (tmp_path / "docs").exists()
    assert files.check_drift(tmp_path) == list(refused.value.problems)


def test_stale_files_drift_and_are_removed_but_earlier_versions_stay(tmp_path: Path) -> None:
    for folder in ("programmes", "units", "forms"):
        shutil.copytree(ROOT / "schemas" / folder, tmp_path / "schemas" / folder)
    files.regenerate(tmp_path)
    place = min((tmp_path / "schemas" / "forms").rglob("*.json"))
    earlier = place.with_name("0.9.0.json")
    earlier.write_bytes(place.read_bytes())
    folder = place.relative_to(tmp_path / "schemas" / "forms").parent
    current = max((path.stem for path in place.parent.glob("*.json")), key=order)
    kept = tmp_path / "schemas/examples/valid/forms" / folder / "0.9.0" / "full.json"
    stale = tmp_path / "schemas/examples/valid/forms" / folder / current / "old.json"
    for path in (kept, stale):
        path.parent.mkdir(exist_ok=True)
        path.write_text("{}")
    drift = files.check_drift(tmp_path)
    assert [p.params["file"] for p in drift] == [stale.relative_to(tmp_path).as_posix()]
    files.regenerate(tmp_path)
    assert (kept.exists(), stale.exists(), files.check_drift(tmp_path)) == (True, False, [])
