"""`lienthong difficulties list`: what stands in the way of units (khó khăn, vướng mắc)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from services.commands import listing
from services.commands.listing import AsJson
from services.commands.office import reader, reading
from services.commands.terminal import Most
from services.ingest.difficulties import reading as difficulties

app = typer.Typer(no_args_is_help=True, help="Khó khăn, vướng mắc / difficulties.")

_LIST = (("Mã biên nhận", "receipt"), ("Mã đơn vị", "unit"), ("Nhận lúc", "receivedAt"), ("Trạng thái", "state"),
         ("Đang ở", "holder"), ("Nội dung", "text"))  # fmt: skip


@app.command("list")
def list_(
    province: Annotated[str, typer.Option(help="Mã tỉnh (2 số)")],
    after: Annotated[int, typer.Option(min=0, max=2**63 - 1, help="Từ sau vị trí này / after this position")] = 0,
    limit: Most = 200,
    json: AsJson = False,
) -> None:
    """Khó khăn, vướng mắc của các đơn vị trong tỉnh, cũ trước. / Difficulties of a province, oldest first."""
    with reading() as asked:
        who = reader(asked.province(province))
        rows = difficulties.raised(
            asked.desk.conn, asked.log, asked.definitions, who, units=None, after=after, limit=limit
        )
    shown = rows if json else [{**row, "text": _text(row["difficulty"])} for row in rows]
    listing.show("Khó khăn, vướng mắc / difficulties", _LIST, shown, as_json=json)


def _text(difficulty: Mapping[str, Any]) -> str:
    told = difficulty.get("data") or {}
    return ": ".join(text for name in ("title", "text") if isinstance(text := told.get(name), str)) or "–"
