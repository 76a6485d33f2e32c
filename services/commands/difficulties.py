"""`lienthong difficulties list|show|forward|answer|close`: what stands in the way of units (khó khăn, vướng mắc)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import typer

from lienthong.calendar import day_of
from lienthong.eventlog.installation import hub_now
from lienthong.refusals import refused
from services.commands import listing
from services.commands.listing import AsJson
from services.commands.office import at_desk, place_of, reading
from services.commands.terminal import DAY_SHAPE, DAYS, After, Most, out
from services.ingest.difficulties import acts
from services.ingest.difficulties import reading as difficulties

Receipt = Annotated[str, typer.Argument(help="Số biên nhận, ví dụ 20-17")]
app = typer.Typer(no_args_is_help=True, help="Khó khăn, vướng mắc / difficulties.")

_LIST = (
    ("Mã biên nhận", "receipt"),
    ("Mã đơn vị", "unit"),
    ("Nhận lúc", "receivedAt"),
    ("Trạng thái", "state"),
    ("Đang ở", "holder"),
    ("Trả lời trước hết ngày", "due"),
    ("Đề nghị sửa kế hoạch", "asksForAmendment"),
    ("Nội dung", "text"),
)
_STEPS = (
    ("Lúc", "at"),
    ("Việc", "state"),
    ("Mã đơn vị giữ", "holder"),
    ("Hạn trả lời", "due"),
    ("Người thực hiện", "by"),
    ("Nội dung", "text"),
)
_STATES = {
    "raised": "đã nêu",
    "forwarded": "đã chuyển",
    "answered": "đã trả lời",
    "closed": "đã đóng",
}


@app.command("list")
def list_(
    province: Annotated[str, typer.Option(help="Mã tỉnh (2 số)")],
    after: After = 0,
    limit: Most = 200,
    json: AsJson = False,
) -> None:
    """Khó khăn, vướng mắc của các đơn vị trong tỉnh, cũ trước. / Difficulties of a province, oldest first."""
    with reading() as hub:
        wanted = difficulties.DifficultyFilter(province=hub.province(province))
        conn = hub.desk.conn
        today = day_of(hub_now(conn))
        rows = difficulties.list_difficulties(conn, hub.definitions, wanted, after=after, limit=limit, today=today)
    shown = (
        rows
        if json
        else [
            {**row, "text": _text(row["difficulty"]), "state": _STATES.get(row["state"], row["state"])} for row in rows
        ]
    )
    listing.show("Khó khăn, vướng mắc / difficulties", _LIST, shown, as_json=json)


@app.command()
def show(receipt: Receipt, json: AsJson = False) -> None:
    """Một khó khăn, vướng mắc và các bước đã qua. / One difficulty and what was done with it."""
    with reading() as hub:
        province, position = place_of(receipt)
        wanted = difficulties.DifficultyFilter(province=hub.province(province))
        conn = hub.desk.conn
        today = day_of(hub_now(conn))
        rows = difficulties.list_difficulties(conn, hub.definitions, wanted, after=position - 1, limit=1, today=today)
        if not rows or rows[0]["receipt"] != receipt:
            raise refused("difficulty_unknown", receipt=receipt)
    [difficulty] = rows
    if json:
        listing.dump(difficulty)
        return
    listing.facts(
        f"Khó khăn, vướng mắc {receipt} / difficulty",
        [
            ("Đơn vị", difficulty["unit"]),
            ("Nhận lúc", difficulty["receivedAt"]),
            ("Nội dung", _text(difficulty["difficulty"])),
            ("Đề nghị sửa kế hoạch", difficulty["asksForAmendment"]),
            ("Tuyến", difficulty["route"]),
            ("Đang ở", difficulty["holder"]),
            ("Trả lời trước hết ngày", difficulty["due"]),
            ("Quá hạn trả lời", difficulty["overdue"]),
            ("Trạng thái", _STATES.get(difficulty["state"], difficulty["state"])),
            ("Đã xóa nội dung", _redactions(difficulty)),
        ],
    )
    steps = [
        {**step, "state": _STATES.get(step["state"], step["state"]), "text": step["text"] or _redactions(step)}
        for step in difficulty["steps"]
    ]
    listing.show("Các bước / steps", _STEPS, steps)


@app.command()
def forward(
    receipt: Receipt,
    to: Annotated[str | None, typer.Option(help="Mã đơn vị trên tuyến; bỏ trống: đơn vị kế tiếp / the next")] = None,
    note: Annotated[str, typer.Option(help="Ý kiến chuyển / a note")] = "",
    due: Annotated[
        datetime | None, typer.Option(formats=DAYS, metavar=DAY_SHAPE, help="Đề nghị trả lời trước hết ngày")
    ] = None,
) -> None:
    """Chuyển tiếp theo tuyến của kế hoạch. / Forward along the plan's route."""
    with at_desk() as desk, desk.act() as act:
        province, position = place_of(receipt)
        day = None if due is None else due.date()
        holder = acts.forward(act, province=province, position=position, to=to, note=note, due=day)
        out.print(f"[green]✓[/] đã chuyển {receipt} đến {holder} / forwarded", highlight=False)


@app.command()
def answer(receipt: Receipt, text: Annotated[str, typer.Option(help="Nội dung trả lời / the answer")]) -> None:
    """Trả lời khó khăn, vướng mắc. / Answer a difficulty."""
    with at_desk() as desk, desk.act() as act:
        province, position = place_of(receipt)
        acts.answer(act, province=province, position=position, text=text)
        out.print(f"[green]✓[/] đã trả lời {receipt} / answered", highlight=False)


@app.command()
def close(receipt: Receipt, note: Annotated[str, typer.Option(help="Ghi chú / a note")] = "") -> None:
    """Đóng khó khăn đã được trả lời. / Close one that was answered."""
    with at_desk() as desk, desk.act() as act:
        province, position = place_of(receipt)
        acts.close(act, province=province, position=position, note=note)
        out.print(f"[green]✓[/] đã đóng {receipt} / closed", highlight=False)


def _redactions(difficulty: Mapping[str, Any]) -> str:
    """That its text was redacted, when and why; empty where it was not."""
    return "; ".join(
        f"đã xóa {listing.cell(redaction['at'])}: {redaction['reason']}" for redaction in difficulty["redactions"]
    )


def _text(difficulty: Mapping[str, Any]) -> str:
    content = difficulty.get("data") or {}
    return ": ".join(text for name in ("title", "text") if isinstance(text := content.get(name), str)) or "–"
