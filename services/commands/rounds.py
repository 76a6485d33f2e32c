"""`lienthong rounds …` and `lienthong releases sign`: the acts of operators from a terminal."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from lienthong.calendar import day_of, on_or_before
from services.commands.terminal import actor, out, table, told
from services.hub import filling
from services.hub.base import base
from services.ingest.releases import acts as signing
from services.ingest.reports import redaction
from services.ingest.rounds import acts

rounds = typer.Typer(no_args_is_help=True, help="Kỳ báo cáo / rounds.")
reports = typer.Typer(no_args_is_help=True, help="Báo cáo / reports.")
releases = typer.Typer(no_args_is_help=True, help="Bản phát hành / releases.")

Day = Annotated[datetime, typer.Option(formats=["%Y-%m-%d", "%d/%m/%Y"])]
Reason = Annotated[str, typer.Option(help="Lý do")]
Number = Annotated[str | None, typer.Option(help="Số văn bản làm căn cứ")]


@rounds.command("list")
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


@rounds.command("open")
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


@rounds.command()
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


@rounds.command()
def lock(round_: Annotated[str, typer.Argument(metavar="ROUND")], reason: Reason) -> None:
    """Khóa kỳ: không nhận thêm báo cáo. / Lock a round."""
    with told(), base() as found, filling.desk(found, actor()) as desk, desk.act() as act:
        acts.lock(act, round_=round_, reason=reason)
        out.print(f"[green]✓[/] đã khóa {round_}")


@releases.command()
def sign(
    round_: Annotated[str, typer.Argument(metavar="ROUND")],
    recipient: Annotated[list[str] | None, typer.Option(help="VN, platform")] = None,
    number: Number = None,
    note: str = "",
) -> None:
    """Ký phát hành số liệu tổng hợp của kỳ. / Sign a release off."""
    with told(), base() as found, filling.desk(found, actor()) as desk, desk.act() as act:
        release, position = signing.sign(
            act,
            round_=round_,
            recipients=recipient or ["VN", "platform"],
            document={"number": number, "date": None},
            note=note,
        )
        out.print(f"[green]✓[/] đã ký {release} (vị trí {position})")


@releases.command()
def withdraw(
    release: Annotated[str, typer.Argument(help="Bản phát hành, ví dụ P119-LS.2026/1")],
    reason: Reason,
    number: Number = None,
) -> None:
    """Thu hồi một bản phát hành. / Withdraw a release; recipients are told."""
    with told(), base() as found, filling.desk(found, actor()) as desk, desk.act() as act:
        signing.withdraw(
            act,
            release=release,
            reason=reason,
            document={"number": number, "date": None},
        )
        out.print(f"[green]✓[/] đã thu hồi {release}")


@reports.command()
def redact(
    receipt: Annotated[str, typer.Argument(help="Số biên nhận, ví dụ 20-17")],
    reason: Reason,
    pointer: Annotated[list[str], typer.Option(help="Chỗ cần xóa, ví dụ /report/narrative/results")],
    number: Number = None,
) -> None:
    """Xóa nội dung văn bản (ví dụ dữ liệu cá nhân), giữ nguyên số liệu. / Remove free text, keep its place."""
    province, _, position = receipt.partition("-")
    with told(), base() as found, filling.desk(found, actor()) as desk, desk.act() as act:
        redaction.redact(
            act,
            province=province,
            position=int(position or 0),
            pointers=pointer,
            reason=reason,
            document={"number": number, "date": None},
        )
        out.print(f"[green]✓[/] đã xóa nội dung tại {', '.join(pointer)} của {receipt}")
