"""`lienthong plans check|publish|list`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lienthong.lint.rendering import render
from lienthong.programmes import files as planfiles
from services.commands.terminal import actor, out, table, told
from services.hub import filling
from services.hub.base import base
from services.ingest.plans import acts, checking

app = typer.Typer(no_args_is_help=True, help="Kế hoạch / plans.")

File = Annotated[Path, typer.Argument(exists=True, help="Tệp YAML của kế hoạch (programme.yaml ở cùng thư mục)")]


@app.command()
def check(file: File) -> None:
    """Kiểm tra một kế hoạch so với hệ thống đang chạy, không thay đổi gì. / Check against the running hub."""
    with told(), base() as found, filling.desk(found, actor()) as desk, desk.act() as act:
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
    with told(), base() as found, filling.desk(found, actor()) as desk:
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
def list_() -> None:
    """Các kế hoạch đang có hiệu lực. / Plans in force."""
    with told(), base() as found, filling.desk(found, actor()) as desk:
        definitions = desk.definitions()
        shown = table("Kế hoạch", "Mã", "Phiên bản", "Đơn vị ban hành", "Tên", "Kỳ đã mở")
        for plan in definitions.plans.values():
            opened = sorted(r.period.code for r in definitions.rounds.values() if r.plan == plan.code)
            shown.add_row(plan.code, str(plan.version), plan.issued_by, plan.title.vi, ", ".join(opened))
        out.print(shown)
