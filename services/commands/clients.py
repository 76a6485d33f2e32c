"""`lienthong clients add|import|list|show|revoke|rotate|keys|topic`: who may call the hub."""

from __future__ import annotations

import json as jsons
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from lienthong import sheets
from lienthong.access import registered
from lienthong.errors import Rejected
from lienthong.postgres.pool import connect
from lienthong.refusals import misconfigured, refused
from services.commands import listing, secret_files
from services.commands.inbound import end_writing, topic
from services.commands.listing import AsJson
from services.commands.office import known_province
from services.commands.registry import registry
from services.commands.terminal import actor, err, errors_told, out
from services.hub.base import base
from services.identity import proofs, store
from services.identity.client_routes import client_body
from services.identity.clients import ROLES, Registration

app = typer.Typer(no_args_is_help=True, help="Ứng dụng kết nối / clients of the hub.")
keys = typer.Typer(no_args_is_help=True, help="Khóa công khai cho private_key_jwt / public keys.")
app.add_typer(keys, name="keys")
ROLE = "lienthong_identity"

_NEEDED = ("client_id", "name", "province")
_LISTS = ("units", "scopes", "sources")
_COLUMNS = (*_NEEDED, "role", *_LISTS, "kafka_principal")
_MOST_PROBLEMS = 50  # of a file: with more, what it needs is another look

_LIST = (
    ("Mã", "client_id"),
    ("Tên", "name"),
    ("Tỉnh", "province"),
    ("Vai trò", "role"),
    ("Đơn vị", "units"),
    ("Trạng thái", "state"),
)
_MOST_UNITS = 3  # of a client, in a list

SecretFile = Annotated[Path | None, typer.Option(help="Ghi mật khẩu vào tệp mới này (0600) thay vì in ra")]


Client = Annotated[str, typer.Argument(metavar="CLIENT", help="Mã ứng dụng, ví dụ ld-06040 / the client's id")]


@app.command()
def add(
    client_id: Annotated[str, typer.Argument(help="Mã ứng dụng, ví dụ ld-06040")],
    name: Annotated[str, typer.Option(help="Tên hiển thị")],
    province: Annotated[str, typer.Option(help="Mã tỉnh (2 số) hoặc VN")],
    role: Annotated[str, typer.Option(help=f"Vai trò: {', '.join(ROLES)}")] = "unit",
    unit: Annotated[list[str] | None, typer.Option(help="Đơn vị được thay mặt (lặp lại được; * = mọi đơn vị)")] = None,
    scope: Annotated[list[str] | None, typer.Option(help="Quyền; mặc định theo vai trò")] = None,
    source: Annotated[list[str] | None, typer.Option(help="Nguồn CloudEvents được dùng")] = None,
    kafka_principal: Annotated[str | None, typer.Option(help="Chủ thể Kafka, ví dụ User:ld-06040")] = None,
    jwk: Annotated[Path | None, typer.Option(help="Tệp JWK: khóa công khai thay cho mật khẩu")] = None,
    secret_file: SecretFile = None,
) -> None:
    """Đăng ký một ứng dụng; mật khẩu chỉ hiện một lần. / Register a client; its secret is shown once."""
    with errors_told():
        keys = (_jwk(jwk),) if jwk else ()
    wanted = Registration(
        client_id=client_id,
        name=name,
        province=province,
        role=role,
        units=tuple(unit or ()),
        scopes=tuple(scope) if scope else None,
        sources=tuple(source or ()),
        kafka_principal=kafka_principal,
        jwks=keys,
    )
    with errors_told(), _issuing([wanted], secret_file) as [issued]:
        out.print(f"client_id      {client_id}", highlight=False)
        if issued.secret is not None and secret_file is None:
            out.print(f"client_secret  {issued.secret}", highlight=False)
            err.print(
                "[dim]Hãy lưu mật khẩu ngay: hệ thống không giữ bản gốc. / Keep the secret now: it isn't stored.[/]"
            )


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help=f"CSV với các cột {', '.join(_COLUMNS)} (ba cột đầu bắt buộc)")],
    secrets: Annotated[Path, typer.Option(help="Tệp mới nhận mọi mật khẩu, chỉ chủ tệp đọc được (0600)")],
) -> None:
    """Đăng ký nhiều ứng dụng cùng lúc, tất cả hoặc không. / Register many clients at once, all or none.

    Nhiều đơn vị trong một ô: cách nhau bằng dấu cách. / Several units in one cell: put spaces between them.
    """
    with errors_told():
        wanted = _read(file)
        try:
            with _issuing(wanted, secrets) as issued:
                out.print(f"{len(issued)} ứng dụng / clients → {secrets}", highlight=False)
        except Rejected as error:
            raise _by_line(error) from error


@app.command("list")
def list_(
    province: Annotated[str | None, typer.Option(help="Chỉ của tỉnh này")] = None,
    revoked: Annotated[bool, typer.Option(help="Cả ứng dụng đã thu hồi")] = False,
    json: AsJson = False,
) -> None:
    """Liệt kê ứng dụng. / List clients."""
    with errors_told(), base() as database, connect(database.conninfo, role=ROLE) as conn:
        whose = None if province is None else known_province(conn, province)
        rows = [client_body(client) for client in store.list_clients(conn, province=whose, revoked=revoked)]
    listing.show("Ứng dụng kết nối / clients", _LIST, rows if json else map(_row, rows), as_json=json)


@app.command()
def show(client_id: Client, json: AsJson = False) -> None:
    """Một ứng dụng với mọi đơn vị, quyền, nguồn. / One client with all its units, scopes and sources."""
    with errors_told(), base() as database, connect(database.conninfo, role=ROLE) as conn:
        client = store.find_managed(conn, client_id, by=actor())
    if json:
        listing.dump(client_body(client))
    else:
        listing.facts(f"Ứng dụng {client_id} / client", client_body(client).items())


@app.command()
def revoke(client_id: Client, reason: Annotated[str, typer.Option(help="Lý do")]) -> None:
    """Thu hồi ngay; mã truy cập đang dùng hết hiệu lực trong vài giây. / Revoke within seconds; its right in Kafka too.

    Chạy lại được khi Kafka vắng mặt lúc thu hồi. / Repeatable, where Kafka was away.
    """
    with errors_told(), base() as database, connect(database.conninfo, role=ROLE) as conn:
        client = registered.find(conn, client_id)
        if client is None or client.active:
            store.revoke(conn, client_id, by=actor(), reason=reason)
        out.print(f"Đã thu hồi {client_id}. / Revoked.", highlight=False)
        if client is not None:
            end_writing(database, client)


@app.command()
def rotate(
    client_id: Client,
    overlap_hours: Annotated[float, typer.Option(help="Giờ mật khẩu cũ còn dùng được; 0: đã lộ")] = 24.0,
    secret_file: SecretFile = None,
) -> None:
    """Cấp mật khẩu mới; mật khẩu cũ còn hiệu lực một thời gian. / Issue a new secret beside the old one."""
    with (
        errors_told(),
        secret_files.written_if(secret_file) as kept,
        base() as database,
        connect(database.conninfo, role=ROLE) as conn,
    ):
        issued = proofs.rotate(conn, client_id, by=actor(), overlap=timedelta(hours=overlap_hours))
        _keep(kept, [issued])
        out.print(f"client_id      {client_id}", highlight=False)
        if kept is None:
            out.print(f"client_secret  {issued.secret}", highlight=False)
    err.print(f"[dim]Mật khẩu cũ còn dùng được {overlap_hours:g} giờ. / The old one works for {overlap_hours:g} h.[/]")


@keys.command("add")
def add_key(client_id: Client, file: Annotated[Path, typer.Argument(help="Tệp JWK khóa công khai")]) -> None:
    """Đăng ký một khóa công khai. / Register a public key (JWK: Ed25519, P-256, RSA from 2048 bits)."""
    with errors_told(), base() as database, connect(database.conninfo, role=ROLE) as conn:
        out.print(f"kid  {proofs.add_key(conn, client_id, _jwk(file), by=actor())}", highlight=False)


@keys.command("list")
def list_keys(client_id: Client, json: AsJson = False) -> None:
    """Các khóa đang dùng. / A client's living keys."""
    with errors_told(), base() as database, connect(database.conninfo, role=ROLE) as conn:
        rows = [dict(key) for key in proofs.keys_of(conn, client_id, by=actor())]
    columns = (("Mã khóa", "kid"), ("Loại", "kty"))
    listing.show(f"Khóa của {client_id} / public keys", columns, rows, as_json=json)


@keys.command("remove", context_settings={"ignore_unknown_options": True})  # one key in 64 has an id like `-0Goe`
def remove_key(
    client_id: Client,
    kid: Annotated[str, typer.Argument(help="Mã khóa, như `clients keys list` liệt kê / the key's id")],
) -> None:
    """Gỡ một khóa; mã truy cập lấy bằng nó hết hiệu lực. / Remove a key; the tokens got with it end."""
    with errors_told(), base() as database, connect(database.conninfo, role=ROLE) as conn:
        proofs.drop_key(conn, client_id, kid, by=actor())
        out.print(f"Đã gỡ {kid}. / Removed.", highlight=False)


app.command()(topic)


@contextmanager
def _issuing(wanted: Sequence[Registration], file: Path | None) -> Iterator[Sequence[store.Issued]]:
    """Register clients of units that the registry knows; what they got, in the file where one is named."""
    with (
        secret_files.written_if(file) as kept,
        base() as database,
        registry(database) as province_of,
        connect(database.conninfo, role=ROLE) as conn,
    ):
        issued = store.add(conn, wanted, by=actor(), province_of=province_of)
        _keep(kept, issued)
        yield issued


def _keep(kept: secret_files.SecretFile | None, issued: Sequence[store.Issued]) -> None:
    if kept is not None:
        kept.write(("client_id", "client_secret"), [(client.client_id, client.secret or "") for client in issued])


def _row(client: Mapping[str, Any]) -> Mapping[str, Any]:
    units = client["units"]
    more = f" … ({len(units)})" if len(units) > _MOST_UNITS else ""
    return {
        **client,
        "units": ", ".join(units[:_MOST_UNITS]) + more,
        "state": "đã thu hồi" if client["revokedAt"] else "hoạt động",
    }


def _jwk(file: Path) -> Mapping[str, Any]:
    try:
        content = jsons.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as exc:
        raise misconfigured("file_not_jwk", path=str(file)) from exc
    if not isinstance(content, dict):
        raise misconfigured("file_not_jwk", path=str(file))
    return content


def _read(file: Path) -> list[Registration]:
    """The registrations of a file (CSV or .xlsx). Raises Rejected for one that can't be read or lacks columns."""
    try:
        sheet = sheets.read(file.read_bytes(), file.name)
    except OSError as exc:
        raise refused("file_unreadable", path=str(file), why=str(exc)) from exc
    missing = [name for name in _NEEDED if name not in sheet.header]
    if missing:
        raise refused("file_columns", columns=", ".join(missing))
    return [_registration(dict(zip(sheet.header, values, strict=True))) for _, values in sheet.rows]


def _registration(row: Mapping[str, str]) -> Registration:
    text = {name: (row.get(name) or "").strip() for name in _COLUMNS}
    lists = {name: tuple(part for part in re.split(r"[\s,;|]+", text[name]) if part) for name in _LISTS}
    return Registration(
        client_id=text["client_id"],
        name=text["name"],
        province=text["province"],
        role=text["role"] or "unit",
        units=lists["units"],
        scopes=lists["scopes"] or None,
        sources=lists["sources"],
        kafka_principal=text["kafka_principal"] or None,
    )


def _by_line(error: Rejected) -> Rejected:
    """The same, by lines of the file: its first row of data is line 2."""

    def at_line(pointer: str) -> str:
        index, _, rest = pointer.removeprefix("/").partition("/")
        return f"dòng {int(index) + 2}: {rest}" if index.isdecimal() else pointer

    problems = [replace(problem, pointer=at_line(problem.pointer)) for problem in error.problems[:_MOST_PROBLEMS]]
    return Rejected(problems, status=error.status)
