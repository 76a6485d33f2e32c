"""Every metric of the hub, each once with its meaning; and what one process shows of them.

Names and base units are Prometheus'. Values that the database knows (lag, what is undelivered) are asked when they
are scraped, so they are right whichever process is asked. The composition root makes one `Metrics` for its process and
hands it down.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from typing import Final

import prometheus_client as prometheus
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from lienthong.errors import HubError


@dataclass(frozen=True, kw_only=True, slots=True)
class Metric:
    """A row of the list. name: counters get `_total` behind it."""

    name: str
    meaning: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Counted(Metric):
    """Grows while the process lives."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Timed(Metric):
    """How long something takes. buckets: upper bounds in seconds."""

    buckets: tuple[float, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Scraped(Metric):
    """Asked of the database, or of who knows it, at each scrape."""


SUBMISSIONS: Final = Counted(
    name="lienthong_submissions",
    meaning="Submitted events by verdict: accepted, repeated, refused and so on.",
    labels=("verdict",),
)
CONSUMED: Final = Counted(
    name="lienthong_consumed_events", meaning="Events of the log whose effect was committed.", labels=("consumer",)
)
RETRIES: Final = Counted(
    name="lienthong_consumer_retries",
    meaning="Batches that were rolled back to be tried again, by the code of the error.",
    labels=("consumer", "code"),
)
BATCH_SECONDS: Final = Timed(
    name="lienthong_consumer_batch_seconds",
    meaning="Time from reading a batch to its commit.",
    labels=("consumer",),
    # A single report takes 1 ms, a full batch of a replay a few hundred.
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
LAG_EVENTS: Final = Scraped(
    name="lienthong_consumer_lag_events", meaning="Events not consumed yet.", labels=("consumer", "partition")
)
LAG_SECONDS: Final = Scraped(
    name="lienthong_consumer_lag_seconds",
    meaning="Age of the oldest event not consumed yet.",
    labels=("consumer", "partition"),
)
STOPPED: Final = Scraped(
    name="lienthong_consumer_stopped_position",
    meaning="Position of the fact that a consumer can't apply; absent where it goes on.",
    labels=("consumer", "partition", "code"),
)
KAFKA_REACHABLE: Final = Scraped(
    name="lienthong_kafka_reachable", meaning="1 while a broker of Kafka answers this process."
)
PENDING: Final = Scraped(name="lienthong_deliveries_pending", meaning="Deliveries in the state pending.")
DEAD: Final = Scraped(name="lienthong_deliveries_dead", meaning="Deliveries in the state dead.")
DELIVERED: Final = Scraped(name="lienthong_deliveries_delivered", meaning="Deliveries in the state delivered.")
OLDEST_UNDELIVERED: Final = Scraped(
    name="lienthong_oldest_undelivered_seconds",
    meaning="Age of the oldest delivery that did not arrive, dead ones included.",
)
INBOUND_UNSENT: Final = Scraped(
    name="lienthong_inbound_unsent", meaning="Receipts and refusals that are not in Kafka yet."
)
INBOUND_SET_ASIDE: Final = Scraped(
    name="lienthong_inbound_set_aside", meaning="Records at which the hub failed, not replayed yet."
)
REMINDERS: Final = Scraped(
    name="lienthong_reminders",
    meaning="Reminders and digests by what became of them: waiting, sent, failed, unknown and so on.",
    labels=("state",),
)

METRICS: Final[tuple[Metric, ...]] = (
    SUBMISSIONS,
    CONSUMED,
    RETRIES,
    BATCH_SECONDS,
    LAG_EVENTS,
    LAG_SECONDS,
    STOPPED,
    KAFKA_REACHABLE,
    PENDING,
    DEAD,
    DELIVERED,
    OLDEST_UNDELIVERED,
    INBOUND_UNSENT,
    INBOUND_SET_ASIDE,
    REMINDERS,
)

Values = Iterable[tuple[tuple[str, ...], float]]
"""Labels in the metric's order, and the value that goes with them."""


class Metrics:
    """What one process has counted, and whom it asks at a scrape."""

    def __init__(self) -> None:
        self._registry = prometheus.CollectorRegistry()
        prometheus.ProcessCollector(registry=self._registry)
        self._counters: Mapping[str, prometheus.Counter] = {
            metric.name: prometheus.Counter(metric.name, metric.meaning, metric.labels, registry=self._registry)
            for metric in METRICS
            if isinstance(metric, Counted)
        }
        self._timers: Mapping[str, prometheus.Histogram] = {
            metric.name: prometheus.Histogram(
                metric.name, metric.meaning, metric.labels, buckets=metric.buckets, registry=self._registry
            )
            for metric in METRICS
            if isinstance(metric, Timed)
        }
        self._gauges: list[tuple[Scraped, Callable[[], Values]]] = []
        self._gauge_registry = prometheus.CollectorRegistry()
        self._gauge_registry.register(_AtScrapes(self._gauges))

    def begin(self, metric: Counted | Timed, *labels: str) -> None:
        """Show it at 0 from now on: what appears with its first count has no rise that Prometheus could see."""
        (self._counters[metric.name] if isinstance(metric, Counted) else self._timers[metric.name]).labels(*labels)

    def count(self, metric: Counted, *labels: str, by: int = 1) -> None:
        """labels: in the metric's order."""
        self._counters[metric.name].labels(*labels).inc(by)

    def time(self, metric: Timed, *labels: str) -> AbstractContextManager[object]:
        """Times what happens within; what raises is timed too."""
        return self._timers[metric.name].labels(*labels).time()

    def watch(self, metric: Scraped, read: Callable[[], float]) -> None:
        """Show a number that `read` knows at each scrape."""
        self.watch_each(metric, lambda: [((), read())])

    def watch_each(self, metric: Scraped, read: Callable[[], Values]) -> None:
        """Show a number for each of some labels; several may know some of them each."""
        self._gauges.append((metric, read))

    def render(self) -> bytes:
        """All of them in Prometheus' text format."""
        return self.own_metrics() + self.shared_metrics()

    def own_metrics(self) -> bytes:
        """What this process alone knows: what it has counted and timed, and what it takes of the machine."""
        return prometheus.generate_latest(self._registry)

    def shared_metrics(self) -> bytes:
        """What every process would answer alike."""
        return prometheus.generate_latest(self._gauge_registry)


class _AtScrapes(Collector):
    """Asks everybody anew. Where the database is away no figure is better than an old one, and /readyz says why."""

    def __init__(self, asked: Iterable[tuple[Scraped, Callable[[], Values]]]) -> None:
        self._gauges = asked

    def describe(self) -> Iterable[GaugeMetricFamily]:
        return ()  # so that nobody is asked while it is registered

    def collect(self) -> Iterator[GaugeMetricFamily]:
        values: dict[Scraped, dict[tuple[str, ...], float]] = {}  # for each labels, who was asked last is right
        for metric, read in self._gauges:
            with suppress(HubError):
                read_now = dict(read())
                values.setdefault(metric, {}).update(read_now)
        for metric, values_by_labels in values.items():
            family = GaugeMetricFamily(metric.name, metric.meaning, labels=metric.labels)
            for labels, value in values_by_labels.items():
                family.add_metric(labels, value)
            yield family
