"""`lienthong rounds list|show|open|extend|excuse|lock`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any

import typer

from lienthong.calendar import last_day, on_or_before
from lienthong.eventlog.installation import hub_now
from lienthong.instants import read
from services.commands import listing
from services.commands.listing import AsJson
from services.commands.office import at_desk, reading, require_among
from services.commands.release_preview import SIGNED
from services.commands.terminal import DAY_SHAPE, DAYS, Number, Reason, out
from services.ingest.rounds import acts
from services.ingest.rounds import reading as rounds

app = typer.Typer(no_args_is_help=True, help="Kỳ báo cáo / rounds.")
First = Annotated[
    datetime, typer.Option(formats=DAYS, metavar=DAY_SHAPE, help="Ngày đầu của kỳ số liệu / first day of the data")
]
Last = Annotated[
    datetime, typer.Option(formats=DAYS, metavar=DAY_SHAPE, help="Ngày cuối của kỳ số liệu / last day of the data")
]
Until = Annotated[
    datetime, typer.Option(formats=DAYS, metavar=DAY_SHAPE, help="Ngày cuối cùng còn đúng hạn / last day in time")
]
Round = Annotated[str, typer.Argument(metavar="ROUND", help="Mã kỳ, ví dụ P119-LS.2026")]

_STATES = {"open": "đang mở", "overdue": "quá hạn", "released": "đã phát hành", "locked": "đã khóa"}
_OWED = {
    "missing": "chưa có",
    "reported": "đã báo cáo",
    "withdrawn": "đã rút",
    "returned": "bị trả lại",
    "dormant": "được miễn",
}
_LIST = (
    ("Mã kỳ", "round"),
    ("Chốt", "close"),
    ("Hạn cuối", "due"),
    ("Đã nộp", "came"),
    ("Quá hạn", "late"),
    ("Thiếu", "missing"),
    ("Trạng thái", "state"),
)


_DEADLINES = (
    ("Mã nghĩa vụ", "obligation"),
    ("Ai", "who"),
    ("Gửi", "to"),
    ("Hạn cuối", "due"),
    ("Hạn gốc", "original"),
    ("Gia hạn riêng", "extendedFor"),
)
_EXTENSIONS = (
    ("Mã nghĩa vụ", "obligation"),
    ("Đơn vị", "unit"),
    ("Đến hết", "until"),
    ("Lý do", "reason"),
    ("Văn bản", "number"),
    ("Người", "by"),
    ("Lúc", "at"),
)
_FORMS = (
    ("Mã biểu", "form"),
    ("Phải nộp", "obliged"),
    ("Đã nộp", "reported"),
    ("Quá hạn", "late"),
    ("Thiếu", "missing"),
)
_DUTIES = (("Mã đơn vị", "unit"), ("Tên", "name"), ("Mã biểu", "form"), ("Hạn cuối", "due"), ("Trạng thái", "state"))
_RELEASES = (("Mã", "release"), ("Ký lúc", "signedAt"), ("Người ký", "signedBy"), ("Trạng thái", "state"))


@app.command("list")
def list_(
    plan: Annotated[str | None, typer.Option(help="Chỉ của kế hoạch này")] = None,
    province: Annotated[str | None, typer.Option(help="Chỉ của tỉnh này")] = None,
    state: Annotated[str | None, typer.Option(help=", ".join(rounds.STATES))] = None,
    json: AsJson = False,
) -> None:
    """Các kỳ đã mở, theo ngày chốt số liệu. / Rounds, by close of data."""
    with reading() as hub:
        definitions = hub.definitions
        if plan is not None:
            hub.plan(plan)
        require_among("--state", state, rounds.STATES)
        whose = None if province is None else hub.province(province)
        codes = [r.code for r in definitions.rounds.values() if plan in (None, r.plan) and whose in (None, r.province)]
        rows = rounds.list_rounds(hub.desk.conn, codes, hub_now(hub.desk.conn))
    kept = [row for row in rows if state in (None, row["state"])]
    listing.show("Kỳ báo cáo / rounds", _LIST, kept if json else map(_row, kept), as_json=json)


@app.command()
def show(
    round_: Round,
    units: Annotated[bool, typer.Option("--units", help="Cả những đơn vị đã nộp / those that reported, too")] = False,
    json: AsJson = False,
) -> None:
    """Một kỳ: hạn (kể cả gia hạn, cho ai), ai phải nộp, ai quá hạn, ai thiếu. / One round with all that is owed."""
    with reading() as hub:
        body = rounds.describe_round(hub.desk.conn, hub.definitions, round_, hub_now(hub.desk.conn))
    if json:
        listing.dump(body)
        return
    _show_round(body)
    _show_owed(body, units)
    signed = [{**each, "state": SIGNED[each["state"]]} for each in body["releases"]]
    listing.show("Bản phát hành / releases", _RELEASES, signed)


def _show_round(body: dict[str, Any]) -> None:
    listing.facts(
        f"Kỳ {body['round']} / round",
        [
            ("Kế hoạch", f"{body['plan']}: {body['title']}"),
            ("Số liệu từ", body["first"]),
            ("Chốt số liệu", body["last"]),
            ("Mở lúc", body["openedAt"]),
            ("Trạng thái", _STATES[body["state"]]),
            ("Phải nộp", body["obliged"]),
            ("Đã nộp", f"{body['reported']} (quá hạn {body['late']})"),
            ("Thiếu", body["missing"]),
        ],
    )
    listing.show("Hạn / deadlines", _DEADLINES, map(_deadline, body["deadlines"]))
    if body["extensions"]:
        listing.show("Gia hạn / extensions", _EXTENSIONS, map(_extension, body["extensions"]))


def _show_owed(body: dict[str, Any], units: bool) -> None:
    """units: those that reported in time, too."""
    listing.show("Biểu mẫu / forms", _FORMS, body["forms"])
    owed = [line for line in body["owed"] if units or line["state"] != "reported" or line["late"]]
    title = "Nghĩa vụ / duties" if units else "Thiếu hoặc quá hạn / missing or late"
    listing.show(title, _DUTIES, map(_duty_row, owed))


@app.command("open")
def open_(
    plan: Annotated[str, typer.Argument(help="Mã kế hoạch, ví dụ P119-LS / the plan's code")],
    period: Annotated[str, typer.Argument(help="2026-DX1 đột xuất, 2026-SK1 sơ kết, 2026-TK1 tổng kết")],
    first: First,
    last: Last,
    deadline: Until,
    reason: Reason,
    form: Annotated[list[str] | None, typer.Option(help="Chỉ những biểu mẫu này")] = None,
    unit: Annotated[list[str] | None, typer.Option(help="Chỉ những đơn vị này / only these units")] = None,
    figure: Annotated[list[str] | None, typer.Option(help="Chỉ những số liệu này / only these figures")] = None,
) -> None:
    """Mở kỳ đột xuất, sơ kết hoặc tổng kết. / Open an ad-hoc round or a review."""
    with at_desk() as desk, desk.act(changes=True) as act:
        code = acts.open_special(
            act,
            plan=plan,
            period=period,
            first=first.date(),
            last=last.date(),
            deadline=on_or_before(deadline.date()),
            reason=reason,
            forms=form,
            units=unit or None,
            figures=figure or None,
        )
        out.print(f"[green]✓[/] đã mở {code} / opened")


@app.command()
def extend(
    round_: Round,
    until: Until,
    reason: Reason,
    number: Number = None,
    unit: Annotated[
        str | None, typer.Option(help="Chỉ đơn vị này; bỏ trống: mọi đơn vị / this unit; none: all")
    ] = None,
    obligation: Annotated[str | None, typer.Option(help="Chỉ nghĩa vụ báo cáo này / this obligation alone")] = None,
) -> None:
    """Gia hạn cho một hoặc mọi đơn vị. / Extend a deadline."""
    with at_desk() as desk, desk.act(changes=True) as act:
        code = acts.extend(
            act,
            round_=round_,
            until=on_or_before(until.date()),
            reason=reason,
            document={"number": number, "date": None},
            unit=unit,
            obligation=obligation,
        )
        out.print(
            f"[green]✓[/] đã gia hạn {code} của {round_} đến hết ngày {until:%d/%m/%Y}"
            f" / extended for {unit or 'all units'}",
            highlight=False,
        )


@app.command()
def excuse(
    round_: Round,
    unit: Annotated[str, typer.Argument(help="Mã đơn vị")],
    reason: Reason,
    number: Number = None,
    end: Annotated[bool, typer.Option("--end", help="Thôi miễn: đơn vị lại phải báo cáo / owed again")] = False,
) -> None:
    """Miễn báo cáo một kỳ cho đơn vị tạm ngừng hoạt động. / Excuse a dormant unit from a round."""
    with at_desk() as desk, desk.act(changes=True) as act:
        forms = acts.excuse(
            act, round_=round_, unit=unit, reason=reason, document={"number": number, "date": None}, dormant=not end
        )
        done = "lại phải báo cáo" if end else "được miễn"
        out.print(f"[green]✓[/] {unit} {done} {', '.join(forms)} / {'owed again' if end else 'excused'}")


@app.command()
def lock(round_: Round, reason: Reason) -> None:
    """Khóa kỳ: không nhận thêm báo cáo. / Lock a round."""
    with at_desk() as desk, desk.act(changes=True) as act:
        acts.lock(act, round_=round_, reason=reason)
        out.print(f"[green]✓[/] đã khóa {round_} / locked")


def _row(row: Mapping[str, Any]) -> Mapping[str, Any]:
    came = f"{row['reported']}/{row['obliged']}"
    return {**row, "came": came, "due": _last_days(row["due"]), "state": _STATES[row["state"]]}


def _deadline(line: Mapping[str, Any]) -> Mapping[str, Any]:
    who = "đơn vị" if line["from"] == "units" else "nơi ban hành"
    return {**line, "who": who, "due": _last_days([line["deadline"]]), "original": _last_days([line["original"]])}


def _extension(line: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        **line,
        "unit": line["unit"] or "mọi đơn vị",
        "until": _last_days([line["until"]]),
        "number": line["document"].get("number"),
    }


def _duty_row(line: Mapping[str, Any]) -> Mapping[str, Any]:
    state = _OWED.get(line["state"], line["state"])
    if line["state"] != "reported":
        state += ", quá hạn" if line["overdue"] else ""
    else:
        state += f"{', quá hạn' if line['late'] else ''} ({listing.cell(line['receivedAt'])})"
    return {**line, "state": state, "due": _last_days([line["deadline"]])}


def _last_days(instants: Iterable[str | None]) -> str:
    """Of exclusive deadlines the last days in time, as people say them."""
    return ", ".join(f"{last_day(read(at)):%d/%m/%Y}" for at in instants if at) or "–"
