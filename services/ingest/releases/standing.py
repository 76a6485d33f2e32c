"""What a signer has to know before a round is released, and what then bars a release.

Whether anything changed is asked of the log: what was accepted for the plan's rounds (indicators look back), and every
decision in the province's partition that may touch the consolidation. When in doubt it counts as a change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lienthong import events
from lienthong.postgres.answers import certain
from lienthong.postgres.pool import Connection
from lienthong.refusals import refused
from lienthong.rounds.round import OpenRound
from services.ingest.definitions.loading import whole_round
from services.ingest.pairs.acts import single_allowed
from services.ingest.releases import drafts, reading
from services.ingest.releases.drafts import ReleaseDraft
from services.ingest.releases.reading import SQL, Release
from services.ingest.reports.explained import count_unexplained, explained_queries, reports_with_queries
from services.ingest.rounds import obligations
from services.ingest.rounds.lines import OWED, Line, counts_by_form

PLATFORM = "platform"
"""The national communication platform: no office that a report is owed to, but what a release may be pushed to."""

_NAMED = 5  # missing units that a refusal names
_ALWAYS = (events.UNIT_CHANGED, events.POPULATION_SET, events.TEXT_REDACTED, events.FACT_SET_ASIDE)
"""Facts that may alter any consolidation of their province."""
_NEVER = (
    events.RELEASE_DRAFTED,
    events.RELEASE_SIGNED,
    events.RELEASE_MADE,
    events.RELEASE_WITHDRAWN,
    events.ROUND_LOCKED,
)
"""Facts about the round that alter none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SigningState:
    """A round before a sign-off. lines: of obligations.of_rounds. last_release: withdrawn or not.

    changed: something came after it that may alter the consolidation; true where there is none. draft: the newest of
    the next version. outdated: the same came after the draft, which can be signed no more.
    """

    round: OpenRound
    lines: Sequence[Line]
    last_release: Release | None
    changed: bool
    draft: ReleaseDraft | None
    outdated: bool

    @property
    def version(self) -> int:
        """Of the next release."""
        return 1 if self.last_release is None else self.last_release.version + 1

    @property
    def missing_lines(self) -> list[Line]:
        return [line for line in self.lines if line["state"] in OWED]

    @property
    def recipients(self) -> list[str]:
        """Whom the plan names, and the platform."""
        return [*self.round.recipients(), PLATFORM]

    @property
    def added_recipients(self) -> list[str]:
        """Who would get the figures that did not get the release that stands: recipients of the draft, or where nobody
        drafted one all that there may be. None are new where no release stands.
        """
        if self.last_release is None or not self.last_release.stands:
            return []
        wanted = self.recipients if self.draft is None else self.draft.recipients
        return [each for each in wanted if each not in self.last_release.recipients]


def signing_state(conn: Connection, code: str, now: datetime) -> SigningState:
    """How a round that there is stands now."""
    round_ = whole_round(conn, code)
    assert round_ is not None, "whoever asks has found it, and no round goes away"
    signed = reading.releases_of(conn, [code])
    last = signed[-1] if signed else None
    draft = drafts.latest_draft(conn, code, 1 if last is None else last.version + 1)
    return SigningState(
        round=round_,
        lines=obligations.of_rounds(conn, [round_], now),
        last_release=last,
        changed=last is None or _has_changed_since(conn, round_, last.position),
        draft=draft,
        outdated=draft is not None and _has_changed_since(conn, round_, draft.position),
    )


def refuse_equal(state: SigningState, recipients: Sequence[str]) -> None:
    """Raises Rejected (409) for a release equal to the last."""
    last = state.last_release
    if last is not None and last.stands and not state.changed and set(recipients) <= set(last.recipients):
        raise refused("release_unchanged", release=last.release)


def draft_to_sign(state: SigningState, wanted: int | None) -> ReleaseDraft:
    """The draft that is to be signed. wanted: the position of the one that the signer saw; None: the newest.

    Raises Rejected (409) where there is none, where another took its place, and where its reports are no more what
    they were.
    """
    draft = state.draft
    if draft is None:
        refuse_equal(state, state.recipients)
        raise refused("draft_missing", round=state.round.code)
    if wanted is not None and wanted != draft.position:
        raise refused("draft_replaced", by=draft.drafted_by)
    if state.outdated:
        raise refused("draft_outdated", by=draft.drafted_by)
    return draft


def refuse_incomplete(state: SigningState, *, confirmed: bool) -> None:
    """Raises Rejected (409), unless confirmed, for a release that lacks reports."""
    if state.missing_lines and not confirmed:
        units = [str(line["unit"]) for line in state.missing_lines]
        raise refused(
            "release_incomplete",
            missing=len(state.missing_lines),
            obliged=len(state.lines),
            units=", ".join(units[:_NAMED]) + (" …" if len(units) > _NAMED else ""),
        )


def preview(conn: Connection, code: str, now: datetime) -> dict[str, Any]:
    """What a signer has to see: completeness by form, who is missing, queries and their explanations, what
    came since.
    """
    state = signing_state(conn, code, now)
    last, queries = state.last_release, _queries(conn, code)
    return {
        "round": code,
        "version": state.version,
        "recipients": state.recipients,
        "complete": not state.missing_lines,
        "changed": state.changed,
        "addedRecipients": state.added_recipients,
        "lastRelease": None if last is None else reading.body(last),
        "draft": None if state.draft is None else drafts.body(state.draft) | {"outdated": state.outdated},
        "singlePerson": single_allowed(conn, state.round.root),
        "forms": counts_by_form(state.round.obliged, state.lines),
        "missing": [
            {name: line[name] for name in ("unit", "form", "deadline", "overdue")} for line in state.missing_lines
        ],
        "warnings": queries,
        "queries": {
            "total": sum(len(each["warnings"]) for each in queries),
            "unexplained": sum(count_unexplained(each["warnings"]) for each in queries),
        },
        "since": [] if last is None else reading.since(conn, state.round, last.position),
    }


def _queries(conn: Connection, code: str) -> list[dict[str, Any]]:
    """The reports with queries, each query with what was last said of it."""
    revisions = reports_with_queries(conn, [code])
    explanations = explained_queries(conn, {each.revision_key: each.warnings for each in revisions})
    return [
        {"unit": each.unit, "form": each.form, "revision": each.revision, "warnings": explanations[each.revision_key]}
        for each in revisions
    ]


def _has_changed_since(conn: Connection, round_: OpenRound, position: int) -> bool:
    parameters = {
        "round": round_.code,
        "plan": round_.plan,
        "province": round_.province,
        "position": position,
        "close": round_.period.last.isoformat(),
        "always": list(_ALWAYS),
        "never": list(_NEVER),
    }
    return certain(conn, bool, SQL.changed_since, parameters)
