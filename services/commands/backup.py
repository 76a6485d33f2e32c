"""`lienthong backup` and `lienthong restore`: the whole hub into one file, and back into an empty database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

from lienthong import telemetry
from lienthong.access import audit
from lienthong.backup import archive
from lienthong.backup import backup as backups
from lienthong.backup import restore as restores
from lienthong.backup.archive import Manifest
from lienthong.instants import wire
from lienthong.postgres.pool import connect
from lienthong.settings import Settings, load
from services.commands.terminal import actor, err, errors_told, out
from services.hub import base, evidence, roster


def backup(
    file: Annotated[Path, typer.Argument(help="Tệp sao lưu sẽ tạo, ví dụ lienthong-2026-10-10.zip")],
    final: Annotated[bool, typer.Option(help="Bản cuối trước khi chuyển máy: khóa hệ thống tại đây")] = False,
    check: Annotated[bool, typer.Option(help="Chỉ kiểm tra một tệp sao lưu đã có")] = False,
) -> None:
    """Sao lưu toàn bộ vào một tệp, kể cả khi đang chạy. / Back the whole hub up into one file, running or not."""
    with errors_told():
        if check:
            with _progress_bar() as progress:
                manifest = archive.check(file, progress)
            return _print("Tệp sao lưu nguyên vẹn / the backup is whole", file, manifest)
        with base.base(migrated=False) as database:
            with _progress_bar() as progress:
                manifest = backups.back_up(
                    database.conninfo, file, final=final, prove=evidence.findings, progress=progress
                )
            # Noted after a final backup too: the act belongs to the hub that stays behind.
            _note(
                database.conninfo,
                "hub.backed_up",
                {"takenAt": manifest.taken_at, "final": final, "epoch": manifest.epoch},
            )
        _print("Đã sao lưu / backed up", file, manifest)
        err.print(
            "[yellow]Tệp chứa khóa ký và mật khẩu: cất như cất con dấu, mã hóa khi đem ra khỏi máy chủ.[/]"
            "\n[dim]It holds signing keys and secrets: keep it like a seal, encrypt it before it leaves.[/]"
        )


def restore(
    file: Annotated[Path, typer.Argument(help="Tệp sao lưu")],
    move: Annotated[bool, typer.Option(help="Chuyển máy: giữ thế hệ dữ liệu (chỉ bản sao lưu cuối, một lần)")] = False,
) -> None:
    """Khôi phục vào một cơ sở dữ liệu trống. / Restore into an empty database; proved before it counts."""
    with errors_told():
        settings = load(Settings)
        telemetry.configure(settings)
        with base.database(settings) as conninfo:
            with _progress_bar() as progress:
                done = restores.restore(
                    conninfo, file, roster.folders(), moving=move, prove=evidence.findings, progress=progress
                )
            _note(conninfo, "hub.moved" if move else "hub.restored", _act(done))
        out.print(f"[bold]Đã khôi phục và đối chiếu / restored and compared[/]: {file}", highlight=False)
        if not move:
            _tell_of_new_epoch(done)


def epoch() -> None:
    """Mở thế hệ dữ liệu mới sau khi phục hồi bằng WAL hoặc chuyển sang máy dự phòng bị chậm. / Begin a new epoch.

    For a hub that lost its latest events by other means than `lienthong restore`.
    """
    with errors_told(), base.base(migrated=False) as database:
        with _progress_bar() as progress:
            done = restores.begin_epoch(database.conninfo, prove=evidence.findings, progress=progress)
        _note(database.conninfo, "hub.epoch_begun", _act(done))
        _tell_of_new_epoch(done)


def reopen() -> None:
    """Mở lại hệ thống đã khóa bằng bản sao lưu cuối, khi việc chuyển máy không thành. / Undo `backup --final`."""
    with errors_told(), base.base(migrated=False) as database:
        backups.reopen(database.conninfo)
        _note(database.conninfo, "hub.reopened", {})
        out.print("Đã mở lại. / Open again.")


def _tell_of_new_epoch(done: restores.Restored) -> None:
    out.print(
        f"Thế hệ dữ liệu mới / new epoch: [bold]{done.epoch}[/] (trước / before: {done.before})\n"
        f"Mọi việc sau {wire(done.at)} không còn ở đây: / what came after that moment is lost here:\n"
        " · đơn vị nộp lại báo cáo đã gửi sau thời điểm đó; nếu đã quá hạn, gia hạn theo biên nhận cũ\n"
        "   senders submit again; past a deadline, extend it for those who hold a receipt\n"
        " · con trỏ của Bộ nhận 410 và đọc lại từ đầu / the Ministry's cursors get 410 and begin again\n"
        " · đối chiếu nền tảng: `lienthong destinations reconcile` / reconcile with the platform",
        highlight=False,
    )
    for consumer, key, position in done.reset:
        err.print(
            f"[yellow]{consumer}: phân vùng {key} đứng sau cuối nhật ký, đã đưa về vị trí {position};"
            f" chạy `lienthong replay` / was beyond the head and stands at {position} now; replay[/]"
        )


def _act(done: restores.Restored) -> dict[str, object]:
    return {"at": wire(done.at), "epoch": done.epoch, "previousEpoch": done.before}


def _note(conninfo: str, act: str, details: dict[str, object]) -> None:
    with connect(conninfo, role="lienthong_ingest", application_name="lienthong backup") as conn, conn.transaction():
        audit.record(conn, actor(), act, "hub", details, province="VN")


def _print(title: str, file: Path, manifest: Manifest) -> None:
    size = file.stat().st_size
    out.print(
        f"[bold]{title}[/]: {file} ({size / 1e6:,.1f} MB, chưa nén / unpacked {manifest.size / 1e6:,.1f} MB)\n"
        f"Thời điểm / taken at {manifest.taken_at}; {manifest.events:,} sự kiện / events;"
        f" {len(manifest.tables)} bảng / tables; {sum(t.rows for t in manifest.tables):,} dòng / rows;"
        f" thế hệ dữ liệu / epoch {manifest.epoch}{'; dữ liệu mẫu / sample' if manifest.sample else ''}",
        highlight=False,
    )


@contextmanager
def _progress_bar() -> Iterator[archive.Progress]:
    """A line of progress for the table at work."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("…", total=None)
        yield lambda what, done, total: bar.update(task, description=what, completed=done, total=total or None)
