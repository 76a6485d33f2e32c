"""`lienthong deliveries`: what was pushed, and what has to be pushed again."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Annotated, Any

import typer

from lienthong.access.sight import Sight
from lienthong.postgres.pool import Pool
from services.commands import listing
from services.commands.listing import AsJson
from services.commands.office import known_province, require_among
from services.commands.terminal import Most, actor, errors_told, out
from services.export.deliveries import acts, destinations
from services.export.deliveries.acts import ExportActor
from services.export.deliveries.listing import STATES, get_delivery, list_deliveries
from services.export.deliveries.routes import body
from services.hub.base import base

app = typer.Typer(no_args_is_help=True, help="Lượt chuyển / deliveries.")

_COLUMNS = (
    ("Mã", "id"),
    ("Nơi nhận", "destination"),
    ("Nội dung", "subject"),
    ("Bản", "version"),
    ("Trạng thái", "state"),
    ("Lần thử", "tries"),
    ("Lúc", "createdAt"),
    ("Lý do", "reason"),
)

_FACTS = (
    ("Nơi nhận", "destination"),
    ("Loại", "kind"),
    ("Nội dung", "subject"),
    ("Bản", "version"),
    ("Trạng thái", "state"),
    ("Lý do", "reason"),
    ("Tạo lúc", "createdAt"),
    ("Chuyển tiếp lúc", "dueAt"),
    ("Xong lúc", "settledAt"),
)
_STATES = {
    "pending": "đang chờ",
    "delivered": "đã nhận",
    "dead": "đã dừng",
    "superseded": "đã có bản mới hơn",
}


Id = Annotated[str, typer.Argument(metavar="ID", help="Mã lượt chuyển, msg_… / the delivery's id")]
Province = Annotated[str | None, typer.Option(help="Chỉ của tỉnh này / of this province")]
Destination = Annotated[str | None, typer.Option(help="Chỉ ở nơi nhận này / at this destination")]


@app.command("list")
def list_(
    state: Annotated[str | None, typer.Option(help=", ".join(STATES))] = None,
    province: Province = None,
    destination: Destination = None,
    limit: Most = 50,
    json: AsJson = False,
) -> None:
    """Các lượt chuyển, mới nhất trước. / Deliveries, newest first."""
    with errors_told(), base() as database, ExitStack() as stack:
        require_among("--state", state, STATES)
        pool = database.pool("export", stack)
        sight = Sight(province=None if province is None else _require_province(pool, province))
        if destination is not None:
            destinations.get_with_queue(pool, destination, sight)
        deliveries = list_deliveries(pool, sight, state=state, destination=destination, limit=limit)
        rows = [body(delivery) | {"tries": delivery.attempt_count} for delivery in deliveries]
        listing.show("Lượt chuyển / deliveries", _COLUMNS, rows if json else map(_in_words, rows), as_json=json)


@app.command()
def show(id: Id, json: AsJson = False) -> None:
    """Một lượt chuyển, với mọi lần thử. / One delivery with every attempt."""
    with errors_told(), base() as database, ExitStack() as stack:
        document = body(get_delivery(database.pool("export", stack), id, Sight()))
        if json:
            listing.show("", (), [document], as_json=True)
            return
        listing.facts(f"Lượt chuyển {id} / delivery", [(header, _in_words(document)[name]) for header, name in _FACTS])
        columns = (
            ("Lần", "number"),
            ("Bắt đầu", "startedAt"),
            ("Kết thúc", "finishedAt"),
            ("HTTP", "status"),
            ("Kết quả", "outcome"),
            ("Chi tiết", "detail"),
        )
        tried = [attempt | {"outcome": listing.outcome(attempt["outcome"])} for attempt in document["attempts"]]
        listing.show("Các lần thử", columns, tried)


@app.command()
def retry(
    id: Annotated[
        list[str] | None,
        typer.Argument(
            help="Mã (msg_…) hoặc nội dung (P119-LS.2026/1); bỏ trống: mọi lượt đã dừng / ids, subjects; none: all dead"
        ),
    ] = None,
    province: Province = None,
    destination: Destination = None,
) -> None:
    """Chuyển lại các lượt đã dừng, chuyển ngay các lượt đang chờ. / Replay dead letters; send waiting ones now."""
    with errors_told(), base() as database, ExitStack() as stack:
        pool = database.pool("export", stack)
        whose = None if province is None else _require_province(pool, province)
        who = ExportActor(name=actor(), sight=Sight(province=whose))
        if id:
            again = [each for text in id for each in _retry(pool, text, who, destination)]
        else:
            if destination is not None:
                destinations.get_with_queue(pool, destination, who.sight)
            again = acts.retry_all(pool, who, destination=destination)
        out.print(f"{len(again)} lượt được chuyển lại / on their way again")


def _retry(pool: Pool, text: str, who: ExportActor, destination: str | None) -> list[str]:
    """By its id, or by what the list shows of its content."""
    if list_deliveries(pool, who.sight, identifier=text, limit=1):
        return [acts.retry(pool, text, who).id]
    return acts.retry_subject(pool, text, who, destination=destination)


def _in_words(row: dict[str, Any]) -> dict[str, Any]:
    """State and reason in words."""
    return row | {"state": _STATES[row["state"]], "reason": listing.outcome(row["reason"])}


def _require_province(pool: Pool, province: str) -> str:
    with pool.connection() as conn:
        return known_province(conn, province)
