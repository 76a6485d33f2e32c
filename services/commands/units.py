"""`lienthong units import|boundaries|search|show`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from lienthong import units
from lienthong.refusals import refused
from services.commands import listing
from services.commands.listing import AsJson
from services.commands.office import at_desk
from services.commands.terminal import DAYS, Most, out
from services.ingest.units import acts, boundaries
from services.ingest.units.bodies import shown, whole

app = typer.Typer(no_args_is_help=True, help="Đơn vị, dân số, tên khác / units, populations, aliases.")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(exists=True, help="Tệp CSV")],
    kind: Annotated[str, typer.Option(help="units, agencies, relations, aliases hoặc populations")],
    dry_run: Annotated[bool, typer.Option(help="Chỉ cho xem sẽ thay đổi gì")] = False,
) -> None:
    """Nhập đơn vị, cơ quan, dân số, tên khác từ CSV. / Import rows; every fault is told by line."""
    with at_desk() as desk:
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
    with at_desk() as desk:
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
def search(text: str, limit: Most = 20, json: AsJson = False) -> None:
    """Tìm đơn vị, không cần dấu. / Find units, marks not needed."""
    with at_desk() as desk:
        rows = [shown(unit) for unit in desk.definitions().registry.search(text, desk.today(), limit)]
    columns = (("Mã", "code"), ("Tên", "name"), ("Cấp", "level"), ("Thuộc", "parent"), ("Từ", "valid_from"))
    listing.show(f"Đơn vị khớp với “{text}” / units", columns, rows, as_json=json)


@app.command()
def show(
    code: Annotated[str, typer.Argument(help="Mã đơn vị, mã khác hoặc tên đúng")],
    on: Annotated[datetime | None, typer.Option(formats=DAYS, help="Vào ngày này; mặc định: hôm nay")] = None,
    json: AsJson = False,
) -> None:
    """Một đơn vị: cấp trên, tên khác, dân số, quá trình, đơn vị kế thừa. / One unit with all that is known of it."""
    with at_desk() as desk:
        one = whole(desk.definitions().registry, code, desk.today() if on is None else on.date())
    if json:
        listing.dump(one)
        return
    listing.facts(f"{one['name']} ({one['code']})", [
        ("Cấp", one["level"]), ("Thuộc", [above["name"] for above in one["ancestors"]]), ("Vào ngày", one["on"]),
        ("Đang hoạt động", one["exists"]), ("Tên khác, mã khác", [each["alias"] for each in one["aliases"]]),
        ("Kế thừa bởi", [f"{heir['name']} ({heir['code']})" for heir in one["successors"]]),
    ])  # fmt: skip
    listing.show("Quá trình / history", (("Tên", "name"), ("Từ", "valid_from"), ("Đến hết", "valid_to"),
                 ("Thuộc", "parent")), one["history"])  # fmt: skip
    listing.show("Dân số / people", (("Năm", "year"), ("Số người", "value"), ("Nguồn", "source")), one["populations"])
