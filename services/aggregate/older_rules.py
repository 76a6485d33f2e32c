"""Releases that were judged by older rules, recomputed. Pure."""

from __future__ import annotations

from typing import Any, cast

from lienthong.releases import Dataset, without_offices, without_tasks
from lienthong.releases.round import Completeness
from services.aggregate import difficulties, tasks
from services.aggregate.consolidation import CODED, LATE_BY_THE_FIRST

_JUDGED = ("indicators", "issuer", "duties", "assumptions", "rules", "unitValues")
"""Members that the rules decide. All others are counted, and a replay must give them back byte for byte."""


def as_judged_then(dataset: Dataset, original: Dataset) -> Dataset:
    """A recomputed dataset with what older rules judged taken from the dataset as it was made.

    Equal digests then prove everything that is counted. Under the same rules nothing is taken over.
    """
    if original.get("rules", 1) == dataset["rules"]:
        return dataset
    kept = {name: value for name, value in original.items() if name in _JUDGED}
    rest = {name: value for name, value in dataset.items() if name not in _JUDGED}
    judged = cast(Dataset, {**rest, **kept})
    if dataset["changes"] and original["changes"]:
        judged["changes"] = {**dataset["changes"], "indicators": original["changes"]["indicators"]}
    judged = judged if original.get("rules", 1) >= tasks.SINCE else without_tasks(judged)
    judged = judged if original.get("rules", 1) >= difficulties.SINCE else without_offices(judged)
    judged = judged if original.get("rules", 1) >= CODED else _without_codes(judged)
    return judged if original.get("rules", 1) >= LATE_BY_THE_FIRST else _late_as_then(judged, original)


def _without_codes(body: Dataset) -> Dataset:
    """Rows of forms as they were before they named official codes."""
    dataset: Dataset = {**body}
    dataset["completeness"] = [
        cast(Completeness, {name: value for name, value in completeness.items() if name not in ("official", "regime")})
        for completeness in body["completeness"]
    ]
    return dataset


def _late_as_then(body: Dataset, original: Dataset) -> Dataset:
    """What says late, as it was when the latest revision decided: lateness is taken over, all else is kept."""
    counts = {completeness["form"]: completeness["late"] for completeness in original["completeness"]}
    sources = {(provenance["unit"], provenance["form"]): provenance["late"] for provenance in original["provenance"]}
    document: dict[str, Any] = {
        **body,
        "completeness": [
            {**completeness, "late": counts.get(completeness["form"])} for completeness in body["completeness"]
        ],
        "provenance": [
            {
                **{name: value for name, value in provenance.items() if name != "firstReceivedAt"},
                "late": sources.get((provenance["unit"], provenance["form"])),
            }
            for provenance in body["provenance"]
        ],
    }
    if body["changes"] and original["changes"]:
        document["changes"] = {**body["changes"], "completeness": original["changes"]["completeness"]}
    return cast(Dataset, document)
