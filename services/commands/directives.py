"""`lienthong directives list|import`: the register of directive documents."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from lienthong import sheets
from lienthong.contents import CHANNELS, PLACES
from lienthong.contracts.schemas import Contracts
from lienthong.eventlog import wakeup
from services.commands import listing
from services.commands.listing import AsJson
from services.commands.office import ReadingDesk, reader, reading
from services.commands.terminal import DAY_SHAPE, DAYS, Most, out
from services.ingest.claims.committer import Committer
from services.ingest.directives import reading as register
from services.ingest.directives.reading import DirectiveFilter
from services.ingest.directives.rows import rows

Day = Annotated[datetime | None, typer.Option(formats=DAYS, metavar=DAY_SHAPE, help="Ngày ban hành / day of issue")]
app = typer.Typer(no_args_is_help=True, help="Sổ văn bản chỉ đạo / register of directives.")

_LIST = (
    ("Số, ký hiệu", "number"),
    ("Ban hành", "issued"),
    ("Cơ quan", "issuer"),
    ("Trích yếu", "title"),
    ("Đăng tải", "posted"),
    ("Chia sẻ", "shared"),
)


@app.command("list")
def list_(
    province: Annotated[str, typer.Option(help="Mã tỉnh (2 số)")],
    unit: Annotated[str | None, typer.Option(help="Chỉ của đơn vị này / of this unit")] = None,
    programme: Annotated[str | None, typer.Option(help="Chỉ của chương trình này / of this programme")] = None,
    issued_from: Day = None,
    issued_to: Day = None,
    limit: Most = 200,
    json: AsJson = False,
) -> None:
    """Văn bản chỉ đạo, theo ngày ban hành; đăng, chia sẻ ở đâu, ngày nào. / By their day of issue."""
    with reading() as hub:
        who = reader(hub.province(province))
        wanted = DirectiveFilter(
            unit=hub.unit(unit),
            programme=hub.programme(programme),
            issued_from=None if issued_from is None else issued_from.date(),
            issued_to=None if issued_to is None else issued_to.date(),
        )
        rows = register.list_directives(hub.desk.conn, hub.definitions, who, wanted, after=None, limit=limit)
    listing.show("Văn bản chỉ đạo / directives", _LIST, rows if json else [_row(row) for row in rows], as_json=json)


@app.command("import")
def import_(
    file: Annotated[
        Path,
        typer.Argument(
            exists=True,
            dir_okay=False,
            help="CSV hoặc .xlsx, cột: unit number title issuer issued programmes directive posted shared",
        ),
    ],
    client: Annotated[str, typer.Option(help="Ghi dưới tên ứng dụng nào / the client in whose name they come")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Chỉ kiểm tra / only check")] = False,
) -> None:
    """Ghi nhiều văn bản vào sổ từ tệp; tất cả hoặc không. / Register the directives of a file, all or none."""
    from services.ingest.directives import importing  # noqa: PLC0415  (all that accepts; a list needs none of it)

    with reading() as hub, _committer(hub) as committer:
        wanted = rows(sheets.read(file.read_bytes(), file.name), file.name)
        who = importing.client_of(hub.desk.conn, client)
        outcomes = importing.register(committer, who, wanted, dry_run=dry_run)
        wakeup.notify(hub.desk.conn)
    fresh = sum(outcome.verdict != "repeated" for outcome in outcomes)
    words = "sẽ được ghi / would be registered" if dry_run else "đã ghi vào sổ / registered"
    out.print(f"[green]✓[/] {fresh} văn bản {words}; {len(outcomes) - fresh} đã có / known", highlight=False)


@contextmanager
def _committer(hub: ReadingDesk) -> Iterator[Committer]:
    from services.ingest.accepting import committer  # noqa: PLC0415

    committer_ = committer(
        pool=hub.pool,
        conninfo=hub.base.conninfo,
        appender=hub.base.appender(),
        contracts=Contracts.load(),
        committed=lambda: None,
    )
    try:
        yield committer_
    finally:
        committer_.close()


def _row(directive: dict[str, Any]) -> dict[str, Any]:
    posted = [f"{PLACES[each['place']].vi} {listing.cell(each['day'])}" for each in directive["posted"]]
    shared = [f"{CHANNELS[each['channel']].vi} {listing.cell(each['day'])}" for each in directive["shared"]]
    return {**directive, "posted": "; ".join(posted) or "–", "shared": "; ".join(shared) or "–"}
