"""Lists of commands: a table for people, whose ids are never broken over lines, or JSON for programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import orjson
import typer
from rich.table import Table

from lienthong.calendar import VIETNAM
from services.commands.terminal import out

AsJson = Annotated[bool, typer.Option("--json", help="Chỉ in JSON / print JSON alone")]
Column = tuple[str, str]
"""Header, and the name of the member that it shows. A header that begins with "Mã" is of an id."""


def show(title: str, columns: Sequence[Column], rows: Iterable[Mapping[str, Any]], *, as_json: bool = False) -> None:
    """Print a list, and that it is empty when it is."""
    listed = list(rows)
    if as_json:
        typer.echo(orjson.dumps(listed, default=str, option=orjson.OPT_INDENT_2).decode())
        return
    if not listed:
        out.print(f"{title}: chưa có mục nào / none")
        return
    table = Table(title=title, title_justify="left", header_style="bold")
    for header, _ in columns:
        is_id = header.startswith("Mã")
        table.add_column(header, overflow="ignore" if is_id else "fold", no_wrap=is_id)
    for row in listed:
        table.add_row(*(cell(row.get(name)) for _, name in columns))
    out.print(table)


def facts(title: str, pairs: Iterable[tuple[str, object]]) -> None:
    """Print what is known of one thing, a line each."""
    table = Table(title=title, title_justify="left", show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in pairs:
        table.add_row(name, cell(value))
    out.print(table)


def cell(value: object) -> str:
    """A value as people read it: times in Vietnam's zone."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "có" if value else "không"
    if isinstance(value, datetime):
        return value.astimezone(VIETNAM).strftime("%H:%M %d/%m/%Y")
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "–"
    return str(value)
