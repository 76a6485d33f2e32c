"""Where what the product ships lies: schemas, problem words, programmes, units."""

from __future__ import annotations

from pathlib import Path


def schemas_folder() -> Path:
    """Where the product's own schemas lie: beside the packages, in a checkout and in a wheel."""
    return Path(__file__).resolve().parent.parent / "schemas"
