"""The overview that a province opens every morning: open rounds, who is missing, what waits, how fresh it is."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zlib import crc32

from services.console.asking import Answer
from services.console.page import Elsewhere, Page, Visit
from services.console.pages.reviews import WAITING as UNDER_REVIEW
from services.console.pages.rounds import Round, Text, in_order, labels_of, round_of
from services.console.pages.standing import GROUP_TONE, GROUPS, Duty, count_by_group, duties, names_of
from services.console.pages.waiting import Waiting, waiting_in
from services.console.pictures.completeness import Bar, Part, bar
from services.console.showing import segment
from services.console.tables import Cell, Column, Table, row

_MOST = 500  # deliveries of a state that are counted; more are shown as "500+"


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenRound:
    """A round that takes reports. counts: duties by group (standing.GROUPS); their sum is all that is owed.

    missing: still owed, by unit, in Vietnamese order. queries: those that nobody explained. bar: the
    counts as a picture. labels: names of its forms.
    """

    round: Round
    counts: Mapping[str, int]
    missing: tuple[Duty, ...]
    queries: int
    bar: Bar
    labels: Mapping[str, Text]

    @property
    def owed(self) -> int:
        return sum(self.counts.values())

    @property
    def list_mark(self) -> str:
        """A name for exactly this list of who is missing: while it stays, what a reader unfolded stays unfolded. No
        code stands in it: htmx looks it up as a selector, in which a point has a meaning."""
        text = self.round.code + "".join(f"{duty.unit}/{duty.form}/{duty.state};" for duty in self.missing)
        return f"{crc32(text.encode()):08x}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Overview:
    """now: the hub's clock. behind: accepted events that the figures do not have yet. latest: when the last report of
    an open round came in. bound: the units, by code and name, for which alone the reader reads; all the others are left
    out of everything here. signing: what waits around sign-offs; reviews: reports that the reader is to
    look at, at most 500. waiting, failed: deliveries under way and put aside, at most 500 each. difficulties: those
    without an answer. planned, past: rounds to come and rounds released or locked, the latest close of data first.
    """

    now: datetime
    open: tuple[OpenRound, ...]
    planned: tuple[Round, ...]
    past: tuple[Round, ...]
    behind: int
    latest: datetime | None
    waiting: int
    failed: int
    difficulties: int
    bound: tuple[tuple[str, str], ...]
    signing: Waiting
    reviews: int


async def gather(visit: Visit) -> Overview:
    person, hub = visit.person, visit.hub
    if not person.may("read:province"):
        raise Elsewhere("/nation" if person.is_national else "/units")
    body, plans, children, waiting, failed, difficulties = await hub.all(
        hub.get("/v1/rounds"),
        hub.get("/v1/plans"),
        hub.get(f"/v1/units/{person.province}/children"),
        hub.get("/v1/deliveries", state="pending", limit=_MOST),
        hub.get("/v1/deliveries", state="dead", limit=_MOST),
        hub.get("/v1/difficulties", limit=1),
    )
    now = datetime.fromisoformat(body["now"])
    now_open = [round_.code for round_ in map(round_of, body["rounds"]) if round_.awaits(now)]
    obligations = await hub.all(*(hub.get("/v1/obligations", round=code) for code in now_open))
    queries = {
        code: sum(obligation["unexplained"] for obligation in answer["obligations"])
        for code, answer in zip(now_open, obligations, strict=True)
    }
    signing, reviews = await asyncio.gather(
        waiting_in(visit, map(round_of, body["rounds"])),
        _reviews(visit) if person.may("report:review") else _no_reviews(),
    )
    bound = await hub.all(*(hub.get(f"/v1/units/{segment(code)}") for code in person.bound_to("read:province")))
    return build(
        visit,
        body,
        signing=signing,
        reviews=reviews,
        bound=tuple((unit["code"], unit["full_name"]) for unit in bound),
        labels=labels_of(plans),
        names=names_of(children),
        obligations=dict(zip(now_open, obligations, strict=True)),
        queries=queries,
        waiting=len(waiting["deliveries"]),
        failed=len(failed["deliveries"]),
        difficulties=difficulties["waiting"],
    )


def build(
    visit: Visit,
    body: Answer,
    *,
    labels: Mapping[str, Text],
    names: Mapping[str, str],
    obligations: Mapping[str, Answer],
    queries: Mapping[str, int],
    waiting: int,
    failed: int,
    difficulties: int,
    bound: tuple[tuple[str, str], ...],
    signing: Waiting,
    reviews: int,
) -> Overview:
    """Pure. body: /v1/rounds; obligations: /v1/obligations of each open round; queries: how many are open."""
    rounds = [round_of(round_) for round_ in body["rounds"]]
    duties_by_round = {code: duties(answer["obligations"], names) for code, answer in obligations.items()}
    times = [line.received for lines in duties_by_round.values() for line in lines if line.received is not None]
    return Overview(
        now=datetime.fromisoformat(body["now"]),
        open=tuple(
            _open_round(visit, round_, duties_by_round[round_.code], labels, queries.get(round_.code, 0))
            for round_ in _by_deadline(rounds)
            if round_.code in duties_by_round
        ),
        planned=tuple(reversed(in_order(round_ for round_ in rounds if round_.state == "planned"))),
        past=tuple(in_order(round_ for round_ in rounds if round_.code not in duties_by_round and _is_past(round_))),
        behind=body["behind"],
        latest=max(times, default=None),
        waiting=waiting,
        failed=failed,
        difficulties=difficulties,
        bound=bound,
        signing=signing,
        reviews=reviews,
    )


def _is_past(round_: Round) -> bool:
    return round_.state in ("released", "locked")


async def _reviews(visit: Visit) -> int:
    answer = await visit.hub.get("/v1/reviews", state=UNDER_REVIEW, limit=_MOST)
    return len(answer["reports"])


async def _no_reviews() -> int:
    return 0


def _open_round(
    visit: Visit, round_: Round, lines: Sequence[Duty], labels: Mapping[str, Text], queries: int
) -> OpenRound:
    counts = count_by_group(lines)
    parts = [
        Part(
            tone="plain" if group == "missing" else GROUP_TONE[group],
            count=counts[group],
            label=f"{visit.words.name('group', group)}: {counts[group]}",
        )
        for group in GROUPS
    ]
    title = visit.words("overview.bar", reported=len(lines) - counts["missing"], obliged=len(lines))
    return OpenRound(
        round=round_,
        counts=counts,
        missing=tuple(line for line in lines if line.group == "missing"),
        queries=queries,
        bar=bar(title, parts),
        labels={form: labels[form] for form in {line.form for line in lines} if form in labels},
    )


def _by_deadline(rounds: Sequence[Round]) -> list[Round]:
    """The nearest deadline first; without one last."""

    def nearest(round_: Round) -> tuple[bool, str, str]:
        dates = [deadline.at.isoformat() for deadline in round_.deadlines if deadline.at is not None]
        return not dates, min(dates, default=""), round_.code

    return sorted(rounds, key=nearest)


def tables(data: Overview, visit: Visit) -> Sequence[Table]:
    return _open_table(data, visit), _past_table(data, visit)


def _open_table(data: Overview, visit: Visit) -> Table:
    """The open rounds with their counts."""
    t = visit.words
    return Table(
        name="open",
        title=t("overview.open"),
        empty=t("overview.no_open_bound") if data.bound else t("overview.no_open"),
        columns=(
            Column(name="round", title=t("column.round"), kind="round", heading=True),
            Column(name="plan", title=t("column.plan")),
            Column(name="deadline", title=t("column.deadline")),
            *(Column(name=group, title=t.name("group", group), kind="number") for group in GROUPS),
        ),
        rows=tuple(
            row(
                round_.round.code,
                t.say(round_.round.title),
                _deadline(round_.round),
                *(round_.counts[group] for group in GROUPS),
            )
            for round_ in data.open
        ),
    )


def _past_table(data: Overview, visit: Visit) -> Table:
    """Those before."""
    t = visit.words
    return Table(
        name="past",
        title=t("overview.past"),
        empty=t("overview.no_past_bound") if data.bound else t("overview.no_past"),
        columns=(
            Column(name="round", title=t("column.round"), kind="round", heading=True),
            Column(name="period", title=t("column.period")),
            Column(name="state", title=t("column.state")),
            Column(name="reported", title=t.name("group", "reported"), kind="number"),
            Column(name="late", title=t.name("group", "late"), kind="number"),
            Column(name="obliged", title=t("column.obliged"), kind="number"),
            Column(name="release", title=t("column.release")),
        ),
        rows=tuple(_past_row(round_, visit) for round_ in data.past),
    )


def _past_row(round_: Round, visit: Visit) -> tuple[Cell, ...]:
    here = f"/rounds/{round_.code}"
    in_force = [release for release in round_.releases if release.withdrawn_at is None]
    last = Cell(value=None)
    if in_force:
        last = Cell(
            value=visit.words("column.version_n", n=in_force[-1].version), href=f"/releases/{in_force[-1].name}"
        )
    return row(
        Cell(value=round_.code, href=here),
        f"{visit.formats.day(round_.first)} – {visit.formats.day(round_.last)}",
        Cell(value=visit.words.name("round", round_.state), tone=round_.tone),
        Cell(value=round_.reported - round_.late, href=f"{here}?state=reported"),
        Cell(value=round_.late, href=f"{here}?state=late"),
        Cell(value=round_.obliged, href=here),
        last,
    )


def _deadline(round_: Round) -> datetime | None:
    return min(
        (deadline.at for deadline in round_.deadlines if deadline.sender == "units" and deadline.at is not None),
        default=None,
    )


PAGE = Page(name="overview", paths=("/", "/overview"), gather=gather, tables=tables, menu=True, scope="read:province")
