"""What workers count can be read where the hub is scraped, and goes when they go."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

from prometheus_client import parser

from lienthong import metrics, scrapes
from lienthong.metrics import Metrics


def counted(consumer: str, number: int) -> Metrics:
    made = Metrics()
    made.count(metrics.CONSUMED, consumer, by=number)
    with made.time(metrics.BATCH_SECONDS, consumer):
        pass
    return made


def samples(text: bytes) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """What Prometheus takes of a page; it takes no page that tells a family twice."""
    families = list(parser.text_string_to_metric_families(text.decode()))
    assert len({family.name for family in families}) == len(families)
    return {(s.name, tuple(sorted(s.labels.items()))): s.value for family in families for s in family.samples}


def test_what_a_worker_counts_stands_beside_what_the_http_side_counts(tmp_path: Path) -> None:
    own, worker, folder = counted("http", 1), counted("aggregate", 3), scrapes.folder(tmp_path)
    with scrapes.kept_in_file(worker, folder, "aggregate"):
        found = samples(scrapes.of_all_processes(own.render(), folder))
    process = ("process", f"aggregate-{os.getpid()}")
    assert found["lienthong_consumed_events_total", (("consumer", "http"),)] == 1
    assert found["lienthong_consumed_events_total", (("consumer", "aggregate"), process)] == 3
    assert found["lienthong_consumer_batch_seconds_count", (("consumer", "aggregate"), process)] == 1
    assert ("process_resident_memory_bytes", (process,)) in found


def test_whichever_of_several_http_processes_is_scraped_the_sum_is_the_hubs(tmp_path: Path) -> None:
    one, other = counted("http", 1), counted("http", 4)
    (tmp_path / "http-1.prom").write_bytes(counted("http", 0).own_metrics())  # as it left it a moment ago
    (tmp_path / "http-2.prom").write_bytes(other.own_metrics())
    found = samples(scrapes.of_all_processes(one.shared_metrics(), tmp_path, counted=("http-1", one.own_metrics())))
    by_process = {
        dict(labels)["process"]: value
        for (name, labels), value in found.items()
        if name == "lienthong_consumed_events_total"
    }
    assert by_process == {"http-1": 1, "http-2": 4}


def test_what_every_process_would_answer_alike_is_left_in_no_file(tmp_path: Path) -> None:
    asked: list[str] = []

    def pending() -> float:
        asked.append("the database")
        return 3

    shown = counted("http", 1)
    shown.watch(metrics.PENDING, pending)
    with scrapes.kept_in_file(shown, tmp_path, "http"):
        found = samples(
            scrapes.of_all_processes(
                shown.shared_metrics(), tmp_path, counted=(scrapes.of_this_process("http"), shown.own_metrics())
            )
        )
    assert asked == ["the database"]
    assert found["lienthong_deliveries_pending", ()] == 3


def test_the_file_is_its_owners_alone_and_goes_with_the_worker(tmp_path: Path) -> None:
    with scrapes.kept_in_file(counted("export", 1), tmp_path / "metrics", "export"):
        [file] = (tmp_path / "metrics").iterdir()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list((tmp_path / "metrics").iterdir()) == []


def test_what_is_counted_later_is_written_too(tmp_path: Path) -> None:
    shown = counted("relay", 1)
    with scrapes.kept_in_file(shown, tmp_path, "relay", every=0.01):
        shown.count(metrics.CONSUMED, "relay", by=4)
        deadline = time.monotonic() + 60
        while 5.0 not in samples(scrapes.of_all_processes(b"", tmp_path)).values():
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_a_worker_that_was_killed_is_shown_no_more(tmp_path: Path) -> None:
    file = tmp_path / "aggregate-1.prom"
    file.write_bytes(counted("aggregate", 1).render())
    own = counted("http", 1).render()
    assert scrapes.of_all_processes(own, tmp_path, now=time.time() + scrapes.DEAD + 1) == own
    assert not file.exists()


def test_a_file_that_is_no_page_of_prometheus_hides_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "a-1.prom").write_bytes(b"\xff{{{")
    (tmp_path / "b-2.prom").write_bytes(counted("aggregate", 2).render())
    found = samples(scrapes.of_all_processes(counted("http", 1).render(), tmp_path))
    assert found["lienthong_consumed_events_total", (("consumer", "aggregate"), ("process", "b-2"))] == 2


def test_a_worker_works_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with scrapes.kept_in_file(Metrics(), tmp_path / "file" / "metrics", "relay"):
        pass
    assert scrapes.of_all_processes(b"own", tmp_path / "file" / "metrics") == b"own"
