"""A table as the demonstration shows it, and what of a long text stands in it."""

from __future__ import annotations

from rich import box
from rich.table import Table


def table(title: str, *columns: str) -> Table:
    """A table whose codes stay on one line. A name after `>` is that of a column of numbers, after `~` of words, which
    give way where the room is too small.
    """
    table_ = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        header_style="bold",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    for column in columns:
        name, number, words = column.lstrip(">~"), column.startswith(">"), column.startswith("~")
        table_.add_column(
            name,
            no_wrap=not words,
            overflow="fold" if words else "ellipsis",
            justify="right" if number else "left",
            min_width=max(map(len, name.split())) if number else None,
        )
    return table_


def cut(value: object, most: int = 400) -> str:
    text = str(value)
    return text if len(text) <= most else text[:most] + " …"
