"""Signing the consolidation of a round off, and taking a release back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from psycopg.rows import class_row

from lienthong import events
from lienthong.calendar import day_of
from lienthong.contracts import texts
from lienthong.errors import Rejected
from lienthong.instants import wire
from lienthong.postgres.pool import Connection
from lienthong.refusals import problem, refused
from services.ingest.office.act import Act
from services.ingest.office.facts import fact
from services.ingest.releases import rules
from services.ingest.releases.identifiers import identified
from services.ingest.releases.reading import SQL
from services.ingest.releases.standing import PLATFORM, refuse, standing

SCOPE = "operate:releases"


@dataclass(frozen=True, kw_only=True, slots=True)
class Signed:
    """A release as it was signed; in force while withdrawn_at is None."""

    release: str
    version: int
    withdrawn_at: datetime | None


def sign(
    act: Act,
    *,
    round_: str,
    recipients: Sequence[str] | None,
    document: Mapping[str, Any],
    confirm: bool,
    note: str = "",
) -> tuple[str, int]:
    """Sign the round's consolidation off, as it stands at this place of the log. Returns (release, position).

    recipients: some of those that the plan's obligations name, and the platform; None: all of them. confirm: the
    signer knows that reports are missing. Raises Rejected (409) for a release that equals the last one, and, unless
    confirmed, for one that lacks reports.
    """
    signed = act.round(round_, SCOPE)
    now = act.change()
    found = standing(act.tx, round_, now)
    recipients = _recipients(act, found.recipients, recipients)
    refuse(found, recipients, confirmed=confirm)
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
        **identified(act.definitions.registry, signed, recipients, day_of(now)),
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


def _recipients(act: Act, allowed: list[str], wanted: Sequence[str] | None) -> list[str]:
    """Those who were asked for, each once, or everybody whom the plan's obligations name, and the platform."""
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
