"""`lienthong replay|verify`: rollups made anew from the log, and proved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from services.aggregate import replay as replaying
from services.aggregate import verify as verifying
from services.commands.terminal import err, out, told
from services.hub.base import base


def replay(processes: int = 2) -> None:
    """Dựng lại toàn bộ số liệu tổng hợp từ nhật ký. / Rebuild all rollups from the log."""
    with told(), base() as found, _bar("Dựng lại / replaying") as moved:
        done = replaying.replay(found.conninfo, processes=processes, progress=moved)
    out.print(f"[green]✓[/] {done.events} sự kiện trong {done.seconds:.1f} s")


def verify() -> None:
    """Chứng minh số liệu tổng hợp bằng tính lại từ nhật ký. / Prove rollups equal a recomputation."""
    with told(), base() as found, ExitStack() as stack, _bar("Kiểm tra / verifying") as moved:
        done = verifying.verify(found.pool("aggregate", stack, timeout_ms=0), progress=moved)
    for difference in done.differences:
        err.print(f"[red]✗[/] {difference}", highlight=False)
    if done.differences:
        raise typer.Exit(1)
    out.print(f"[green]✓[/] {done.cells} ô số liệu khớp / cells agree")


@contextmanager
def _bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar, and the function that moves it: (done, total)."""
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=err
    ) as progress:
        task = progress.add_task(title, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
