"""Plans: a file is checked and shown with what it changes and which rounds open, then published; one is retired.

Nothing is kept between the two steps: the second form carries the document, and the hub checks all of it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.routing import Route

from lienthong.programmes import files as planfiles
from lienthong.refusals import refused
from services.console import acting
from services.console.asking import Answer
from services.console.formats import instant
from services.console.frame import Frame
from services.console.page import Visit
from services.console.pages.rounds import Text
from services.console.running import doing
from services.console.running.doing import Outcome
from services.console.showing import segment
from services.console.tables import Cell, Column, Table, Tone, row

SCOPE = "operate:plans"
TONES: dict[str, Tone] = {"opens_now": "good", "opens_later": "info", "stays_closed": "plain"}


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanInForce:
    """A plan in force. rounds: how many were opened. retired: the last day of data for which a round opens; None while
    it goes on.
    """

    code: str
    version: int
    title: Text
    rounds: int
    retired: date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Publishing:
    """The plans that may be published anew or retired."""

    plans: tuple[PlanInForce, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class OpeningRound:
    """A round that the plan opens. state: `opens_now`, `opens_later`, `stays_closed`. obliged: reports owed."""

    round: str
    state: str
    close: date
    due: datetime | None
    passed: bool
    obliged: int

    @property
    def tone(self) -> Tone:
        return TONES.get(self.state, "plain")


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanPreview:
    """What publishing would do. version 0: nothing, this very plan is in force. document, seen: for the second step,
    which publishes only over what stood when this was shown.
    """

    plan: str
    version: int
    changes: tuple[Text, ...]
    openings: tuple[OpeningRound, ...]
    findings: tuple[Text, ...]
    past: bool
    document: str
    seen: str


async def gather(visit: Visit) -> Publishing:
    doing.require(visit, SCOPE)
    answer = await visit.hub.get("/v1/plans")
    return Publishing(plans=tuple(_plan(plan) for plan in answer["plans"]))


def _plan(body: Answer) -> PlanInForce:
    return PlanInForce(
        code=body["plan"],
        version=body["version"],
        title={"vi": body["title"], "en": body["title_en"]},
        rounds=len(body["rounds"]),
        retired=None if body["retiredOn"] is None else date.fromisoformat(body["retiredOn"]),
    )


def preview_of(body: Answer, *, past: bool, document: str, seen: str) -> PlanPreview:
    """From an answer of POST /v1/plans?dryRun=true."""
    return PlanPreview(
        plan=body["plan"],
        version=body["version"],
        past=past,
        document=document,
        seen=seen,
        changes=tuple({"vi": change["message_vi"], "en": change["message_en"]} for change in body["changes"]),
        openings=tuple(_opening(round_) for round_ in body["rounds"]),
        findings=tuple({"vi": finding["message_vi"], "en": finding["message_en"]} for finding in body["findings"]),
    )


def _opening(body: Mapping[str, Any]) -> OpeningRound:
    return OpeningRound(
        round=body["round"],
        state=body["state"],
        close=date.fromisoformat(body["close"]),
        due=instant(body["deadline"]),
        passed=body["deadlinePassed"],
        obliged=body["obliged"],
    )


def tables(data: Publishing, visit: Visit) -> tuple[Table, ...]:
    t = visit.words
    return (
        Table(
            name="plans",
            title=t("publishing.plans"),
            empty=t("plans.none"),
            columns=(
                Column(name="code", title=t("column.code"), kind="code", heading=True),
                Column(name="title", title=t("column.title")),
                Column(name="version", title=t("publishing.version"), kind="number"),
                Column(name="rounds", title=t("column.rounds"), kind="number"),
                Column(name="retired", title=t("publishing.retired"), kind="when"),
            ),
            rows=tuple(
                row(
                    Cell(value=plan.code, href=f"/plans/{segment(plan.code)}"),
                    t.say(plan.title),
                    plan.version,
                    plan.rounds,
                    plan.retired,
                )
                for plan in data.plans
            ),
        ),
    )


PAGE = doing.operators_page(name="publishing", paths=("/publishing",), gather=gather, tables=tables, scope=SCOPE)


# ---------------------------------------------------------------- the acts


def routes(frame: Frame) -> list[Route]:
    """The two steps of publishing, and retiring."""
    return [doing.route(frame, PAGE, publish), doing.route(frame, PAGE, retire, path="/publishing/retirement")]


async def publish(visit: Visit, form: FormData) -> Outcome:
    """do: `check` (files, or the same document again with other rounds), `publish` (what was shown)."""
    past = doing.text(form, "past") == "yes"
    if acting.button(form, "check", "publish") == "publish":
        same_document = document_of(doing.text(form, "document"))
        body, _ = await _send(visit, same_document, past=past, dry_run=False, version=doing.version(form))
        return Outcome(result={"published": body["plan"], "version": body["version"]})
    document = await _upload(form)
    body, version = await _send(visit, document, past=past, dry_run=True)
    text = orjson.dumps(document).decode()
    return Outcome(result={"preview": preview_of(body, past=past, document=text, seen=version)})


async def _send(
    visit: Visit, document: Mapping[str, Any], *, past: bool, dry_run: bool, version: str = ""
) -> tuple[Answer, str]:
    """The answer, and the version of the plan that it speaks of."""
    query = f"?dryRun={str(dry_run).lower()}&past={str(past).lower()}"
    response = await visit.hub.send("POST", f"/v1/plans{query}", document, version=version)
    return response.json(), response.headers["etag"]


async def _upload(form: FormData) -> Mapping[str, Any]:
    """The document of two files: the plan and its programme. Raises Rejected for what is neither, or another's."""
    uploads = [await doing.file(form, name) for name in ("plan", "programme")]
    documents = [await run_in_threadpool(planfiles.parse_file, raw, Path(Path(name).name)) for raw, name in uploads]
    if {file.kind for file in documents} != {"plan", "programme"}:
        raise refused("plan_files_not_two", "/plan")
    planfiles.plans(documents)  # every fault of structure, with its line
    [document] = planfiles.published_documents(documents).values()
    return document


def document_of(text: str) -> dict[str, Any]:
    """What the first step put into the second form. Raises Rejected for anything else."""
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise refused("form_unreadable") from error
    if not isinstance(document, dict):
        raise refused("form_unreadable")
    return document


async def retire(visit: Visit, form: FormData) -> Outcome:
    """No more rounds of a plan open; its code typed once more, and a reason."""
    code = segment(doing.text(form, "retired"))
    doing.confirm(form, "again", code)
    document = {"number": doing.text(form, "number") or None}
    body = {"reason": doing.text(form, "reason"), "document": document}
    await visit.hub.send("POST", f"/v1/plans/{code}/retirement", body)
    return Outcome(to=PAGE.paths[0])
