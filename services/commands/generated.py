"""`lienthong generated write|check`: every committed file that is made from another one, made anew or compared."""

from __future__ import annotations

from pathlib import Path

import typer

from lienthong.errors import Rejected
from lienthong.forms import files as form_files
from lienthong.refusals import problem
from lienthong.shipped import schemas_folder
from services.commands.terminal import err, errors_told, out
from services.hub import descriptions

app = typer.Typer(no_args_is_help=True, help="Tệp được sinh ra / generated files.")


@app.command()
def write() -> None:
    """Sinh lại mọi tệp. / Make all generated files anew."""
    with errors_told():
        root = schemas_folder().parent
        done = form_files.regenerate(root)
        written = [*done.written, *(name for name, text in descriptions.files(root).items() if _put(root / name, text))]
        out.print(f"{len(written)} tệp đã ghi / files written")


@app.command()
def check() -> None:
    """Báo lỗi khi một tệp khác với nguồn của nó. / Fail when a file differs from what it is made from."""
    with errors_told():
        root = schemas_folder().parent
        check_drift = [*form_files.check_drift(root)]
        check_drift += [
            problem(
                f"/{name}",
                "file_drifted",
                name=name,
            )
            for name, text in descriptions.files(root).items()
            if _text(root / name) != text
        ]
        if check_drift:
            raise Rejected(check_drift)
        err.print("[green]✓[/] mọi tệp sinh ra đều khớp / all generated files agree")


def _put(path: Path, text: str) -> bool:
    if _text(path) == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return True


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None
