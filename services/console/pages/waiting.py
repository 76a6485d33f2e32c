"""What waits around a sign-off: drafts to be signed, drafts to be made anew, reports that came after a release."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.console.asking import Answer
from services.console.page import Visit
from services.console.pages.rounds import Round, in_order
from services.console.showing import segment

_ROUNDS = 12  # the newest that are not locked: of the four plans of a province those of three years
_DONE = ("planned", "locked")


@dataclass(frozen=True, kw_only=True, slots=True)
class UnsignedDraft:
    """A draft that nobody signed. outdated: reports changed since, it has to be drafted anew. own: by the reader, who
    may not be the one that signs it."""

    round: str
    version: int
    by: str
    at: datetime
    outdated: bool
    own: bool

    @property
    def path(self) -> str:
        return f"/rounds/{segment(self.round)}/signing"


@dataclass(frozen=True, kw_only=True, slots=True)
class LaterReports:
    """Reports that came after a release which stands, while nobody drafted the next one."""

    release: str
    reports: int

    @property
    def path(self) -> str:
        return f"/releases/{self.release}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """As it stands now, the newest round first."""

    drafts: tuple[UnsignedDraft, ...] = ()
    later: tuple[LaterReports, ...] = ()

    @property
    def to_sign(self) -> tuple[UnsignedDraft, ...]:
        return tuple(draft for draft in self.drafts if not draft.outdated)

    @property
    def anew(self) -> tuple[UnsignedDraft, ...]:
        return tuple(draft for draft in self.drafts if draft.outdated)


async def waiting_in(visit: Visit, rounds: Iterable[Round]) -> Waiting:
    """Of the rounds that may still be released."""
    codes = [round_.code for round_ in in_order(rounds) if round_.state not in _DONE][:_ROUNDS]
    return build(await visit.hub.all(*(visit.hub.get(f"/v1/rounds/{code}/releases/preview") for code in codes)), visit)


def build(previews: Sequence[Answer], visit: Visit) -> Waiting:
    """Pure. previews: /v1/rounds/{round}/releases/preview of each."""
    return Waiting(
        drafts=tuple(_draft(preview, visit.person.login) for preview in previews if preview["draft"] is not None),
        later=tuple(
            LaterReports(release=preview["lastRelease"]["release"], reports=len(preview["since"]))
            for preview in previews
            if preview["since"] and preview["draft"] is None and preview["lastRelease"]["withdrawnAt"] is None
        ),
    )


def _draft(preview: Answer, login: str) -> UnsignedDraft:
    draft = preview["draft"]
    return UnsignedDraft(
        round=preview["round"],
        version=preview["version"],
        by=draft["draftedBy"].removeprefix("person:"),
        at=datetime.fromisoformat(draft["draftedAt"]),
        outdated=draft["outdated"],
        own=draft["draftedBy"] == login and not preview["singlePerson"],
    )
