"""`lienthong directives list`: the register of directive documents."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from lienthong.contents import CHANNELS, PLACES
from services.commands import listing
from services.commands.listing import AsJson
from services.commands.office import reader, reading
from services.commands.terminal import DAYS, Most
from services.ingest.directives import reading as register
from services.ingest.directives.reading import Asked

Day = Annotated[datetime | None, typer.Option(formats=DAYS, help="Ngày ban hành / day of issue")]
app = typer.Typer(no_args_is_help=True, help="Sổ văn bản chỉ đạo / register of directives.")

_LIST = (
    ("Số, ký hiệu", "number"),
    ("Ban hành", "issued"),
    ("Cơ quan", "issuer"),
    ("Trích yếu", "title"),
    ("Đăng tải", "posted"),
    ("Chia sẻ", "shared"),
)


@app.callback()
def _group() -> None:
    """One command is a group of its own too: more will follow."""


@app.command("list")
def list_(
    province: Annotated[str, typer.Option(help="Mã tỉnh (2 số)")],
    unit: str | None = None,
    programme: str | None = None,
    issued_from: Day = None,
    issued_to: Day = None,
    limit: Most = 200,
    json: AsJson = False,
) -> None:
    """Văn bản chỉ đạo, theo ngày ban hành; đăng, chia sẻ ở đâu, ngày nào. / By their day of issue."""
    wanted = Asked(
        unit=unit,
        programme=programme,
        issued_from=None if issued_from is None else issued_from.date(),
        issued_to=None if issued_to is None else issued_to.date(),
    )
    with reading() as asked:
        who = reader(asked.province(province))
        rows = register.listed(asked.desk.conn, asked.definitions, who, wanted, after=None, limit=limit)
    listing.show("Văn bản chỉ đạo / directives", _LIST, rows if json else [_row(row) for row in rows], as_json=json)


def _row(one: dict[str, Any]) -> dict[str, Any]:
    posted = [f"{PLACES[each['place']].vi} {listing.cell(each['day'])}" for each in one["posted"]]
    shared = [f"{CHANNELS[each['channel']].vi} {listing.cell(each['day'])}" for each in one["shared"]]
    return {**one, "posted": "; ".join(posted) or "–", "shared": "; ".join(shared) or "–"}
