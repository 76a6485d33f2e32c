"""`lienthong forms generate|check`."""

from __future__ import annotations

import typer

from lienthong.errors import Rejected
from lienthong.forms import files as form_files
from lienthong.shipped import schemas_folder
from services.commands.terminal import err, errors_told, out

app = typer.Typer(no_args_is_help=True, help="Biểu mẫu / forms.")


@app.command()
def generate() -> None:
    """Sinh lại lược đồ, ví dụ và trang tài liệu của biểu mẫu. / Regenerate committed forms, examples, pages."""
    with errors_told():
        done = form_files.regenerate(schemas_folder().parent)
        out.print(f"{len(done.written)} tệp đã ghi / files written")


@app.command("check")
def check() -> None:
    """Báo lỗi khi tệp biểu mẫu khác với kế hoạch. / Fail when committed forms differ from the plans."""
    with errors_told():
        problems = form_files.check_drift(schemas_folder().parent)
        if problems:
            raise Rejected(problems)
        err.print("[green]✓[/] biểu mẫu khớp với kế hoạch / forms agree with the plans")
