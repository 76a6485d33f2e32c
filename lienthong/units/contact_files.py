"""A file that says how units are reached: a column `unit`, a column `mails` with addresses between spaces. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lienthong import sheets
from lienthong.refusals import refused

MOST_ROWS = 5000
_BETWEEN = re.compile(r"[\s,;|]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class ContactRow:
    """line: of the file. mails: as they were written."""

    line: int
    unit: str
    mails: list[str]


def read(content: bytes, file: str) -> list[ContactRow]:
    """The rows of a CSV file or a workbook. Raises Rejected for one that can't be read, lacks a column, or has no row
    or too many.
    """
    sheet = sheets.read(content, file)
    if missing := [name for name in ("unit", "mails") if name not in sheet.header]:
        raise refused("file_columns", "/file", columns=", ".join(missing))
    if not 1 <= len(sheet.rows) <= MOST_ROWS:
        raise refused("file_rows", "/file", most=MOST_ROWS)
    rows = [(line, dict(zip(sheet.header, values, strict=True))) for line, values in sheet.rows]
    return [ContactRow(line=line, unit=row["unit"].strip(), mails=mails_of(row["mails"])) for line, row in rows]


def mails_of(text: str) -> list[str]:
    """The addresses of a field."""
    return [part for part in _BETWEEN.split(text) if part]
