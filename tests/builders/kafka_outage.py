"""Kafka is killed while the first round of a year is reported, and comes back when that round was released."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from lienthong.embedded.kafka import Cluster
from services.demo import script
from services.demo.scenario import Happening, Year
from services.demo.site import Site

_PATIENCE = 120.0  # seconds; a quiet machine takes a tenth of one


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How a hub stands with Kafka. degraded: of /readyz. reachable: by the metrics. waiting: events of Lạng Sơn that
    Kafka does not have yet.
    """

    ready: bool
    degraded: Mapping[str, Any]
    reachable: bool
    waiting: float


@dataclass(frozen=True, kw_only=True)
class Outage:
    """What was seen. dead: soon after the kill; worked: before the broker came back, `releases` were made by then;
    wrong: what no sender expected; after: when Kafka had everything, at the latest after two minutes.
    """

    before: Standing
    dead: Standing
    worked: Standing
    releases: tuple[str, ...]
    wrong: tuple[str, ...]
    after: Standing

    def __repr__(self) -> str:
        return "Outage"


def lived_through(year: Year, cluster: Cluster, steps: Sequence[Happening], run: Callable[[Happening], None]) -> Outage:
    """The first round, all but the reporting without Kafka. run: lives through a step of the year."""
    site = year.site
    reports, extend, *rest = steps
    run(reports)
    before = when(site, lambda seen: seen.reachable and not seen.degraded)
    cluster.kill(1)
    run(extend)
    dead = when(site, lambda seen: "kafka" in seen.degraded and not seen.reachable)  # each worker has a watch
    for step in rest:  # corrections, late reports, a release made and delivered
        run(step)
    worked, releases, wrong = standing(site), tuple(year.operating.releases), tuple(map(str, year.book.wrong))
    cluster.restart(1)
    after = when(site, lambda seen: seen.reachable and not seen.degraded and not seen.waiting)
    return Outage(before=before, dead=dead, worked=worked, releases=releases, wrong=wrong, after=after)


def of_the_first_round(steps: Sequence[Happening]) -> list[Happening]:
    """What happens up to its release."""
    return [step for step in steps if step.at <= script.FIRST_HALF.signs_at]


def after_the_first_round(steps: Sequence[Happening]) -> list[Happening]:
    """All the others."""
    return [step for step in steps if step.at > script.FIRST_HALF.signs_at]


def when(site: Site, true: Callable[[Standing], bool]) -> Standing:
    """How the hub stands as soon as that is so; how it stands at the end of the patience where it never is."""
    end = time.monotonic() + _PATIENCE
    while not true(seen := standing(site)) and time.monotonic() < end:
        time.sleep(0.1)
    return seen


def standing(site: Site) -> Standing:
    """/readyz always answers 200: reports are accepted."""
    answer = httpx.get(f"{site.address}/readyz", timeout=60, trust_env=False).raise_for_status().json()
    metrics = httpx.get(f"{site.address}/metrics", timeout=60, trust_env=False).text
    return Standing(
        ready=answer["ready"],
        degraded=answer["degraded"],
        reachable=_metric(metrics, "lienthong_kafka_reachable") == 1,
        waiting=_metric(metrics, 'lienthong_consumer_lag_events{consumer="relay",partition="20"}'),
    )


def _metric(text: str, name: str) -> float:
    [value] = re.findall(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return float(value)
