"""CSV that a Vietnamese Excel opens by a double click: `;`, decimal comma, dd/mm/yyyy, byte order mark. For people; a
program takes the one with commas.
"""

from __future__ import annotations

import csv
import io
from datetime import datetime
from decimal import Decimal

from lienthong.calendar import VIETNAM
from services.export.formats import comma, tables
from services.export.formats.written import Written


def write(written: Written) -> bytes:
    """The table that is asked for."""
    dataset = written.dataset()
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerows(comma.lines(tables.BY_NAME[written.table](dataset), dataset, spelled))
    return out.getvalue().encode("utf-8-sig")


def spelled(value: Decimal | datetime) -> str:
    """As a Vietnamese spreadsheet reads it."""
    if isinstance(value, datetime):
        return f"{value.astimezone(VIETNAM):%d/%m/%Y %H:%M}"
    return format(value, "f").replace(".", ",")
