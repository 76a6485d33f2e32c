"""Pages of the console: how many a second one process gives, how soon, how large, and what memory they cost it.

Run: python -m bench.console      (its own embedded server in a temporary folder)

A province with ten years of reports behind it and a thousand difficulties before it. One process serves the console and
all that it asks for; two browsers ask for one page after another. Design: an overview within 200 ms and 60 kB.
"""

from __future__ import annotations

import http.client
import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from http.cookies import SimpleCookie
from urllib.parse import urlencode

import orjson
import psutil
from rich.table import Table

from bench import hub, plan
from bench.hub import Running
from bench.load import Result
from lienthong import events
from lienthong.calendar import VIETNAM
from lienthong.eventlog import installation
from lienthong.eventlog.postgres import PostgresEventLog
from lienthong.postgres.pool import Pool, connect
from lienthong.settings import Settings
from services.hub import base, filling
from services.identity.people.passwords import Hasher
from services.identity.people.person import Bound, PersonToAdd
from services.identity.people.store import Office
from services.ingest.rounds import acts as rounds

SECONDS = float(os.environ.get("LIENTHONG_BENCH_SECONDS", "4"))
YEARS = range(2026, 2036)
DIFFICULTIES = 1000
BROWSERS = 2
ALONE = 21  # askings, of which the one in the middle counts
MILLISECONDS, BYTES = 200, 60_000  # an overview at most
PERSON, PASSWORD = "tong.hop", "bốn con ngựa trắng qua cầu"
TEXT = "Kinh phí còn hạn hẹp, địa bàn rộng, nhiều thôn chưa có sóng di động. " * 6


def measure() -> Iterator[Table | str]:
    """The table, and lines."""
    with hub.a_hub() as running:
        running.start("http")
        accepted = _lived(running)
        yield f"{accepted:,} reports of {len(YEARS)} years, {DIFFICULTIES:,} difficulties"
        _add_person(running)
        running.stop()
        running.start("http")  # a process that has only served pages
        [before] = running.memory()
        cookie = _logged_in(running)
        yield _overview(running, cookie)
        yield _pages(running, cookie)
        [after] = running.memory()
        yield f"memory of the process: {before:.0f} MB before its first page, {after:.0f} MB after these (aim: 120)"


def _overview(running: Running, cookie: str) -> str:
    """What one reader waits for, who is alone with the process: of the design's limits the only one on time."""
    connection, times = _connection(running), []
    size = _get(connection, "/", cookie)  # warm
    for _ in range(ALONE):
        began = time.perf_counter()
        _get(connection, "/", cookie)
        times.append((time.perf_counter() - began) * 1e3)
    median = sorted(times)[ALONE // 2]
    kept = "kept" if median < MILLISECONDS and size < BYTES else "NOT kept"
    limits = f"{MILLISECONDS} ms, {BYTES // 1000} kB: {kept}"
    return f"overview, one reader alone: {median:.0f} ms, {size / 1e3:.1f} kB (limits {limits})"


def _pages(running: Running, cookie: str) -> Table:
    code = f"{plan.plan_of('20')}.{YEARS[-1]}"
    rows = {
        "overview": "/",
        "round": f"/rounds/{code}",
        "plan": f"/plans/{plan.plan_of('20')}",
        "units": "/units",
        "unit": f"/units/{running.units[0][1]}",
        f"{DIFFICULTIES} difficulties": "/difficulties",
    }
    table = Table("", "pages/s", "p50 ms", "p99 ms", "kB (gzip)", "CPU ms each", title="Pages of the console")
    for name, path in rows.items():
        size = _get(_connection(running), path, cookie)  # warm
        began, spent = time.perf_counter(), _cpu(running)
        result = _asked(running, path, cookie)
        each = (_cpu(running) - spent) / max(1, len(result.latencies)) * 1e3
        result.seconds = time.perf_counter() - began
        times = result.quantile(0.5) * 1e3, result.quantile(0.99) * 1e3
        table.add_row(name, f"{result.rate:.1f}", *(f"{ms:.0f}" for ms in times), f"{size / 1e3:.1f}", f"{each:.0f}")
    return table


def _asked(running: Running, path: str, cookie: str) -> Result:
    """Every browser asks for the page again and again."""
    result, until = Result(), time.perf_counter() + SECONDS

    def browse() -> None:
        connection = _connection(running)
        while time.perf_counter() < until:
            began = time.perf_counter()
            _get(connection, path, cookie)
            result.latencies.append(time.perf_counter() - began)
            result.statuses[200] += 1

    browsers = [threading.Thread(target=browse) for _ in range(BROWSERS)]
    for browser in browsers:
        browser.start()
    for browser in browsers:
        browser.join()
    return result


def _get(connection: http.client.HTTPConnection, path: str, cookie: str) -> int:
    """Bytes of a page as they travel. Raises AssertionError for another answer than the page."""
    connection.request("GET", path, headers={"Cookie": cookie, "Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 200, f"{path}: {answer.status}"
    return len(body)


def _connection(running: Running) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", running.port, timeout=60)


def _cpu(running: Running) -> float:
    """Seconds that the hub's process has used so far."""
    times = psutil.Process(running.processes[0].pid).cpu_times()
    return float(times.user + times.system)


# ---------------------------------------------------------------- what lies behind the pages


def _lived(running: Running) -> int:
    """All units report in each of the years; one of them has many difficulties. Returns how many reports there are."""
    units = [unit for _, unit in running.units]
    for year in YEARS:
        _become(running, datetime(year, 10, 10, 9, tzinfo=VIETNAM), over=year - 1 if year > YEARS[0] else None)
        made = [plan.Reports(province="20", unit=unit, source=hub.SOURCE, year=year).next() for unit in units]
        _send(running, made)
    _send(running, [_difficulty(units[0], number) for number in range(DIFFICULTIES)])
    worker = running.start("aggregate", "--worker", port=running.port)
    with Pool(running.conninfo) as pool:
        log = PostgresEventLog(pool)
        while any(lag.events for lag in log.lag("aggregate").values()):
            time.sleep(0.1)
    running.stop(worker)
    return len(YEARS) * len(units)


def _become(running: Running, now: datetime, over: int | None) -> None:
    """Let the hub's clock go on from there, open what is due by it, and lock the round of the year that is over."""
    with connect(running.conninfo) as owner:
        installation.set_clock(owner, now)
    with filling.desk(base.Base(settings=Settings(), conninfo=running.conninfo), "cli:bench") as desk:
        desk.open_due()
        if over is not None:
            with desk.act() as act:
                rounds.lock(act, round_=f"{plan.plan_of('20')}.{over}", reason="Đã quyết toán số liệu")


def _send(running: Running, made: Sequence[bytes]) -> None:
    connection = _connection(running)
    headers = {"Authorization": f"Bearer {running.token()}", "Content-Type": "application/x-ndjson"}
    connection.request("POST", "/v1/events", b"\n".join(made), headers)
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status < 300 and b'"errors"' not in body, body[:500]


def _difficulty(unit: str, number: int) -> bytes:
    data = {
        "unit": unit,
        "plan": plan.plan_of("20"),
        "title": f"Khó khăn {number}",
        "text": TEXT,
        "proposal": "Bổ sung.",
    }
    event = {"specversion": "1.0", "type": events.DIFFICULTY_RAISED, "source": hub.SOURCE, "id": f"kk-{number}"}
    return orjson.dumps({**event, "data": data})


def _add_person(running: Running) -> None:
    """A drafter of the province, whose password is no first one."""
    wanted = PersonToAdd(
        person=PERSON, name="Tổng hợp", province="20", bindings=(Bound(role="drafter", province="20"),)
    )
    with connect(running.conninfo, role="lienthong_identity") as conn:
        Office(hasher=Hasher(), province_of=lambda unit: "20").add(conn, wanted, by="cli:bench", password=PASSWORD)
        conn.execute("UPDATE identity.passwords SET temporary = false")


def _logged_in(running: Running) -> str:
    """The cookie of the drafter's session."""
    connection = _connection(running)
    form = urlencode({"person": PERSON, "password": PASSWORD, "next": "/", "csrf": ""})
    connection.request("POST", "/login", form, {"Content-Type": "application/x-www-form-urlencoded"})
    answer = connection.getresponse()
    answer.read()
    cookies = SimpleCookie("; ".join(answer.headers.get_all("set-cookie") or ()))
    return "; ".join(f"{name}={cookie.value}" for name, cookie in cookies.items())


if __name__ == "__main__":
    from rich import print as show

    with suppress(KeyboardInterrupt):
        for part in measure():
            show(part)
