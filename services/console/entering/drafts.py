"""Drafts: what a person has typed of a report and not sent. Kept by the console alone, for this person alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import orjson

from lienthong.postgres.answers import value
from lienthong.postgres.pool import Pool
from lienthong.postgres.sql import Queries

SQL = Queries(Path(__file__).with_name("queries.sql"))
KEEP_DAYS = 90
"""A report is due some weeks after its round opened; a draft that nobody touched for a quarter is forgotten."""
MOST = 50
"""Of one person: a commune owes some ten forms a year."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DraftKey:
    """Whose draft of which report."""

    person: str
    unit: str
    round: str
    form: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """typed: texts by the names of the form's fields. saved_at: real time."""

    typed: Mapping[str, str]
    saved_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Basis:
    """What a form was made from: the draft kept then, or none. any: it does not say, or means to overwrite."""

    saved_at: datetime | None = None
    any: bool = False


ANY = Basis(any=True)


class Drafts:
    """Blocking calls, each one transaction; pool: acts as lienthong_console."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def find(self, key: DraftKey) -> Draft | None:
        """What was kept last."""
        with self._pool.connection() as conn:
            row = conn.execute(SQL.draft, _parameters(key)).fetchone()
        if row is None:
            return None
        typed, saved_at = row
        return Draft(typed=orjson.loads(typed), saved_at=saved_at)

    def keep(self, key: DraftKey, typed: Mapping[str, str], basis: Basis = ANY) -> datetime | None:
        """Keep what is typed now; the oldest of too many go. None where another draft stands by now than was seen: the
        same person types in a second window, and neither overwrites the other unseen.
        """
        with self._pool.transaction() as tx:
            row = {**_parameters(key), "typed": _as_json(typed), "any": basis.any, "seen": basis.saved_at}
            at = value(tx, datetime, SQL.keep, row)
            tx.execute(SQL.drop_old, {"person": key.person, "days": KEEP_DAYS, "most": MOST})
        return at

    def drop(self, key: DraftKey) -> None:
        """Forget it."""
        with self._pool.transaction() as tx:
            tx.execute(SQL.drop, _parameters(key))


def _as_json(typed: Mapping[str, str]) -> str:
    return orjson.dumps(dict(typed), option=orjson.OPT_SORT_KEYS).decode()


def _parameters(key: DraftKey) -> dict[str, str]:
    return {"person": key.person, "unit": key.unit, "round": key.round, "form": key.form}
