"""What differs between two versions of a round's dataset. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Body = Mapping[str, Any]
Key = tuple[str, ...]


def changes(before: Body, after: Body) -> dict[str, Any]:
    """The member `changes` of a dataset, against the one that it supersedes."""
    return {
        "supersedes": before["release"],
        "reports": [{"unit": key[0], "form": key[1], "before": old, "after": new}
                    for key, old, new in _differing(_revisions(before), _revisions(after))],
        "observations": [{"unit": key[0], "form": key[1], "figure": key[2], "before": old, "after": new}
                         for key, old, new in _differing(_observed(before), _observed(after))],
        "figures": [{"code": key[1], "form": key[0], "before": old, "after": new}
                    for key, old, new in _differing(_sums(before), _sums(after))],
        "indicators": [{"code": key[0], "before": old, "after": new}
                       for key, old, new in _differing(_values(before), _values(after))],
        "completeness": [{"form": key[0], "before": old, "after": new}
                         for key, old, new in _differing(_counts(before), _counts(after))],
    }  # fmt: skip


def _differing(before: Mapping[Key, Any], after: Mapping[Key, Any]) -> Iterable[tuple[Key, Any, Any]]:
    for key in sorted(before.keys() | after.keys()):
        if before.get(key) != after.get(key):
            yield key, before.get(key), after.get(key)


def _revisions(body: Body) -> dict[Key, int]:
    return {(one["unit"], one["form"]): one["revision"] for one in body["provenance"]}


def _observed(body: Body) -> dict[Key, dict[str, Any]]:
    return {(one["unit"], one["form"], one["figure"]): _only(one, "state", "value", "counted")
            for one in body["observations"]}  # fmt: skip


def _sums(body: Body) -> dict[Key, str | None]:
    return {(one["form"], one["code"]): one["sum"] for one in body["figures"]}


def _values(body: Body) -> dict[Key, dict[str, Any]]:
    return {(one["code"],): _only(one, "value", "status", "assessment") for one in body["indicators"]}


def _counts(body: Body) -> dict[Key, dict[str, int]]:
    return {(one["form"],): _only(one, "obliged", "reported", "late") for one in body["completeness"]}


def _only(body: Body, *names: str) -> dict[str, Any]:
    return {name: body[name] for name in names}
