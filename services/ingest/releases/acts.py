"""Signing the consolidation of a round off, and taking a release back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from psycopg.rows import class_row

from lienthong import events
from lienthong.calendar import day_of
from lienthong.contracts import texts
from lienthong.errors import Rejected
from lienthong.instants import wire
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.refusals import problem, refused
from services.ingest.definitions.loading import whole_round
from services.ingest.office.act import Act
from services.ingest.office.facts import fact
from services.ingest.releases import rules

SQL = Queries(Path(__file__).with_name("queries.sql"))
SCOPE = "operate:releases"
PLATFORM = "platform"
"""The national communication platform: no office that a report is owed to, but what a release may be pushed to."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Signed:
    """A release as it was signed; in force while withdrawn_at is None."""

    release: str
    version: int
    withdrawn_at: datetime | None


def sign(
    act: Act, *, round_: str, recipients: Sequence[str] | None, document: Mapping[str, Any], note: str = ""
) -> tuple[str, int]:
    """Sign the round's consolidation off, as it stands at this place of the log. Returns (release, position).

    recipients: some of those that the plan's obligations name, and the platform; None: all of them.
    """
    signed = act.round(round_, SCOPE)
    recipients = _recipients(act, round_, recipients)
    now = act.change()
    version = len(_releases(act.tx, round_)) + 1
    release = f"{round_}/{version}"
    data = {
        "release": release,
        "round": round_,
        "version": version,
        "recipients": list(recipients),
        "by": act.actor.name,
        "signedAt": wire(now),
        "document": dict(document),
        "note": note,
    }
    act.record(
        "release.signed",
        release,
        province=signed.province,
        issuer=signed.root,
        details={"recipients": list(recipients)},
    )
    [recorded] = act.append(fact(events.RELEASE_SIGNED, release, release, signed.province, now, data))
    act.tx.execute(
        SQL.put_release,
        {
            "release": release,
            "round": round_,
            "version": version,
            "recipients": list(recipients),
            "document": orjson.dumps(document).decode(),
            "by": act.actor.name,
            "at": now,
            "partition": recorded.partition,
            "position": recorded.position,
        },
    )
    return release, recorded.position


def _recipients(act: Act, round_: str, wanted: Sequence[str] | None) -> list[str]:
    """Those who were asked for, each once, or everybody whom the plan's obligations name, and the platform."""
    whole = whole_round(act.tx, round_)  # a locked round is kept in memory without its deadlines
    assert whole is not None, "the act found it"
    allowed = [*whole.recipients(), PLATFORM]
    if wanted is None:
        return allowed
    _known(act, wanted)
    rules.of_recipients(wanted, allowed)
    return list(dict.fromkeys(wanted))


def _known(act: Act, recipients: Sequence[str]) -> None:
    """Raises Rejected for recipients that are neither the platform nor a unit of today: nobody could read as them."""
    today = day_of(act.now())
    unknown = [
        problem(f"/recipients/{place}", "recipient_unknown", recipient=one)
        for place, one in enumerate(recipients)
        if one != PLATFORM and not act.definitions.registry.exists(one, today)
    ]
    if unknown:
        raise Rejected(unknown[: texts.MOST_PROBLEMS])


def withdraw(act: Act, *, release: str, reason: str, document: Mapping[str, Any]) -> None:
    """Withdraw a release that should not have gone out: recipients are told, the feed names it as withdrawn.

    It stays in the log and on record; a corrected consolidation is a new release.
    """
    code, _, _ = release.rpartition("/")
    unknown = refused("release_unknown", release=release)
    round_ = act.definitions.rounds.get(code)
    if round_ is None:
        raise unknown
    act.require(SCOPE, province=round_.province, issuer=round_.root, otherwise=unknown)
    now = act.change()
    withdrawn = next((each for each in _releases(act.tx, code) if each.release == release), None)
    if withdrawn is None:
        raise unknown
    if withdrawn.withdrawn_at is not None:
        raise refused("release_withdrawn_already")
    act.tx.execute(SQL.withdraw_release, {"release": release, "at": now})
    data = {
        "release": release,
        "round": code,
        "version": withdrawn.version,
        "by": act.actor.name,
        "withdrawnAt": wire(now),
        "document": dict(document),
        "reason": reason,
    }
    act.record("release.withdrawn", release, province=round_.province, issuer=round_.root, details={"reason": reason})
    act.append(fact(events.RELEASE_WITHDRAWN, release, release, round_.province, now, data))


def _releases(tx: Connection, round_: str) -> list[Signed]:
    return tx.cursor(row_factory=class_row(Signed)).execute(SQL.releases_of, {"round": round_}).fetchall()
