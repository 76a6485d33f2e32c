"""`lienthong destinations`: who is pushed to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Annotated
from urllib.parse import urlsplit

import typer

from lienthong.pushes import signing
from services.commands.recording import record
from services.commands.terminal import out, table, told
from services.export.deliveries import destinations as receivers
from services.export.deliveries import reconciling
from services.export.deliveries.wire import Wire
from services.hub.base import base

app = typer.Typer(no_args_is_help=True, help="Nơi nhận / destinations.")


@app.command()
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
        record(
            found, "destination.added", id, {"host": urlsplit(url).hostname, "reach": reach, "count": count}, province
        )
        out.print(f"[green]✓[/] {id}; {count} bản tin đang được chuyển\nsecret  {key}", highlight=False)


@app.command("list")
def list_destinations(province: str | None = None) -> None:
    """Các nơi nhận. / Destinations."""
    with told(), base() as found, ExitStack() as stack:
        shown = table("Nơi nhận", "Mã", "Tỉnh", "Địa chỉ", "Loại", "Trạng thái")
        for d in receivers.listed(found.pool("export", stack), province):
            shown.add_row(d.id, d.province, d.url, ", ".join(d.kinds), "đang dùng" if d.active else "tạm dừng")
        out.print(shown)


@app.command()
def reconcile(id: str, resend: bool = True) -> None:
    """Đối soát với nơi nhận, chuyển lại phần thiếu. / Reconcile with a destination."""
    with told(), base() as found, ExitStack() as stack:
        wire = stack.enter_context(_wire())
        pool = found.pool("export", stack)
        for one in reconciling.reconcile(pool, wire, id, resend=resend):
            out.print(one)
        record(found, "destination.reconciled", id, {"resend": resend}, receivers.find(pool, id).province)


@contextmanager
def _wire() -> Iterator[Wire]:
    made = Wire()
    try:
        yield made
    finally:
        made.close()
