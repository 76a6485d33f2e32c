"""`lienthong audit list|verify`: who did what, and whether the log of it is whole."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from lienthong.access import audit
from lienthong.access.acts import ACTORS, NOUNS, is_known, names_somebody
from lienthong.calendar import VIETNAM
from lienthong.eventlog.append import partitions_of
from lienthong.postgres.pool import connect
from lienthong.refusals import refused
from services.commands import listing
from services.commands.listing import AsJson
from services.commands.office import known_province
from services.commands.terminal import DAY_SHAPE, DAYS, Most, err, errors_told, out
from services.hub.base import base

app = typer.Typer(no_args_is_help=True, help="Nhật ký thao tác / the audit log.")
ROLE = "lienthong_ingest"

_LIST = (("Số", "seq"), ("Lúc", "at"), ("Ai", "actor"), ("Việc", "act"), ("Mã đối tượng", "subject"))
Since = Annotated[
    datetime | None, typer.Option(formats=DAYS, metavar=DAY_SHAPE, help="Từ đầu ngày này / from this day on")
]
Until = Annotated[
    datetime | None, typer.Option(formats=DAYS, metavar=DAY_SHAPE, help="Trước ngày này / before this day")
]


@app.command("list")
def list_(
    province: Annotated[str, typer.Option(help="Mã tỉnh (2 số) hoặc VN")],
    actor: Annotated[str | None, typer.Option(help="client:…, person:…, cli:…")] = None,
    act: Annotated[str | None, typer.Option(help="Ví dụ client.added; client: mọi thao tác về ứng dụng")] = None,
    subject: Annotated[str | None, typer.Option(help="Mã của đối tượng, ví dụ P119-LS.2026")] = None,
    since: Since = None,
    until: Until = None,
    limit: Most = 100,
    details: Annotated[bool, typer.Option("--details", help="Cả chi tiết của từng thao tác")] = False,
    json: AsJson = False,
) -> None:
    """Ai đã làm gì, mới nhất trước. / Who did what, newest first."""
    with errors_told(), base() as base_, connect(base_.conninfo, role=ROLE) as conn:
        _require_known(act, actor)
        acts = audit.read(
            conn,
            known_province(conn, province),
            actor=actor,
            act=act,
            subject=subject,
            limit=limit,
            since=_instant(since),
            until=_instant(until),
        )
    columns = [*_LIST, *([("Từ", "address"), ("Chi tiết", "details")] if details else [])]
    listing.show("Nhật ký thao tác / the audit log", columns, map(_row, acts), as_json=json)


@app.command()
def verify(province: Annotated[str | None, typer.Option(help="Chỉ của tỉnh này")] = None) -> None:
    """Tính lại chuỗi băm của nhật ký thao tác. / Recompute the hash chains of the audit log."""
    with errors_told(), base() as base_, connect(base_.conninfo, role=ROLE) as conn:
        broken = False
        for key in [known_province(conn, province)] if province else sorted(partitions_of(conn)):
            wrong = audit.first_broken(conn, key)
            if wrong is not None:
                broken = True
                err.print(f"[red]✗[/] {key}: mục số {wrong} không khớp / entry {wrong} does not fit", highlight=False)
                continue
            seq, link = audit.head(conn, key)
            if seq:
                out.print(f"[green]✓[/] {key}: {seq} mục / entries, {link}", highlight=False)
    if broken:
        raise typer.Exit(1)


def _require_known(act: str | None, actor: str | None) -> None:
    """Raises Rejected for an act that there is not, and for what names nobody."""
    if act is not None and not is_known(act):
        raise refused("value_not_among", what="--act", value=act, known=", ".join(NOUNS))
    if actor is not None and not names_somebody(actor):
        raise refused("value_not_among", what="--actor", value=actor, known=", ".join(f"{kind}:…" for kind in ACTORS))


def _row(entry: audit.RecordedAct) -> dict[str, object]:
    return {
        "seq": entry.seq,
        "at": entry.at,
        "actor": entry.actor,
        "act": entry.act,
        "subject": entry.subject,
        "address": entry.address,
        "details": dict(entry.details),
    }


def _instant(day: datetime | None) -> datetime | None:
    return None if day is None else day.replace(tzinfo=VIETNAM)
