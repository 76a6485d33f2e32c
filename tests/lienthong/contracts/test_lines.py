"""Names, titles and numbers of documents are one line, whichever way they come: the format `line` of the schemas."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from lienthong.contracts import texts
from lienthong.contracts.schemas import Contracts, event_id
from lienthong.events import CLAIMS
from lienthong.programmes import files
from lienthong.shipped import schemas_folder
from tests.builders.plans import shipped

CONTRACTS = Contracts.load()
BROKEN = ("12\n34", "12\r\n34", "12\t34", "12\x1b[31m", "12\u2028 34", "\u202e12", "   ", "\u3000", "12\x00")
LINES = ("12/CT-UBND", "Chỉ thị về an toàn bức xạ", " 12 ", "Số 5 – 7 (bản “cuối”)")
LONG = {"summary", "text", "proposal", "note", "reason", "results", "shortcomings", "proposals"}
"""Texts of several lines."""
CLAIM_IDS = sorted(event_id(kind) for kind in CLAIMS)


def _texts(schema: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Every free text of a schema: no pattern, no list of values, no other format."""
    for name, part in schema.get("properties", {}).items():
        kinds = part.get("type", ())
        free = not {"pattern", "enum", "const"} & part.keys() and part.get("format", "line") == "line"
        if free and "string" in (kinds if isinstance(kinds, list) else [kinds]):
            yield (*path, name), part
        for inner in (part, part.get("items", {})):
            yield from _texts(inner, (*path, name))


def _of(schema_id: str) -> list[tuple[tuple[str, ...], dict[str, Any]]]:
    return list(_texts(CONTRACTS.schema(schema_id)))


@pytest.mark.parametrize("schema_id", CLAIM_IDS)
def test_a_free_text_of_a_claim_is_one_line_or_is_known_to_have_many(schema_id: str) -> None:
    unsaid = [path for path, part in _of(schema_id) if part.get("format") != "line" and path[-1] not in LONG]
    assert unsaid == []


@pytest.mark.parametrize("text", BROKEN)
def test_a_broken_line_is_refused_at_its_place_in_words(text: str) -> None:
    for schema_id in CLAIM_IDS:
        for path, part in _of(schema_id):
            if part.get("format") == "line":
                problems = CONTRACTS.problems(schema_id, _holding(path, text))
                told = [each for each in problems if each.pointer == "/" + "/".join(path)]
                assert [each.code for each in told] == ["not_one_line"], (schema_id, path)
                assert part["title"] in told[0].message.vi and "một dòng" in told[0].message.vi


def _holding(path: tuple[str, ...], text: str) -> dict[str, Any]:
    name, *rest = path
    return {name: _holding(tuple(rest), text) if rest else text}


@pytest.mark.parametrize("text", LINES)
def test_a_line_is_taken_as_it_is(text: str) -> None:
    assert texts.is_line(text)


def test_a_fact_that_was_accepted_before_the_rule_is_valid_for_whoever_reads_it() -> None:
    """A validator takes a format that it does not know for a note, and the hub judges no fact again."""
    schema = json.loads((schemas_folder() / "events" / "directive.registered.v1.json").read_text("utf-8"))
    strangers = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    title = {"title": "Chỉ thị\nvề an toàn"}
    assert ["title"] not in [list(error.instance_path) for error in strangers.iter_errors(title)]
    assert "/title" in [each.pointer for each in CONTRACTS.problems(schema["$id"], title)]


def test_titles_and_labels_of_a_plan_are_one_line() -> None:
    read = shipped()
    plan = next(each for each in read if each.kind == "plan")
    data = copy.deepcopy(dict(plan.data))
    data["title"] = {"vi": "Kế hoạch\nnăm 2026", "en": "Plan"}
    [told] = files.structure(files.from_data(data))
    assert told.pointer == "/title/vi" and told.code == "plan_structure"
