"""`lienthong demo`: the hub at work on sample data, from nothing to the Ministry's feed, in one command."""

from __future__ import annotations

import json
import os
import signal
import time
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Column

from lienthong import telemetry
from lienthong.client import ClientError
from lienthong.settings import Settings, load
from services.commands.terminal import err, errors_told, out
from services.demo import logins, outcome, scenario, script, streams, summary
from services.demo.broker import own_broker
from services.demo.logins import TRIED
from services.demo.operating import TooSlow
from services.demo.outcome import YearOutcome
from services.demo.people import client_of
from services.demo.processes import NotReady
from services.demo.scenario import Year
from services.demo.site import Site
from services.demo.starting import running
from services.demo.streams import Streams

FOLDER = Path("var/demo")
TRY_OUT = "thu-nghiem.sh"
DETAILS = "chi-tieu.txt"
WIDE = 140  # columns of the page with every indicator
STARTING = 9  # what `running` tells of, so that the bar knows its length before


def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Để hệ thống chạy tiếp đến khi bấm Ctrl-C")] = False,
    kafka: Annotated[bool, typer.Option("--kafka", help="Nhật ký đi qua Apache Kafka thật (một broker)")] = False,
) -> None:
    """Trình diễn: các kỳ báo cáo năm 2026 của cả bốn kế hoạch, trên dữ liệu mẫu. / The year 2026 on sample data."""
    began = time.monotonic()
    signal.signal(signal.SIGTERM, _as_interrupt)  # every part is stopped, whoever asks
    with errors_told(), _failures_told(), _progress() as progress:
        telemetry.configure(load(Settings, database_url=None, log_level="error"))
        good = _run(progress, keep=keep, kafka=kafka, began=began)
    if not good:
        raise typer.Exit(1)


def _as_interrupt(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _run(progress: Progress, *, keep: bool, kafka: bool, began: float) -> bool:
    """The whole demonstration; False when something did not come out as it must."""
    starting = STARTING + kafka
    task = progress.add_task("", total=starting, sent=0)

    def tell(what: str) -> None:
        progress.update(task, description=what, advance=1)
        if not out.is_terminal:
            out.print(what)  # a bar needs a terminal; a log gets lines

    broker = own_broker if kafka else None
    with running(FOLDER.absolute(), tell, start=script.START, port=_port(), broker=broker) as site:
        year, http = scenario.begin(site, lambda count: _count_sent(progress, count))
        with http:
            _keep_secrets(site, year)
            steps = year.steps()
            progress.update(task, total=starting + len(steps) + 1)
            for step in steps:
                tell(f"{step.at:%d/%m}  {step.title}")
                year.run(step)
            tell("Đối soát và kiểm tra / reconciling and verifying")
            result = outcome.gather(year)
            checked = list(outcome.checks(year, result))
            carried = streams.gather(site) if site.kafka is not None else None
            if carried is not None:
                checked.extend(streams.checks(carried))
        progress.update(task, description="Xong / done", completed=starting + len(steps) + 1)
        progress.stop()
        _show(result, carried, checked, site, seconds=time.monotonic() - began, keeps=keep)
        if keep:
            _open(site)
            _wait()
    return not outcome.unmet_expectations(checked)


def _port() -> int | None:
    """The port that was asked for, if one was."""
    settings = load(Settings)
    return settings.port if "port" in settings.model_fields_set else None


def _show(
    result: YearOutcome,
    carried: Streams | None,
    checked: list[outcome.Expectation],
    site: Site,
    *,
    seconds: float,
    keeps: bool,
) -> None:
    for shown in (*summary.tables(result), *(streams.tables(carried) if carried is not None else ())):
        out.print(shown)
        out.print()
    out.print(summary.verdict(checked, result.verified.cells, result.verified.events, seconds=seconds))
    _keep_details(result, site.folder / DETAILS)
    out.print(summary.next_steps(site, site.folder / TRY_OUT, site.folder / DETAILS, keeps=keeps))


def _keep_details(result: YearOutcome, path: Path) -> None:
    """Every indicator with its arithmetic, on a page as wide as that needs."""
    with path.open("w", encoding="utf-8") as file:
        page = Console(file=file, width=WIDE)
        for shown in summary.details(result):
            page.print(shown)
            page.print()


def _open(site: Site) -> None:
    """The console in a browser, for who sits at a desktop."""
    if out.is_terminal and any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")):
        webbrowser.open(f"{site.address}/")


def _wait() -> None:
    out.print("Hệ thống đang chạy trên dữ liệu mẫu; bấm Ctrl-C để dừng. / Running on sample data; Ctrl-C stops it.")
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        out.print("Đang dừng … / stopping")


def _keep_secrets(site: Site, year: Year) -> None:
    """The sample clients' secrets and the sample people's passwords; readable for the owner alone."""
    secrets = {name: year.people.secrets[name] for name in sorted(year.people.accounts)}
    _write_private(site.folder / "clients.json", json.dumps(secrets, indent=1))
    (site.folder / "address").write_text(site.address, encoding="utf-8")  # README's examples take it from here
    people = logins.open_accounts(site, script.START.date())
    _write_private(site.folder / "people.json", json.dumps(people, indent=1))
    _write_private(site.folder / TRY_OUT, summary.try_out(site, client_of(TRIED), TRIED, secrets[client_of(TRIED)]))


def _write_private(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


def _progress() -> Progress:
    words = Column(ratio=1, no_wrap=True, overflow="ellipsis")  # what happens now gets the room that is left
    return Progress(
        SpinnerColumn(),
        MofNCompleteColumn(),
        BarColumn(bar_width=12),
        TextColumn("[cyan]{task.fields[sent]} sự kiện[/]", table_column=Column(no_wrap=True)),
        TimeElapsedColumn(),
        TextColumn("{task.description}", table_column=words),
        console=out,
        expand=True,
    )


def _count_sent(progress: Progress, count: int) -> None:
    [task] = progress.tasks
    progress.update(task.id, sent=task.fields["sent"] + count)


@contextmanager
def _failures_told() -> Iterator[None]:
    """What can go wrong in the demonstration itself ends it with a sentence and exit code 1."""
    try:
        yield
    except (NotReady, ClientError, TooSlow) as error:
        err.print(f"[red]✗[/] {error}\nNhật ký / logs: {FOLDER / 'log'}", highlight=False)
        raise typer.Exit(1) from error
