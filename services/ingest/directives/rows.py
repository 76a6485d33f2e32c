"""Directives as rows of a file: what the register takes of each. Pure.

Columns: unit, number, title, issuer, issued, programmes; directive (a code of the sender's, else made of year and
number), posted and shared: `portal 15/10/2026 https://…; site 16/10/2026 https://…`, `zalo 2026-10-15`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from lienthong.contents import CHANNELS, PLACES
from lienthong.errors import Message, Problem, Rejected
from lienthong.refusals import phrase, problem, refused
from lienthong.sheets import Sheet
from lienthong.units.names import fold

NEEDED = ("unit", "number", "title", "issuer", "issued", "programmes")
KNOWN = (*NEEDED, "directive", "posted", "shared")
LONGEST_CODE = 120
_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_OUT_OF_CODES = re.compile(r"[^A-Za-z0-9._:-]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class DirectiveRow:
    """A directive of a file. row: how its line is named; data: of `directive.registered`."""

    line: int
    row: Message
    data: Mapping[str, Any]


def rows(sheet: Sheet, file: str) -> list[DirectiveRow]:
    """Raises Rejected with every fault of the columns, then of the rows."""
    if missing := [name for name in NEEDED if name not in sheet.header]:
        raise refused("file_columns", columns=", ".join(missing))
    if unknown := [name for name in sheet.header if name not in KNOWN]:
        raise refused("directive_columns", columns=", ".join(unknown), known=", ".join(KNOWN))
    read, problems = list[DirectiveRow](), list[Problem]()
    for line, values in sheet.rows:
        named = phrase("of_line", file=file, line=line)
        given = dict(zip(sheet.header, values, strict=True))
        problems += _unreadable(given, named, line)
        read.append(DirectiveRow(line=line, row=named, data=_data(given)))
    if problems:
        raise Rejected(problems)
    return read


def of_line(row: DirectiveRow, fault: Problem) -> Problem:
    """A problem of the register's own, told of the row's line."""
    problem_ = problem(f"/{row.line}", "directive_row", row=row.row, what=fault.message)
    return Problem(
        pointer=f"/{row.line}{fault.pointer}", code=fault.code, message=problem_.message, params=fault.params
    )


def code_of(issued: str, number: str) -> str:
    """ "2026-10-15", "12/CT-UBND" → "2026.12-ct-ubnd": the same file twice is the same directives."""
    return f"{issued[:4]}.{_OUT_OF_CODES.sub('-', fold(number)).strip('-._:')}"[:LONGEST_CODE]


def _data(given: Mapping[str, str]) -> dict[str, Any]:
    issued = _day(given["issued"]) or given["issued"]
    return {
        "unit": given["unit"],
        "directive": given.get("directive") or code_of(issued, given["number"]),
        "number": given["number"],
        "title": given["title"],
        "issuer": given["issuer"],
        "issued": issued,
        "programmes": given["programmes"].replace(",", " ").replace(";", " ").split(),
        "posted": [_place(part, "place") for part in _parts(given, "posted")],
        "shared": [_place(part, "channel") for part in _parts(given, "shared")],
    }


def _parts(given: Mapping[str, str], column: str) -> list[list[str]]:
    return [words for part in given.get(column, "").split(";") if (words := part.split())]


def _place(words: list[str], name: str) -> dict[str, str]:
    place, day, *url = [*words, ""] if len(words) == 1 else words
    return {name: place, "day": _day(day) or day, **({"url": url[0]} if url else {})}


def _unreadable(given: Mapping[str, str], row: Message, line: int) -> Iterator[Problem]:
    """Places and days that can't be read; what else is wrong the register itself says."""
    for column, codes in (("posted", PLACES), ("shared", CHANNELS)):
        for words in _parts(given, column):
            if words[0] not in codes or len(words) not in (2, 3) or _day(words[1]) is None:
                text, all_codes = " ".join(words), ", ".join(codes)
                at = f"/{line}/{column}"
                yield problem(at, "directive_place_unreadable", row=row, column=column, text=text, known=all_codes)
    if _day(given["issued"]) is None:
        text = given["issued"]
        yield problem(f"/{line}/issued", "day_invalid", row=row, column="issued", text=text)


def _day(text: str) -> str | None:
    """15/10/2026 or 2026-10-15 as the wire has it; None for no day."""
    try:
        if match := _DAY.fullmatch(text):
            return date(int(match[3]), int(match[2]), int(match[1])).isoformat()
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return None
