"""`lienthong statements show|grades`: what a unit delivered in a year (bảng kê báo cáo), and the quality of a round."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from lienthong.eventlog.installation import hub_now
from services.commands import listing
from services.commands.listing import AsJson
from services.commands.office import ReadingDesk, reader, reading
from services.ingest.reports import statement, statement_rows

app = typer.Typer(no_args_is_help=True, help="Bảng kê báo cáo, chất lượng báo cáo / statements of deliveries.")

_LINES = tuple((name if name != "Số biên nhận" else "Mã biên nhận", name) for name in statement_rows.HEADERS[1:10])
_GRADES = (
    ("Mã đơn vị", "unit"),
    ("Mã kỳ", "round"),
    ("Xếp loại", "grade"),
    ("Điểm", "points"),
    ("Trên", "of"),
    ("Cách tính", "arithmetic"),
)


@app.command()
def show(
    unit: Annotated[str, typer.Argument(help="Mã đơn vị")],
    year: Annotated[int, typer.Option(min=2000, max=2999, help="Năm / the year")],
    json: AsJson = False,
    csv: Annotated[bool, typer.Option("--csv", help="CSV cho phần mềm / for programs")] = False,
    csv_vn: Annotated[bool, typer.Option("--csv-vn", help="CSV cho Excel tiếng Việt / for people")] = False,
) -> None:
    """Bảng kê báo cáo của một đơn vị trong năm. / What a unit owed and delivered in a year."""
    with reading() as hub:
        conn, definitions = hub.desk.conn, hub.definitions
        now = hub_now(conn)
        who = reader(hub.province_of(unit, now))
        body = statement.statement(conn, definitions, who, unit=unit, year=year, now=now)
        sample = hub.desk.office.current.sample
    if json:
        listing.dump(body)
        return
    if csv or csv_vn:
        typer.echo(statement_rows.statement_csv(body, sample=sample, vietnamese=csv_vn), nl=False)
        return
    rows = list(statement_rows.rows(body, sample=sample))[1:]
    lines = [dict(zip(statement_rows.HEADERS, line, strict=True)) for line in rows]
    listing.show(f"Bảng kê báo cáo {unit} năm {year} / statement", _LINES, lines)
    listing.show(
        "Chất lượng báo cáo / quality", _GRADES, ({"unit": unit, **_grade(grade)} for grade in body["quality"])
    )


@app.command()
def grades(
    round_: Annotated[str, typer.Argument(metavar="ROUND", help="Mã kỳ, ví dụ P119-LS.2026")], json: AsJson = False
) -> None:
    """Chất lượng báo cáo của từng đơn vị trong một kỳ, thấp trước. / The grade of each unit, the lowest first."""
    with reading() as hub:
        bodies = _of_round(hub, round_)
    shown = sorted(bodies, key=lambda body: (body["points"] is None, body["points"] or 0, body["unit"]))
    listing.show(f"Chất lượng báo cáo {round_} / quality", _GRADES, shown if json else map(_grade, shown), as_json=json)


def _of_round(hub: ReadingDesk, round_: str) -> list[dict[str, Any]]:
    conn, definitions = hub.desk.conn, hub.definitions
    open_round = hub.round(round_)
    return statement.grades(conn, definitions, reader(open_round.province), round_=round_, now=hub_now(conn))


def _grade(body: dict[str, Any]) -> dict[str, Any]:
    """The arithmetic as `gửi đủ 40 + …`: each criterion's points, with how often it cost some."""
    counted = (f"{row['vi']}: {row['count']} → {row['earned']}/{row['points']}" for row in body["arithmetic"])
    return {**body, "grade": body["grade"]["vi"] if body["grade"] else "còn hạn", "arithmetic": "; ".join(counted)}
