"""`lienthong reports list|show|redact`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from lienthong.refusals import refused
from services.commands import listing
from services.commands.listing import AsJson
from services.commands.office import at_desk, place_of, reader, reading
from services.commands.terminal import Number, Reason, out
from services.ingest.reports import reading as reports
from services.ingest.reports import redaction

app = typer.Typer(no_args_is_help=True, help="Báo cáo / reports.")
Receipt = Annotated[str, typer.Argument(help="Số biên nhận, ví dụ 20-17")]

_LIST = (("Mã đơn vị", "unit"), ("Mã biểu", "form"), ("Lần", "revision"), ("Trạng thái", "state"), ("Trễ", "late"),
         ("Nhận lúc", "receivedAt"), ("Mã biên nhận", "receipt"))  # fmt: skip
_STATES = {"reported": "đã báo cáo", "withdrawn": "đã rút"}


@app.command("list")
def list_(
    round_: Annotated[str, typer.Argument(metavar="ROUND", help="Mã kỳ, ví dụ P119-LS.2026")],
    unit: Annotated[str | None, typer.Option(help="Chỉ của đơn vị này")] = None,
    form: Annotated[str | None, typer.Option(help="Chỉ biểu mẫu này")] = None,
    json: AsJson = False,
) -> None:
    """Các báo cáo của một kỳ, lần mới nhất. / The reports of a round, latest revisions."""
    with reading() as asked:
        definitions = asked.definitions
        known = definitions.rounds.get(round_)
        if known is None:
            raise refused("round_unknown", round=round_)
        if unit is not None and not definitions.registry.history(unit):
            raise refused("unit_unknown", unit=unit)
        if form is not None and form not in known.form_versions:
            raise refused("form_unknown", form=form)
        rows = reports.of_round(asked.desk.conn, round_, unit=unit, form=form)
    listing.show(f"Báo cáo của kỳ {round_} / reports", _LIST, rows if json else map(_row, rows), as_json=json)


@app.command()
def show(receipt: Receipt, json: AsJson = False) -> None:
    """Một báo cáo với mọi lần gửi. / One report with every revision; --json gives its contents."""
    with reading() as asked:
        who = reader(asked.province(place_of(receipt)[0]))
        one = reports.report(asked.desk.conn, asked.log, asked.definitions, who, receipt)
    if json or "revisions" not in one:
        listing.dump(one)
        return
    listing.facts(f"Báo cáo {receipt} / report", [
        ("Kỳ", one["round"]), ("Biểu mẫu", one["form"]), ("Đơn vị", one["unit"]), ("Lần", one["revision"]),
        ("Trạng thái", _STATES.get(one["state"], one["state"])),
    ])  # fmt: skip
    steps = [{**step["receipt"], "what": step["receipt"]["type"].split(".")[-2]} for step in one["revisions"]]
    listing.show("Các lần gửi / revisions", (("Mã biên nhận", "receipt"), ("Lần", "revision"), ("Việc", "what"),
                 ("Nhận lúc", "receivedAt"), ("Trễ", "late")), steps)  # fmt: skip
    content = one["revisions"][-1]["content"] or {}
    figures = [{"code": code, "value": value} for code, value in (content.get("figures") or {}).items()]
    listing.show("Số liệu / figures", (("Mã số liệu", "code"), ("Giá trị", "value")), figures)
    for place, text in (content.get("narrative") or {}).items():
        out.print(f"{place}: {text}", highlight=False, markup=False)


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
