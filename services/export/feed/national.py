"""The consolidation over provinces, from released sums alone. Pure, exact.

Only equal figure codes of equal period codes are summed. A figure that no province gave is null, never zero. A
status is not summed: the units at each value are counted. A commune that carries the programme out by a plan of
its own is counted too, but for the figures that its province's release counts for it already.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from lienthong.contracts.canonical import plain
from lienthong.indicators.nation import REPEATED, repeated_figures, units_by_figure
from lienthong.instants import wire
from lienthong.releases import Dataset
from lienthong.samples import SAMPLE_NOTICE


@dataclass(frozen=True, kw_only=True, slots=True)
class LatestRelease:
    """The latest release of one plan. level: of its issuer, province or commune.

    reported of obliged forms were in, late of them late; provisional: how many indicators are; on_time: its duty
    towards the Ministry, None where that has no date.
    """

    release: str
    round: str
    version: int
    plan: str
    issuer: str
    level: str
    province: str
    sample: bool
    digest: str
    signed_at: datetime
    reported: int = 0
    obliged: int = 0
    late: int = 0
    provisional: int = 0
    on_time: bool | None = None


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


def consolidate(
    programme: str,
    period: str,
    releases: Sequence[LatestRelease],
    sums: Iterable[Sum],
    *,
    provinces: int,
    twice: Mapping[str, frozenset[str]] | None = None,
) -> dict[str, Any]:
    """The national document. provinces: how many there are, so that nobody takes a part for the whole. twice: by
    release of a commune the figures that its province's release counts already.
    """
    twice = twice or {}
    province_of = {release.release: release.province for release in releases}
    grouped: dict[str, list[Sum]] = {}
    for sum_ in sums:
        if sum_.code not in twice.get(sum_.release, frozenset()):
            grouped.setdefault(sum_.code, []).append(sum_)
    issued = sorted({release.province for release in releases if release.level == "province"})
    communes = sorted({release.issuer for release in releases if release.level == "commune"})
    return {
        "programme": programme,
        "period": period,
        **_sample(releases),
        "provinces": {"total": provinces, "released": len(issued), "codes": issued},
        "communes": {"released": len(communes), "codes": communes},
        "releases": [_release(release) for release in sorted(releases, key=lambda r: (r.province, r.plan))],
        "figures": [_figure(code, group, province_of) for code, group in sorted(grouped.items())],
        "leftOut": [
            {"release": release, "figure": code, "reason": {"vi": REPEATED.vi, "en": REPEATED.en}}
            for release, codes in sorted(twice.items())
            for code in sorted(codes)
        ],
    }


def possible_repeats(releases: Iterable[LatestRelease], sums: Iterable[Sum]) -> dict[str, list[str]]:
    """By release of a commune the releases of its province that have a figure of the same code: only these need
    to be looked into for whether they ask it of the same unit.
    """
    releases = list(releases)
    codes: dict[str, set[str]] = {}
    for sum_ in sums:
        codes.setdefault(sum_.release, set()).add(sum_.code)
    likely = {}
    for own in (release for release in releases if release.level == "commune"):
        mine = codes.get(own.release, set())
        likely[own.release] = [
            other.release
            for other in releases
            if other.level == "province" and other.province == own.province and mine & codes.get(other.release, set())
        ]
    return {release: others for release, others in likely.items() if others}


def counted_twice(own: Dataset, others: Iterable[Dataset]) -> frozenset[str]:
    """Figures of a commune's released dataset that its province's datasets ask of the same unit."""
    return repeated_figures(_figures_asked(own), [_figures_asked(other) for other in others])


def _figures_asked(dataset: Dataset) -> dict[str, frozenset[str]]:
    return units_by_figure(
        (observation["figure"], [observation["unit"]])
        for observation in dataset["observations"]
        if observation["counted"]
    )


def _sample(releases: Sequence[LatestRelease]) -> dict[str, Any]:
    sample = any(release.sample for release in releases)
    return {"sample": True, "notice": SAMPLE_NOTICE} if sample else {"sample": False}


def _figure(code: str, group: list[Sum], province_of: Mapping[str, str]) -> dict[str, Any]:
    first = group[0]
    body: dict[str, Any] = {
        "code": code,
        "label": first.described["label"],
        "measure": first.described["measure"],
        "kind": first.kind,
        "provinces": len({province_of[sum_.release] for sum_ in group if sum_.given}),
        "given": sum(sum_.given for sum_ in group),
        "obliged": sum(sum_.obliged for sum_ in group),
    }
    if len({sum_.kind for sum_ in group}) > 1:
        # Two programmes' files say different things under one code: adding them would be nonsense.
        return body | {"sum": None, "statuses": [], "conflict": sorted({sum_.kind for sum_ in group})}
    return body | {"sum": _total(group), "statuses": _statuses(group)}


def _total(group: list[Sum]) -> str | None:
    totals = [sum_.total.scaleb(-sum_.decimals) for sum_ in group if sum_.total is not None]
    if not totals:
        return None
    return plain(sum(totals, Decimal(0)))


def _statuses(group: list[Sum]) -> list[dict[str, Any]]:
    counted: dict[str, dict[str, Any]] = {}
    for sum_ in group:
        for status in sum_.described["statuses"]:
            held = counted.setdefault(status["value"], {**status, "units": 0})
            held["units"] += status["units"]
    return list(counted.values())


def _release(release: LatestRelease) -> dict[str, Any]:
    return {
        "release": release.release,
        "version": release.version,
        "plan": release.plan,
        "province": release.province,
        "issuer": release.issuer,
        "level": release.level,
        "sample": release.sample,
        "digest": release.digest,
        "signedAt": wire(release.signed_at),
        "reported": release.reported,
        "obliged": release.obliged,
        "late": release.late,
        "provisional": release.provisional,
        "onTime": release.on_time,
    }
