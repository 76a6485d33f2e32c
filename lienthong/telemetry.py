"""Logs and metrics: set up once by the composition root, the same for every process.

What is logged: what happened to which event, unit, partition or delivery. What never is: the content of a
report, a secret, a token, a whole URL with its query. Values under names that hold such are replaced, whoever
logs them.

Metrics follow Prometheus' names and base units. Values that the database knows (lag, what is undelivered) are
asked when they are scraped, so they are right whichever process is asked.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from typing import Any, Protocol

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from structlog.typing import FilteringBoundLogger, Processor

from lienthong import logs
from lienthong.errors import HubError
from lienthong.settings import Settings

REGISTRY = CollectorRegistry()

SUBMISSIONS = Counter(
    "lienthong_submissions",
    "Submitted events by verdict: accepted, repeated, refused and so on.",
    ["verdict"],
    registry=REGISTRY,
)
CONSUMED = Counter(
    "lienthong_consumed_events",
    "Events of the log whose effect was committed.",
    ["consumer"],
    registry=REGISTRY,
)
RETRIES = Counter(
    "lienthong_consumer_retries",
    "Batches that were rolled back to be tried again, by the code of the error.",
    ["consumer", "code"],
    registry=REGISTRY,
)
BATCH_SECONDS = Histogram(
    "lienthong_consumer_batch_seconds",
    "Time from reading a batch to its commit.",
    ["consumer"],
    # A single report takes 1 ms, a full batch of a replay a few hundred.
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
    registry=REGISTRY,
)

_SECRET_NAMES = frozenset(
    {"password", "secret", "client_secret", "token", "access_token", "authorization", "private_key", "conninfo"}
)
_CONTENT_NAMES = frozenset({"data", "body", "report", "figures", "narrative", "content", "values"})


class LagLike(Protocol):
    """What a consumer has yet to do in a partition: events, and the age in seconds of the oldest."""

    @property
    def events(self) -> int: ...

    @property
    def seconds(self) -> float: ...


class StopLike(Protocol):
    """A fact that a consumer stands before."""

    @property
    def consumer(self) -> str: ...

    @property
    def key(self) -> str: ...

    @property
    def code(self) -> str: ...

    @property
    def position(self) -> int: ...


def configure(settings: Settings) -> None:
    """Send all logs, those of libraries too, to standard error or the file of the settings. Call it once."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_secrets,
        logs.without_texts,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logs.handler(settings.log_file)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=_rendering(settings.log_format))
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level.upper())
    for quiet in ("uvicorn.access", "httpx", "httpcore"):
        logging.getLogger(quiet).setLevel("WARNING")  # a line for each request says nothing the metrics don't
    for quiet in ("psycopg.pool", "uvicorn.error"):
        # Pools report what we report as Transient; the server, everything that a stranger sends and is no HTTP.
        logging.getLogger(quiet).setLevel("ERROR")
    logs.catch_all()
    _once(ProcessCollector(registry=None))


def _rendering(log_format: str) -> list[Processor]:
    strip: Processor = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if log_format == "json":
        return [strip, structlog.processors.JSONRenderer(ensure_ascii=False)]
    return [strip, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]


def logger(name: str = "lienthong") -> FilteringBoundLogger:
    """A logger: `logger().info("round_opened", round="P119-LS.2026")`."""
    found: FilteringBoundLogger = structlog.get_logger(name)
    return found


def without_secrets(_logger: Any, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace values under names that hold a secret or the content of a report."""
    for name in entry.keys() & (_SECRET_NAMES | _CONTENT_NAMES):
        entry[name] = "[not logged]"
    return entry


def count_submissions(verdict: str, count: int = 1) -> None:
    """Count submitted events by verdict (`accepted`, `repeated`, `refused`, …)."""
    SUBMISSIONS.labels(verdict).inc(count)


def watch_lag(consumer: str, read: Callable[[], Mapping[str, LagLike]]) -> None:
    """Show the lag of a consumer by partition; `read` is asked at each scrape (`lambda: log.lag(consumer)`)."""
    _once(_LagCollector(consumer, read))


def watch_stops(read: Callable[[], Iterable[StopLike]]) -> None:
    """Show the facts that consumers stand before; `read` is asked at each scrape."""
    _once(_StopCollector(read))


def watch_gauge(name: str, text: str, read: Callable[[], float]) -> None:
    """Show a number that `read` knows at each scrape, such as the age of the oldest undelivered push."""
    _once(_GaugeCollector(name, text, read))


def render() -> bytes:
    """All metrics in Prometheus' text format."""
    return generate_latest(REGISTRY)


class _Asked(Collector):
    """A collector that is asked at scrapes only, not while it is registered."""

    def describe(self) -> Iterable[Metric]:
        return ()


class _LagCollector(_Asked):
    def __init__(self, consumer: str, read: Callable[[], Mapping[str, LagLike]]) -> None:
        self.identity = f"lag of {consumer}"
        self._consumer = consumer
        self._read = read

    def collect(self) -> Iterable[Metric]:
        events = GaugeMetricFamily(
            "lienthong_consumer_lag_events",
            "Events not consumed yet.",
            labels=["consumer", "partition"],
        )
        seconds = GaugeMetricFamily(
            "lienthong_consumer_lag_seconds",
            "Age of the oldest event not consumed yet.",
            labels=["consumer", "partition"],
        )
        try:
            lags = self._read()
        except HubError:
            return  # the database is away: no figure is better than an old one, and /readyz says why
        for key, lag in lags.items():
            events.add_metric([self._consumer, key], lag.events)
            seconds.add_metric([self._consumer, key], lag.seconds)
        yield events
        yield seconds


class _StopCollector(_Asked):
    identity = "stops"

    def __init__(self, read: Callable[[], Iterable[StopLike]]) -> None:
        self._read = read

    def collect(self) -> Iterable[Metric]:
        positions = GaugeMetricFamily(
            "lienthong_consumer_stopped_position",
            "Position of the fact that a consumer can't apply; absent where it goes on.",
            labels=["consumer", "partition", "code"],
        )
        for stop in self._read():
            positions.add_metric([stop.consumer, stop.key, stop.code], stop.position)
        yield positions


class _GaugeCollector(_Asked):
    def __init__(self, name: str, text: str, read: Callable[[], float]) -> None:
        self.identity = name
        self._text = text
        self._read = read

    def collect(self) -> Iterable[Metric]:
        try:
            value = self._read()
        except HubError:
            return
        yield GaugeMetricFamily(self.identity, self._text, value=value)


# Collectors by what they show: starting a part again in the same process replaces its collector.
_collectors: dict[str, Collector] = {}


def _once(collector: Collector) -> None:
    identity = getattr(collector, "identity", type(collector).__name__)
    if identity in _collectors:
        REGISTRY.unregister(_collectors[identity])
    REGISTRY.register(collector)
    _collectors[identity] = collector
