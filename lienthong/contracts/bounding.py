"""How much of a document a validator has to see to find all that is wrong with it. Pure.

A validator hands over each error with a copy of the object that it stands in: ten missing figures among four hundred
unknown ones were ten copies of these. One unknown member is enough for it to say that there are any; which they are
stands in the document (`unknown`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

_PLAIN = frozenset(
    {"type", "properties", "required", "additionalProperties", "title", "description", "$schema", "$id", "examples"}
)
"""Of an object that says no more than this a member that it does not know is no matter of any other keyword."""


def bounded(schema: Schema, instance: Any) -> Any:
    """The instance with one unknown member of each closed object that properties lead to, instead of many."""
    if not isinstance(instance, dict) or not isinstance(schema.get("properties"), Mapping):
        return instance
    kept, known = _kept(schema, instance), schema["properties"]
    inner = {name: value for name, value in kept.items() if isinstance(value, dict) and name in known}
    cut = {name: bounded(known[name], value) for name, value in inner.items()}
    return {**kept, **cut} if any(cut[name] is not value for name, value in inner.items()) else kept


def unknown(schema: Schema, instance: Any) -> list[str] | None:
    """The members that a closed object does not know, in the order of the document; None where its schema says more
    than which there are, so that only the validator can tell.
    """
    known = schema.get("properties")
    if not isinstance(instance, dict) or not isinstance(known, Mapping) or not _is_closed(schema):
        return None
    return [name for name in instance if name not in known]


def _is_closed(schema: Schema) -> bool:
    """Whether its members are those of `properties`, and nothing else is said of them together."""
    plain = all(keyword in _PLAIN or keyword.startswith("x-") for keyword in schema)
    return plain and schema.get("additionalProperties") is False


def _kept(schema: Schema, instance: dict[str, Any]) -> dict[str, Any]:
    names = unknown(schema, instance)
    if names is None or len(names) < 2:
        return instance
    kept = dict(instance)
    for name in names[1:]:
        del kept[name]
    return kept
