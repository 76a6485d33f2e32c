"""That nobody overwrites what he has not seen: the version of a thing that is edited, and who changed it meanwhile.

Whoever edits may say which version he saw (over HTTP `If-Match`); where another stands by then, nothing is changed and
he is told who was before him, and when, so far as he may see that. Whoever says nothing overwrites, as he always did.
The version is made of what can be edited and of nothing else: what the hub counts or notes beside it is no part of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from psycopg.rows import class_row

from lienthong.access.sight import EVERYTHING, Sight
from lienthong.calendar import VIETNAM
from lienthong.errors import Message, Rejected
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.refusals import alike, phrase, refused

SQL = Queries(Path(__file__).with_name("edits.sql"))
_ACTORS = ("person", "client", "cli")  # who acts, as the audit log names them; the hub itself edits nothing


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What whoever edits saw. versions: any of these may stand; None where nothing was said, and any may.

    acts: whose acts may be told to him; None for those of nobody.
    """

    versions: Collection[str] | None = None
    acts: Sight | None = EVERYTHING


UNSAID = Seen()


@dataclass(frozen=True, kw_only=True, slots=True)
class Edited:
    """A thing that is edited, as it stands. subject, acts: how the audit log names it, and what changed it.

    issuer: the unit whose thing it is; None for the province's own.
    """

    subject: str
    acts: tuple[str, ...]
    province: str
    issuer: str | None
    standing: Mapping[str, Any]

    @property
    def version(self) -> str:
        return version_of(self.standing)


@dataclass(frozen=True, kw_only=True, slots=True)
class LastAct:
    """Who changed it last, and when by the hub's clock."""

    actor: str
    at: datetime


def version_of(standing: Mapping[str, Any]) -> str:
    """Of what can be edited: equal where it is equal, whatever order its members stand in."""
    written = orjson.dumps(dict(standing), option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS, default=_json_default)
    return hashlib.sha256(written).hexdigest()[:32]


def require_unchanged(tx: Connection, seen: Seen, edited: Edited) -> None:
    """Raises Rejected (412) unless what he saw still stands. tx: in which the thing is held until it is changed."""
    if seen.versions is None or edited.version in seen.versions:
        return
    last = _last_act(tx, edited) if seen.acts is not None and _covers(seen.acts, edited) else None
    if last is None:
        raise _refusal(edited)
    at = last.at.astimezone(VIETNAM)
    raise refused(
        "changed_meanwhile", subject=edited.subject, who=_actor_in_words(last.actor), at=at, version=edited.version
    )


def _refusal(edited: Edited) -> Rejected:
    return refused("changed_by_somebody", subject=edited.subject, version=edited.version)


def _actor_in_words(actor: str) -> Message:
    kind, _, name = actor.partition(":")
    return phrase(f"by_{kind}", name=name) if kind in _ACTORS else alike(actor)


def _covers(acts: Sight, edited: Edited) -> bool:
    return acts.covers(province=edited.province, issuer=edited.issuer)


def _last_act(tx: Connection, edited: Edited) -> LastAct | None:
    parameters = {"province": edited.province, "subject": edited.subject, "acts": list(edited.acts)}
    return tx.cursor(row_factory=class_row(LastAct)).execute(SQL.last_of, parameters).fetchone()


def _json_default(value: object) -> object:
    """What JSON has no form for: a set, in order."""
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} is no part of a version")
