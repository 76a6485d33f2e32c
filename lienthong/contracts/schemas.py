"""The JSON Schemas of the exchange: loaded from `schemas/`, asked by their `$id`. Nothing is ever fetched.

`Contracts.load` reads every `*.json` under the folder that has an `$id`; forms of plans published on a
running hub are added with `add`. Schemas are compiled at their first use. Instances hold `int` for whole
numbers and `decimal.Decimal` for others (lienthong/contracts/canonical.py reads them so); both are compared exactly.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from operator import eq
from pathlib import Path
from typing import Any

import jsonschema_rs

from lienthong.contracts import texts
from lienthong.contracts.bounding import bounded
from lienthong.contracts.explaining import explain
from lienthong.contracts.formats import LINE, LINK
from lienthong.errors import Misconfigured, Problem
from lienthong.pushes import addresses
from lienthong.shipped import schemas_folder

Schema = Mapping[str, Any]

BASE = "https://lienthong.vn/"
ENVELOPE_CLAIM = f"{BASE}events/envelope-claim/v1"

_TYPE_PREFIX = "vn.lienthong."


def event_id(event_type: str) -> str:
    """The `$id` of the schema of an event's data.

    `vn.lienthong.report.submitted.v1` → `https://lienthong.vn/events/report.submitted/v1`.
    Raises Misconfigured for a type that isn't the hub's.
    """
    name, _, version = event_type.removeprefix(_TYPE_PREFIX).rpartition(".")
    if not event_type.startswith(_TYPE_PREFIX) or not name or not version.startswith("v"):
        raise Misconfigured(f"{event_type!r} is not an event type of the hub", code="event_type_unknown")
    return f"{BASE}events/{name}/{version}"


class Contracts:
    """Schemas by `$id`, and what they say of an instance. Safe to read from several threads."""

    def __init__(self, schemas: Mapping[str, Schema] | None = None) -> None:
        self._schemas: dict[str, Schema] = dict(schemas or {})
        self._validators: dict[str, Any] = {}

    @classmethod
    def load(cls, folder: Path | None = None) -> Contracts:
        """Every schema under the folder; without one the shipped schemas, whose files a process reads once.

        Raises Misconfigured for a broken file or a repeated `$id`.
        """
        return cls(_by_id(folder) if folder else _shipped_schemas())

    def add(self, schema: Schema, *, same: Callable[[Schema, Schema], bool] = eq) -> None:
        """Know one more schema. Raises Misconfigured when its `$id` is known with other content.

        same: whether two schemas of one `$id` say the same (forms.schema.same_form for forms); the one known first
        stays as it is.
        """
        schema_id = schema["$id"]
        earlier = self._schemas.setdefault(schema_id, schema)
        if earlier is not schema and not same(earlier, schema):
            raise Misconfigured(
                f"the schema {schema_id} is known with other content; give it a new version", code="schema_changed"
            )

    def ids(self) -> list[str]:
        return sorted(self._schemas)

    def knows(self, schema_id: str) -> bool:
        return schema_id in self._schemas

    def schema(self, schema_id: str) -> Schema:
        """The schema as loaded. Raises Misconfigured (`schema_unknown`)."""
        try:
            return self._schemas[schema_id]
        except KeyError as error:
            raise Misconfigured(f"no schema has the $id {schema_id}", code="schema_unknown") from error

    def is_valid(self, schema_id: str, instance: Any) -> bool:
        """The fast verdict."""
        return bool(self._validator(schema_id).is_valid(instance))

    def problems(self, schema_id: str, instance: Any, *, at: str = "") -> list[Problem]:
        """Everything that is wrong with the instance; [] when it is valid.

        at: JSON Pointer of the instance within what was submitted (`/data` in a structured event).
        """
        validator = self._validator(schema_id)
        if validator.is_valid(instance):
            return []
        schema = self.schema(schema_id)
        return explain(schema, instance, validator.iter_errors(bounded(schema, instance)), at=at)

    def _validator(self, schema_id: str) -> Any:
        validator = self._validators.get(schema_id)
        if validator is None:
            validator = self._validators[schema_id] = self._compile(schema_id)
        return validator

    def _compile(self, schema_id: str) -> Any:
        try:
            return jsonschema_rs.Draft202012Validator(
                dict(self.schema(schema_id)),
                validate_formats=True,
                formats={LINE: texts.is_line, LINK: addresses.is_link},
                ignore_unknown_formats=False,
                retriever=self._retrieve,
                mask="…",  # its own messages, which nobody reads, would hold the instance once for each error
            )
        except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
            raise Misconfigured(f"the schema {schema_id} can't be used: {error}", code="schema_broken") from error

    def _retrieve(self, uri: str) -> Any:
        """What a `$ref` names: one of the loaded schemas, or nothing. Never a fetch."""
        if uri in self._schemas:
            return dict(self._schemas[uri])
        raise ValueError(f"{uri} is not among the loaded schemas, and none is fetched")


@cache
def _shipped_schemas() -> Mapping[str, Schema]:
    return _by_id(schemas_folder())


def _by_id(folder: Path) -> Mapping[str, Schema]:
    by_id: dict[str, Schema] = {}
    for path, schema in _read_all(folder):
        if schema["$id"] in by_id:
            raise Misconfigured(f"{path}: the $id {schema['$id']} stands in another file too", code="schema_repeated")
        by_id[schema["$id"]] = schema
    return by_id


def _read_all(folder: Path) -> Iterator[tuple[Path, Schema]]:
    if not folder.is_dir():
        raise Misconfigured(
            f"{folder} is not a folder; the schemas of the product should be there", code="schemas_missing"
        )
    for path in sorted(folder.rglob("*.json")):
        if "examples" in path.relative_to(folder).parts:
            continue
        try:
            document = json.loads(path.read_text("utf-8"))
        except ValueError as error:
            raise Misconfigured(f"{path}: not JSON: {error}", code="schema_broken") from error
        if isinstance(document, dict) and "$id" in document:
            yield path, document
