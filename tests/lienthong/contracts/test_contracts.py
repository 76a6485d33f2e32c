"""Schemas by $id."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lienthong.contracts import texts
from lienthong.contracts.collected import MOST_PROBLEMS
from lienthong.contracts.schemas import Contracts, event_id
from lienthong.errors import Misconfigured
from lienthong.forms.schema import derive, same_form
from tests.builders.forms import FIGURES, a_plan
from tests.conftest import ROOT

SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "https://lienthong.vn/x/v1",
    "type": "object",
    "properties": {"a": {"$ref": "https://lienthong.vn/y/v1"}},
}


def written(folder: Path, name: str, document: object) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document), "utf-8")
    return path


def test_references_are_looked_up_among_the_loaded_schemas(tmp_path: Path) -> None:
    written(tmp_path, "x.json", SCHEMA)
    written(tmp_path, "sub/y.json", {"$id": "https://lienthong.vn/y/v1", "type": "integer"})
    contracts = Contracts.load(tmp_path)
    assert contracts.is_valid("https://lienthong.vn/x/v1", {"a": 1})
    problems = contracts.problems("https://lienthong.vn/x/v1", {"a": "1"}, at="/data")
    assert [(p.pointer, p.code) for p in problems] == [("/data/a", "wrong_type")]


def test_an_unknown_reference_is_refused_and_not_fetched(tmp_path: Path) -> None:
    written(tmp_path, "x.json", SCHEMA)
    with pytest.raises(Misconfigured, match="can't be used"):
        Contracts.load(tmp_path).is_valid("https://lienthong.vn/x/v1", {})


def test_the_same_id_twice_is_refused(tmp_path: Path) -> None:
    written(tmp_path, "x.json", SCHEMA)
    written(tmp_path, "z.json", SCHEMA)
    with pytest.raises(Misconfigured, match="another file"):
        Contracts.load(tmp_path)


def test_examples_are_not_schemas(tmp_path: Path) -> None:
    written(tmp_path, "examples/valid/x.json", SCHEMA)
    assert Contracts.load(tmp_path).ids() == []


def test_what_is_added_to_the_shipped_schemas_is_known_where_it_was_added_alone() -> None:
    hub, other = Contracts.load(), Contracts.load()
    hub.add({**SCHEMA, "$id": "https://lienthong.vn/added/v1"})
    assert hub.ids() == sorted([*other.ids(), "https://lienthong.vn/added/v1"])


def test_a_known_id_cannot_change_its_content() -> None:
    contracts = Contracts({SCHEMA["$id"]: SCHEMA})  # type: ignore[dict-item]
    contracts.add(dict(SCHEMA))
    with pytest.raises(Misconfigured, match="new version"):
        contracts.add({**SCHEMA, "type": "array"})


@pytest.mark.parametrize(
    ("instance", "pointer"),
    [
        ({"0": {"1": "y"}}, "/0/1"),
        ({"": {"x": "y"}}, "//x"),
        ({"a": {"": "y"}}, "/a"),
    ],
)
def test_odd_names_do_not_mislead(instance: object, pointer: str) -> None:
    contracts = Contracts({"i": {"$id": "i", "additionalProperties": {"additionalProperties": {"type": "integer"}}}})
    assert [p.pointer for p in contracts.problems("i", instance)] == [pointer]


@pytest.mark.parametrize("day", ["9999-12-31", "2200-01-01", "1899-12-31", "0001-01-01"])
def test_a_day_that_is_not_of_our_times_is_told_the_bounds(day: str) -> None:
    """All days of all schemas have the one bound, which is that of the texts of addresses and bodies."""
    schemas = [json.loads(path.read_text("utf-8")) for path in (ROOT / "schemas" / "events").rglob("*.json")]
    assert {pattern for schema in schemas for pattern in _patterns_of_days(schema)} == {texts.YEARS}
    contracts = Contracts({"i": {"$id": "i", "properties": {"d": {"format": "date", "pattern": texts.YEARS}}}})
    (problem,) = contracts.problems("i", {"d": day})
    assert (problem.pointer, problem.code) == ("/d", "wrong_format")
    assert "between 1900-01-01 and 2199-12-31" in problem.message.en
    assert "01/01/1900" in problem.message.vi
    assert texts.day_fault(day) is not None
    assert contracts.problems("i", {"d": "2199-12-31"}) == []
    assert texts.day_fault("2199-12-31") is None


def _patterns_of_days(schema: object) -> Iterator[str]:
    if isinstance(schema, dict):
        if "date" in str(schema.get("format")) and "pattern" in schema:
            yield schema["pattern"]
        for below in schema.values():
            yield from _patterns_of_days(below)
    if isinstance(schema, list):
        for below in schema:
            yield from _patterns_of_days(below)


def test_a_form_worded_anew_by_an_update_stays_as_published() -> None:
    plan = a_plan()
    schema = derive(plan, plan.forms[0])
    contracts = Contracts({schema["$id"]: schema})
    contracts.add(schema | {"title": "Khác"}, same=same_form)
    assert contracts.schema(schema["$id"]) == schema
    other = a_plan(figures=FIGURES[1:])
    with pytest.raises(Misconfigured):
        contracts.add(derive(other, other.forms[0]), same=same_form)


def test_types_name_the_schema_of_their_data() -> None:
    assert event_id("vn.lienthong.report.withdrawal.v1") == "https://lienthong.vn/events/report.withdrawal/v1"
    with pytest.raises(Misconfigured):
        event_id("com.example.report.v1")


def test_a_pointer_escapes_slash_and_tilde() -> None:
    contracts = Contracts({"i": {"$id": "i", "properties": {"a": {}}, "additionalProperties": False}})
    assert [p.pointer for p in contracts.problems("i", {"a/b~c": 1})] == ["/a~1b~0c"]


def test_a_flood_of_faults_is_cut() -> None:
    contracts = Contracts({"i": {"$id": "i", "properties": {"a": {}}, "additionalProperties": False}})
    assert len(contracts.problems("i", {f"x{n}": 1 for n in range(50_000)})) == MOST_PROBLEMS


def test_validators_may_be_used_from_several_threads() -> None:
    contracts = Contracts({"i": {"$id": "i", "type": "integer"}})
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda n: contracts.is_valid("i", n), range(200))) == 200
