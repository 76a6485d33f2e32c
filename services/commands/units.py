"""`lienthong units import|boundaries|search`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from lienthong import units
from lienthong.refusals import refused
from services.commands.terminal import Most, actor, out, table, told
from services.hub import filling
from services.hub.base import base
from services.ingest.units import acts, boundaries

app = typer.Typer(no_args_is_help=True, help="Đơn vị, dân số, tên khác / units, populations, aliases.")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(exists=True, help="Tệp CSV")],
    kind: Annotated[str, typer.Option(help="units, agencies, relations, aliases hoặc populations")],
    dry_run: Annotated[bool, typer.Option(help="Chỉ cho xem sẽ thay đổi gì")] = False,
) -> None:
    """Nhập đơn vị, cơ quan, dân số, tên khác từ CSV. / Import rows; every fault is told by line."""
    with told(), base() as found, filling.desk(found, actor()) as desk:
        rows = units.read_file(kind, file.read_bytes(), file.name)
        with desk.act() as act:
            done = acts.preview(act, rows) if dry_run else acts.change(act, rows)
        for change in done.changes:
            out.print(f"{change.file}:{change.line}: {change.message.vi}", highlight=False, markup=False)
        out.print(f"{len(done.changes)} thay đổi" + (" (chưa ghi) / changes, not written" if dry_run else " / changes"))


@app.command("boundaries")
def boundaries_(
    file: Annotated[Path, typer.Argument(exists=True, help="Tệp GeoJSON (WGS 84), mỗi xã một đối tượng")],
    province: Annotated[str, typer.Option(help="Mã tỉnh, hai chữ số")],
    key: Annotated[str, typer.Option(help="Thuộc tính chứa mã xã")] = "code",
) -> None:
    """Nhập ranh giới các xã để vẽ bản đồ. / Import the communes' borders, to be drawn."""
    with told(), base() as found, filling.desk(found, actor()) as desk:
        document = _json(file)
        with desk.act() as act:
            done = boundaries.bring_in(act, province, document, key=key)
        out.print(f"{done.units} đơn vị có ranh giới / units with borders", highlight=False)
        if done.missing:
            out.print(f"Thiếu / missing: {', '.join(done.missing)}", highlight=False, soft_wrap=True)


def _json(file: Path) -> dict[str, Any]:
    try:
        found = orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError as error:
        raise refused("not_geojson") from error
    return found if isinstance(found, dict) else {}


@app.command()
def search(text: str, limit: Most = 20) -> None:
    """Tìm đơn vị, không cần dấu. / Find units, marks not needed."""
    with told(), base() as found, filling.desk(found, actor()) as desk:
        definitions = desk.definitions()
        shown = table("Đơn vị", "Mã", "Tên", "Cấp", "Thuộc")
        for unit in definitions.registry.search(text, desk.today(), limit):
            shown.add_row(unit.code, unit.full_name, unit.level, unit.parent or "")
        out.print(shown)
