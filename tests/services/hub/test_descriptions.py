"""The generated descriptions are valid, complete, and lead somewhere."""

from __future__ import annotations

import re
from typing import Any

import pytest
from openapi_spec_validator import validate

from lienthong import events
from lienthong.errors import Rejected
from services.hub import asyncapi, descriptions, openapi


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return descriptions.openapi()


def test_the_openapi_document_is_valid_and_names_the_main_paths(document: dict[str, Any]) -> None:
    validate(document)
    assert document["openapi"].startswith("3.1")
    for path in ("/v1/events", "/v1/obligations", "/v1/rounds/{round}/releases", "/v1/feed/releases", "/oauth/token"):
        assert path in document["paths"], path


def test_a_type_without_its_example_is_told_where_the_example_belongs() -> None:
    with pytest.raises(Rejected) as refusal:
        openapi.example(f"{events.PREFIX}survey.answered.v1")
    [told] = refusal.value.problems
    assert told.code == "event_file_missing"
    assert "schemas/examples/valid/events/survey.answered.v1/typical.json" in told.message.en


def test_every_operation_of_the_openapi_document_has_a_summary(document: dict[str, Any]) -> None:
    lacking = [
        (path, method)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if not operation.get("summary")
    ]
    assert lacking == []


def test_every_part_of_the_openapi_document_has_a_name_that_outlives_a_move_in_the_code(
    document: dict[str, Any],
) -> None:
    """Where two models share a name, FastAPI publishes the paths of their modules."""
    names = document["components"]["schemas"]
    assert [name for name in names if not re.fullmatch(r"([A-Z][a-z0-9]*)+", name)] == []


def test_every_answer_in_json_says_what_it_is_made_of(document: dict[str, Any]) -> None:
    """A generator makes nothing of an object of anything. A JSON Schema alone is open, beyond its name."""
    vague = [
        (method, path, status)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        for status, said in operation["responses"].items()
        for media, content in said.get("content", {}).items()
        if status.startswith("2") and media.endswith("json") and _is_vague(content.get("schema", {}), document)
    ]
    assert vague == []


def test_an_object_of_anything_says_nothing_whatever_leads_to_it() -> None:
    document = {"components": {"schemas": {"Open": {"type": "object", "additionalProperties": True}}}}
    for vague in ({}, {"$ref": "#/components/schemas/Open"}, {"type": "array", "items": {"title": "Anything"}}):
        assert _is_vague(vague, document), vague
    for told in (
        {"type": "object", "properties": {"id": {"type": "string"}}},
        {"type": "array", "items": {"type": "number"}},
    ):
        assert not _is_vague(told, document), told


def test_the_asyncapi_document_has_a_message_for_each_type_and_its_references_lead_somewhere() -> None:
    document = asyncapi.document()
    assert set(document["components"]["messages"]) >= {
        kind.removeprefix(events.PREFIX) for kind in events.CLAIMS | events.FACTS
    }
    assert document["channels"]["log"]["bindings"]["kafka"]["partitions"] == 35
    references = list(_references(document))
    assert references
    for reference in references:
        assert reference.startswith("#/"), reference  # read without a network
        place: Any = document
        for part in reference[2:].split("/"):
            place = place[part]


def _is_vague(schema: dict[str, Any], document: dict[str, Any]) -> bool:
    """Whether the schema names no member of what may come."""
    if "$ref" in schema:
        return _is_vague(document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], document)
    if any(word in schema for word in ("anyOf", "oneOf", "allOf")):
        parts = [part for word in ("anyOf", "oneOf", "allOf") for part in schema.get(word, ())]
        return any(_is_vague(part, document) for part in parts)
    if schema.get("type") == "array":
        return _is_vague(schema.get("items", {}), document)
    if schema.get("type") == "object":
        return not schema.get("properties") and schema.get("additionalProperties", True) is True
    return not schema.get("type")


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [reference for item in value.values() for reference in _references(item)]
    if isinstance(value, list):
        return [reference for item in value for reference in _references(item)]
    return []
