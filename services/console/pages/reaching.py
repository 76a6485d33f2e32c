"""What is said of a unit that is in the registry and not within what an account is for: that, and not that there is no
such unit. The registry is no secret, what units do is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from lienthong.errors import Rejected
from lienthong.refusals import refused
from services.console.asking import Answer


@contextmanager
def reaching(unit: Answer) -> Iterator[None]:
    """Around what is asked of a unit that the registry has. Raises Rejected (403) where the hub answers as if it had
    not.
    """
    try:
        yield
    except Rejected as error:
        if any(problem.code == "unit_unknown" for problem in error.problems):
            raise refused("unit_outside", unit=unit["full_name"]) from error
        raise
