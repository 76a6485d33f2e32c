"""The formats that a released dataset can be had in. A new one is a row here and a module with its `write`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Final

from services.export.formats.written import Written


@dataclass(frozen=True, kw_only=True, slots=True)
class Format:
    """A row. name: in `format=` and as the file's ending. media: its type, as Accept asks for it.

    module: has `write(Written) -> bytes | Iterator[bytes]`; imported where it is asked for, since a workbook's library
    takes 6 MB. saved: a browser keeps it as a file. one_table: it holds one, and the file's name says which.
    heavy: made one at a time.
    """

    name: str
    media: str
    module: str
    charset: str = ""
    saved: bool = True
    one_table: bool = False
    heavy: bool = False

    @property
    def content_type(self) -> str:
        return f"{self.media}; charset={self.charset}" if self.charset else self.media

    def file_name(self, of: str, table: str) -> str:
        """`P119-LS.2026_1_figures.csv`, `P119-LS.2026_1.xlsx`."""
        which = f"_{table}" if self.one_table else ""
        return f"{of.replace('/', '_')}{which}.{self.name.split('-')[0]}"

    def write(self, written: Written) -> bytes | Iterator[bytes]:
        """The file, whole or in pieces."""
        body: bytes | Iterator[bytes] = import_module(f"services.export.formats.{self.module}").write(written)
        return body


JSON: Final = Format(name="json", media="application/json", module="whole", saved=False)
NDJSON: Final = Format(name="ndjson", media="application/x-ndjson", module="lines", saved=False)

FORMATS: Final = {
    format_.name: format_
    for format_ in (
        JSON,
        NDJSON,
        Format(name="csv", media="text/csv", charset="utf-8", module="comma", one_table=True),
        Format(name="csv-vn", media="text/csv", charset="utf-8", module="semicolon", one_table=True),
        Format(
            name="xlsx",
            media="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            module="xlsx",
            heavy=True,  # that of 200 communes with 60 figures takes 50 MB
        ),
    )
}
"""By name; the first is what one gets who asks for none."""


def accepted_format(accept: str, offered: Iterable[Format]) -> Format:
    """The format of the first media type of an Accept header that is offered; JSON otherwise."""
    by_media: dict[str, Format] = {}
    for format_ in offered:
        by_media.setdefault(format_.media, format_)
    for part in accept.split(","):
        if (kind := by_media.get(part.split(";")[0].strip())) is not None:
            return kind
    return JSON
