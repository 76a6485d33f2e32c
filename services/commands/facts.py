"""`lienthong facts`: what somebody behind the log can't apply, and setting it aside."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from lienthong.eventlog import stops
from lienthong.postgres.pool import connect
from services.commands import listing
from services.commands.listing import AsJson
from services.commands.terminal import actor, errors_told, out
from services.hub import filling
from services.hub.base import base
from services.ingest.aside import acts

app = typer.Typer(no_args_is_help=True, help="Sự kiện không xử lý được / facts that can't be applied.")


_STOPPED = (
    ("Bộ phận", "consumer"),
    ("Phân vùng", "key"),
    ("Vị trí", "position"),
    ("Loại", "type"),
    ("Lỗi", "why"),
    ("Từ", "since"),
)
_ASIDE = (
    ("Phân vùng", "key"),
    ("Vị trí", "position"),
    ("Bộ phận bỏ qua", "consumers"),
    ("Người thực hiện", "by"),
    ("Lúc", "at"),
    ("Lý do", "reason"),
)


@app.command("list")
def list_(json: AsJson = False) -> None:
    """Bộ phận nào đang dừng trước sự kiện nào, và các sự kiện đã để riêng. / Stops, and what was set aside."""
    with errors_told(), base() as database, connect(database.conninfo) as conn:
        stopped = [asdict(stop) for stop in stops.stops(conn)]
        aside = [asdict(fact) for key in stops.partitions(conn) for fact in stops.asides(conn, key)]
    if json:
        listing.dump({"stopped": stopped, "aside": aside})
        return
    for body in stopped:
        body["type"] = body["type"] or "(nhật ký hỏng / log damaged)"
        body["why"] = f"{body['code']}: {body['reason']}"
    listing.show("Đang dừng / stopped", _STOPPED, stopped)
    listing.show("Đã để riêng / set aside", _ASIDE, aside)


@app.command("set-aside")
def set_aside(
    partition: Annotated[str, typer.Argument(help="Mã tỉnh (2 số) hoặc VN")],
    position: Annotated[int, typer.Argument(help="Vị trí của sự kiện")],
    reason: Annotated[str, typer.Option(help="Lý do")],
    number: Annotated[str | None, typer.Option(help="Số văn bản làm căn cứ")] = None,
) -> None:
    """Để riêng một sự kiện không xử lý được; mọi việc sau nó đi tiếp. / Set a fact aside; what follows goes on."""
    with errors_told(), base() as database, filling.desk(database, actor()) as desk, desk.act() as act:
        done = acts.set_aside(
            act, partition=partition, position=position, reason=reason, document={"number": number, "date": None}
        )
        out.print(
            f"[green]✓[/] đã để riêng vị trí {position} của phân vùng {partition} cho {', '.join(done.consumers)}"
            f" / set aside (ghi ở vị trí / recorded at {done.recorded})"
        )
