"""`lienthong units import|merge|boundaries|search|show`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from lienthong import units
from lienthong.access.sight import Sight
from lienthong.errors import Rejected
from lienthong.refusals import refused
from lienthong.units import contact_files
from lienthong.units.contact_files import ContactRow
from lienthong.units.levels import LEVELS
from services.commands import listing, secret_files
from services.commands.listing import AsJson
from services.commands.office import at_desk, known_province
from services.commands.terminal import DAY_SHAPE, DAYS, Most, out
from services.ingest.reminders import acts as reminding
from services.ingest.reminders import contacts
from services.ingest.units import acts, boundaries
from services.ingest.units.bodies import entry_body, unit_body

app = typer.Typer(no_args_is_help=True, help="Đơn vị, dân số, tên khác / units, populations, aliases.")


@app.command("import")
def import_(
    file: Annotated[
        list[Path],
        typer.Argument(exists=True, dir_okay=False, help="Tệp CSV hoặc .xlsx; nhiều tệp được ghi cùng lúc"),
    ],
    kind: Annotated[
        list[str], typer.Option(help="units, agencies, relations, aliases, populations; một loại cho mỗi tệp")
    ],
    dry_run: Annotated[bool, typer.Option(help="Chỉ cho xem sẽ thay đổi gì")] = False,
) -> None:
    """Nhập đơn vị, cơ quan, quan hệ, dân số, tên khác; tất cả hoặc không. / Import files, all of them or none."""
    with at_desk() as desk:
        if len(kind) not in (1, len(file)):
            raise refused("kinds_and_files", files=len(file), kinds=len(kind))
        kinds = kind if len(kind) == len(file) else kind * len(file)
        read = (units.read_file(of, each.read_bytes(), each.name) for each, of in zip(file, kinds, strict=True))
        rows = [row for rows in read for row in rows]
        with desk.act(changes=not dry_run) as act:
            done = acts.preview(act, rows) if dry_run else acts.change(act, rows)
        _tell(done, written=not dry_run)


@app.command()
def merge(
    unit: Annotated[list[str], typer.Argument(help="Mã các xã, phường nhập lại với nhau")],
    into: Annotated[str, typer.Option(help="Mã đơn vị nhận: mã mới, hoặc mã của một đơn vị còn lại")],
    on: Annotated[datetime, typer.Option(formats=DAYS, metavar=DAY_SHAPE, help="Ngày có hiệu lực / first day")],
    resolution: Annotated[str, typer.Option(help="Số nghị quyết")],
    name: Annotated[str, typer.Option(help="Tên đầy đủ của đơn vị mới, ví dụ: Xã Thất Khê")] = "",
    type: Annotated[str, typer.Option(help="commune, ward; bỏ trống: như đơn vị thứ nhất")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Không hỏi lại / don't ask")] = False,
    dry_run: Annotated[bool, typer.Option(help="Chỉ cho xem sẽ thay đổi gì")] = False,
) -> None:
    """Sáp nhập xã, phường: đơn vị, bộ phận trực thuộc, quan hệ, ngày, trong một bước. / Merge communes in one step."""
    wanted = units.Merging(units=unit, into=into, day=on.date(), name=name, type=type, resolution=resolution)
    with at_desk() as desk:
        with desk.act() as act:
            rows = units.merging_rows(act.definitions.registry, wanted)
            _tell(acts.preview(act, rows), written=False)
        if dry_run:
            return
        if not yes:
            typer.confirm("Ghi các thay đổi này? / Write these changes?", abort=True)
        with desk.act(changes=True) as act:
            done = acts.change(act, units.merging_rows(act.definitions.registry, wanted))
        out.print(f"[green]✓[/] {len(done.changes)} thay đổi / changes")


def _tell(imported: units.Import, *, written: bool) -> None:
    for change in imported.changes:
        place = f"{change.file}:{change.line}: " if change.file else ""
        out.print(f"{place}{change.message.vi}", highlight=False, markup=False)
    out.print(f"{len(imported.changes)} thay đổi / changes" + ("" if written else " (chưa ghi / not written)"))


@app.command("boundaries")
def boundaries_(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="Tệp GeoJSON (WGS 84), mỗi xã một đối tượng")
    ],
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
        document = orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError as error:
        raise refused("not_geojson") from error
    return document if isinstance(document, dict) else {}


@app.command()
def contact(
    code: Annotated[str, typer.Argument(help="Mã đơn vị")],
    mail: Annotated[list[str] | None, typer.Option(help="Địa chỉ thư; lặp lại được")] = None,
    webhook: Annotated[str | None, typer.Option(help="Địa chỉ hệ thống của đơn vị nhận lời nhắc")] = None,
    reach: Annotated[str, typer.Option(help="public, private, loopback")] = "public",
    secret_file: Annotated[Path | None, typer.Option(help="Ghi khóa của webhook mới vào tệp này (0600)")] = None,
) -> None:
    """Đơn vị được nhắc qua đâu; ghi thay những gì đã có. / How a unit is reminded, from now on."""
    if webhook is not None and secret_file is None:
        raise typer.BadParameter("--secret-file: khóa ký chỉ ghi vào tệp / the secret goes into a file only")
    wanted = contacts.Contact(unit=code, province="", mails=mail or [], webhook=webhook, reach=reach)
    with at_desk() as desk, secret_files.written_if(secret_file) as kept, desk.act() as act:
        contact_, fresh = reminding.set_contact(act, wanted)
        if kept is not None and fresh:
            kept.write(("unit", "secret"), [(contact_.unit, contact_.secret or "")])
    out.print(f"[green]✓[/] {code}: {', '.join(contact_.channels)}", highlight=False)


@app.command("import-contacts")
def import_contacts(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="CSV hoặc .xlsx: unit, mails (cách nhau bằng dấu cách)")
    ],
) -> None:
    """Nhập địa chỉ thư của nhiều đơn vị; tất cả hoặc không. / Mail addresses of many units, all or none."""
    with at_desk() as desk:
        rows = contact_files.read(file.read_bytes(), file.name)
        with desk.act() as act:
            try:
                reminding.set_mails(act, [reminding.WantedMails(unit=row.unit, mails=row.mails) for row in rows])
            except Rejected as error:
                raise _by_line(error, rows) from error
        out.print(f"[green]✓[/] {len(rows)} đơn vị / units", highlight=False)


@app.command("forget-contact")
def forget_contact(code: Annotated[str, typer.Argument(help="Mã đơn vị")]) -> None:
    """Thôi liên hệ với đơn vị. / Remind the unit no more."""
    with at_desk() as desk, desk.act() as act:
        reminding.remove_contact(act, code)
    out.print(f"[green]✓[/] {code}")


@app.command("contacts")
def contacts_(
    province: Annotated[str | None, typer.Option(help="Mã tỉnh (2 số)")] = None, json: AsJson = False
) -> None:
    """Các đơn vị được nhắc qua đâu. / How units are reminded."""
    with at_desk() as desk:
        whose = None if province is None else known_province(desk.conn, province)
        listed = contacts.list_contacts(desk.conn, Sight(province=whose))
    rows = [
        {"unit": contact_.unit, "mails": contact_.mails, "webhook": contact_.webhook, "reach": contact_.reach}
        for contact_ in listed
    ]
    columns = (("Mã đơn vị", "unit"), ("Thư điện tử", "mails"), ("Webhook", "webhook"))
    listing.show("Liên hệ / contacts", columns, rows, as_json=json)


def _by_line(error: Rejected, rows: Sequence[ContactRow]) -> Rejected:
    """At the lines of the file."""
    problems = []
    for problem in error.problems:
        _, _, place, *inside = problem.pointer.split("/")
        problems.append(replace(problem, pointer="/".join((f"dòng {rows[int(place)].line}: ", *inside))))
    return Rejected(problems, status=error.status)


@app.command()
def search(
    text: Annotated[str, typer.Argument(help="Tên hoặc mã, không cần dấu / a name or code")],
    limit: Most = 20,
    json: AsJson = False,
) -> None:
    """Tìm đơn vị, không cần dấu. / Find units, marks not needed."""
    with at_desk() as desk:
        rows = [entry_body(unit) for unit in desk.definitions().registry.search(text, desk.today(), limit)]
    if not json:
        rows = [row | {"level": LEVELS[row["level"]].word.vi} for row in rows]
    columns = (("Mã", "code"), ("Tên", "name"), ("Cấp", "level"), ("Thuộc", "parent"), ("Từ", "valid_from"))
    listing.show(f"Đơn vị khớp với “{text}” / units", columns, rows, as_json=json)


@app.command()
def show(
    code: Annotated[str, typer.Argument(help="Mã đơn vị, mã khác hoặc tên đúng")],
    on: Annotated[
        datetime | None, typer.Option(formats=DAYS, metavar=DAY_SHAPE, help="Vào ngày này; mặc định: hôm nay")
    ] = None,
    json: AsJson = False,
) -> None:
    """Một đơn vị: cấp trên, tên khác, dân số, quá trình, đơn vị kế thừa. / One unit with all that is known of it."""
    with at_desk() as desk:
        unit = unit_body(desk.definitions().registry, code, desk.today() if on is None else on.date())
    if json:
        listing.dump(unit)
        return
    listing.facts(
        f"{unit['full_name']} ({unit['code']})",
        [
            ("Cấp", LEVELS[unit["level"]].word.vi),
            ("Thuộc", [above["name"] for above in unit["ancestors"]]),
            ("Vào ngày", unit["on"]),
            ("Đang hoạt động", unit["exists"]),
            ("Tên khác, mã khác", [each["alias"] for each in unit["aliases"]]),
            ("Kế thừa bởi", [f"{heir['name']} ({heir['code']})" for heir in unit["successors"]]),
        ],
    )
    listing.show(
        "Quá trình / history",
        (("Tên", "full_name"), ("Từ", "valid_from"), ("Đến hết", "last"), ("Thuộc", "parent")),
        past_of(unit["history"]),
    )
    listing.show("Dân số / people", (("Năm", "year"), ("Số người", "value"), ("Nguồn", "source")), unit["populations"])


def past_of(history: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of the registry with their last day, since `valid_to` is the first day without it."""
    ended = [row.get("valid_to") for row in history]
    days = [None if end is None else date.fromisoformat(end) - timedelta(days=1) for end in ended]
    return [row | {"last": day} for row, day in zip(history, days, strict=True)]
