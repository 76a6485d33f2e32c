"""`lienthong replay|verify|deliveries|destinations|clock|platform`: keeping a hub in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from lienthong.access import audit
from lienthong.errors import Misconfigured
from lienthong.eventlog import installation
from lienthong.events import NATION
from lienthong.postgres.pool import connect
from lienthong.pushes import signing
from services.aggregate import replay as replaying
from services.aggregate import verify as verifying
from services.commands.terminal import actor, err, out, table, told
from services.export.deliveries import destinations as receivers
from services.export.deliveries import queue as sent
from services.export.deliveries import reconciling
from services.export.deliveries.wire import Wire
from services.hub import filling
from services.hub.base import Base, base
from services.platform.run import PlatformOptions, run

deliveries = typer.Typer(no_args_is_help=True, help="Lượt chuyển / deliveries.")
destinations = typer.Typer(no_args_is_help=True, help="Nơi nhận / destinations.")
clocks = typer.Typer(no_args_is_help=True, help="Đồng hồ của kho dữ liệu mẫu / clock of sample data.")


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


@deliveries.command("list")
def list_(state: str | None = None, province: str | None = None, limit: int = 50) -> None:
    """Các lượt chuyển, mới nhất trước. / Deliveries, newest first."""
    with told(), base() as found, ExitStack() as stack:
        shown = table("Lượt chuyển", "Mã", "Nơi nhận", "Nội dung", "Trạng thái", "Lần thử", "Lý do")
        for d in sent.listed(found.pool("export", stack), state=state, province=province, limit=limit):
            shown.add_row(
                d.id, d.destination, f"{d.subject} v{d.version}", d.state, str(d.attempt_count), d.reason or ""
            )
        out.print(shown)


@deliveries.command()
def retry(
    id: Annotated[list[str] | None, typer.Argument(help="Mã; bỏ trống: mọi lượt đã dừng")] = None,
    province: str | None = None,
    destination: str | None = None,
) -> None:
    """Chuyển lại các lượt đã dừng. / Replay dead letters."""
    with told(), base() as found, ExitStack() as stack:
        again = sent.retry(found.pool("export", stack), ids=id or None, province=province, destination=destination)
        _record(found, "delivery.retried", destination or "all", {"ids": again[:50], "count": len(again)}, province)
        out.print(f"{len(again)} lượt được chuyển lại / on their way again")


@destinations.command()
def add(
    id: str,
    url: str,
    province: Annotated[str, typer.Option()],
    name: str = "",
    sender: str = "",
    reach: Annotated[str, typer.Option(help="public, hoặc private/loopback khi cố ý")] = "public",
    secret: Annotated[str | None, typer.Option(help="Khóa ký; bỏ trống: tạo mới")] = None,
) -> None:
    """Thêm nơi nhận. / Add a destination; its signing secret is shown once."""
    with told(), base() as found, ExitStack() as stack:
        key = secret or signing.new_secret()
        count = receivers.add(
            found.pool("export", stack),
            receivers.Destination(
                id=id,
                name=name or id,
                province=province,
                url=url,
                reach=reach,
                sender=sender or f"province-{province}",
                secret=key,
            ),
        )
        _record(
            found, "destination.added", id, {"host": urlsplit(url).hostname, "reach": reach, "count": count}, province
        )
        out.print(f"[green]✓[/] {id}; {count} bản tin đang được chuyển\nsecret  {key}", highlight=False)


@destinations.command("list")
def list_destinations(province: str | None = None) -> None:
    """Các nơi nhận. / Destinations."""
    with told(), base() as found, ExitStack() as stack:
        shown = table("Nơi nhận", "Mã", "Tỉnh", "Địa chỉ", "Loại", "Trạng thái")
        for d in receivers.listed(found.pool("export", stack), province):
            shown.add_row(d.id, d.province, d.url, ", ".join(d.kinds), "đang dùng" if d.active else "tạm dừng")
        out.print(shown)


@destinations.command()
def reconcile(id: str, resend: bool = True) -> None:
    """Đối soát với nơi nhận, chuyển lại phần thiếu. / Reconcile with a destination."""
    with told(), base() as found, ExitStack() as stack:
        wire = stack.enter_context(_wire())
        pool = found.pool("export", stack)
        for one in reconciling.reconcile(pool, wire, id, resend=resend):
            out.print(one)
        _record(found, "destination.reconciled", id, {"resend": resend}, receivers.find(pool, id).province)


@clocks.command()
def show() -> None:
    """Giờ của hệ thống. / The hub's clock."""
    with told(), base() as found, connect(found.conninfo) as conn:
        out.print(
            f"{installation.hub_now(conn).astimezone(installation.HANOI):%d/%m/%Y %H:%M:%S}"
            + ("  (dữ liệu mẫu)" if installation.installation(conn).sample else "")
        )


@clocks.command("set")
def set_(at: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"])]) -> None:
    """Đặt đồng hồ (chỉ với kho dữ liệu mẫu) và mở các kỳ đến hạn. / Set the clock of sample data."""
    with told(), base() as found:
        with connect(found.conninfo) as conn:
            installation.set_clock(conn, at.replace(tzinfo=installation.HANOI))
        _record(found, "clock.set", "hub", {"to": at.isoformat()})
        with filling.desk(found, actor()) as desk:
            out.print("Kỳ đang mở: " + ", ".join(desk.open_due()))


def platform(
    path: Annotated[Path, typer.Option(help="Tệp lưu")] = Path("var/platform.sqlite"),
    port: int = 8090,
    sender: Annotated[list[str] | None, typer.Option(help="ID:TỈNH:KHÓA, lặp lại được")] = None,
) -> None:
    """Nền tảng nhận (để trình diễn và thử nghiệm). / A receiving platform that really runs."""
    with told():
        known = []
        for text in sender or ():
            identifier, _, rest = text.partition(":")
            province, _, secret = rest.partition(":")
            if not secret:
                raise Misconfigured(f"--sender is ID:PROVINCE:SECRET, not {identifier}")
            known.append((identifier, secret, province))
        path.parent.mkdir(parents=True, exist_ok=True)
        out.print(f"Nền tảng nhận: [bold]http://127.0.0.1:{port}[/]")
        run(PlatformOptions(path=path, port=port, senders=tuple(known)))


def _record(found: Base, act: str, subject: str, details: Mapping[str, object], province: str | None = None) -> None:
    """Into the audit log, after it was done: each of these acts can be done again without harm."""
    with connect(found.conninfo, role="lienthong_ingest", application_name="lienthong audit") as conn:
        audit.record(conn, actor(), act, subject, details, province=province or NATION)


@contextmanager
def _wire() -> Iterator[Wire]:
    made = Wire()
    try:
        yield made
    finally:
        made.close()


@contextmanager
def _bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar, and the function that moves it: (done, total)."""
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=err
    ) as progress:
        task = progress.add_task(title, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
