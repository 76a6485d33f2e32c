"""`lienthong plans check|publish|list|show|export`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from lienthong.eventlog.installation import hub_now
from lienthong.lint.rendering import render
from lienthong.programmes import Plan
from lienthong.programmes import files as planfiles
from services.commands import listing
from services.commands.listing import AsJson
from services.commands.office import at_desk, reading
from services.commands.terminal import out
from services.ingest.definitions.snapshot import Definitions
from services.ingest.plans import acts, checking
from services.ingest.plans import reading as plans

app = typer.Typer(no_args_is_help=True, help="Kế hoạch / plans.")

Code = Annotated[str, typer.Argument(metavar="PLAN", help="Mã kế hoạch, ví dụ P119-LS")]
File = Annotated[Path, typer.Argument(exists=True, help="Tệp YAML của kế hoạch (programme.yaml ở cùng thư mục)")]

_LIST = (("Mã kế hoạch", "plan"), ("Bản", "version"), ("Nơi ban hành", "issuedBy"), ("Tên", "title"),
         ("Kỳ đã mở", "rounds"))  # fmt: skip
_FREQUENCIES = {
    "annual": "hằng năm", "half_yearly": "6 tháng", "quarterly": "hằng quý", "monthly": "hằng tháng",
    "on_demand": "khi có yêu cầu", "event": "khi phát sinh", "unstated": "không nêu",
}  # fmt: skip


@app.command()
def check(file: File) -> None:
    """Kiểm tra một kế hoạch so với hệ thống đang chạy, không thay đổi gì. / Check against the running hub."""
    with at_desk() as desk, desk.act() as act:
        files = planfiles.load_with_programme(file)
        findings = checking.check_files(files, act.definitions)
        out.print(render(findings, "text"), highlight=False, markup=False, soft_wrap=True)
        for code, document in planfiles.published_documents(files).items():
            done = acts.preview(act, document)
            out.print(
                f"[green]✓[/] {code}: không thay đổi / unchanged"
                if done.version == 0
                else f"[green]✓[/] {code}: sẽ là phiên bản {done.version} / would be version {done.version}"
            )
            for said in done.changes:
                out.print(f"  {said.vi} [dim]/ {said.en}[/]", highlight=False)
            for form, verdict in done.verdicts.items():
                for change in verdict.changes:
                    out.print(f"  {form}: {change.message.vi}")


@app.command()
def publish(file: File) -> None:
    """Kiểm tra rồi ban hành kế hoạch. / Lint, derive forms, publish a new version."""
    with at_desk() as desk:
        files = planfiles.load_with_programme(file)
        checking.check_files(files, desk.definitions())
        for code, document in planfiles.published_documents(files).items():
            with desk.act() as act:
                done = acts.publish(act, document)
            out.print(
                f"{code}: không thay đổi / unchanged"
                if done.version == 0
                else f"[green]✓[/] {code}: đã ban hành phiên bản {done.version} / published version {done.version}"
            )
        desk.open_due()


@app.command("list")
def list_(province: Annotated[str | None, typer.Option(help="Chỉ của tỉnh này")] = None, json: AsJson = False) -> None:
    """Các kế hoạch đang có hiệu lực. / Plans in force."""
    with reading() as asked:
        definitions, today = asked.definitions, asked.desk.today()
        whose = None if province is None else asked.province(province)
        rows = [
            _row(plan, definitions) for code, plan in sorted(definitions.plans.items())
            if whose in (None, definitions.province_of(plan.issued_by, today))
        ]  # fmt: skip
    listing.show("Kế hoạch / plans", _LIST, rows, as_json=json)


@app.command()
def show(plan: Code, json: AsJson = False) -> None:
    """Một kế hoạch: biểu mẫu, ai phải nộp, nghĩa vụ, kỳ đã mở và sắp mở. / One plan with forms, duties, rounds."""
    with reading() as asked:
        one = plans.shown(asked.definitions, plan, hub_now(asked.desk.conn))
    if json:
        listing.dump(one)
        return
    listing.facts(f"Kế hoạch {plan} / plan", [
        ("Tên", one["title"]), ("Chương trình", one["programme"]), ("Phiên bản", one["version"]),
        ("Nơi ban hành", one["issuedBy"]), ("Kỳ đã mở", one["rounds"]),
        ("Kỳ sắp mở", [f"{each['round']} ({listing.cell(each['opens'])})" for each in one["planned"]]),
    ])  # fmt: skip
    listing.show("Biểu mẫu / forms", (("Mã biểu", "form"), ("Bản", "version"), ("Ai nộp", "reporters"),
                 ("Số đơn vị", "obliged"), ("Số liệu", "figures")), one["forms"])  # fmt: skip
    listing.show("Nghĩa vụ / duties", (("Mã nghĩa vụ", "obligation"), ("Ai", "from"), ("Gửi", "to"), ("Qua", "via"),
                 ("Định kỳ", "frequency"), ("Hạn", "deadlines")), map(_duty, one["obligations"]))  # fmt: skip


@app.command()
def export(
    plan: Code, folder: Annotated[Path, typer.Argument(help="Thư mục mới sẽ tạo / a new folder")]
) -> None:  # fmt: skip
    """Ghi kế hoạch đang có hiệu lực thành tệp YAML để sửa rồi ban hành lại. / A plan in force as files to edit."""
    with reading() as asked:
        document = plans.document(asked.desk.conn, plan)
        for path in planfiles.write(document, folder):
            out.print(f"[green]✓[/] {path}", highlight=False)


def _row(plan: Plan, definitions: Definitions) -> dict[str, Any]:
    return {
        "plan": plan.code, "version": plan.version, "programme": plan.programme, "issuedBy": plan.issued_by,
        "title": plan.title.vi, "rounds": plans.opened(definitions, plan.code),
    }  # fmt: skip


def _duty(duty: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**duty, "frequency": _FREQUENCIES.get(duty["frequency"], duty["frequency"])}
