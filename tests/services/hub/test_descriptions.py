"""The generated descriptions are valid, complete, and lead somewhere."""

from __future__ import annotations

from typing import Any

from openapi_spec_validator import validate

from lienthong import events
from services.hub import asyncapi, descriptions


def test_the_openapi_document_is_valid_and_names_the_main_paths() -> None:
    document = descriptions.openapi()
    validate(document)
    assert document["openapi"].startswith("3.1")
    for path in ("/v1/events", "/v1/obligations", "/v1/rounds/{round}/releases", "/v1/feed/releases", "/oauth/token"):
        assert path in document["paths"], path


def test_every_operation_of_the_openapi_document_has_a_summary() -> None:
    document = descriptions.openapi()
    lacking = [
        (path, method)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if not operation.get("summary")
    ]
    assert lacking == []


def test_the_asyncapi_document_has_a_message_for_each_type_and_its_references_lead_somewhere() -> None:
    document = asyncapi.document()
    assert set(document["components"]["messages"]) >= {
        kind.removeprefix(events.PREFIX) for kind in events.CLAIMS | events.FACTS
    }
    assert document["channels"]["log"]["bindings"]["kafka"]["partitions"] == 35
    found = list(_references(document))
    assert found
    for reference in found:
        assert reference.startswith("#/"), reference  # read without a network
        place: Any = document
        for part in reference[2:].split("/"):
            place = place[part]


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [found for item in value.values() for found in _references(item)]
    if isinstance(value, list):
        return [found for item in value for found in _references(item)]
    return []
