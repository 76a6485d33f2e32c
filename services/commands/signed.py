"""The signed document that a command names: its options, and what they say together."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from services.commands.terminal import DAY_SHAPE, DAYS

Date = Annotated[
    datetime | None, typer.Option("--date", formats=DAYS, metavar=DAY_SHAPE, help="Ngày văn bản / its date")
]
Agency = Annotated[str | None, typer.Option("--agency", help="Cơ quan ký / agency that signed")]
ElectronicId = Annotated[
    str | None, typer.Option("--electronic-id", help="Mã định danh văn bản điện tử (edXML) / electronic document id")
]
File = Annotated[
    str | None,
    typer.Option("--file", metavar="TỆP|sha256:…", help="Tệp đã ký hoặc mã băm của tệp / the signed file, or its hash"),
]

_HASH = re.compile("sha256:[0-9a-f]{64}")


def document(
    number: str | None, date: datetime | None, agency: str | None, electronic_id: str | None, file: str | None
) -> dict[str, Any]:
    """The document as events carry it: number and date always, the others where they were given."""
    more = {
        "agency": agency,
        "electronicId": electronic_id,
        "fileHash": None if file is None else _hash(file),
    }
    return {
        "number": number,
        "date": None if date is None else date.date().isoformat(),
        **{name: text for name, text in more.items() if text},
    }


def _hash(file: str) -> str:
    """Of the file at a path, or the hash as it was given. Raises a usage error for what is neither."""
    if _HASH.fullmatch(file):
        return file
    try:
        with Path(file).open("rb") as content:
            return f"sha256:{hashlib.file_digest(content, 'sha256').hexdigest()}"
    except OSError as error:
        message = f"không đọc được tệp “{file}” / not a readable file nor sha256:…"
        raise typer.BadParameter(message, param_hint="--file") from error
