"""`lienthong clock`: the clock of sample data."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from lienthong.calendar import VIETNAM
from lienthong.eventlog import installation
from lienthong.postgres.pool import connect
from services.commands.recording import record
from services.commands.terminal import DAYS, actor, errors_told, out
from services.hub import filling
from services.hub.base import base

app = typer.Typer(no_args_is_help=True, help="Đồng hồ của kho dữ liệu mẫu / clock of sample data.")


@app.command()
def show() -> None:
    """Giờ của hệ thống. / The hub's clock."""
    with errors_told(), base() as base_, connect(base_.conninfo) as conn:
        out.print(
            f"{installation.hub_now(conn).astimezone(VIETNAM):%d/%m/%Y %H:%M:%S}"
            + ("  (dữ liệu mẫu)" if installation.installation(conn).sample else "")
        )


@app.command("set")
def set_(
    at: Annotated[
        datetime, typer.Argument(formats=[*DAYS, "%d/%m/%Y %H:%M", "%Y-%m-%dT%H:%M"], help="31/12/2026 09:00")
    ],
) -> None:
    """Đặt đồng hồ (chỉ với kho dữ liệu mẫu) và mở các kỳ đến hạn. / Set the clock of sample data."""
    with errors_told(), base() as base_:
        with connect(base_.conninfo) as conn:
            installation.set_clock(conn, at.replace(tzinfo=VIETNAM))
        record(base_, "clock.set", "hub", {"to": at.isoformat()})
        with filling.desk(base_, actor()) as desk:
            out.print("Kỳ đang mở / open rounds: " + ", ".join(desk.open_due()))
