"""The list of metrics, and what a process shows of them."""

from __future__ import annotations

import re

from lienthong import metrics
from lienthong.errors import Transient
from lienthong.metrics import METRICS, Metric, Metrics


def test_the_list_has_every_metric_once_with_a_meaning() -> None:
    constants = [metric for metric in vars(metrics).values() if isinstance(metric, Metric)]
    assert sorted(metric.name for metric in METRICS) == sorted({constant.name for constant in constants})
    assert all(re.fullmatch("lienthong_[a-z_]+", metric.name) and metric.meaning.endswith(".") for metric in METRICS)


def test_what_was_counted_and_what_is_asked_are_shown() -> None:
    shown = Metrics()
    shown.count(metrics.SUBMISSIONS, "accepted", by=3)
    with shown.time(metrics.BATCH_SECONDS, "aggregate"):
        pass
    shown.watch(metrics.DEAD, lambda: 2)
    text = shown.render().decode()
    assert 'lienthong_submissions_total{verdict="accepted"} 3.0' in text
    assert 'lienthong_consumer_batch_seconds_count{consumer="aggregate"} 1.0' in text
    assert "lienthong_deliveries_dead 2.0" in text
    assert "process_resident_memory_bytes" in text


def test_what_begins_is_shown_before_its_first_count() -> None:
    shown = Metrics()
    shown.begin(metrics.SUBMISSIONS, "refused")
    shown.begin(metrics.BATCH_SECONDS, "export")
    text = shown.render().decode()
    assert 'lienthong_submissions_total{verdict="refused"} 0.0' in text
    assert 'lienthong_consumer_batch_seconds_count{consumer="export"} 0.0' in text


def test_processes_share_no_counters() -> None:
    one, other = Metrics(), Metrics()
    one.count(metrics.SUBMISSIONS, "accepted")
    assert b'verdict="accepted"' not in other.render()


def test_the_last_who_is_asked_the_same_is_right() -> None:
    """A part may be started again in the same process; Prometheus refuses a page that says one thing twice."""
    shown = Metrics()
    for value in (1, 2):
        shown.watch_each(metrics.LAG_EVENTS, lambda value=value: [(("export", "20"), value)])  # type: ignore[misc]
    lines = [line for line in shown.render().decode().splitlines() if line.startswith("lienthong_consumer_lag_events{")]
    assert lines == ['lienthong_consumer_lag_events{consumer="export",partition="20"} 2.0']


def test_what_cannot_be_asked_now_is_left_out() -> None:
    def away() -> float:
        raise Transient("the database is away")

    shown = Metrics()
    shown.watch(metrics.PENDING, away)
    shown.watch(metrics.DEAD, lambda: 1)
    text = shown.render().decode()
    assert "lienthong_deliveries_pending" not in text
    assert "lienthong_deliveries_dead 1.0" in text
