"""`lienthong materials list|count`: materials that agencies share."""

from __future__ import annotations

from typing import Annotated, get_args

import typer

from services.commands import listing
from services.commands.listing import AsJson
from services.commands.office import reader, reading, require_among
from services.commands.terminal import Most
from services.ingest.materials import reading as materials
from services.ingest.materials.reading import MaterialFilter
from services.ingest.materials.routes import Kind

Province = Annotated[str, typer.Option(help="Mã tỉnh (2 số)")]
app = typer.Typer(no_args_is_help=True, help="Tư liệu dùng chung / shared materials.")

_LIST = (
    ("Mã đơn vị", "unit"),
    ("Mã tư liệu", "material"),
    ("Tên", "title"),
    ("Chủ đề", "subject"),
    ("Đường dẫn", "link"),
)


@app.command("list")
def list_(
    province: Province,
    q: Annotated[str | None, typer.Option(help="Các từ cần tìm, không cần dấu / words, marks not needed")] = None,
    unit: Annotated[str | None, typer.Option(help="Chỉ của đơn vị này / of this unit")] = None,
    programme: Annotated[str | None, typer.Option(help="Chỉ của chương trình này / of this programme")] = None,
    kind: Annotated[str | None, typer.Option(help="Chỉ loại này, ví dụ image / of this kind")] = None,
    limit: Most = 200,
    json: AsJson = False,
) -> None:
    """Tìm tư liệu dùng chung trong tỉnh. / Search the shared materials of a province."""
    with reading() as hub:
        who = reader(hub.province(province))
        kind_ = require_among("--kind", kind, get_args(Kind))
        wanted = MaterialFilter(q=q, unit=hub.unit(unit), programme=hub.programme(programme), kind=kind_)
        rows = materials.list_materials(hub.desk.conn, hub.definitions, who, wanted, after=None, limit=limit)
    listing.show("Tư liệu dùng chung / shared materials", _LIST, rows, as_json=json)


@app.command()
def count(
    province: Province,
    programme: Annotated[str | None, typer.Option(help="Chỉ của chương trình này / of this programme")] = None,
    json: AsJson = False,
) -> None:
    """Đếm tư liệu theo chủ đề. / Count materials by subject."""
    with reading() as hub:
        who = reader(hub.province(province))
        counts = materials.counts(hub.desk.conn, hub.definitions, who, hub.programme(programme))
    if json:
        listing.dump(counts)
        return
    listing.facts("Tư liệu dùng chung", [("Tổng số", counts["materials"])])
    listing.show("Theo chủ đề / by subject", (("Chủ đề", "subject"), ("Số tư liệu", "materials")), counts["subjects"])
