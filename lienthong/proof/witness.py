"""What is asked while a partition's log is read once from its beginning: each witness sees every event and says what
does not fit. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from lienthong.errors import Message, Problem
from lienthong.events import Recorded
from lienthong.refusals import phrase, problem


class Witness(Protocol):
    """Keeps what it needs of the events it has seen; used for one partition."""

    def see(self, recorded: Recorded, data: Any, /) -> Iterable[Problem]:
        """The next event. data: its data read strictly, None where it can't be read."""

    def end(self) -> Iterable[Problem]:
        """The log ends here."""


def finding(key: str, position: int | None, code: str, *, field: str | None = None, **params: Any) -> Problem:
    """Something that does not fit, at a place of the log: `/20/17/values`. position None: at no single one: `/20`."""
    at = f"/{key}" + ("" if position is None else f"/{position}") + (f"/{field}" if field else "")
    named = (
        {"partition": key} | ({} if position is None else {"position": position}) | ({"field": field} if field else {})
    )
    return problem(at, code, where=_where(key, position), **named, **params)


def _where(key: str, position: int | None) -> Message:
    if position is None:
        return phrase("of_partition", partition=key)
    return phrase("of_position", partition=key, position=position)
