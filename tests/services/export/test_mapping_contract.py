"""The contract with the platform: valid OpenAPI and schemas, and every example as it is meant."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from openapi_spec_validator.readers import read_from_filename
from referencing import Registry, Resource

from lienthong.contracts.schemas import Contracts
from tests.conftest import ROOT

FOLDER = ROOT / "schemas" / "platform"
BASE = "https://lienthong.vn/schemas/platform/"
MESSAGE = f"{BASE}message.schema.json"
SCHEMAS = {path.name: json.loads(path.read_text("utf-8")) for path in FOLDER.glob("*.schema.json")}


def messages(kind: str) -> list[Any]:
    paths = [
        path
        for path in sorted((FOLDER / "examples" / kind).glob("*.json"))
        if not path.name.startswith("release-dataset.")
    ]
    return [pytest.param(path, id=path.stem) for path in paths]


def validator() -> Draft202012Validator:
    registry: Registry[Any] = Registry().with_resources(
        (schema["$id"], Resource.from_contents(schema)) for schema in SCHEMAS.values()
    )
    return Draft202012Validator(
        SCHEMAS["message.schema.json"], registry=registry, format_checker=Draft202012Validator.FORMAT_CHECKER
    )


@pytest.fixture(scope="module")
def contracts() -> Contracts:
    return Contracts.load(FOLDER)


def test_the_openapi_document_is_valid() -> None:
    document, base = read_from_filename(str(FOLDER / "openapi.yaml"))
    OpenAPIV31SpecValidator(document, base_uri=base).validate()


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_every_schema_is_valid_and_named_by_its_file(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])
    assert SCHEMAS[name]["$id"] == BASE + name


@pytest.mark.parametrize("path", messages("valid"))
def test_valid_examples_pass_under_both_validators(path: Path, contracts: Contracts) -> None:
    document = json.loads(path.read_text("utf-8"))
    assert [error.message for error in validator().iter_errors(document)] == []
    assert contracts.problems(MESSAGE, document) == []


@pytest.mark.parametrize("path", messages("invalid"))
def test_invalid_examples_are_refused_under_both_validators(path: Path, contracts: Contracts) -> None:
    document = json.loads(path.read_text("utf-8"))
    assert not validator().is_valid(document)
    assert contracts.problems(MESSAGE, document)


def test_every_refusal_of_an_example_says_why_in_vietnamese(contracts: Contracts) -> None:
    document = json.loads((FOLDER / "examples/invalid/content-without-licence.json").read_text("utf-8"))
    problems = contracts.problems(MESSAGE, document)
    assert any("licence" in problem.pointer or "licence" in problem.message.vi for problem in problems)


def test_the_platform_serves_exactly_the_paths_of_the_contract() -> None:
    from services.platform.app import app  # noqa: PLC0415
    from services.platform.store import Store  # noqa: PLC0415

    class NoStore(Store):
        def __init__(self) -> None:
            """Routes are only listed here, none is called."""

    pairs = {
        (path, method.upper())
        for path, item in yaml.safe_load((FOLDER / "openapi.yaml").read_text("utf-8"))["paths"].items()
        for method in item
    }
    served = {
        (route.path.replace("{identifier:path}", "{id}"), method)  # type: ignore[attr-defined]
        for route in app(NoStore(), contracts=Contracts({})).routes
        if route.path.startswith("/v1/")  # type: ignore[attr-defined]
        for method in route.methods
    }  # type: ignore[attr-defined]
    assert served == pairs
