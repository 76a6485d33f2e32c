"""Every event type has a closed schema, good examples, and faulty ones that say which code they get."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from lienthong.contracts.schemas import (
    BASE,
    ENVELOPE_CLAIM,
    Contracts,
    event_id,
    schemas_folder,
)
from lienthong.errors import Problem
from lienthong.events import CLAIMS, FACTS

EXAMPLES = schemas_folder() / "examples"
ENVELOPE_FACT = f"{BASE}events/envelope-fact/v1"
VALID = sorted((EXAMPLES / "valid" / "events").rglob("*.json"))
INVALID = sorted((EXAMPLES / "invalid" / "events").rglob("*.json"))


@pytest.fixture(scope="module")
def contracts() -> Contracts:
    return Contracts.load()


def read(path: Path) -> Any:
    return json.loads(path.read_bytes(), parse_float=Decimal)


def problems(contracts: Contracts, event: dict[str, Any]) -> list[Problem]:
    faults = contracts.problems(ENVELOPE_FACT if event["type"] in FACTS else ENVELOPE_CLAIM, event)
    if event["type"] in CLAIMS | FACTS and isinstance(event["data"], dict):
        faults += contracts.problems(event_id(event["type"]), event["data"], at="/data")
    return faults


@pytest.mark.parametrize("event_type", sorted(CLAIMS | FACTS))
def test_every_event_type_has_a_closed_schema_and_an_example(event_type: str, contracts: Contracts) -> None:
    schema = contracts.schema(event_id(event_type))
    assert schema["additionalProperties"] is False
    assert schema["title"] and schema["description"]
    assert [path for path in VALID if read(path)["type"] == event_type]


def test_every_loaded_schema_can_be_used(contracts: Contracts) -> None:
    for schema_id in contracts.ids():
        assert contracts.is_valid(schema_id, []) is False


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.relative_to(EXAMPLES).as_posix())
def test_valid_event_is_accepted(path: Path, contracts: Contracts) -> None:
    assert problems(contracts, read(path)) == []


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.relative_to(EXAMPLES).as_posix())
def test_invalid_event_gets_the_code_it_is_named_for(path: Path, contracts: Contracts) -> None:
    document = read(path)
    faults = problems(contracts, document["event"])
    assert [{"pointer": p.pointer, "code": p.code} for p in faults] == document["expect"]
    assert path.stem.partition("-")[0] in [p.code for p in faults]
    assert all(p.message.vi and p.message.en for p in faults)


def test_no_personal_author_fits_into_a_content_item(contracts: Contracts) -> None:
    properties = contracts.schema(event_id("vn.lienthong.content.submitted.v1"))["properties"]
    assert not {"author", "editor", "email", "phone"} & set(properties)
