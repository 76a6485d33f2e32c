"""jsonschema-rs on the hot path says what `jsonschema`, the reference in Python, says; differences are listed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from jsonschema.validators import extend
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from lienthong.contracts.explaining import _true_place
from lienthong.contracts.schemas import (
    ENVELOPE_CLAIM,
    Contracts,
    event_id,
)
from lienthong.shipped import schemas_folder
from tests.conftest import ROOT

EXAMPLES = schemas_folder() / "examples"


def _finite(_: Any, value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, int | float | Decimal) and Decimal(value).is_finite()


def _whole(checker: Any, value: Any) -> bool:
    return _finite(checker, value) and Decimal(value) == Decimal(value).to_integral_value()


# `jsonschema` takes no Decimal for an integer, and NaN for a number: JSON has neither, see docs/validation.md.
Reference = extend(
    Draft202012Validator,
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine_many({"number": _finite, "integer": _whole}),
)


@lru_cache
def contracts() -> Contracts:
    return Contracts.load()


@lru_cache
def reference(schema_id: str) -> Any:
    resources = [(name, Resource(contracts().schema(name), DRAFT202012)) for name in contracts().ids()]
    return Reference(
        contracts().schema(schema_id),
        registry=Registry().with_resources(resources),
        format_checker=Draft202012Validator.FORMAT_CHECKER,
    )


def corpus() -> Iterator[tuple[str, Any]]:
    """(schema, instance) of every example of events and forms."""
    for path in sorted([*(EXAMPLES / "valid").rglob("*.json"), *(EXAMPLES / "invalid").rglob("*.json")]):
        document = json.loads(path.read_bytes(), parse_float=Decimal)
        event = document.get("event", document)
        if not path.is_relative_to(EXAMPLES / "valid" / "forms"):
            yield ENVELOPE_CLAIM, event
        if contracts().knows(event.get("dataschema", "")):
            yield event["dataschema"], event["data"]
        elif contracts().knows(f"{event_id(event['type'])}"):
            yield event_id(event["type"]), event["data"]


def places(errors: Any) -> set[tuple[str, str]]:
    return {("/".join(map(str, path)), keyword) for path, keyword in errors}


def faults(schema_id: str, instance: Any) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """What each of the two finds: (place, keyword)."""
    fast = jsonschema_rs.Draft202012Validator(
        dict(contracts().schema(schema_id)), validate_formats=True, retriever=lambda uri: dict(contracts().schema(uri))
    )
    return (
        places((_true_place(instance, e.instance_path)[0], e.kind.name) for e in fast.iter_errors(instance)),
        places((e.absolute_path, _keyword(e)) for e in reference(schema_id).iter_errors(instance)),
    )


def _keyword(error: Any) -> str:
    """jsonschema-rs reports a bad name of a property under `propertyNames`, jsonschema under its keyword."""
    return "propertyNames" if "propertyNames" in error.absolute_schema_path else str(error.validator)


def test_both_find_the_same_faults_in_every_example() -> None:
    seen = 0
    for schema_id, instance in corpus():
        ours, theirs = faults(schema_id, instance)
        assert ours == theirs, (schema_id, instance)
        seen += 1
    assert seen > 100


# Without the characters on which the two differ; those are listed below.
TEXT = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufeff\x85"), min_size=1, max_size=12
)
NUMBER = st.integers(-(10**20), 10**20) | st.decimals(allow_nan=False, allow_infinity=False, places=3)
SCALAR = (
    st.none()
    | st.booleans()
    | NUMBER
    | TEXT
    | st.sampled_from(
        ["", "public", "06040", "P119-LS.2026", "2026-10-10", "2026-02-30", "2026-10-10T08:00:00+07:00", "https://a.vn"]
    )
)
VALUE = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=5
)


@st.composite
def changed(draw: st.DrawFn) -> tuple[str, Any]:
    """A good document with one to three changes somewhere in it."""
    schema_id, instance = draw(st.sampled_from(_good()))
    document = json.loads(instance, parse_float=Decimal)
    for _ in range(draw(st.integers(1, 3))):
        holder = draw(st.sampled_from(list(_objects(document))))
        action = draw(st.sampled_from(["put", "put", "drop", "add"]))
        name = draw(st.sampled_from(sorted(holder)) if holder and action != "add" else TEXT)
        if action == "drop":
            holder.pop(name, None)
        else:
            holder[name] = draw(VALUE)
    return schema_id, document


def _objects(document: Any) -> Iterator[dict[str, Any]]:
    if isinstance(document, dict):
        yield document
        for value in document.values():
            yield from _objects(value)
    elif isinstance(document, list):
        for value in document:
            yield from _objects(value)


@lru_cache
def _good() -> list[tuple[str, str]]:
    pairs = []
    for path in sorted((EXAMPLES / "valid").rglob("*.json")):
        event = json.loads(path.read_bytes())
        if event["type"].rpartition(".")[0] not in ("vn.lienthong.plan.published", "vn.lienthong.release.made"):
            pairs.append((event.get("dataschema") or event_id(event["type"]), json.dumps(event["data"])))
    return pairs


@settings(max_examples=150)
@given(changed())
def test_both_find_the_same_faults_in_changed_documents(case: tuple[str, Any]) -> None:
    ours, theirs = faults(*case)
    assert ours == theirs


LISTED = [
    # (schema, value, jsonschema-rs, jsonschema): kept in step with docs/validation.md
    ({"format": "date"}, "0000-01-01", True, False),
    ({"format": "date-time"}, "2026-12-31T23:59:60Z", True, False),
    ({"pattern": "^[0-9]{5}$"}, "06040\n", False, True),
    ({"pattern": r"^https://[^\s]+$"}, "https://x\x1cy", True, False),
    ({"pattern": r"^https://[^\s]+$"}, "https://x\x85", True, False),
    ({"pattern": r"^https://[^\s]+$"}, "https://x\ufeff", False, True),
    ({"type": "integer"}, Decimal("1.0"), True, False),
    ({"type": "number"}, Decimal("NaN"), False, True),
    ({"type": "number"}, float("inf"), False, True),
]


@pytest.mark.parametrize(("schema", "value", "ours", "theirs"), LISTED)
def test_the_listed_differences_are_still_the_differences(
    schema: dict[str, Any], value: Any, ours: bool, theirs: bool
) -> None:
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    assert jsonschema_rs.is_valid(schema, value, validate_formats=True) is ours
    assert validator.is_valid(value) is theirs


def test_the_page_on_validation_lists_every_difference() -> None:
    page = (ROOT / "docs" / "validation.md").read_text("utf-8")
    assert page.count("\n| D") == len(LISTED)
