"""Drafting the release of a round, signing it off by somebody else, and taking a release back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from psycopg.rows import class_row

from lienthong import events
from lienthong.calendar import day_of
from lienthong.contracts.collected import refuse
from lienthong.instants import wire
from lienthong.postgres.pool import Connection
from lienthong.refusals import problem, refused
from lienthong.rounds.round import OpenRound
from services.ingest.office.act import Act
from services.ingest.office.facts import fact
from services.ingest.pairs.acts import single_allowed
from services.ingest.pairs.rules import of_two
from services.ingest.releases import drafts, rules
from services.ingest.releases.drafts import ReleaseDraft
from services.ingest.releases.identifiers import identifier_member
from services.ingest.releases.reading import SQL
from services.ingest.releases.standing import PLATFORM, refuse_equal, refuse_incomplete, signing_state
from services.ingest.releases.standing import draft_to_sign as drafted_of

DRAFTING = "release:draft"
SCOPE = "operate:releases"


@dataclass(frozen=True, kw_only=True, slots=True)
class Signed:
    """A release as it was signed; in force while withdrawn_at is None."""

    release: str
    version: int
    withdrawn_at: datetime | None


def draft(
    act: Act,
    *,
    round_: str,
    recipients: Sequence[str] | None,
    document: Mapping[str, Any],
    note: str = "",
) -> ReleaseDraft:
    """Put the round's consolidation, as it stands at this place of the log, before somebody else to sign.

    recipients: some of those that the plan's obligations name, and the platform; None: all of them. A later draft takes
    the place of this one. Raises Rejected (409) for what would equal the last release.
    """
    drafted = act.round(round_, DRAFTING)
    now = act.change()
    state = signing_state(act.tx, round_, now)
    recipients = _recipients(act, state.recipients, recipients)
    refuse_equal(state, recipients)
    reports = drafts.standing_reports(act.tx, round_)
    release = f"{round_}/{state.version}"
    data = {
        "release": release,
        "round": round_,
        "version": state.version,
        "recipients": list(recipients),
        "document": dict(document),
        "note": note,
        "digest": reports.digest,
        "reports": reports.reports,
        "missing": len(state.missing_lines),
        "by": act.actor.name,
    }
    details = {"recipients": list(recipients), "digest": reports.digest, "missing": len(state.missing_lines)}
    act.record("release.drafted", release, province=drafted.province, issuer=drafted.root, details=details)
    [at] = act.append(fact(events.RELEASE_DRAFTED, f"{release}/{wire(now)}", release, drafted.province, now, data))
    row = {**data, "document": orjson.dumps(document).decode(), "at": now, "partition": at.partition}
    act.tx.execute(SQL.put_draft, row | {"position": at.position})
    newest = drafts.latest_draft(act.tx, round_, state.version)
    assert newest is not None, "it was just written"
    return newest


def sign(
    act: Act,
    *,
    round_: str,
    confirm: bool,
    document: Mapping[str, Any] | None = None,
    draft: int | None = None,
) -> tuple[str, int]:
    """Sign the round's draft off, at this place of the log. Returns (release, position).

    confirm: the signer knows that reports are missing. document: where its number is known by now; None: the draft's.
    draft: the position of the draft that the signer saw. Raises Rejected (409) where there is no draft that still
    stands, for whoever drafted it, and, unless confirmed, for what lacks reports.
    """
    signed = act.round(round_, SCOPE)
    now = act.change()
    state = signing_state(act.tx, round_, now)
    drafted = drafted_of(state, draft)
    of_two(drafted.drafted_by, act.actor.name, unit=signed.root, allowed=single_allowed(act.tx, signed.root))
    refuse_equal(state, drafted.recipients)
    refuse_incomplete(state, confirmed=confirm)
    rests_on = orjson.loads(drafted.document) if document is None else dict(document)
    return _sign_draft(act, signed, drafted, rests_on, now)


def _sign_draft(
    act: Act, signed: OpenRound, drafted: ReleaseDraft, rests_on: dict[str, Any], now: datetime
) -> tuple[str, int]:
    """Into the audit log, the event log and the table. rests_on: the document."""
    data = {
        "release": drafted.release,
        "round": signed.code,
        "version": drafted.version,
        "recipients": drafted.recipients,
        "draftedBy": drafted.drafted_by,
        "draft": drafted.position,
        "by": act.actor.name,
        "signedAt": wire(now),
        "document": rests_on,
        "note": drafted.note,
        **identifier_member(act.definitions.registry, signed, drafted.recipients, day_of(now)),
    }
    details = {"recipients": drafted.recipients, "draftedBy": drafted.drafted_by}
    act.record("release.signed", drafted.release, province=signed.province, issuer=signed.root, details=details)
    kind, release = events.RELEASE_SIGNED, drafted.release
    [at] = act.append(fact(kind, release, release, signed.province, now, data))
    row = {**data, "document": orjson.dumps(rests_on).decode(), "drafted_by": drafted.drafted_by, "at": now}
    act.tx.execute(SQL.put_release, row | {"partition": at.partition, "position": at.position})
    return release, at.position


def _recipients(act: Act, allowed: list[str], wanted: Sequence[str] | None) -> list[str]:
    """Those who were asked for, each once, or everybody whom the plan's obligations name, and the platform."""
    if wanted is None:
        return allowed
    _require_known(act, wanted)
    rules.of_recipients(wanted, allowed)
    return list(dict.fromkeys(wanted))


def _require_known(act: Act, recipients: Sequence[str]) -> None:
    """Raises Rejected for recipients that are neither the platform nor a unit of today: nobody could read as them."""
    today = day_of(act.now())
    refuse(
        problem(f"/recipients/{place}", "recipient_unknown", recipient=recipient)
        for place, recipient in enumerate(recipients)
        if recipient != PLATFORM and not act.definitions.registry.exists(recipient, today)
    )


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
