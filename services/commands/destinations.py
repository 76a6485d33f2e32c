"""`lienthong destinations`: who is pushed to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from lienthong.access.sight import Sight
from lienthong.postgres.pool import Pool
from lienthong.pushes import addresses, signing
from services.commands import listing, secret_files
from services.commands.listing import AsJson
from services.commands.office import known_province
from services.commands.terminal import actor, errors_told, out
from services.export.deliveries import acts
from services.export.deliveries import destinations as receivers
from services.export.deliveries.acts import ExportActor
from services.export.deliveries.destination_routes import body, with_waiting
from services.export.deliveries.reconciling import Comparison
from services.export.deliveries.wire import Wire
from services.export.mappings import MAPPINGS
from services.hub.base import base

app = typer.Typer(no_args_is_help=True, help="Nơi nhận / destinations.")

_COLUMNS = (
    ("Mã", "id"),
    ("Tỉnh", "province"),
    ("Địa chỉ", "address"),
    ("Phạm vi", "reach"),
    ("Loại", "kinds"),
    ("Cách trình bày", "mapping"),
    ("Đang dùng", "active"),
)
_FACTS = (
    ("Tên", "name"),
    ("Tỉnh", "province"),
    ("Địa chỉ", "address"),
    ("Phạm vi", "reach"),
    ("Loại", "kinds"),
    ("Cách trình bày", "mapping"),
    ("Tên bên gửi", "sender"),
    ("Lượt mỗi phút, tối đa", "perMinute"),
    ("Lượt cùng lúc, tối đa", "inFlight"),
    ("Chờ trả lời (giây)", "timeoutSeconds"),
    ("Lấy về", "takes"),
    ("Đang dùng", "active"),
    ("Tạm dừng lúc", "pausedAt"),
    ("Lý do tạm dừng", "pausedReason"),
    ("Lượt đang chờ", "pending"),
    ("Lượt đã dừng", "dead"),
    ("Lượt đã nhận", "delivered"),
    ("Lượt cũ nhất chờ (giây)", "oldestUndeliveredSeconds"),
)
_TAKING = (
    ("Số mục lấy về", "items"),
    ("Hỏi lúc", "askedAt"),
    ("Kết quả", "outcome"),
    ("Lý do", "detail"),
    ("Số mục bỏ qua", "leftOut"),
)

NewId = Annotated[str, typer.Argument(metavar="ID", help="Mã đặt cho nơi nhận, ví dụ nen-tang / an id for it")]
Id = Annotated[str, typer.Argument(metavar="ID", help="Mã nơi nhận / the destination's id")]
Province = Annotated[str | None, typer.Option(help="Chỉ của tỉnh này / of this province")]
Url = Annotated[str | None, typer.Option(help="Địa chỉ https của bên nhận / https address")]
Kind = Annotated[list[str] | None, typer.Option(help="release, content; lặp lại được / may be repeated")]
Mapping_ = Annotated[str | None, typer.Option(help=", ".join(MAPPINGS))]
Reach = Annotated[str | None, typer.Option(help="public; private hoặc loopback khi cố ý / private, loopback if meant")]
Takes = Annotated[
    bool | None, typer.Option("--takes/--no-takes", help="Lấy về những gì nơi đó đã đăng / take what it has published")
]
SecretFile = Annotated[Path | None, typer.Option(help="Tệp chứa khóa ký; bỏ trống: tạo mới / file with the secret")]


@app.command()
def add(
    id: NewId,
    url: Annotated[str, typer.Argument(metavar="URL", help="Địa chỉ https của bên nhận / its https address")],
    province: Annotated[str, typer.Option(help="Mã tỉnh có số liệu được chuyển, ví dụ 20 / whose data go there")],
    name: Annotated[str, typer.Option(help="Tên gọi; bỏ trống: như mã / what it is called")] = "",
    sender: Annotated[
        str, typer.Option(help="Tên mà bên nhận biết bên gửi; bỏ trống: province-TỈNH / how it knows the sender")
    ] = "",
    reach: Reach = "public",
    kind: Kind = None,
    mapping: Mapping_ = "platform",
    takes: Takes = False,
    secret_file: SecretFile = None,
) -> None:
    """Thêm nơi nhận. / Add a destination; its signing secret is shown once."""
    with _pool() as pool:
        kinds = tuple(kind or (receivers.KINDS if mapping == "platform" else ("release",)))
        wanted = receivers.Destination(
            id=id,
            name=name or id,
            province=province,
            url=url,
            reach=reach or "public",
            kinds=kinds,
            mapping=mapping or "platform",
            sender=sender or f"province-{province}",
            takes=bool(takes),
            secret=secret_files.read_secret(secret_file, asked=False, what="") or signing.new_secret(),
        )
        count = acts.add(pool, wanted, _actor())
        out.print(f"[green]✓[/] {id}; {count} bản tin đang được chuyển / messages on their way", highlight=False)
        out.print(f"sender  {wanted.sender}", highlight=False, soft_wrap=True)
        if secret_file is None:
            out.print(f"secret  {wanted.secret}", highlight=False, soft_wrap=True)
        out.print(
            f"Báo cho bên nhận: tên bên gửi ({wanted.sender}), tỉnh ({province}) và khóa ký (chỉ hiện một lần). / "
            f"Tell the receiver the sender, the province and the secret, which is shown once.",
            highlight=False,
        )


@app.command("list")
def list_(province: Province = None, json: AsJson = False) -> None:
    """Các nơi nhận. / Destinations."""
    with _pool() as pool:
        if province is not None:
            with pool.connection() as conn:
                known_province(conn, province)
        rows = [body(destination) for destination in receivers.list_destinations(pool, Sight(province=province))]
        listing.show("Nơi nhận / destinations", _COLUMNS, rows, as_json=json)


@app.command()
def show(id: Id, json: AsJson = False) -> None:
    """Một nơi nhận, với số lượt đang chờ. / One destination, with what waits for it."""
    with _pool() as pool:
        destination = with_waiting(receivers.get_with_queue(pool, id, Sight()))
        if json:
            listing.show("", (), [destination], as_json=True)
        else:
            taken = dict(destination["taking"] or {})
            taken["outcome"] = listing.outcome(taken.get("outcome"))
            taking = [(label, taken.get(name)) for label, name in _TAKING if destination["takes"]]
            listing.facts(f"Nơi nhận {id}", [*((label, destination[name]) for label, name in _FACTS), *taking])


@app.command()
def edit(
    id: Id,
    url: Url = None,
    reach: Reach = None,
    name: Annotated[str | None, typer.Option(help="Tên gọi / what it is called")] = None,
    sender: Annotated[str | None, typer.Option(help="Tên mà bên nhận biết bên gửi / how it knows the sender")] = None,
    kind: Kind = None,
    mapping: Mapping_ = None,
    per_minute: Annotated[int | None, typer.Option(help="Lượt mỗi phút, tối đa / most a minute")] = None,
    in_flight: Annotated[int | None, typer.Option(help="Lượt cùng lúc, tối đa / most at once")] = None,
    timeout_seconds: Annotated[float | None, typer.Option(help="Chờ trả lời, giây / wait for an answer")] = None,
    takes: Takes = None,
) -> None:
    """Sửa nơi nhận. / Change a destination; what is not given stays."""
    given = {
        "url": url,
        "reach": reach,
        "name": name,
        "sender": sender,
        "kinds": tuple(kind) if kind else None,
        "mapping": mapping,
        "per_minute": per_minute,
        "in_flight": in_flight,
        "timeout_seconds": timeout_seconds,
        "takes": takes,
    }
    changes = {key: value for key, value in given.items() if value is not None}
    with _pool() as pool:
        after = acts.edit(pool, id, changes, _actor())
        out.print(f"[green]✓[/] {id}: {addresses.for_people(after.url)}, {', '.join(after.kinds)}", highlight=False)


@app.command()
def pause(id: Id, reason: Annotated[str, typer.Option(help="Lý do / why")] = "") -> None:
    """Tạm dừng; những gì đến hạn sẽ chờ. / Pause; what is due waits."""
    with _pool() as pool:
        acts.pause(pool, id, _actor(), reason=reason)
        out.print(f"[green]✓[/] {id}: tạm dừng / paused")


@app.command()
def resume(id: Id) -> None:
    """Chuyển tiếp. / Send again."""
    with _pool() as pool:
        acts.resume(pool, id, _actor())
        waiting = receivers.get_with_queue(pool, id, Sight())
        out.print(f"[green]✓[/] {id}: {waiting.pending} lượt đang chờ được chuyển / waiting")


@app.command()
def rotate(
    id: Id,
    overlap_days: Annotated[
        int, typer.Option(min=0, max=acts.LONGEST_OVERLAP.days, help="Số ngày khóa cũ còn ký / days the old one signs")
    ] = acts.OVERLAP.days,
    secret_file: SecretFile = None,
) -> None:
    """Đổi khóa ký; khóa cũ còn ký song song. / A new secret; the old one signs besides for the overlap."""
    with _pool() as pool:
        secret, until = acts.rotate(
            pool,
            id,
            _actor(),
            secret=secret_files.read_secret(secret_file, asked=False, what=""),
            overlap=timedelta(days=overlap_days),
        )
        if secret_file is None:
            out.print(f"secret  {secret}", highlight=False, soft_wrap=True)
        out.print(f"[green]✓[/] {id}: khóa cũ còn ký đến / the old secret signs until {listing.cell(until)}")


@app.command()
def remove(id: Id, yes: Annotated[bool, typer.Option("--yes", help="Không hỏi lại / don't ask")] = False) -> None:
    """Bỏ nơi nhận; nhật ký chuyển vẫn giữ. / Remove it; the record of what was sent stays."""
    with _pool() as pool:
        waiting = receivers.get_with_queue(pool, id, Sight())
        if not yes:
            lost = waiting.pending + waiting.dead
            typer.confirm(f"Bỏ {id}? {lost} lượt chưa chuyển sẽ không gửi nữa / not sent any more", abort=True)
        gone = acts.remove(pool, id, _actor())
        out.print(f"[green]✓[/] {id}: đã bỏ; {gone} lượt không gửi nữa / removed")


@app.command()
def reconcile(
    id: Id,
    resend: Annotated[
        bool, typer.Option(help="Chuyển lại phần thiếu, hay chỉ so / send again, or only compare")
    ] = True,
    json: AsJson = False,
) -> None:
    """Đối soát với nơi nhận, chuyển lại phần thiếu. / Reconcile with a destination."""
    with errors_told(), base() as base_, ExitStack() as stack:
        pool = base_.pool("export", stack)
        compared = acts.reconcile(pool, Wire(), id, _actor(), resend=resend)
        columns = (
            ("Loại", "kind"),
            ("Ở trục", "ours"),
            ("Ở nơi nhận", "theirs"),
            ("Thiếu", "missing"),
            ("Khác", "different"),
            ("Thừa", "unknown"),
            ("Gửi lại", "resent"),
            ("Khớp", "equal"),
        )
        listing.show(f"Đối soát {id}", columns, [_comparison_row(line) for line in compared], as_json=json)
        if not json:
            for comparison in compared:
                for held in comparison.difference.unknown:
                    out.print(
                        f"  ! {comparison.kind} {held.id} v{held.version}: nơi nhận giữ thừa / should not be there"
                    )
        if not all(line.equal for line in compared) and not resend:
            raise typer.Exit(1)


def _comparison_row(comparison: Comparison) -> dict[str, object]:
    difference = comparison.difference
    return {
        "kind": comparison.kind,
        "ours": comparison.ours,
        "theirs": comparison.theirs,
        "missing": len(difference.missing),
        "different": len(difference.different),
        "unknown": len(difference.unknown),
        "resent": len(comparison.resent),
        "equal": comparison.equal,
    }


def _actor() -> ExportActor:
    return ExportActor(name=actor())


@contextmanager
def _pool() -> Iterator[Pool]:
    with errors_told(), base() as base_, ExitStack() as stack:
        yield base_.pool("export", stack)
