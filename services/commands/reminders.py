"""`lienthong reminders list|send|try`: who was reminded, reminding now, and whether mail goes out."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from lienthong.access.sight import Sight
from lienthong.cursors import NEWEST
from lienthong.pushes import outcomes
from lienthong.refusals import refused
from lienthong.settings import load
from services.commands import listing
from services.commands.listing import AsJson
from services.commands.office import at_desk, require_among
from services.commands.terminal import Most, errors_told, out
from services.ingest.reminders import acts, contacts, reading
from services.ingest.reminders.contacts import Contact
from services.ingest.reminders.letters import Letter
from services.ingest.reminders.sending import NotSent, Post
from services.ingest.reminders.settings import MailSettings
from services.ingest.rights.requiring import no_round, sees_all

app = typer.Typer(no_args_is_help=True, help="Nhắc, đôn đốc báo cáo / reminders.")

_STATES = {
    "waiting": "chờ gửi",
    "sending": "đang gửi",
    "sent": "đã gửi",
    "failed": "không gửi được",
    "unknown": "không rõ đã gửi chưa",
    "no_contact": "chưa có liên hệ",
    "settled": "đã có báo cáo",
    "overtaken": "không còn cần nhắc",
}
_KINDS = {
    "opened": "yêu cầu báo cáo",
    "before": "trước hạn",
    "after": "quá hạn",
    "asked": "theo yêu cầu",
    "digest": "tổng hợp",
}
_LIST = (
    ("Lúc", "madeAt"),
    ("Mã kỳ", "round"),
    ("Mã đơn vị", "unit"),
    ("Loại", "why"),
    ("Qua", "channel"),
    ("Kết quả", "result"),
    ("Lý do", "detail"),
)
_TRIAL = Letter(
    subject="Thư thử của Liên Thông / a trial letter",
    text="Thư này cho biết Liên Thông gửi được thư.\nLiên Thông can send mail.\n",
)


@app.command("list")
def list_(
    round: Annotated[str | None, typer.Option(help="Chỉ của kỳ này")] = None,
    unit: Annotated[str | None, typer.Option(help="Chỉ của đơn vị này")] = None,
    state: Annotated[str | None, typer.Option(help=", ".join(reading.STATES))] = None,
    limit: Most = 200,
    json: AsJson = False,
) -> None:
    """Đã nhắc ai, khi nào, kết quả. / Who was reminded, newest first."""
    with at_desk() as desk:
        require_among("--state", state, reading.STATES)
        definitions = desk.definitions()
        if round is not None and round not in definitions.rounds:
            raise no_round(round, definitions, sees_all)
        if unit is not None and not definitions.registry.history(unit):
            raise refused("unit_unknown", unit=unit)
        rows = reading.list_reminders(
            desk.conn, Sight(), round_=round, unit=unit, state=state, before=NEWEST, limit=limit
        )
    listing.show("Nhắc, đôn đốc / reminders", _LIST, [_row(row, as_json=json) for row in rows], as_json=json)


@app.command()
def send(
    round: Annotated[str, typer.Argument(metavar="ROUND", help="Mã kỳ, ví dụ P119-LS.2026")],
    unit: Annotated[list[str] | None, typer.Option(help="Chỉ đơn vị này; lặp lại được / only these")] = None,
) -> None:
    """Nhắc ngay các đơn vị còn nợ; mỗi đơn vị một lần một ngày. / Remind those who owe, once a day each."""
    with at_desk() as desk, desk.act() as act:
        done = acts.ask(act, round, unit or None)
    out.print(
        f"[green]✓[/] nhắc / reminded: {len(done.reminded)}; đã nhắc hôm nay / already: {len(done.already_reminded)};"
        f" chưa có liên hệ / without contact: {len(done.without_contact)}",
        highlight=False,
    )
    if done.without_contact:
        out.print(f"  {', '.join(done.without_contact)}", highlight=False, soft_wrap=True)


@app.command("try")
def try_(mail: Annotated[str, typer.Argument(help="Địa chỉ nhận thư thử / whom to send a trial letter")]) -> None:
    """Gửi một thư thử bằng cấu hình LIENTHONG_MAIL_*. / Send a trial letter with the settings as they are."""
    with errors_told():
        contacts.check_contact(Contact(unit="", province="", mails=[mail]))
        post = Post(mail=load(MailSettings), context=ssl.create_default_context())
        now = datetime.now(UTC)
        try:
            post.letter([mail], _TRIAL, key=f"try/{now.isoformat()}", at=now)
        except NotSent as error:
            raise refused("mail_trial_failed", code=error.reason, why=outcomes.meaning_of(error.code)) from error
    out.print(f"[green]✓[/] {mail}", highlight=False)


def _row(row: reading.ReminderRow, *, as_json: bool) -> dict[str, Any]:
    code, colon, remark = row.detail.partition(": ")
    return {
        "number": row.number,
        "madeAt": row.made_at,
        "round": row.round,
        "unit": row.unit,
        "kind": row.kind,
        "why": _KINDS[row.kind],
        "channel": row.channel,
        "state": row.state,
        "result": _STATES[row.state],
        "detail": row.detail if as_json else f"{listing.outcome(code) or ''}{colon}{remark}",
        "forms": row.forms,
        "deadline": row.deadline,
        "askedBy": row.asked_by,
        "sentAt": row.sent_at,
    }
