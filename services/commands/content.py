"""`lienthong content list|approve|reach|programme`: content items, and how many they reached."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer
from rich.markup import escape

from lienthong.contents import CHANNELS
from services.commands import listing
from services.commands.listing import AsJson
from services.commands.office import at_desk, reader, reading
from services.commands.terminal import DAY_SHAPE, DAYS, Most, out
from services.ingest.content import acts
from services.ingest.content import reading as content
from services.ingest.reaches import reading as reaches

Province = Annotated[str, typer.Option(help="Mã tỉnh (2 số)")]
app = typer.Typer(
    no_args_is_help=True, help="Sản phẩm truyền thông và mức độ tiếp cận / content items and their reach."
)

_LIST = (
    ("Mã đơn vị", "unit"),
    ("Mã sản phẩm", "item"),
    ("Lần", "revision"),
    ("Tiêu đề", "title"),
    ("Trạng thái", "state"),
    ("Tiếp cận", "reach"),
    ("Tương tác", "interactions"),
)
_COUNTS = (("Kênh", "channel"), ("Ngày", "day"), ("Tiếp cận", "reach"), ("Tương tác", "interactions"))
_CHANNELS = (("Kênh", "channel"), ("Tiếp cận", "reach"), ("Tương tác", "interactions"))
_STATES = {"submitted": "chờ duyệt", "approved": "đã duyệt", "withdrawn": "đã rút"}


@app.command("list")
def list_(
    province: Province,
    unit: Annotated[str | None, typer.Option(help="Chỉ của đơn vị này / of this unit")] = None,
    limit: Most = 200,
    json: AsJson = False,
) -> None:
    """Sản phẩm của các đơn vị trong tỉnh. / Items of a province, the longest waiting first."""
    with reading() as hub:
        who, conn = reader(hub.province(province)), hub.desk.conn
        rows = content.list_items(conn, hub.definitions, who, state=None, unit=hub.unit(unit), after=None, limit=limit)
        rows = reaches.with_reach(conn, rows)
    shown = [
        {**row, "title": row["content"].get("title", ""), "state": _STATES.get(row["state"], row["state"])}
        for row in rows
    ]
    listing.show("Sản phẩm truyền thông / content items", _LIST, rows if json else shown, as_json=json)


@app.command()
def approve(
    unit: Annotated[str, typer.Argument(help="Mã đơn vị đăng, ví dụ 06040")],
    item: Annotated[str, typer.Argument(help="Mã sản phẩm, ví dụ tin-1")],
    revision: Annotated[
        int | None, typer.Option(min=1, help="Lần gửi đã xem; lần khác đang chờ thì không duyệt")
    ] = None,
) -> None:
    """Duyệt sản phẩm do người khác gửi, để phát hành. / Approve an item that somebody else sent, for publication."""
    with at_desk() as desk, desk.act() as act:
        approved = acts.approve(act, unit=unit, item=item, seen=revision)
        line = f"[green]✓[/] đã duyệt {escape(f'{unit}/{item}')}, lần gửi {approved} / approved"
        out.print(line, highlight=False)


@app.command()
def reach(
    province: Province,
    unit: Annotated[str, typer.Argument(help="Mã đơn vị đăng, ví dụ 06040 / the unit that published it")],
    item: Annotated[str, typer.Argument(help="Mã sản phẩm, ví dụ tin-1 / the item's id")],
    json: AsJson = False,
) -> None:
    """Mức độ tiếp cận của một sản phẩm theo kênh và ngày. / Reach of an item by channel and day."""
    with reading() as hub:
        who = reader(hub.province(province))
        counts = reaches.of_item(hub.desk.conn, hub.definitions, who, unit, item)
    if json:
        listing.dump(counts)
        return
    listing.facts(f"Sản phẩm {item}", [("Tiếp cận", counts["reach"]), ("Tương tác", counts["interactions"])])
    listing.show(
        "Theo kênh và ngày / by channel and day", _COUNTS, [_with_channel_name(count) for count in counts["history"]]
    )


@app.command()
def programme(
    province: Province,
    programme: Annotated[str, typer.Argument(help="Mã chương trình, ví dụ P119 / the programme's code")],
    on: Annotated[
        datetime | None, typer.Option(formats=DAYS, metavar=DAY_SHAPE, help="Tính đến hết ngày / to the end of")
    ] = None,
    json: AsJson = False,
) -> None:
    """Sản phẩm phục vụ một chương trình, mỗi sản phẩm tính một lần. / What serves a programme, counted once each."""
    with reading() as hub:
        who = reader(hub.province(province))
        hub.programme(programme)
        day = None if on is None else on.date()
        totals = reaches.of_programme(hub.desk.conn, hub.definitions, who, programme, day)
    if json:
        listing.dump(totals)
        return
    members = ("items", "reach", "interactions")
    names = ("Sản phẩm", "Tiếp cận", "Tương tác")
    listing.facts(
        f"Chương trình {programme}", [(name, totals[each]) for name, each in zip(names, members, strict=True)]
    )
    listing.show("Theo kênh / by channel", _CHANNELS, [_with_channel_name(channel) for channel in totals["channels"]])


def _with_channel_name(count: dict[str, object]) -> dict[str, object]:
    channel = str(count["channel"])
    return {**count, "channel": CHANNELS[channel].vi if channel in CHANNELS else channel}
