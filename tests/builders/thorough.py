"""LIENTHONG_LONG_TESTS=1: what is generated is generated more often, and every broker is killed in turn. For nights."""

from __future__ import annotations

import os

LONG = os.environ.get("LIENTHONG_LONG_TESTS") == "1"


def seeds(usual: int) -> range:
    """Seeds of generated inputs: as many as usual, or five times as many."""
    return range(5 * usual if LONG else usual)
