"""`lienthong rounds list|open|extend|lock`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from lienthong.calendar import day_of, on_or_before
from services.commands.terminal import Number, Reason, actor, out, table, told
from services.hub import filling
from services.hub.base import base
from services.ingest.rounds import acts

app = typer.Typer(no_args_is_help=True, help="Kỳ báo cáo / rounds.")

Day = Annotated[datetime, typer.Option(formats=["%Y-%m-%d", "%d/%m/%Y"])]


@app.command("list")
def list_() -> None:
    """Các kỳ đã mở. / Open rounds."""
    with told(), base() as found, filling.desk(found, actor()) as desk:
        shown = table("Kỳ báo cáo", "Kỳ", "Chốt số liệu", "Hạn của đơn vị", "Đơn vị phải báo cáo", "Trạng thái")
        for code, r in sorted(desk.definitions().rounds.items()):
            limits = sorted({d.at for d in r.deadlines if d.sender == "units" and d.at is not None})
            shown.add_row(
                code,
                f"{r.period.last:%d/%m/%Y}",
                ", ".join(f"trước {day_of(at):%d/%m/%Y}" for at in limits) or "–",
                str(len(frozenset().union(*r.obliged.values()))),
                "đã khóa" if r.locked else "đang mở",
            )
        out.print(shown)


@app.command("open")
def open_(
    plan: str,
    period: Annotated[str, typer.Argument(help="2026-DX1 đột xuất, 2026-SK1 sơ kết, 2026-TK1 tổng kết")],
    first: Day,
    last: Day,
    deadline: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Ngày cuối cùng còn đúng hạn")],
    reason: Reason,
    form: Annotated[list[str] | None, typer.Option(help="Chỉ những biểu mẫu này")] = None,
) -> None:
    """Mở kỳ đột xuất, sơ kết hoặc tổng kết. / Open an ad-hoc round or a review."""
    with told(), base() as found, filling.desk(found, actor()) as desk, desk.act() as act:
        code = acts.open_special(
            act,
            plan=plan,
            period=period,
            first=first.date(),
            last=last.date(),
            deadline=on_or_before(deadline.date()),
            reason=reason,
            forms=form,
        )
        out.print(f"[green]✓[/] đã mở {code}")


@app.command()
def extend(
    round_: Annotated[str, typer.Argument(metavar="ROUND")],
    until: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Ngày cuối cùng còn đúng hạn")],
    reason: Reason,
    number: Number = None,
    unit: str | None = None,
    obligation: str | None = None,
) -> None:
    """Gia hạn cho một hoặc mọi đơn vị. / Extend a deadline."""
    with told(), base() as found, filling.desk(found, actor()) as desk, desk.act() as act:
        code = acts.extend(
            act,
            round_=round_,
            until=on_or_before(until.date()),
            reason=reason,
            document={"number": number, "date": None},
            unit=unit,
            obligation=obligation,
        )
        out.print(f"[green]✓[/] đã gia hạn {code} của {round_} đến hết ngày {until:%d/%m/%Y}")


@app.command()
def lock(round_: Annotated[str, typer.Argument(metavar="ROUND")], reason: Reason) -> None:
    """Khóa kỳ: không nhận thêm báo cáo. / Lock a round."""
    with told(), base() as found, filling.desk(found, actor()) as desk, desk.act() as act:
        acts.lock(act, round_=round_, reason=reason)
        out.print(f"[green]✓[/] đã khóa {round_}")
