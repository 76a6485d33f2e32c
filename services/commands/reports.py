"""`lienthong reports redact`."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from lienthong.refusals import refused
from services.commands.terminal import Number, Reason, actor, out, told
from services.hub import filling
from services.hub.base import base
from services.ingest.reports import redaction

app = typer.Typer(no_args_is_help=True, help="Báo cáo / reports.")
_RECEIPT = re.compile(r"([0-9]{2}|VN)-[1-9][0-9]{0,17}")


@app.command()
def redact(
    receipt: Annotated[str, typer.Argument(help="Số biên nhận, ví dụ 20-17")],
    reason: Reason,
    pointer: Annotated[list[str], typer.Option(help="Chỗ cần xóa, ví dụ /report/narrative/results")],
    number: Number = None,
) -> None:
    """Xóa nội dung văn bản (ví dụ dữ liệu cá nhân), giữ nguyên số liệu. / Remove free text, keep its place."""
    with told():
        if _RECEIPT.fullmatch(receipt) is None:
            raise refused("receipt_malformed", receipt=receipt)
    province, _, position = receipt.partition("-")
    with told(), base() as found, filling.desk(found, actor()) as desk, desk.act() as act:
        redaction.redact(
            act,
            province=province,
            position=int(position),
            pointers=pointer,
            reason=reason,
            document={"number": number, "date": None},
        )
        out.print(f"[green]✓[/] đã xóa nội dung tại {', '.join(pointer)} của {receipt}")
