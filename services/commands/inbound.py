"""`lienthong inbound list|replay`, and what `lienthong clients topic` does: submitting by Kafka, for operators."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated

import orjson
import typer

from lienthong.access import registered
from lienthong.access.registered import Registered
from lienthong.contracts.schemas import Contracts
from lienthong.errors import HubError
from lienthong.eventlog import wakeup
from lienthong.instants import wire
from lienthong.kafka.settings import KafkaSettings
from lienthong.postgres.pool import Pool, connect
from lienthong.refusals import misconfigured, refused
from services.commands import listing
from services.commands.listing import AsJson
from services.commands.terminal import Most, actor, err, errors_told, out
from services.hub.base import Base, base

ROLE = "lienthong_ingest"
app = typer.Typer(no_args_is_help=True, help="Tiếp nhận qua Kafka / submissions by Kafka.")


_LIST = (("Mã ứng dụng", "client"), ("Offset", "offset"), ("Lúc", "at"), ("Lỗi", "codes"), ("Mã băm", "hash"))


@app.command("list")
def list_(
    client: Annotated[str | None, typer.Option(help="Chỉ của ứng dụng này")] = None,
    limit: Most = 50,
    json: AsJson = False,
) -> None:
    """Các bản ghi bị từ chối hoặc để riêng, mới nhất trước. / Refused and set-aside records, newest first."""
    from services.ingest.kafka import store  # noqa: PLC0415  (each command pays for its own libraries)

    with errors_told(), base() as database, connect(database.conninfo, role=ROLE) as conn:
        if client is not None and registered.find(conn, client) is None:
            raise refused("client_unknown", client=client)
        rows = [_refusal_row(*record) for record in store.latest_refusals(conn, client, limit)]
    listing.show("Bản ghi bị từ chối / refused records", _LIST, rows, as_json=json)


def _refusal_row(client: str, offset: int, at: datetime, data: str) -> dict[str, object]:
    body = orjson.loads(data)
    codes = list(dict.fromkeys(item["code"] for item in body["problem"]["errors"]))
    return {"client": client, "offset": offset, "at": wire(at), "codes": codes, "hash": body["original"]["hash"]}


@app.command()
def replay(
    client: Annotated[str, typer.Option(help="Mã ứng dụng")],
    offset: Annotated[list[int], typer.Option(help="Offset trong topic (lặp lại được)", min=0)],
) -> None:
    """Xử lý lại bản ghi từ topic gốc. / Judge records of a client's topic again; receipts go the usual way."""
    from services.ingest.accepting import committer  # noqa: PLC0415
    from services.ingest.kafka.again import judge_again  # noqa: PLC0415
    from services.ingest.kafka.judging import Judge  # noqa: PLC0415

    failed = False
    with errors_told(), base() as database, _pool(database) as pool:
        judging = committer(
            pool=pool,
            conninfo=database.conninfo,
            appender=database.appender(),
            contracts=Contracts.load(),
            committed=lambda: None,
        )
        try:
            for place in offset:
                outcome = judge_again(
                    pool, _kafka(database), Judge(judging, pool), client=client, offset=place, by=actor()
                )
                failed |= outcome.verdict == "refused"
                codes = ", ".join(dict.fromkeys(item.code for item in outcome.problems))
                out.print(f"{place}: {outcome.verdict} {codes}".rstrip(), highlight=False)
        finally:
            judging.close()
        with pool.connection() as conn:
            wakeup.notify(conn)
    if failed:
        raise typer.Exit(1)


def topic(client: Annotated[str, typer.Argument(help="Mã ứng dụng đã đăng ký với --kafka-principal")]) -> None:
    """Tạo topic và quyền để ứng dụng gửi qua Kafka. / Make a client's topics and rights; repeatable."""
    from lienthong.kafka.administration import Administration  # noqa: PLC0415
    from services.ingest.kafka.opening import open_inbox  # noqa: PLC0415

    with errors_told(), base() as database, connect(database.conninfo, role=ROLE) as conn:
        kafka = _kafka(database)
        inbox = open_inbox(conn, Administration(kafka), kafka, client, by=actor())
        for name, value in (
            ("principal", inbox.principal),
            ("gửi / write", inbox.inbound),
            ("biên nhận / receipts", inbox.receipts),
            ("từ chối / refusals", inbox.refusals),
            ("group.id", inbox.group),
        ):
            out.print(f"{name:<22}{value}", highlight=False)
        err.print(
            "[dim]Không cấp quyền ghi vào topic này cho ai khác: topic cho biết ai gửi. / Let nobody else write "
            "to it: the topic tells who wrote.[/]"
        )


def end_writing(database: Base, client: Registered) -> None:
    """Take a revoked client's right to its topic away, and tell; tell too when Kafka can't be asked now."""
    if database.kafka is None or client.kafka_principal is None:
        return
    from lienthong.kafka.administration import Administration  # noqa: PLC0415
    from services.ingest.kafka.opening import close_inbox  # noqa: PLC0415

    try:
        if close_inbox(Administration(database.kafka), database.kafka, client):
            out.print("Đã gỡ quyền ghi vào topic của ứng dụng. / Its right to write to its topic is taken away.")
    except HubError as error:
        err.print(
            f"[yellow]Chưa gỡ được quyền ghi trong Kafka ({error}); hãy chạy lại lệnh này. Bản ghi mới vẫn bị từ chối. "
            "/ The right to write in Kafka is not taken away yet: run this again. What it writes is refused.[/]"
        )
        raise typer.Exit(1) from error


@contextmanager
def _pool(database: Base) -> Iterator[Pool]:
    with Pool(database.conninfo, role=ROLE, application_name="lienthong inbound", max_size=2) as pool:
        yield pool


def _kafka(database: Base) -> KafkaSettings:
    if database.kafka is None:
        raise misconfigured("kafka_not_set")
    return database.kafka
