"""JSON: a release to the byte as it was made, what its digest is over."""

from __future__ import annotations

from services.export.formats.written import Written


def write(written: Written) -> bytes:
    """As it was made."""
    return written.text.encode()
