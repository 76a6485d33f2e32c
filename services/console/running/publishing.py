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
from services.console.page import Asked
from services.console.running import doing
from services.console.running.doing import Done
from services.console.showing import segment
from services.console.tables import Cell, Column, Table, Tone, row

Text = Mapping[str, str]
"""A text in both languages."""
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
class Opening:
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
class Preview:
    """What publishing would do. version 0: nothing, this very plan is in force. document, seen: for the second step,
    which publishes only over what stood when this was shown.
    """

    plan: str
    version: int
    changes: tuple[Text, ...]
    openings: tuple[Opening, ...]
    findings: tuple[Text, ...]
    past: bool
    document: str
    seen: str


async def gather(asked: Asked) -> Publishing:
    doing.mine(asked, SCOPE)
    answer = await asked.hub.get("/v1/plans")
    return Publishing(plans=tuple(_standing(plan) for plan in answer["plans"]))


def _standing(body: Answer) -> PlanInForce:
    return PlanInForce(
        code=body["plan"],
        version=body["version"],
        title={"vi": body["title"], "en": body["title_en"]},
        rounds=len(body["rounds"]),
        retired=None if body["retiredOn"] is None else date.fromisoformat(body["retiredOn"]),
    )


def preview_of(body: Answer, *, past: bool, document: str, seen: str) -> Preview:
    """From an answer of POST /v1/plans?dryRun=true."""
    return Preview(
        plan=body["plan"],
        version=body["version"],
        past=past,
        document=document,
        seen=seen,
        changes=tuple({"vi": change["message_vi"], "en": change["message_en"]} for change in body["changes"]),
        openings=tuple(_opening(round_) for round_ in body["rounds"]),
        findings=tuple({"vi": finding["message_vi"], "en": finding["message_en"]} for finding in body["findings"]),
    )


def _opening(body: Mapping[str, Any]) -> Opening:
    return Opening(
        round=body["round"],
        state=body["state"],
        close=date.fromisoformat(body["close"]),
        due=instant(body["deadline"]),
        passed=body["deadlinePassed"],
        obliged=body["obliged"],
    )


def tables(data: Publishing, asked: Asked) -> tuple[Table, ...]:
    t = asked.words
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


async def publish(asked: Asked, given: FormData) -> Done:
    """do: `check` (files, or the same document again with other rounds), `publish` (what was shown)."""
    past = doing.text(given, "past") == "yes"
    if acting.done(given, "check", "publish") == "publish":
        shown = document_of(doing.text(given, "document"))
        body, _ = await _sent(asked, shown, past=past, dry_run=False, seen=doing.seen(given))
        return Done(shown={"published": body["plan"], "version": body["version"]})
    document = await _uploaded(given)
    body, version = await _sent(asked, document, past=past, dry_run=True)
    written = orjson.dumps(document).decode()
    return Done(shown={"preview": preview_of(body, past=past, document=written, seen=version)})


async def _sent(
    asked: Asked, document: Mapping[str, Any], *, past: bool, dry_run: bool, seen: str = ""
) -> tuple[Answer, str]:
    """The answer, and the version of the plan that it speaks of."""
    query = f"?dryRun={str(dry_run).lower()}&past={str(past).lower()}"
    response = await asked.hub.send("POST", f"/v1/plans{query}", document, seen=seen)
    return response.json(), response.headers["etag"]


async def _uploaded(given: FormData) -> Mapping[str, Any]:
    """The document of two files: the plan and its programme. Raises Rejected for what is neither, or another's."""
    sent = [await doing.file(given, name) for name in ("plan", "programme")]
    read = [await run_in_threadpool(planfiles.parse_file, raw, Path(Path(name).name)) for raw, name in sent]
    if {file.kind for file in read} != {"plan", "programme"}:
        raise refused("plan_files_not_two", "/plan")
    planfiles.plans(read)  # every fault of structure, with its line
    [document] = planfiles.published_documents(read).values()
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


async def retire(asked: Asked, given: FormData) -> Done:
    """No more rounds of a plan open; its code typed once more, and a reason."""
    code = segment(doing.text(given, "retired"))
    doing.meant(given, "again", code)
    document = {"number": doing.text(given, "number") or None}
    body = {"reason": doing.text(given, "reason"), "document": document}
    await asked.hub.send("POST", f"/v1/plans/{code}/retirement", body)
    return Done(to=PAGE.paths[0])
