"""CSV that a Vietnamese Excel opens by a double click: `;`, decimal comma, dd/mm/yyyy, byte order mark. For people; a
program takes the one with commas.
"""

from __future__ import annotations

from lienthong import separated
from services.export.formats import comma, tables
from services.export.formats.written import Written


def write(written: Written) -> bytes:
    """The table that is asked for."""
    dataset = written.dataset()
    return separated.semicolons(comma.lines(tables.BY_NAME[written.table](dataset), dataset))
