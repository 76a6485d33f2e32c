"""Lists of commands: a table for people, whose ids are never broken over lines, or JSON for programs.

A table that would not fit the terminal is printed as one block a row instead, so that nothing is cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

import orjson
import typer
from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.markup import escape
from rich.table import Table

from lienthong import events
from lienthong.calendar import VIETNAM
from lienthong.instants import read
from lienthong.pushes import outcomes
from services.commands.terminal import escaped_json, out

AsJson = Annotated[bool, typer.Option("--json", help="Chỉ in JSON / print JSON alone")]
Column = tuple[str, str]
"""Header, and the name of the member that it shows. A header that begins with "Mã" is of an id."""

EVENTS = {
    events.REPORT_SUBMITTED: "báo cáo",
    events.REPORT_WITHDRAWAL: "rút báo cáo",
    events.EXPLANATION_SUBMITTED: "giải trình",
    events.DIFFICULTY_RAISED: "khó khăn",
    events.TASK_REPORTED: "nhiệm vụ",
    events.FIGURES_SUPPLIED: "số liệu hệ thống",
    events.CONTENT_SUBMITTED: "tin, bài",
    events.CONTENT_WITHDRAWAL: "rút tin, bài",
    events.REACH_MEASURED: "mức tiếp cận",
    events.DIRECTIVE_REGISTERED: "văn bản chỉ đạo",
    events.MATERIAL_SHARED: "tư liệu",
}
"""What each claim is about; a test holds it against the claims that there are."""

_SHORT = 16  # characters of a day with its time: what is no longer stands on one line
_SENTENCE = 2 * _SHORT  # characters from which a text takes many lines where its column is narrow
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def show(title: str, columns: Sequence[Column], rows: Iterable[Mapping[str, Any]], *, as_json: bool = False) -> None:
    """Print a list, and that it is empty when it is."""
    listed = list(rows)
    if as_json:
        dump(listed)
        return
    if not listed:
        out.print(f"{title}: chưa có mục nào / none", highlight=False)
        return
    cells = [[cell(row.get(name)) for _, name in columns] for row in listed]
    rooms = [_Room.of(header, texts) for (header, _), texts in zip(columns, zip(*cells, strict=True), strict=True)]
    out.print(f"[italic]{escape(title)}[/]", highlight=False)
    for blanks in (2, 1):  # between columns
        room = out.width - blanks * (len(columns) - 1)
        if sum(each.least for each in rooms) <= room:
            out.print(_table(columns, cells, _widths(rooms, room), blanks), highlight=False)
            out.print()
            return
    _blocks(columns, cells)


def dump(body: object) -> None:
    """Print JSON, and nothing else."""
    typer.echo(escaped_json(orjson.dumps(body, default=str, option=orjson.OPT_INDENT_2).decode()))


def facts(title: str, pairs: Iterable[tuple[str, object]]) -> None:
    """Print what is known of one thing, a line each; of a list no item is broken over lines that fits one."""
    rows = list(pairs)
    room = out.width - max(cell_len(name) for name, _ in rows) - 4
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        text = _lines(map(cell, value), room) if isinstance(value, list | tuple) and value else cell(value)
        table.add_row(name, escape(text))
    out.print(f"[italic]{escape(title)}[/]", highlight=False)
    out.print(table, highlight=False)
    out.print()


def _lines(items: Iterable[str], room: int) -> str:
    """Items in lines of at most so many cells; a longer one has its own."""
    lines = [""]
    for item in items:
        longer = f"{lines[-1]}, {item}" if lines[-1] else item
        if cell_len(longer) < room or not lines[-1]:
            lines[-1] = longer
        else:
            lines[-1] += ","
            lines.append(item)
    return "\n".join(lines)


def outcome(code: str | None) -> str | None:
    """What became of an exchange, in words, with the code that programs and the documents know it by."""
    if not code or code == "ok":
        return code
    words = outcomes.meaning_of(code).vi
    return words if words == code else f"{words} ({code})"


def event(type_: str) -> str:
    """What a submitted event is about, in words."""
    return EVENTS[type_]


def cell(value: object) -> str:
    """A value as people read it: days and times as Vietnam writes them, in its zone."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "có" if value else "không"
    if isinstance(value, float | Decimal):
        return format(value, "f" if isinstance(value, Decimal) else "").replace(".", ",")
    if isinstance(value, date):
        return f"{value.astimezone(VIETNAM):%d/%m/%Y %H:%M}" if isinstance(value, datetime) else f"{value:%d/%m/%Y}"
    if isinstance(value, list | tuple):
        return ", ".join(map(cell, value)) or "–"
    return _text_cell(str(value))


def _text_cell(text: str) -> str:
    """A text; an instant or a day of the wire as people write it."""
    try:
        if _INSTANT.fullmatch(text):
            return cell(read(text))
        return cell(date.fromisoformat(text)) if _DAY.fullmatch(text) else text
    except (ValueError, OverflowError):  # somebody's title that only looks like a day: 2026-02-31
        return text


@dataclass(frozen=True, kw_only=True, slots=True)
class _Room:
    """What a column takes. least: below it something would be broken that must not, an id, a time, a word, or its
    sentences would stand word under word; most: nothing is broken.
    """

    least: int
    most: int

    @classmethod
    def of(cls, header: str, texts: Sequence[str]) -> _Room:
        longest = max(cell_len(line) for text in texts for line in text.splitlines() or [""])
        whole = header.startswith("Mã") or all(len(text) <= _SHORT and "," not in text for text in texts)
        words = max(cell_len(word) for text in (*texts, header) for word in text.split())
        return cls(
            least=max(words, longest if whole else _SHORT if longest > _SENTENCE else 0),
            most=max(longest, cell_len(header)),
        )


def _widths(rooms: Sequence[_Room], room: int) -> list[int]:
    """The room divided: what is left beyond the least goes in equal parts to those that lack some."""
    given = [each.least for each in rooms]
    lacking = sorted(range(len(rooms)), key=lambda place: rooms[place].most - rooms[place].least)
    for number, place in enumerate(lacking):
        share = (room - sum(given)) // (len(lacking) - number)
        given[place] += min(share, rooms[place].most - rooms[place].least)
    return given


def _table(columns: Sequence[Column], cells: Sequence[Sequence[str]], widths: Sequence[int], blanks: int) -> Table:
    table = Table(header_style="bold", box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, blanks - 1, 0, 0))
    for (header, _), width in zip(columns, widths, strict=True):
        table.add_column(header, width=width, overflow="fold")
    for texts in cells:
        table.add_row(*map(escape, texts))
    return table


def _blocks(columns: Sequence[Column], cells: Sequence[Sequence[str]]) -> None:
    """One row after the other, a line for each of its values."""
    width = max(len(header) for header, _ in columns)
    for texts in cells:
        block = Table.grid(padding=(0, 2))
        block.add_column(width=width, no_wrap=True)
        block.add_column(overflow="fold")
        for (header, _), text in zip(columns, texts, strict=True):
            block.add_row(header, escape(text))
        out.print("─" * min(out.width, 40))
        out.print(block, highlight=False)
    out.print()
