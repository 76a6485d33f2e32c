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
    takes 6 MB. saved: a browser keeps it as a file. heavy: made one at a time.
    """

    name: str
    media: str
    module: str
    charset: str = ""
    saved: bool = True
    heavy: bool = False

    @property
    def content_type(self) -> str:
        return f"{self.media}; charset={self.charset}" if self.charset else self.media

    def write(self, written: Written) -> bytes | Iterator[bytes]:
        """The file, whole or in pieces."""
        body: bytes | Iterator[bytes] = import_module(f"services.export.formats.{self.module}").write(written)
        return body


JSON: Final = Format(name="json", media="application/json", module="whole", saved=False)
NDJSON: Final = Format(name="ndjson", media="application/x-ndjson", module="lines", saved=False)

FORMATS: Final = {
    one.name: one
    for one in (
        JSON,
        NDJSON,
        Format(name="csv", media="text/csv", charset="utf-8", module="comma"),
        Format(
            name="xlsx",
            media="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            module="xlsx",
            heavy=True,  # that of 200 communes with 60 figures takes 50 MB
        ),
    )
}
"""By name; the first is what one gets who asks for none."""


def accepted(accept: str, offered: Iterable[Format]) -> Format:
    """The format of the first media type of an Accept header that is offered; JSON otherwise."""
    by_media = {one.media: one for one in offered}
    for part in accept.split(","):
        if (found := by_media.get(part.split(";")[0].strip())) is not None:
            return found
    return JSON
