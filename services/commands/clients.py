"""`lienthong clients add|list|revoke|rotate|topic`: who may call the hub."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from lienthong.access import registered
from lienthong.postgres.pool import connect
from services.commands.inbound import end_writing, topic
from services.commands.terminal import actor, err, out, table, told
from services.hub.base import base
from services.identity import store
from services.identity.clients import ROLES, Registration

app = typer.Typer(no_args_is_help=True, help="Ứng dụng kết nối / clients of the hub.")
ROLE = "lienthong_identity"


@app.command()
def add(
    client_id: Annotated[str, typer.Argument(help="Mã ứng dụng, ví dụ ld-06040")],
    name: Annotated[str, typer.Option(help="Tên hiển thị")],
    province: Annotated[str, typer.Option(help="Mã tỉnh (2 số) hoặc VN")],
    role: Annotated[str, typer.Option(help=f"Vai trò: {', '.join(ROLES)}")] = "unit",
    unit: Annotated[list[str] | None, typer.Option(help="Đơn vị được thay mặt (lặp lại được; * = mọi đơn vị)")] = None,
    scope: Annotated[list[str] | None, typer.Option(help="Quyền; mặc định theo vai trò")] = None,
    source: Annotated[list[str] | None, typer.Option(help="Nguồn CloudEvents được dùng")] = None,
    kafka_principal: Annotated[str | None, typer.Option(help="Chủ thể Kafka, ví dụ User:ld-06040")] = None,
) -> None:
    """Đăng ký một ứng dụng; mật khẩu chỉ hiện một lần. / Register a client; its secret is shown once."""
    wanted = Registration(
        client_id=client_id,
        name=name,
        province=province,
        role=role,
        units=tuple(unit or ()),
        scopes=tuple(scope) if scope else None,
        sources=tuple(source or ()),
        kafka_principal=kafka_principal,
    )
    with told(), base() as found, connect(found.conninfo, role=ROLE) as conn:
        [issued] = store.add(conn, [wanted], by=actor())
        out.print(f"client_id      {client_id}\nclient_secret  {issued.secret}", highlight=False)
        err.print("[dim]Hãy lưu mật khẩu ngay: hệ thống không giữ bản gốc. / Keep the secret now: it isn't stored.[/]")


@app.command("list")
def list_(
    province: Annotated[str | None, typer.Option(help="Chỉ của tỉnh này")] = None,
    revoked: Annotated[bool, typer.Option(help="Cả ứng dụng đã thu hồi")] = False,
) -> None:
    """Liệt kê ứng dụng. / List clients."""
    with told(), base() as found, connect(found.conninfo, role=ROLE) as conn:
        shown = table("Ứng dụng kết nối", "Mã", "Tên", "Tỉnh", "Vai trò", "Đơn vị", "Nguồn", "Trạng thái")
        for c in store.listed(conn, province=province, revoked=revoked):
            units = sorted(c.units)
            shown.add_row(
                c.client_id,
                c.name,
                c.province,
                c.role,
                ", ".join(units[:3]) + (f" … ({len(units)})" if len(units) > 3 else ""),
                ", ".join(sorted(c.sources)),
                "hoạt động" if c.active else "đã thu hồi",
            )
        out.print(shown)


@app.command()
def revoke(client_id: str, reason: Annotated[str, typer.Option(help="Lý do")]) -> None:
    """Thu hồi ngay; mã truy cập đang dùng hết hiệu lực trong vài giây. / Revoke within seconds; its right in Kafka too.

    Chạy lại được khi Kafka vắng mặt lúc thu hồi. / Repeatable, where Kafka was away.
    """
    with told(), base() as found, connect(found.conninfo, role=ROLE) as conn:
        client = registered.find(conn, client_id)
        if client is None or client.active:
            store.revoke(conn, client_id, by=actor(), reason=reason)
        out.print(f"Đã thu hồi {client_id}.")
        if client is not None:
            end_writing(found, client)


@app.command()
def rotate(
    client_id: str, overlap_hours: Annotated[float, typer.Option(help="Giờ mật khẩu cũ còn dùng được")] = 24.0
) -> None:
    """Cấp mật khẩu mới; mật khẩu cũ còn hiệu lực một thời gian. / Issue a new secret beside the old one."""
    with told(), base() as found, connect(found.conninfo, role=ROLE) as conn:
        issued = store.rotate(conn, client_id, by=actor(), overlap=timedelta(hours=overlap_hours))
        out.print(f"client_id      {client_id}\nclient_secret  {issued.secret}", highlight=False)


app.command()(topic)
