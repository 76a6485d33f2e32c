"""What is said of a unit whose page somebody may not see, and of one that there is not: the same, and true of both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from lienthong.errors import Rejected
from lienthong.refusals import refused


@contextmanager
def reaching(unit: str) -> Iterator[None]:
    """Around what is asked of a unit. Raises Rejected (404) where the hub says that there is none."""
    try:
        yield
    except Rejected as error:
        if any(problem.code == "unit_unknown" for problem in error.problems):
            raise refused("unit_outside", unit=unit) from error
        raise
