"""`lienthong receipts list|show`: what was accepted, in the order of the log."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from lienthong.refusals import refused
from services.commands import listing
from services.commands.listing import AsJson
from services.commands.office import place_of, reader, reading
from services.commands.terminal import After, Most
from services.ingest.claims import reading as claims

app = typer.Typer(no_args_is_help=True, help="Biên nhận / receipts.")

_LIST = (
    ("Mã biên nhận", "receipt"),
    ("Mã đơn vị", "unit"),
    ("Việc", "what"),
    ("Mã kỳ", "round"),
    ("Nhận lúc", "receivedAt"),
    ("Quá hạn", "late"),
)

_MEMBERS = {
    "receipt": "Mã biên nhận",
    "client": "Ứng dụng gửi",
    "status": "Kết quả",
    "source": "Nguồn",
    "id": "Mã sự kiện",
    "type": "Loại sự kiện",
    "unit": "Đơn vị",
    "round": "Kỳ",
    "form": "Biểu mẫu",
    "revision": "Lần báo cáo",
    "nil": "Không phát sinh",
    "receivedAt": "Nhận lúc",
    "deadline": "Hạn (trước)",
    "late": "Quá hạn",
    "warnings": "Cảnh báo",
    "contentHash": "Mã băm nội dung",
    "salt": "Giá trị ngẫu nhiên kèm mã băm",
    "link": "Mã nối nhật ký",
    "partition": "Phân vùng",
    "position": "Vị trí",
    "sample": "Dữ liệu mẫu",
    "notice": "Lưu ý",
}
"""What a member of a receipt is called. One that is not here is shown by its own name."""


@app.command("list")
def list_(
    province: Annotated[str, typer.Option(help="Mã tỉnh (2 số)")],
    after: After = 0,
    limit: Most = 200,
    json: AsJson = False,
) -> None:
    """Biên nhận của tỉnh theo vị trí. / The province's receipts by position."""
    with reading() as hub:
        who = reader(hub.province(province))
        rows: list[Any] = list(
            claims.receipts(hub.desk.conn, who, hub.definitions.sample, units=None, after=after, limit=limit)
        )
    shown = rows if json else [{**row, "what": listing.event(row["type"])} for row in rows]
    listing.show("Biên nhận / receipts", _LIST, shown, as_json=json)


@app.command()
def show(receipt: Annotated[str, typer.Argument(help="Số biên nhận, ví dụ 20-17")], json: AsJson = False) -> None:
    """Một biên nhận. / One receipt."""
    with reading() as hub:
        province, position = place_of(receipt)
        who = reader(hub.province(province))
        rows: list[Any] = list(
            claims.receipts(hub.desk.conn, who, hub.definitions.sample, units=None, after=position - 1, limit=1)
        )
        if not rows or rows[0]["receipt"] != receipt:
            raise refused("receipt_unknown", receipt=receipt)
    if json:
        listing.dump(rows[0])
    else:
        listing.facts(
            f"Biên nhận {receipt} / receipt", ((_MEMBERS.get(name, name), value) for name, value in rows[0].items())
        )
