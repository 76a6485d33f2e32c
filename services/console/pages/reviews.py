"""What passes through a via unit: reports that wait to be looked at, one action on many of them, what was done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from lienthong.errors import Rejected
from lienthong.units.names import sort_key
from services.console import acting, resuming
from services.console.asking import Answer
from services.console.frame import Frame
from services.console.page import Page, Visit
from services.console.pages.rounds import Text, label_of, labels_of
from services.console.pages.standing import names_of
from services.console.tables import Cell, Column, Table, Tone, row

WAITING = "under_review"
STATES = (WAITING, "returned", "passed_on", "released")
_TONES: dict[str, Tone] = {WAITING: "info", "returned": "warn", "passed_on": "good", "released": "good"}
_PARTS = 4
"""Of a chosen report: round, form, unit, revision, with `|` between; no code holds one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PassingReport:
    """A report at the via unit. received: of this revision; queries: how many of it nobody explained."""

    round: str
    form: str
    label: Text
    unit: str
    name: str
    revision: int
    state: str
    receipt: str
    received: datetime
    queries: int

    @property
    def path(self) -> str:
        return f"/units/{self.unit}/reports/{self.round}/{self.form}"

    @property
    def key(self) -> str:
        return f"{self.round}|{self.form}|{self.unit}|{self.revision}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reviews:
    """reports: of the state chosen, by round and name as a Vietnamese dictionary has it."""

    reports: tuple[PassingReport, ...]
    state: str


async def gather(visit: Visit) -> Reviews:
    state = visit.filter("state") or WAITING
    body, plans, children = await visit.hub.all(
        reports_in(visit, state),
        visit.hub.get("/v1/plans"),
        visit.hub.get(f"/v1/units/{visit.person.province}/children"),
    )
    return build(body["reports"], names_of(children), labels_of(plans), state=state)


async def reports_in(visit: Visit, state: str) -> Answer:
    """All pages of /v1/reviews in one state."""
    page = await visit.hub.get("/v1/reviews", state=state)
    reports: list[Mapping[str, Any]] = list(page["reports"])
    while "next" in page["links"]:
        page = await visit.hub.get(page["links"]["next"])
        reports += page["reports"]
    return {"reports": reports}


def build(reports: Iterable[Answer], names: Mapping[str, str], labels: Mapping[str, Text], *, state: str) -> Reviews:
    """Pure. reports: of /v1/reviews."""
    passing_reports = (
        PassingReport(
            round=report["round"],
            form=report["form"],
            label=label_of(report["form"], labels),
            unit=report["unit"],
            name=names.get(report["unit"], report["unit"]),
            revision=report["revision"],
            state=report["state"],
            receipt=report["receipt"],
            received=datetime.fromisoformat(report["receivedAt"]),
            queries=report["unexplained"],
        )
        for report in reports
    )
    ordered = sorted(
        passing_reports, key=lambda passing: (passing.round, sort_key(passing.name), passing.unit, passing.form)
    )
    return Reviews(reports=tuple(ordered), state=state)


def tables(data: Reviews, visit: Visit) -> Sequence[Table]:
    t = visit.words
    return (
        Table(
            name="reviews",
            title=t("reviews.title"),
            empty=t("reviews.none"),
            columns=(
                Column(name="unit", title=t("column.unit"), heading=True),
                Column(name="round", title=t("column.round"), kind="round"),
                Column(name="form", title=t("column.form")),
                Column(name="revision", title=t("column.revision"), kind="number"),
                Column(name="received", title=t("column.received"), kind="when"),
                Column(name="queries", title=t("overview.queries"), kind="number"),
                Column(name="state", title=t("column.state")),
            ),
            rows=tuple(
                row(
                    Cell(value=report.name, href=report.path),
                    Cell(value=report.round, href=f"/rounds/{report.round}"),
                    t.say(report.label),
                    report.revision,
                    report.received,
                    report.queries,
                    Cell(value=t.name("standing", report.state), tone=_TONES.get(report.state, "plain")),
                )
                for report in data.reports
            ),
        ),
    )


PAGE = Page(
    name="reviews",
    paths=("/reviews",),
    gather=gather,
    tables=tables,
    filters=frozenset({"state"}),
    menu=True,
    scope="report:review",
)


# ---------------------------------------------------------------- the act


def routes(frame: Frame) -> list[Route]:
    """One action on the chosen reports, a round at a time: each is one act of the hub, whole or not at all."""

    async def act(request: Request, visit: Visit, form: FormData) -> Response:
        reason = str(form.get("reason", "")).strip()
        returns = acting.button(form, "pass", "return") == "return"
        try:
            for code, ticked in ticked_reports(form).items():
                remark = {"reason": reason} if returns else {"note": reason}
                path = f"/v1/rounds/{code}/{'returns' if returns else 'passed-on'}"
                await visit.hub.send("POST", path, {"reports": ticked, **remark})
        except Rejected as error:
            if not error.problems or error.status in (401, 403, 404):
                raise
            return await _again(frame, request, visit, form, error)
        return RedirectResponse("/reviews", status_code=303)

    async def show_again(request: Request, visit: Visit, form: FormData) -> Response:
        return await _again(frame, request, visit, form)

    return [Route(PAGE.paths[0], resuming.handler(frame, act, show_again), methods=["POST"])]


def ticked_reports(form: FormData) -> dict[str, list[dict[str, Any]]]:
    """The reports ticked, by round. What is no report of ours is left out: its round's route would not know it."""
    by_report: dict[str, list[dict[str, Any]]] = {}
    for key in map(str, form.getlist("report")):
        parts = key.split("|")
        if (
            len(parts) == _PARTS
            and parts[3].isascii()
            and parts[3].isdecimal()
            and parts[0].replace(".", "").replace("-", "").isalnum()
        ):
            report = {"form": parts[1], "unit": parts[2], "revision": int(parts[3][:8])}
            by_report.setdefault(parts[0], []).append(report)
    return by_report


async def _again(
    frame: Frame, request: Request, visit: Visit, form: FormData, error: Rejected | None = None
) -> Response:
    """error: what was refused; None for a form of a session before this one."""
    data, wrong = await gather(visit), () if error is None else error.problems
    errors = [{"id": "reason", "message": visit.words.both(problem.message)} for problem in wrong]
    reason, ticked = str(form.get("reason", "")), [str(report) for report in form.getlist("report")]
    return frame.page(
        request,
        PAGE,
        visit,
        data,
        status=200 if error is None else 422,
        errors=errors,
        reason=reason,
        ticked=ticked,
        resumed=error is None,
    )
