"""`lienthong audit list|verify`: who did what, and whether the log of it is whole."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated

import typer

from lienthong.access import audit
from lienthong.calendar import VIETNAM
from lienthong.eventlog.append import partitions_of
from lienthong.postgres.pool import connect
from services.commands.terminal import Most, err, out, table, told
from services.hub.base import base

app = typer.Typer(no_args_is_help=True, help="Nhật ký thao tác / the audit log.")
ROLE = "lienthong_ingest"

Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])]


@app.command("list")
def list_(
    province: Annotated[str, typer.Option(help="Mã tỉnh (2 số) hoặc VN")],
    actor: Annotated[str | None, typer.Option(help="client:…, person:…, cli:…")] = None,
    act: Annotated[str | None, typer.Option(help="Ví dụ client.added; client: mọi thao tác về ứng dụng")] = None,
    subject: Annotated[str | None, typer.Option(help="Mã của đối tượng, ví dụ P119-LS.2026")] = None,
    since: Day = None,
    until: Day = None,
    limit: Most = 100,
    details: Annotated[bool, typer.Option("--details", help="Cả chi tiết của từng thao tác")] = False,
) -> None:
    """Ai đã làm gì, mới nhất trước. / Who did what, newest first."""
    with told(), base() as found, connect(found.conninfo, role=ROLE) as conn:
        columns = ("Số", "Lúc", "Ai", "Việc", "Đối tượng", "Từ", *(("Chi tiết",) if details else ()))
        shown = table("Nhật ký thao tác", *columns)
        for one in audit.read(
            conn,
            province,
            actor=actor,
            act=act,
            subject=subject,
            limit=limit,
            since=_instant(since),
            until=_instant(until),
        ):
            more = (json.dumps(dict(one.details), ensure_ascii=False),) if details else ()
            shown.add_row(
                str(one.seq),
                f"{one.at.astimezone(VIETNAM):%d/%m/%Y %H:%M:%S}",
                one.actor,
                one.act,
                one.subject,
                one.address or "",
                *more,
            )
        out.print(shown)


@app.command()
def verify(province: Annotated[str | None, typer.Option(help="Chỉ của tỉnh này")] = None) -> None:
    """Tính lại chuỗi băm của nhật ký thao tác. / Recompute the hash chains of the audit log."""
    with told(), base() as found, connect(found.conninfo, role=ROLE) as conn:
        broken = False
        for key in [province] if province else sorted(partitions_of(conn)):
            wrong, (seq, link) = audit.first_broken(conn, key), audit.head(conn, key)
            if wrong is not None:
                broken = True
                err.print(f"[red]✗[/] {key}: mục số {wrong} không khớp / entry {wrong} does not fit", highlight=False)
            elif seq:
                out.print(f"[green]✓[/] {key}: {seq} mục / entries, {link}", highlight=False)
    if broken:
        raise typer.Exit(1)


def _instant(day: datetime | None) -> datetime | None:
    return None if day is None else day.replace(tzinfo=VIETNAM)
