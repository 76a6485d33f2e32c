"""`lienthong programmes list|lint`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lienthong import units
from lienthong.lint import lint
from lienthong.lint.rendering import exit_code, render
from lienthong.programmes import files as planfiles
from lienthong.shipped import schemas_folder
from services.commands import listing
from services.commands.listing import AsJson
from services.commands.office import at_desk
from services.commands.terminal import errors_told, out
from services.ingest.definitions.snapshot import Definitions

app = typer.Typer(no_args_is_help=True, help="Chương trình / programmes.")

_LIST = (("Mã", "programme"), ("Tên", "title"), ("Mã kế hoạch", "plans"), ("Kỳ đã mở", "rounds"))


@app.command("list")
def list_(json: AsJson = False) -> None:
    """Các chương trình có kế hoạch ở đây. / Programmes that plans carry out here, with their rounds."""
    with at_desk() as desk:
        definitions = desk.definitions()
    rows = [_row(code, definitions) for code in sorted({plan.programme for plan in definitions.plans.values()})]
    listing.show("Chương trình / programmes", _LIST, rows, as_json=json)


def _row(code: str, definitions: Definitions) -> dict[str, object]:
    plans = {plan.code: plan for plan in definitions.plans.values() if plan.programme == code}
    rounds = sorted({round_.period.code for round_ in definitions.rounds.values() if round_.plan in plans})
    title = next(iter(plans.values())).programme_title.vi
    return {"programme": code, "title": title, "plans": sorted(plans), "rounds": rounds}


@app.command("lint")
def lint_(
    path: Annotated[Path | None, typer.Argument(help="Tệp hoặc thư mục; mặc định: các chương trình kèm theo")] = None,
    format: Annotated[str, typer.Option(help="text, json hoặc markdown")] = "text",
    lang: Annotated[str, typer.Option(help="vi hoặc en")] = "vi",
) -> None:
    """Kiểm tra chương trình và kế hoạch theo quy tắc; lỗi cho mã thoát 1. / Lint; errors exit with 1."""
    folder = schemas_folder()
    with errors_told():
        findings = lint(planfiles.load_with_programme(path or folder / "programmes"), units.load(folder / "units"))
    out.print(render(findings, format, lang=lang), highlight=False, markup=False, soft_wrap=True)
    raise typer.Exit(exit_code(findings))
