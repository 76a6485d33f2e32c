"""`lienthong replay|verify`: rollups made anew from the log; everything held against the log."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from lienthong.errors import Problem
from lienthong.eventlog.stops import Stop
from lienthong.postgres.pool import connect
from lienthong.proof import checkpoints
from services.aggregate import replay as replaying
from services.commands.terminal import err, errors_told, out
from services.hub import evidence
from services.hub.base import base
from services.hub.evidence import Proof
from services.identity import keys

SHOWN = 50  # findings of one run; the number of all is told


def replay(
    processes: Annotated[int, typer.Option(help="Số tiến trình cùng làm / processes that share the work")] = 2,
) -> None:
    """Dựng lại toàn bộ số liệu tổng hợp từ nhật ký. / Rebuild all rollups from the log."""
    with errors_told(), base() as database, bar("Dựng lại / replaying") as moved:
        done = replaying.replay(database.conninfo, processes=processes, progress=moved)
    for release, logged, recomputed in done.diverged:
        err.print(
            f"[red]✗[/] {release}: tính lại cho kết quả khác bản đã phát hành / computed again it differs from what was"
            f" released\n  {logged} → {recomputed}",
            highlight=False,
        )
    _tell_stops(done.stopped)
    if not done.is_good:
        raise typer.Exit(1)
    out.print(f"[green]✓[/] {done.events} sự kiện trong {done.seconds:.1f} s")


def verify(
    checkpoint: Annotated[
        Path | None,
        typer.Option(help="Tệp mốc, để ngoài máy chủ dữ liệu: so với mọi mốc, rồi ghi thêm một mốc có chữ ký"),
    ] = None,
    key: Annotated[list[str] | None, typer.Option(help="Khóa được ký tệp mốc; có thể lặp lại")] = None,
) -> None:
    """Đối chiếu sổ tiếp nhận, số liệu, bản phát hành với nhật ký. / Hold everything against the log."""
    with (
        errors_told(),
        base() as database,
        bar("Kiểm tra / verifying") as moved,
        connect(database.conninfo, application_name="lienthong verify") as conn,
    ):
        noted = [] if checkpoint is None else checkpoints.read(checkpoint, kids=key or ())
        with evidence.one_moment(conn):
            done = evidence.prove(conn, moved, noted=noted)
            heads = evidence.heads(conn)
        if checkpoint is not None and not done.findings:
            signer = keys.current_key(conn)
            checkpoints.add(checkpoint, heads, signer, datetime.now(UTC))
            _tell_signers(checkpoint, {*(checkpoint.kid for checkpoint in noted), signer.kid})
    tell_findings(done.findings)
    _tell_stops(done.stopped)
    for aside in done.aside:
        err.print(
            f"[yellow]·[/] đã để riêng / set aside: phân vùng {aside.key}, vị trí {aside.position}"
            f" ({', '.join(aside.consumers)}; {aside.by}): {aside.reason}",
            highlight=False,
        )
    _tell_rest(done)
    if not done.good:
        raise typer.Exit(1)


def tell_findings(findings: Iterable[Problem]) -> None:
    """What does not fit, the first of it, and how much there is."""
    every = list(findings)
    for problem in every[:SHOWN]:
        err.print(f"[red]✗[/] {problem.message.vi}\n  [dim]{problem.message.en} ({problem.code})[/]", highlight=False)
    if len(every) > SHOWN:
        err.print(f"… {len(every)} điểm / findings")


def _tell_stops(stopped: Iterable[Stop]) -> None:
    for stop in stopped:
        err.print(
            f"[red]✗[/] {stop.consumer} đang dừng trước vị trí {stop.position} của phân vùng {stop.key}"
            f" / stands before it: {stop.code}: {stop.reason}\n  [dim]lienthong facts list[/]",
            highlight=False,
        )


def _tell_signers(checkpoint: Path, kids: Iterable[str]) -> None:
    out.print(f"{checkpoint}: đã ghi một mốc / noted", highlight=False)
    for kid in sorted(kids):
        out.print(f"  khóa ký / key  {kid}", highlight=False)


def _tell_rest(done: Proof) -> None:
    told_of = f"{done.events:,} sự kiện / events, {done.cells:,} ô số liệu / cells"
    if done.redacted:
        told_of += f"; {done.redacted} đã xóa nội dung theo quyết định / redacted by record"
    if done.behind:
        late = "; ".join(f"{name}: {number:,}" for name, number in done.behind.items())
        err.print(f"[yellow]chưa xử lý hết nhật ký, phần sau chưa so / behind the log, not compared[/]: {late}")
    mark = "[red]✗[/]" if not done.good else "[yellow]·[/]" if done.behind else "[green]✓[/]"
    out.print(f"{mark} {told_of}", highlight=False)


@contextmanager
def bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar, and the function that moves it: (done, total)."""
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=err
    ) as progress:
        task = progress.add_task(title, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
