"""`lienthong users add|list|roles|disable|enable|password|totp|sessions`: the people who log in.

Passwords are generated and shown once, typed, or read from a file; never an argument, which every process can see.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from lienthong.access.roles import PEOPLE
from lienthong.postgres.pool import Connection, connect
from lienthong.refusals import refused
from lienthong.settings import load
from services.commands import listing, secret_files
from services.commands.listing import AsJson
from services.commands.office import known_province
from services.commands.registry import registry
from services.commands.terminal import actor, err, errors_told, out
from services.hub.base import base
from services.identity.people.passwords import Hasher
from services.identity.people.person import Bound, Person, PersonToAdd
from services.identity.people.routes import person_body
from services.identity.people.store import Office
from services.identity.sessions.provider import OidcSettings
from services.identity.sessions.session import SessionSettings
from services.identity.sessions.store import of_person

app = typer.Typer(no_args_is_help=True, help="Người dùng / people who log in.")
ROLE = "lienthong_identity"

_LIST = (
    ("Mã đăng nhập", "person"),
    ("Họ và tên", "name"),
    ("Tỉnh", "province"),
    ("Vai trò", "roles"),
    ("2 lớp", "second"),
    ("Trạng thái", "state"),
)
_ROLE = re.compile(r"(?P<role>[a-z]+)(@(?P<province>[0-9A-Z]{2}))?(:(?P<units>[^:@]+))?")

Login = Annotated[str, typer.Argument(help="Tên đăng nhập, ví dụ lan.nt")]
Roles = Annotated[
    list[str],
    typer.Option("--role", help=f"vai_trò[@tỉnh][:đơn_vị,…], lặp lại được; vai trò: {', '.join(PEOPLE)}"),
]
Why = Annotated[str, typer.Option("--reason", help="Lý do, ghi vào nhật ký")]
PasswordFile = Annotated[Path | None, typer.Option(help="Đọc mật khẩu tạm từ dòng đầu của tệp")]
Ask = Annotated[bool, typer.Option("--ask", help="Nhập mật khẩu tạm từ bàn phím; mặc định: hệ thống tự tạo")]


@app.command()
def add(
    person: Login,
    name: Annotated[str, typer.Option(help="Họ và tên")],
    province: Annotated[str, typer.Option(help="Mã tỉnh (2 số) hoặc VN")],
    role: Roles,
    email: Annotated[str | None, typer.Option(help="Thư điện tử")] = None,
    subject: Annotated[str | None, typer.Option(help="Định danh ở nhà cung cấp OpenID, nếu đã biết")] = None,
    local: Annotated[bool, typer.Option(help="Tài khoản có mật khẩu tại chỗ; --no-local: chỉ qua OpenID")] = True,
    password_file: PasswordFile = None,
    ask: Ask = False,
) -> None:
    """Thêm người dùng; mật khẩu tạm chỉ hiện một lần. / Add a person; its temporary password is shown once."""
    with _office() as (office, conn):
        wanted = PersonToAdd(
            person=person,
            name=name,
            province=province,
            bindings=tuple(_bound_role(text, province) for text in role),
            email=email,
            subject=subject,
        )
        password = secret_files.read_secret(password_file, asked=ask, what="Mật khẩu tạm") if local else None
        added = office.add(conn, wanted, by=actor(), password=password, local=local)
        _show_password(person, added.password)
        if office.find(conn, person, by=actor()).needs_second_factor:
            err.print("[dim]Lần đăng nhập đầu sẽ cài xác thực hai lớp. / The first login sets up a second factor.[/]")


@app.command("list")
def list_(
    province: Annotated[str | None, typer.Option(help="Chỉ của tỉnh này")] = None,
    disabled: Annotated[bool, typer.Option(help="Cả người đã khóa")] = False,
    json: AsJson = False,
) -> None:
    """Liệt kê người dùng. / List people."""
    with _office() as (office, conn):
        whose = None if province is None else known_province(conn, province)
        people, _ = office.page(conn, by=actor(), province=whose, disabled=disabled)
    rows = map(person_body, people) if json else map(_row, people)
    listing.show("Người dùng / people", _LIST, rows, as_json=json)


@app.command()
def roles(person: Login, role: Roles) -> None:
    """Đặt lại toàn bộ vai trò. / All roles from now on; tokens end at once."""
    with _office() as (office, conn):
        account = office.find(conn, person, by=actor())
        office.set_roles(conn, person, [_bound_role(text, account.province) for text in role], by=actor())
        out.print(
            f"{person}: " + ", ".join(map(_role_in_words, office.find(conn, person, by=actor()).bindings)),
            highlight=False,
        )


@app.command()
def disable(person: Login, reason: Why) -> None:
    """Khóa: hết phiên, hết mã truy cập ngay. / Nobody logs in by this name any more; sessions and tokens end."""
    with _office() as (office, conn):
        office.set_active(conn, person, False, by=actor(), reason=reason)
        out.print(f"Đã khóa {person}. / Disabled.", highlight=False)


@app.command()
def enable(person: Login, reason: Why) -> None:
    """Mở lại. / Let the person log in again."""
    with _office() as (office, conn):
        office.set_active(conn, person, True, by=actor(), reason=reason)
        out.print(f"Đã mở lại {person}. / Enabled.", highlight=False)


@app.command()
def password(person: Login, password_file: PasswordFile = None, ask: Ask = False) -> None:
    """Đặt mật khẩu tạm, phải đổi khi đăng nhập. / A temporary password, changed at the next login; sessions end."""
    with _office() as (office, conn):
        given = secret_files.read_secret(password_file, asked=ask, what="Mật khẩu tạm")
        _show_password(person, office.reset_password(conn, person, by=actor(), password=given))


@app.command()
def totp(
    person: Login,
    reset: Annotated[bool, typer.Option("--reset", help="Gỡ (mất điện thoại); lần đăng nhập sau cài lại")] = False,
    secret_file: Annotated[Path | None, typer.Option(help="Khóa base32 của thiết bị cấp sẵn, ở dòng đầu tệp")] = None,
    reason: Annotated[str, typer.Option(help="Lý do, ghi vào nhật ký")] = "asked",
) -> None:
    """Xác thực hai lớp: xem, gỡ, hoặc gắn thiết bị cấp sẵn. / The second factor: show, reset, or give a token."""
    with _office() as (office, conn):
        if reset:
            office.reset_second_factor(conn, person, by=actor(), reason=reason)
        elif secret_file is not None:
            secret = secret_files.read_secret(secret_file, asked=False, what="") or ""
            office.give_second_factor(conn, person, secret.strip(), by=actor())
        has = office.find(conn, person, by=actor()).has_second_factor
        out.print(f"{person}: {'có / set up' if has else 'chưa có / none'}", highlight=False)


@app.command()
def sessions(
    person: Login,
    end: Annotated[bool, typer.Option("--end", help="Kết thúc mọi phiên, mọi mã truy cập")] = False,
    json: AsJson = False,
) -> None:
    """Các phiên đăng nhập. / A person's sessions; with --end they end, and its tokens."""
    with _office() as (office, conn):
        account = office.find_managed(conn, person, by=actor())
        if end:
            office.end_sessions(conn, person, by=actor())
        living = of_person(conn, account, idle=timedelta(minutes=load(SessionSettings).idle_minutes))
        rows = [
            {
                "session": session.session,
                "address": session.address,
                "agent": (session.agent or "")[:40],
                "from": session.created_at,
                "seen": session.seen_at,
            }
            for session in living
        ]
    columns = (
        ("Mã phiên", "session"),
        ("Từ", "address"),
        ("Trình duyệt", "agent"),
        ("Bắt đầu", "from"),
        ("Gần nhất", "seen"),
    )
    listing.show(f"Phiên của {person} / sessions", columns, rows, as_json=json)


@contextmanager
def _office() -> Iterator[tuple[Office, Connection]]:
    with (
        errors_told(),
        base() as database,
        registry(database) as province_of,
        connect(database.conninfo, role=ROLE) as conn,
    ):
        yield Office(hasher=Hasher(), province_of=province_of, issuer=load(OidcSettings).issuer), conn


def _bound_role(text: str, province: str) -> Bound:
    read = _ROLE.fullmatch(text)
    if read is None:
        raise refused("role_unreadable", role=text)
    units = tuple(part.strip() for part in (read["units"] or "").split(",") if part.strip())
    return Bound(role=read["role"], province=read["province"] or province, units=units)


def _role_in_words(bound: Bound) -> str:
    name = PEOPLE[bound.role].name.vi if bound.role in PEOPLE else bound.role
    return f"{name} ({bound.province}: {', '.join(bound.units) or 'tất cả'})"


def _row(person: Person) -> dict[str, object]:
    return {
        "person": person.person,
        "name": person.name,
        "province": person.province,
        "roles": "\n".join(map(_role_in_words, person.bindings)),
        "second": person.has_second_factor,
        "state": _state(person),
    }


def _state(person: Person) -> str:
    if not person.active:
        return "đã khóa"
    return "chờ đổi mật khẩu" if person.must_change_password else "hoạt động"


def _show_password(person: str, generated: str | None) -> None:
    out.print(f"người dùng / person    {person}", highlight=False)
    if generated is not None:
        out.print(f"mật khẩu / password    {generated}", highlight=False)
        err.print(
            "[dim]Mật khẩu tạm chỉ hiện lần này; phải đổi khi đăng nhập. / Shown once; to be changed at the login.[/]"
        )
