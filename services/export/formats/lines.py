"""NDJSON: a release in pieces, a record a line, for programs that read as they go."""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from services.export.formats import tables
from services.export.formats.written import Written


def write(written: Written) -> Iterator[bytes]:
    """One record a line; the first is the head of the release."""
    for record in tables.records(written.dataset()):
        yield orjson.dumps(record) + b"\n"
