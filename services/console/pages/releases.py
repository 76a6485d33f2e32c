"""Releases of a province."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.console.page import Page, Visit
from services.console.pages.rounds import Text, in_order, round_of
from services.console.pages.waiting import Waiting, waiting_in
from services.console.tables import Cell, Column, Table, row


@dataclass(frozen=True, kw_only=True, slots=True)
class ReleaseLine:
    """A release in the list. latest: no later version of its round stands."""

    name: str
    round: str
    title: Text
    version: int
    signed_at: datetime
    withdrawn_at: datetime | None
    latest: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Releases:
    """releases: the newest first. unreleased: codes of rounds that are open or overdue and have none. signing: drafts
    that nobody signed yet, reports that came after a release.
    """

    releases: tuple[ReleaseLine, ...]
    unreleased: tuple[str, ...]
    signing: Waiting


async def gather_list(visit: Visit) -> Releases:
    answer = await visit.hub.get("/v1/rounds")
    rounds = in_order(round_of(body) for body in answer["rounds"])
    lines: list[ReleaseLine] = []
    for round_ in rounds:
        in_force = [release.version for release in round_.releases if release.withdrawn_at is None]
        lines.extend(
            ReleaseLine(
                name=release.name,
                round=round_.code,
                title=round_.title,
                version=release.version,
                signed_at=release.signed_at,
                withdrawn_at=release.withdrawn_at,
                latest=release.version == max(in_force, default=0),
            )
            for release in round_.releases
        )
    lines.sort(key=lambda line: line.signed_at, reverse=True)
    waiting = tuple(round_.code for round_ in rounds if round_.is_open and not round_.releases)
    return Releases(releases=tuple(lines), unreleased=waiting, signing=await waiting_in(visit, rounds))


def tables_of_list(data: Releases, visit: Visit) -> Sequence[Table]:
    t = visit.words
    return (
        Table(
            name="releases",
            title=t("releases.title"),
            empty=t("releases.none") if visit.person.reads_province else t("releases.none_seen"),
            columns=(
                Column(name="release", title=t("column.release"), kind="code", heading=True),
                Column(name="round", title=t("column.round"), kind="round"),
                Column(name="plan", title=t("column.plan")),
                Column(name="signed", title=t("column.signed"), kind="when"),
                Column(name="state", title=t("column.state")),
            ),
            rows=tuple(
                row(
                    Cell(value=release.name, href=f"/releases/{release.name}"),
                    Cell(value=release.round, href=f"/rounds/{release.round}"),
                    t.say(release.title),
                    release.signed_at,
                    _state(release, visit),
                )
                for release in data.releases
            ),
        ),
    )


def _state(release_line: ReleaseLine, visit: Visit) -> Cell:
    if release_line.withdrawn_at is not None:
        return Cell(value=visit.words("releases.withdrawn"), tone="bad")
    if release_line.latest:
        return Cell(value=visit.words("releases.latest"), tone="good")
    return Cell(value=visit.words("releases.superseded"), tone="plain")


LIST = Page(
    name="releases", paths=("/releases",), gather=gather_list, tables=tables_of_list, menu=True, scope="read:province"
)
