"""`lienthong archive year|verify`: closed years as signed files that verify without the hub."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from lienthong.access import audit
from lienthong.backup import years as signed_years
from lienthong.backup.years import Header
from lienthong.errors import Rejected
from lienthong.eventlog import installation
from lienthong.eventlog.port import EventLog
from lienthong.events import Recorded
from lienthong.instants import wire
from lienthong.postgres.pool import Connection, connect
from lienthong.refusals import problem
from services.commands.replay import tell_findings
from services.commands.terminal import actor, err, errors_told, out
from services.hub import evidence
from services.hub.base import base
from services.identity import keys
from services.ingest.rounds import closing

app = typer.Typer(no_args_is_help=True, help="Lưu trữ năm đã khóa / closed years as signed files.")
_PAGE = 1000


@app.command()
def year(
    year: Annotated[int, typer.Argument(help="Năm đã khóa mọi kỳ báo cáo")],
    province: Annotated[str, typer.Option(help="Mã tỉnh (2 số)")],
    file: Annotated[Path | None, typer.Option(help="Tệp sẽ tạo")] = None,
) -> None:
    """Ghi mọi sự kiện của một năm đã khóa vào một tệp có chữ ký. / A closed year into one signed file."""
    path = file or Path(f"lienthong-{province}-{year}.ndjson.gz")
    with errors_told(), base() as database, ExitStack() as stack:
        pool = database.pool("ingest", stack, timeout_ms=0)
        log = database.log(pool)
        _refuse_damaged(database.conninfo, province)
        with pool.connection() as conn:
            closed = closing.closed_year(conn, log, province, year)
            header, key = _header(conn, log, province, year, closed), keys.current_key(conn)
        with _bar() as moved:
            chain = signed_years.write(path, header, _events(log, province, header), key, moved)
        with pool.transaction() as tx:
            audit.record(
                tx,
                actor(),
                "year.archived",
                f"{province}/{year}",
                {"first": header.first, "last": header.last, "chain": chain, "kid": key.kid},
                province=province,
            )
    out.print(
        f"[green]✓[/] {path}: {header.events:,} sự kiện / events, {', '.join(header.rounds)}\n"
        f"khóa ký / key  {key.kid}\nmã nối cuối / last link  {chain}",
        highlight=False,
    )
    err.print(
        "[dim]Ghi hai dòng này vào biên bản lưu trữ: chúng chứng minh tệp về sau. / Keep both apart from it:"
        " they prove it later.[/]"
    )


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="Tệp lưu trữ của một năm / a signed year")],
    key: Annotated[str | None, typer.Option(help="Khóa ký phải đúng mã này")] = None,
) -> None:
    """Kiểm tra một tệp lưu trữ, không cần hệ thống. / Prove a signed year; no hub is needed."""
    with errors_told():
        with _bar() as moved:
            proved = signed_years.verify(file, kid=key, progress=moved)
        header = proved.header
        out.print(
            f"[green]✓[/] {file}: tỉnh / province {header.province}, {header.year}, {header.events:,} sự kiện"
            f" / events ({header.first} … {header.last}); {proved.redacted} đã xóa nội dung / redacted"
            f"{'; dữ liệu mẫu / sample' if header.sample else ''}\nkhóa ký / key  {proved.kid}\n"
            f"mã nối cuối / last link  {proved.chain}",
            highlight=False,
        )
        if key is None:
            err.print("[yellow]Hãy so khóa ký với biên bản lưu trữ. / Compare the key with the one you were told.[/]")


def _refuse_damaged(conninfo: str, province: str) -> None:
    """A year is signed only when everything of the province fits; findings end the command."""
    with (
        _bar() as moved,
        connect(conninfo, application_name="lienthong archive") as conn,
        evidence.one_moment(conn),
    ):
        done = evidence.prove(conn, moved, keys=[province])
    if done.findings:
        tell_findings(done.findings)
        raise Rejected([problem("", "evidence_damaged", count=len(done.findings), first=done.findings[0].message)])


def _header(conn: Connection, log: EventLog, province: str, year: int, closed: closing.ClosedYear) -> Header:
    here = installation.installation(conn)
    if closed.after:
        chain = log.read(province, closed.after - 1, 1)[0].link
    else:
        chain = hashlib.sha256(here.chain_seed + province.encode()).digest()
    return Header(
        province=province,
        year=year,
        first=closed.after + 1,
        last=closed.last,
        chain=chain.hex(),
        epoch=here.epoch,
        sample=here.sample,
        made_at=wire(installation.hub_now(conn)),
        rounds=closed.rounds,
    )


def _events(log: EventLog, province: str, header: Header) -> Iterator[Recorded]:
    position = header.first - 1
    while position < header.last:
        page = log.read(province, position, min(_PAGE, header.last - position))
        if not page:
            return
        yield from page
        position = page[-1].position


@contextmanager
def _bar() -> Iterator[signed_years.Progress]:
    with Progress(
        TextColumn("Sự kiện / events"), BarColumn(), MofNCompleteColumn(), console=err, transient=True
    ) as progress:
        task = progress.add_task("", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
