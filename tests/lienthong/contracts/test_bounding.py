"""What a validator is shown of a document with many unknown members is enough to say the same of it, and costs less."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lienthong.contracts.bounding import bounded, unknown
from lienthong.contracts.explaining import explain
from lienthong.contracts.schemas import Contracts, Schema
from lienthong.refusals import problem

ROOT = Path(__file__).parents[3]
CONTRACTS = Contracts.load()
FORM = "https://lienthong.vn/forms/P119-LS.commune/1.0.1"
EXAMPLE = ROOT / "schemas/examples/valid/forms/P119-LS/commune/1.0.1"


def a_report() -> dict[str, Any]:
    [first, *_] = sorted(EXAMPLE.glob("*.json"))
    data: dict[str, Any] = json.loads(first.read_text())["data"]
    return data


def spoilt(chance: random.Random, value: Any) -> Any:
    """The same with members taken away, made wrong and added, in every object of it."""
    if not isinstance(value, dict):
        return value if chance.random() > 0.1 else [value]
    kept = {name: spoilt(chance, each) for name, each in value.items() if chance.random() > 0.1}
    added = {f"x{number}{chance.choice('/~ ạ')}": number for number in range(chance.choice((0, 1, 3, 60)))}
    members = [*kept.items(), *added.items()]
    chance.shuffle(members)
    return dict(members)


def objects(schema: Schema, instance: Any) -> Iterator[tuple[Schema, dict[str, Any]]]:
    if isinstance(instance, dict):
        yield schema, instance
        for name, value in instance.items():
            yield from objects(schema.get("properties", {}).get(name, {}), value)


@pytest.mark.parametrize("seed", range(30))
def test_the_same_is_said_of_the_whole_and_of_what_the_validator_is_shown(seed: int) -> None:
    schema, instance = CONTRACTS.schema(FORM), spoilt(random.Random(seed), a_report())
    validator = CONTRACTS._validator(FORM)
    told = explain(schema, instance, validator.iter_errors(instance), at="/data")
    assert CONTRACTS.problems(FORM, instance, at="/data") == told
    for error in validator.iter_errors(instance):
        if error.kind.name == "additionalProperties":
            found = [unknown(*each) for each in objects(schema, instance)]
            assert error.kind.value in found, "in the order of the document, as the validator says it"


def test_many_unknown_members_are_shown_as_one_and_the_instance_stays() -> None:
    instance = a_report() | {"y": 1, "z": 2}
    instance["figures"] = {f"x{number}": number for number in range(400)} | instance["figures"]
    shown = bounded(CONTRACTS.schema(FORM), instance)
    assert (len(instance["figures"]) - len(shown["figures"]), "y" in shown, "z" in shown) == (399, True, False)
    assert bounded(CONTRACTS.schema(FORM), a_report()) == a_report()


def test_where_more_is_said_of_members_than_which_there_are_all_are_shown() -> None:
    closed = {"type": "object", "properties": {"a": {}}, "additionalProperties": False}
    given = {"b": 1, "c": 2}
    for more in ({"maxProperties": 1}, {"propertyNames": {"pattern": "^a"}}, {"patternProperties": {"^b": {}}}):
        assert bounded({**closed, **more}, given) is given
    assert bounded({**closed, "additionalProperties": True}, given) is given
    assert bounded(closed, given) == {"b": 1}


def test_four_hundred_unknown_figures_beside_missing_ones_cost_little_more_than_fifty() -> None:
    """Each missing one was told with a copy of all the others."""

    def cost(many: int) -> float:
        instance = a_report() | {"figures": {f"x{number}": 1 for number in range(many)}}
        times = []
        for _ in range(15):
            began = time.process_time()
            CONTRACTS.problems(FORM, instance)
            times.append(time.process_time() - began)
        return min(times)

    cost(50)
    assert cost(400) < 2.5 * cost(50)


def test_words_are_put_together_for_who_reads_them() -> None:
    class Counted:
        read = 0

        def __format__(self, spec: str) -> str:
            self.read += 1
            return "x"

    name = Counted()
    found = problem("/x", "unknown_field", field=name)
    assert name.read == 0
    assert "x" in found.message.vi and name.read == 1
    assert found.message == found.message and hash(found.message) == hash(found.message)
