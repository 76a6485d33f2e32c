"""What differs between two versions of a round's dataset. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from lienthong.releases import Dataset
from lienthong.releases.changes import Changes, Counts, HeldValue, Read

Key = tuple[str, ...]
Value = TypeVar("Value")


def changes(before: Dataset, after: Dataset) -> Changes:
    """The member `changes` of a dataset, against the one that it supersedes."""
    return {
        "supersedes": before["release"],
        "reports": [
            {"unit": key[0], "form": key[1], "before": old, "after": new}
            for key, old, new in _differences(_revisions(before), _revisions(after))
        ],
        "observations": [
            {"unit": key[0], "form": key[1], "figure": key[2], "before": old, "after": new}
            for key, old, new in _differences(_held_values(before), _held_values(after))
        ],
        "figures": [
            {"code": key[1], "form": key[0], "before": old, "after": new}
            for key, old, new in _differences(_sums(before), _sums(after))
        ],
        "indicators": [
            {"code": key[0], "before": old, "after": new}
            for key, old, new in _differences(_values(before), _values(after))
        ],
        "completeness": [
            {"form": key[0], "before": old, "after": new}
            for key, old, new in _differences(_counts(before), _counts(after))
        ],
    }


def _differences(
    before: Mapping[Key, Value], after: Mapping[Key, Value]
) -> Iterable[tuple[Key, Value | None, Value | None]]:
    for key in sorted(before.keys() | after.keys()):
        if before.get(key) != after.get(key):
            yield key, before.get(key), after.get(key)


def _revisions(body: Dataset) -> dict[Key, int]:
    return {(provenance["unit"], provenance["form"]): provenance["revision"] for provenance in body["provenance"]}


def _held_values(body: Dataset) -> dict[Key, HeldValue]:
    return {
        (observation["unit"], observation["form"], observation["figure"]): {
            "state": observation["state"],
            "value": observation["value"],
            "counted": observation["counted"],
        }
        for observation in body["observations"]
    }


def _sums(body: Dataset) -> dict[Key, str | None]:
    return {(figure["form"], figure["code"]): figure["sum"] for figure in body["figures"]}


def _values(body: Dataset) -> dict[Key, Read]:
    return {
        (indicator["code"],): {
            "value": indicator["value"],
            "status": indicator["status"],
            "assessment": indicator["assessment"],
        }
        for indicator in body["indicators"]
    }


def _counts(body: Dataset) -> dict[Key, Counts]:
    return {
        (completeness["form"],): {
            "obliged": completeness["obliged"],
            "reported": completeness["reported"],
            "late": completeness["late"],
        }
        for completeness in body["completeness"]
    }
