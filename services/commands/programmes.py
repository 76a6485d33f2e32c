"""`lienthong programmes lint`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lienthong import units
from lienthong.lint import lint
from lienthong.lint.rendering import exit_code, render
from lienthong.programmes import files as planfiles
from lienthong.shipped import schemas_folder
from services.commands.terminal import out, told

app = typer.Typer(no_args_is_help=True, help="Chương trình / programmes.")


@app.command("lint")
def lint_(
    path: Annotated[Path | None, typer.Argument(help="Tệp hoặc thư mục; mặc định: các chương trình kèm theo")] = None,
    format: Annotated[str, typer.Option(help="text, json hoặc markdown")] = "text",
    lang: Annotated[str, typer.Option(help="vi hoặc en")] = "vi",
) -> None:
    """Kiểm tra chương trình và kế hoạch theo quy tắc; lỗi cho mã thoát 1. / Lint; errors exit with 1."""
    folder = schemas_folder()
    with told():
        findings = lint(planfiles.load_with_programme(path or folder / "programmes"), units.load(folder / "units"))
    out.print(render(findings, format, lang=lang), highlight=False, markup=False, soft_wrap=True)
    raise typer.Exit(exit_code(findings))
