"""`lienthong deliveries`: what was pushed, and what has to be pushed again."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Annotated

import typer

from services.commands.recording import record
from services.commands.terminal import out, table, told
from services.export.deliveries import queue as sent
from services.hub.base import base

app = typer.Typer(no_args_is_help=True, help="Lượt chuyển / deliveries.")


@app.command("list")
def list_(state: str | None = None, province: str | None = None, limit: int = 50) -> None:
    """Các lượt chuyển, mới nhất trước. / Deliveries, newest first."""
    with told(), base() as found, ExitStack() as stack:
        shown = table("Lượt chuyển", "Mã", "Nơi nhận", "Nội dung", "Trạng thái", "Lần thử", "Lý do")
        for d in sent.listed(found.pool("export", stack), state=state, province=province, limit=limit):
            shown.add_row(
                d.id, d.destination, f"{d.subject} v{d.version}", d.state, str(d.attempt_count), d.reason or ""
            )
        out.print(shown)


@app.command()
def retry(
    id: Annotated[list[str] | None, typer.Argument(help="Mã; bỏ trống: mọi lượt đã dừng")] = None,
    province: str | None = None,
    destination: str | None = None,
) -> None:
    """Chuyển lại các lượt đã dừng. / Replay dead letters."""
    with told(), base() as found, ExitStack() as stack:
        again = sent.retry(found.pool("export", stack), ids=id or None, province=province, destination=destination)
        record(found, "delivery.retried", destination or "all", {"ids": again[:50], "count": len(again)}, province)
        out.print(f"{len(again)} lượt được chuyển lại / on their way again")
