"""`lienthong releases sign|withdraw`."""

from __future__ import annotations

from typing import Annotated

import typer

from services.commands.terminal import Number, Reason, actor, out, told
from services.hub import filling
from services.hub.base import base
from services.ingest.releases import acts

app = typer.Typer(no_args_is_help=True, help="Bản phát hành / releases.")


@app.command()
def sign(
    round_: Annotated[str, typer.Argument(metavar="ROUND")],
    recipient: Annotated[list[str] | None, typer.Option(help="Nơi nhận; bỏ trống: tất cả")] = None,
    number: Number = None,
    note: str = "",
) -> None:
    """Ký phát hành số liệu tổng hợp của kỳ. / Sign a release off."""
    with told(), base() as found, filling.desk(found, actor()) as desk, desk.act() as act:
        release, position = acts.sign(
            act,
            round_=round_,
            recipients=recipient or None,
            document={"number": number, "date": None},
            note=note,
        )
        out.print(f"[green]✓[/] đã ký {release} (vị trí {position})")


@app.command()
def withdraw(
    release: Annotated[str, typer.Argument(help="Bản phát hành, ví dụ P119-LS.2026/1")],
    reason: Reason,
    number: Number = None,
) -> None:
    """Thu hồi một bản phát hành. / Withdraw a release; recipients are told."""
    with told(), base() as found, filling.desk(found, actor()) as desk, desk.act() as act:
        acts.withdraw(
            act,
            release=release,
            reason=reason,
            document={"number": number, "date": None},
        )
        out.print(f"[green]✓[/] đã thu hồi {release}")
