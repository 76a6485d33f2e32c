"""The type of a release's dataset says what its JSON Schema says, and a dataset is written once."""

from __future__ import annotations

import json
import types
from collections.abc import Iterator
from typing import Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

import orjson
import pytest

from lienthong import releases
from lienthong.contracts import canonical
from lienthong.errors import Unprocessable
from tests.conftest import ROOT

PLATFORM = ROOT / "schemas" / "platform"
SCHEMA = json.loads((PLATFORM / "release-dataset.schema.json").read_text("utf-8"))
EXAMPLE = json.loads((PLATFORM / "examples" / "valid" / "release.published.json").read_text("utf-8"))["data"]
JSON_TYPES = {str: "string", int: "integer", bool: "boolean", type(None): "null"}


def differences(told: Any, schema: dict[str, Any], at: str = "") -> Iterator[str]:
    """Where a type and a schema say different things. at: pointer of the member."""
    told_kinds, schema_kinds = set(_alternatives(told)), list(_branches(schema))
    if {_kind(kind) for kind in told_kinds} != {_named(schema_kind) for schema_kind in schema_kinds}:
        kinds = sorted(map(str, map(_kind, told_kinds)))
        yield f"{at}: {kinds} in the type, {sorted(map(_named, schema_kinds))} in the schema"
    for kind in told_kinds:
        for branch in schema_kinds:
            if _named(branch) == _kind(kind):
                yield from _inside(kind, branch, at)


def _inside(told: Any, schema: dict[str, Any], at: str) -> Iterator[str]:
    if is_typeddict(told):
        yield from _members(told, schema, at)
    elif get_origin(told) is list:
        yield from differences(get_args(told)[0], schema["items"], f"{at}/*")
    elif get_origin(told) is Literal and not set(schema.get("enum", ())) <= set(get_args(told)):
        yield f"{at}: {get_args(told)} in the type, {schema.get('enum')} in the schema"


def _members(told: Any, schema: dict[str, Any], at: str) -> Iterator[str]:
    hints = get_type_hints(told, include_extras=True)
    if hints.keys() != schema["properties"].keys():
        yield f"{at}: other members: {sorted(hints.keys() ^ schema['properties'].keys())}"
    needed = {name for name, hint in hints.items() if get_origin(hint) is not NotRequired}
    if needed != set(schema["required"]):
        yield f"{at}: required differs: {sorted(needed ^ set(schema['required']))}"
    if schema["additionalProperties"] is not False:
        yield f"{at}: the schema lets other members in"
    for name in hints.keys() & schema["properties"].keys():
        hint = get_args(hints[name])[0] if get_origin(hints[name]) is NotRequired else hints[name]
        yield from differences(hint, schema["properties"][name], f"{at}/{name}")


def _alternatives(told: Any) -> tuple[Any, ...]:
    return get_args(told) if get_origin(told) in (Union, types.UnionType) else (told,)


def _kind(told: Any) -> str:
    if is_typeddict(told):
        return "object"
    if get_origin(told) is list:
        return "array"
    return "string" if get_origin(told) is Literal else JSON_TYPES[told]


def _branches(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The schema by JSON type: references followed, alternatives apart."""
    if "$ref" in schema:
        yield from _branches(SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]])
    elif "anyOf" in schema:
        for branch in schema["anyOf"]:
            yield from _branches(branch)
    elif isinstance(schema.get("type"), list):
        for name in schema["type"]:
            yield {**schema, "type": name}
    else:
        yield schema


def _named(schema: dict[str, Any]) -> str:
    return str(schema.get("type", "string"))  # an enum or a const, all of text here


def test_the_type_says_what_the_schema_says() -> None:
    assert list(differences(releases.Dataset, SCHEMA)) == []


@pytest.mark.parametrize(
    ("pointer", "change"),
    [
        (("properties", "version"), {"type": "string"}),
        (("properties", "supersedes"), {"type": "string"}),
        (("properties", "cut", "properties"), {"position": {"type": "integer"}, "offset": {"type": "integer"}}),
        (("$defs", "observation", "properties", "counted"), {"type": "integer"}),
        (("$defs", "figure", "required"), ["code"]),
        (("properties", "issuer", "properties", "level"), {"enum": ["nation", "region"]}),
    ],
    ids=lambda value: "/".join(value) if isinstance(value, tuple) else "",
)
def test_a_schema_that_says_otherwise_is_noticed(
    pointer: tuple[str, ...], change: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder: Any = SCHEMA
    for name in pointer[:-1]:
        holder = holder[name]
    monkeypatch.setitem(holder, pointer[-1], change)
    assert len(list(differences(releases.Dataset, SCHEMA))) >= 1


def test_the_digest_is_over_the_text_that_is_kept() -> None:
    one = releases.write(EXAMPLE)
    assert one.text.encode() == canonical.write(EXAMPLE)
    assert one.digest == canonical.digest_of(orjson.loads(one.text))
    assert releases.dataset_of(one.text) == EXAMPLE


def test_the_fact_carries_the_same_text_and_reads_back() -> None:
    one = releases.write(EXAMPLE)
    fact = releases.made_of(one)
    assert one.text in fact
    assert releases.read(orjson.loads(fact)) == one
    assert list(orjson.loads(fact)) == ["dataset", "digest", "release", "round", "supersedes", "version"]


def test_a_fact_whose_digest_is_not_that_of_its_dataset_is_nobody_s_release() -> None:
    fact = orjson.loads(releases.made_of(releases.write(EXAMPLE)))
    fact["dataset"]["recipients"].append("platform2")
    with pytest.raises(Unprocessable, match="the digest told is"):
        releases.read(fact)
