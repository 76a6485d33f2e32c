"""`lienthong facts`: what somebody behind the log can't apply, and setting it aside."""

from __future__ import annotations

from typing import Annotated

import typer

from lienthong.calendar import VIETNAM
from lienthong.eventlog import stops
from lienthong.postgres.pool import connect
from services.commands.terminal import actor, out, table, told
from services.hub import filling
from services.hub.base import base
from services.ingest.aside import acts

app = typer.Typer(no_args_is_help=True, help="Sự kiện không xử lý được / facts that can't be applied.")


@app.command("list")
def list_() -> None:
    """Bộ phận nào đang dừng trước sự kiện nào, và các sự kiện đã để riêng. / Stops, and what was set aside."""
    with told(), base() as found, connect(found.conninfo) as conn:
        standing = table("Đang dừng / stopped", "Bộ phận", "Phân vùng", "Vị trí", "Loại", "Lỗi", "Từ")
        for one in stops.stops(conn):
            standing.add_row(one.consumer, one.key, str(one.position), one.type or "(nhật ký hỏng / log damaged)",
                             f"{one.code}: {one.reason}",
                             f"{one.since.astimezone(VIETNAM):%d/%m/%Y %H:%M}")  # fmt: skip
        aside = table("Đã để riêng / set aside", "Phân vùng", "Vị trí", "Bộ phận bỏ qua", "Người thực hiện", "Lý do")
        for key in stops.partitions(conn):
            for left in stops.asides(conn, key):
                aside.add_row(left.key, str(left.position), ", ".join(left.consumers), left.by, left.reason)
        out.print(standing)
        out.print(aside)


@app.command("set-aside")
def set_aside(
    partition: Annotated[str, typer.Argument(help="Mã tỉnh (2 số) hoặc VN")],
    position: Annotated[int, typer.Argument(help="Vị trí của sự kiện")],
    reason: Annotated[str, typer.Option(help="Lý do")],
    number: Annotated[str | None, typer.Option(help="Số văn bản làm căn cứ")] = None,
) -> None:
    """Để riêng một sự kiện không xử lý được; mọi việc sau nó đi tiếp. / Set a fact aside; what follows goes on."""
    with told(), base() as found, filling.desk(found, actor()) as desk, desk.act() as act:
        done = acts.set_aside(
            act, partition=partition, position=position, reason=reason, document={"number": number, "date": None}
        )
        out.print(
            f"[green]✓[/] đã để riêng vị trí {position} của phân vùng {partition} cho {', '.join(done.consumers)}"
            f" / set aside (ghi ở vị trí / recorded at {done.recorded})"
        )
