"""Where what the product ships lies: schemas, problem words, programmes, units."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

_HERE = Path(__file__).resolve().parent
_CHECKOUT = _HERE.parent

YAML_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The parser in C, where PyYAML was built with it: a tenth of the time."""


def schemas_folder() -> Path:
    """Where the product's own schemas lie: inside the package in a wheel, beside it in a checkout."""
    inside = _HERE / "schemas"
    return inside if inside.is_dir() else _CHECKOUT / "schemas"


def in_a_checkout() -> bool:
    """Whether this is the source as it was cloned, where `make` and the docs are at hand."""
    return (_CHECKOUT / "Makefile").is_file() and (_CHECKOUT / "schemas").is_dir()


def shipped_yaml(path: Path) -> Any:
    """What a YAML file of the product's own says. Every process reads some when it starts."""
    return yaml.load(path.read_text("utf-8"), Loader=YAML_LOADER)
