"""The consolidation over provinces, from their released sums alone. Pure, exact.

Only equal figure codes of equal period codes are summed. A figure that no province gave is null, never zero. A
status is not summed: the units at each value are counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from lienthong.contracts.canonical import plain
from lienthong.samples import SAMPLE_NOTICE


@dataclass(frozen=True, kw_only=True, slots=True)
class Released:
    """The latest release of one province and plan."""

    release: str
    round: str
    version: int
    plan: str
    issuer: str
    province: str
    sample: bool
    digest: str
    signed_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Sum:
    """One figure of one release. total: whole number scaled by decimals, or None where nobody gave it.

    described: label, measure and statuses as in the dataset.
    """

    release: str
    form: str
    code: str
    kind: str
    decimals: int
    total: Decimal | None
    given: int
    obliged: int
    described: Mapping[str, Any]


def consolidate(programme: str, period: str, releases: Sequence[Released], sums: Iterable[Sum], *,
                provinces: int) -> dict[str, Any]:  # fmt: skip
    """The national document. provinces: how many there are, so that nobody takes a part for the whole."""
    province_of = {release.release: release.province for release in releases}
    grouped: dict[str, list[Sum]] = {}
    for one in sums:
        grouped.setdefault(one.code, []).append(one)
    issued = sorted({release.province for release in releases})
    return {
        "programme": programme,
        "period": period,
        **_sample(releases),
        "provinces": {"total": provinces, "released": len(issued), "codes": issued},
        "releases": [_release(release) for release in sorted(releases, key=lambda r: (r.province, r.plan))],
        "figures": [_figure(code, group, province_of) for code, group in sorted(grouped.items())],
    }


def _sample(releases: Sequence[Released]) -> dict[str, Any]:
    sample = any(release.sample for release in releases)
    return {"sample": True, "notice": SAMPLE_NOTICE} if sample else {"sample": False}


def _figure(code: str, group: list[Sum], province_of: Mapping[str, str]) -> dict[str, Any]:
    first = group[0]
    found: dict[str, Any] = {
        "code": code,
        "label": first.described["label"],
        "measure": first.described["measure"],
        "kind": first.kind,
        "provinces": len({province_of[one.release] for one in group if one.given}),
        "given": sum(one.given for one in group),
        "obliged": sum(one.obliged for one in group),
    }
    if len({one.kind for one in group}) > 1:
        # Two programmes' files say different things under one code: adding them would be nonsense.
        return found | {"sum": None, "statuses": [], "conflict": sorted({one.kind for one in group})}
    return found | {"sum": _total(group), "statuses": _statuses(group)}


def _total(group: list[Sum]) -> str | None:
    totals = [one.total.scaleb(-one.decimals) for one in group if one.total is not None]
    if not totals:
        return None
    return plain(sum(totals, Decimal(0)))


def _statuses(group: list[Sum]) -> list[dict[str, Any]]:
    counted: dict[str, dict[str, Any]] = {}
    for one in group:
        for status in one.described["statuses"]:
            held = counted.setdefault(status["value"], {**status, "units": 0})
            held["units"] += status["units"]
    return list(counted.values())


def _release(release: Released) -> dict[str, Any]:
    return {"release": release.release, "version": release.version, "plan": release.plan,
            "province": release.province, "issuer": release.issuer, "sample": release.sample,
            "digest": release.digest, "signedAt": release.signed_at.isoformat().replace("+00:00", "Z")}  # fmt: skip
