"""`lienthong reports list|received|show|supplied|return|pass-on|redact`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from lienthong.errors import Rejected
from lienthong.eventlog.installation import hub_now
from lienthong.refusals import problem, refused
from services.commands import listing
from services.commands.listing import AsJson
from services.commands.office import at_desk, place_of, reader, reading
from services.commands.terminal import Number, Reason, out
from services.ingest.reports import reading as reports
from services.ingest.reports import redaction
from services.ingest.reviews import acts
from services.ingest.reviews.rules import Doubt, NamedReport
from services.ingest.rounds import obligations
from services.ingest.supplied import reading as supplies

app = typer.Typer(no_args_is_help=True, help="Báo cáo / reports.")
_NAMED = re.compile(r"([A-Za-z0-9.-]{1,64})/([A-Z0-9][A-Za-z0-9.-]{0,31})/([1-9][0-9]{0,5})")
Receipt = Annotated[str, typer.Argument(help="Số biên nhận, ví dụ 20-17")]

_LIST = (
    ("Mã đơn vị", "unit"),
    ("Mã biểu", "form"),
    ("Lần", "revision"),
    ("Trạng thái", "state"),
    ("Quá hạn", "late"),
    ("Nhận lúc", "receivedAt"),
    ("Mã biên nhận", "receipt"),
)
_RECEIVED = (
    ("Mã kỳ", "round"),
    ("Mã đơn vị", "unit"),
    ("Mã biểu", "form"),
    ("Trạng thái", "state"),
    ("Quá hạn", "late"),
    ("Nhận lúc", "receivedAt"),
    ("Mã biên nhận", "receipt"),
)
_STATES = {
    "dormant": "không phải báo cáo kỳ này",
    "reported": "đã báo cáo",
    "withdrawn": "đã rút",
    "received": "đã tiếp nhận",
    "under_review": "đang xem xét",
    "returned": "đã trả lại",
    "passed_on": "đã chuyển",
    "released": "đã phát hành",
    "superseded": "đã thay thế",
}


@app.command("list")
def list_(
    round_: Annotated[str, typer.Argument(metavar="ROUND", help="Mã kỳ, ví dụ P119-LS.2026")],
    unit: Annotated[str | None, typer.Option(help="Chỉ của đơn vị này")] = None,
    form: Annotated[str | None, typer.Option(help="Chỉ biểu mẫu này")] = None,
    json: AsJson = False,
) -> None:
    """Các báo cáo của một kỳ, lần mới nhất. / The reports of a round, latest revisions."""
    with reading() as hub:
        definitions = hub.definitions
        open_round = hub.round(round_)
        if unit is not None and not definitions.registry.history(unit):
            raise refused("unit_unknown", unit=unit)
        if form is not None and form not in open_round.form_versions:
            raise refused("form_unknown", form=form)
        rows = reports.of_round(hub.desk.conn, round_, unit=unit, form=form)
    listing.show(f"Báo cáo của kỳ {round_} / reports", _LIST, rows if json else map(_row, rows), as_json=json)


@app.command()
def received(
    unit: Annotated[str, typer.Argument(help="Đơn vị nhận, ví dụ 20.SKHCN / whom they are for")],
    round_: Annotated[str | None, typer.Option("--round", help="Chỉ của kỳ này; bỏ trống: các kỳ đang mở")] = None,
    json: AsJson = False,
) -> None:
    """Báo cáo các đơn vị phải gửi đến một đơn vị. / What units owe to a unit, and what came."""
    with reading() as hub:
        conn, definitions = hub.desk.conn, hub.definitions
        now = hub_now(conn)
        who = reader(hub.province_of(unit, now))
        rows = obligations.owed_lines(conn, definitions, who, unit=None, round_=round_, to=unit, now=now)
    shown = rows if json else [{**row, "state": _owing(row)} for row in rows]
    listing.show(f"Báo cáo gửi đến {unit} / reports to it", _RECEIVED, shown, as_json=json)


def _owing(line: Mapping[str, Any]) -> str:
    if line["state"] == "missing":
        return "quá hạn, chưa báo cáo" if line["overdue"] else "chưa báo cáo"
    return _STATES.get(str(line["state"]), str(line["state"]))


@app.command()
def show(receipt: Receipt, json: AsJson = False) -> None:
    """Một báo cáo với mọi lần gửi. / One report with every revision; --json gives its contents."""
    with reading() as hub:
        who = reader(hub.province(place_of(receipt)[0]))
        report = reports.report(hub.desk.conn, hub.log, hub.definitions, who, receipt)
    if json or "revisions" not in report:
        listing.dump(report)
        return
    listing.facts(
        f"Báo cáo {receipt} / report",
        [
            ("Kỳ", report["round"]),
            ("Biểu mẫu", report["form"]),
            ("Đơn vị", report["unit"]),
            ("Lần", report["revision"]),
            ("Trạng thái", _STATES.get(report["state"], report["state"])),
            ("Quá hạn từ", report["deadline"]),
            ("Quá hạn", report["late"]),
        ],
    )
    steps = [{**step["receipt"], "what": listing.event(step["receipt"]["type"])} for step in report["revisions"]]
    listing.show(
        "Các lần gửi / revisions",
        (
            ("Mã biên nhận", "receipt"),
            ("Lần", "revision"),
            ("Việc", "what"),
            ("Nhận lúc", "receivedAt"),
        ),
        steps,
    )
    content = report["revisions"][-1]["content"] or {}
    figures = [{"code": code, "value": value} for code, value in (content.get("figures") or {}).items()]
    listing.show("Số liệu / figures", (("Mã số liệu", "code"), ("Giá trị", "value")), figures)
    for place, text in (content.get("narrative") or {}).items():
        out.print(f"{place}: {text}", highlight=False, markup=False)


_SUPPLIED = (
    ("Mã số liệu", "figure"),
    ("Giá trị", "value"),
    ("Tình trạng", "state"),
    ("Hệ thống", "systems"),
    ("Mã biên nhận", "receipts"),
)
_OFFERED = {"supplied": "đã cung cấp", "conflict": "các nguồn không thống nhất", "missing": "chưa cung cấp"}


@app.command()
def supplied(
    round_: Annotated[str, typer.Argument(metavar="ROUND", help="Mã kỳ, ví dụ P119-LS.2026")],
    form: Annotated[str, typer.Argument(help="Biểu mẫu, ví dụ P119-LS.commune")],
    unit: Annotated[str, typer.Argument(help="Mã đơn vị")],
    json: AsJson = False,
) -> None:
    """Dự thảo báo cáo tổng hợp từ các hệ thống của đơn vị. / The draft of a report that the unit's systems supplied."""
    with reading() as hub:
        open_round = hub.round(round_)
        conn, who = hub.desk.conn, reader(open_round.province)
        named = {"unit": unit, "round_": round_, "form": form}
        draft = supplies.draft(conn, hub.definitions, who, now=hub_now(conn), **named)
    if json:
        listing.dump(draft)
        return
    title = f"Số liệu các hệ thống cung cấp cho {unit}, kỳ {round_} / supplied"
    listing.show(title, _SUPPLIED, map(_offer_row, draft["provenance"]))


def _offer_row(figure: Mapping[str, Any]) -> Mapping[str, Any]:
    sources = figure["sources"]
    return {
        **figure,
        "state": _OFFERED[figure["state"]],
        "systems": "; ".join(map(_source, sources)),
        "receipts": ", ".join(source["receipt"] for source in sources),
    }


def _source(source: Mapping[str, Any]) -> str:
    return f"{source['system']} {source['value']} ({listing.cell(source['asOf'])})"


@app.command()
def redact(
    receipt: Receipt,
    reason: Reason,
    pointer: Annotated[list[str], typer.Option(help="Chỗ cần xóa, ví dụ /report/narrative/results")],
    number: Number = None,
) -> None:
    """Xóa nội dung văn bản (ví dụ dữ liệu cá nhân), giữ nguyên số liệu. / Remove free text, keep its place."""
    with at_desk() as desk, desk.act() as act:
        province, position = place_of(receipt)
        redaction.redact(
            act,
            province=province,
            position=position,
            pointers=pointer,
            reason=reason,
            document={"number": number, "date": None},
        )
        out.print(f"[green]✓[/] đã xóa nội dung tại {', '.join(pointer)} của {receipt} / removed", highlight=False)


def _row(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**row, "state": _STATES.get(row["state"], row["state"])}


Round = Annotated[str, typer.Argument(metavar="ROUND", help="Kỳ báo cáo, ví dụ P119-LS.2026")]
Reports = Annotated[list[str], typer.Argument(metavar="REPORT…", help="BIỂU-MẪU/ĐƠN-VỊ/LẦN: P119-LS.commune/05977/1")]


@app.command("return")
def return_(
    round_: Round,
    report: Reports,
    reason: Reason,
    figure: Annotated[list[str] | None, typer.Option(help="Mã số liệu cần xem lại")] = None,
) -> None:
    """Trả lại báo cáo cho đơn vị, kèm lý do. / Return reports to their units, with reasons."""
    doubts = [Doubt(code=code, reason=reason) for code in figure or ()]
    with at_desk() as desk, desk.act() as act:
        done = acts.give_back(act, round_=round_, reports=_named_reports(report), reason=reason, figures=doubts)
        out.print(f"[green]✓[/] đã trả lại {len(done)} báo cáo của {round_}", highlight=False)


@app.command("pass-on")
def pass_on(round_: Round, report: Reports, note: Annotated[str, typer.Option(help="Ghi chú / a note")] = "") -> None:
    """Chuyển báo cáo đến cơ quan nhận. / Pass reports on to whom they are for."""
    with at_desk() as desk, desk.act() as act:
        done = acts.pass_on(act, round_=round_, reports=_named_reports(report), note=note)
        out.print(f"[green]✓[/] đã chuyển {len(done)} báo cáo của {round_}", highlight=False)


def _named_reports(reports: list[str]) -> list[NamedReport]:
    """Raises Rejected for what is not FORM/UNIT/REVISION."""
    pairs = [(text, _NAMED.fullmatch(text)) for text in reports]
    wrong = [
        problem(f"/reports/{place}", "report_name_malformed", given=text)
        for place, (text, match) in enumerate(pairs)
        if match is None
    ]
    if wrong:
        raise Rejected(wrong)
    return [
        NamedReport(form=match[1], unit=match[2], revision=int(match[3])) for _, match in pairs if match is not None
    ]
