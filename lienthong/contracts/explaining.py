"""What a validator found, said in the sender's terms: each error is brought to its place in the document and in the
schema; what is said of it is a fault's (`faults`). Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from lienthong.contracts.bounding import unknown
from lienthong.contracts.collected import Collected, Enough
from lienthong.contracts.faults import Schema, SchemaFault, problems_of
from lienthong.contracts.pointers import pointer_of
from lienthong.errors import Problem
from lienthong.refusals import problem

CLASSIFIED = "classified_content_refused"
"""Code of the refusal of a classified submission: keep and log nothing else of it."""


def explain(schema: Schema, instance: Any, errors: Iterable[Any], *, at: str = "") -> list[Problem]:
    """Problems for the errors of jsonschema-rs, in order of the document's schema, without repetition. errors: of the
    instance, or of what `bounded` makes of it.

    The first MOST_PROBLEMS of them. Of a submission that says it is classified nothing is repeated, so no other
    problem is named.
    """
    if _says_classified(schema, instance):
        return [_classified(at)]
    collected, seen = Collected(), set()
    try:
        for item in _of_errors(schema, instance, errors, at):
            if (item.pointer, item.code) not in seen:
                seen.add((item.pointer, item.code))
                collected.add(item)
    except Enough:
        pass
    return collected.problems


def _says_classified(schema: Schema, instance: Any) -> bool:
    takes = schema.get("properties", {}).get("classification", {})
    return (
        takes.get("enum") == ["public"]
        and isinstance(instance, dict)
        and instance.get("classification", "public") != "public"
    )


def _classified(at: str) -> Problem:
    return problem(
        f"{at}/classification",
        CLASSIFIED,
    )


def _of_errors(schema: Schema, instance: Any, errors: Iterable[Any], at: str) -> Iterator[Problem]:
    for error in errors:
        yield from _of_error(schema, instance, error, at)


def _of_error(schema: Schema, instance: Any, error: Any, at: str) -> Iterable[Problem]:
    path, given = _true_place(instance, error.instance_path)
    holder = _holder(schema, error.schema_path)
    names = unknown(holder, given) if error.kind.name == "additionalProperties" else None
    fault = SchemaFault(
        pointer=pointer_of(path, at),
        subschema=holder,
        limit=error.kind.value if names is None else names,
        given=given,
        in_figures=path == ["figures"],
    )
    return problems_of(fault, error.kind.name)


def _holder(schema: Schema, path: Sequence[str | int]) -> Schema:
    """The subschema that holds the failing keyword; {} when the path leads through a reference elsewhere."""
    place: Any = schema
    for part in path[:-1]:
        try:
            place = place[part]
        except (KeyError, IndexError, TypeError):
            return {}
    return place if isinstance(place, Mapping) else {}


def _true_place(instance: Any, path: Sequence[str | int]) -> tuple[list[str | int], Any]:
    """The true path, and the value there, taken from the instance: the validator hands numbers back as floats.

    jsonschema-rs 0.60 leaves empty names out of its paths and tells names of digits as numbers.
    """
    true: list[str | int] = []
    for part in path:
        while isinstance(instance, dict) and str(part) not in instance and "" in instance:
            true.append("")
            instance = instance[""]
        key = str(part) if isinstance(instance, dict) else part
        true.append(key)
        instance = instance[key]
    return true, instance
