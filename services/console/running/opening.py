"""Opening a round on demand or a review: of which plan, for which units and figures, by when."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import FormData
from starlette.routing import Route

from lienthong.calendar import end_of_day
from lienthong.contracts import texts
from lienthong.refusals import refused
from lienthong.rounds.opening import next_special
from services.console import acting
from services.console.asking import Answer
from services.console.entering import spelling
from services.console.entering.form import fields
from services.console.frame import Frame
from services.console.page import Visit
from services.console.pages.rounds import Round, Text, in_order, round_of
from services.console.running import doing
from services.console.running.doing import Outcome
from services.console.showing import segment
from services.console.tables import Cell, Column, Table, row

SCOPE = "operate:rounds"
KINDS = ("DX", "SK", "TK")
_SPECIAL = re.compile(r"(DX|SK|TK)([0-9]+)$")


@dataclass(frozen=True, kw_only=True, slots=True)
class Openings:
    """plans: code and title. rounds: those that were opened on demand, the latest close first."""

    plans: tuple[tuple[str, Text], ...]
    rounds: tuple[Round, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    """A form of the plan. units: who owes it today; figures: code and label."""

    form: str
    label: Text
    units: tuple[tuple[str, str], ...]
    figures: tuple[tuple[str, Text], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Opening:
    """What can be asked for in a round of the plan. rounds: codes of the plan's, for the next number."""

    plan: str
    title: Text
    forms: tuple[Form, ...]
    rounds: tuple[str, ...]


async def gather_list(visit: Visit) -> Openings:
    doing.require(visit, SCOPE)
    plans, rounds = await visit.hub.all(visit.hub.get("/v1/plans"), visit.hub.get("/v1/rounds"))
    special = (round_ for round_ in map(round_of, rounds["rounds"]) if _SPECIAL.search(round_.period))
    return Openings(
        plans=tuple((plan["plan"], {"vi": plan["title"], "en": plan["title_en"]}) for plan in plans["plans"]),
        rounds=tuple(in_order(special)),
    )


async def gather(visit: Visit) -> Opening:
    doing.require(visit, SCOPE)
    code, hub = visit.path["plan"], visit.hub
    obliged, plans = await hub.all(hub.get(f"/v1/plans/{code}/obliged"), hub.get("/v1/plans"))
    plan = next(plan for plan in plans["plans"] if plan["plan"] == obliged["plan"])
    schemas = await hub.all(*(hub.get(f"/v1/schemas/forms/{form['form']}/{form['version']}") for form in plan["forms"]))
    return build(plan, obliged, schemas)


def build(plan: Mapping[str, Any], obliged: Answer, schemas: Sequence[Answer]) -> Opening:
    """Pure. plan: of /v1/plans; obliged: /v1/plans/{plan}/obliged; schemas: of the plan's forms, in their order."""
    owing = {form["form"]: form["units"] for form in obliged["forms"]}
    return Opening(
        plan=plan["plan"],
        title={"vi": plan["title"], "en": plan["title_en"]},
        forms=tuple(
            Form(
                form=form["form"],
                label=form["label"],
                units=tuple((unit["code"], unit["full_name"]) for unit in owing.get(form["form"], ())),
                figures=tuple((field.code, {"vi": field.label.vi, "en": field.label.en}) for field in fields(schema)),
            )
            for form, schema in zip(plan["forms"], schemas, strict=True)
        ),
        rounds=tuple(plan["rounds"]),
    )


def list_tables(data: Openings, visit: Visit) -> Sequence[Table]:
    t = visit.words
    return (
        Table(
            name="rounds",
            title=t("on_demand.rounds"),
            empty=t("on_demand.none"),
            columns=(
                Column(name="round", title=t("column.round"), kind="round", heading=True),
                Column(name="first", title=t("on_demand.first"), kind="when"),
                Column(name="last", title=t("on_demand.last"), kind="when"),
                Column(name="obliged", title=t("column.obliged"), kind="number"),
                Column(name="reported", title=t("column.reported"), kind="number"),
                Column(name="state", title=t("column.state")),
            ),
            rows=tuple(
                row(
                    Cell(value=round_.code, href=f"/rounds/{segment(round_.code)}"),
                    round_.first,
                    round_.last,
                    round_.obliged,
                    round_.reported,
                    Cell(value=t.name("round", round_.state), tone=round_.tone),
                )
                for round_ in data.rounds
            ),
        ),
    )


LIST = doing.operators_page(name="openings", paths=("/opening",), gather=gather_list, tables=list_tables, scope=SCOPE)
PAGE = doing.operators_page(name="opening", paths=("/opening/{plan}",), gather=gather, scope=SCOPE)


# ---------------------------------------------------------------- the act


def routes(frame: Frame) -> list[Route]:
    """To the plan's own address."""
    return [doing.route(frame, PAGE, open_round)]


async def open_round(visit: Visit, form: FormData) -> Outcome:
    """Open it, with the next free number of its kind in the year of its close."""
    opening, kind = await gather(visit), acting.button(form, *KINDS)
    last = spelling.day(doing.text(form, "last"))
    year = 0 if last is None else last.year
    body = {
        "plan": opening.plan,
        "period": next_special(opening.rounds, kind, year),
        "first": spelling.day_sent(doing.text(form, "first")) or "",
        "last": spelling.day_sent(doing.text(form, "last")) or "",
        "deadline": _deadline(form),
        "reason": doing.text(form, "reason"),
        **_ticks(form, "unit", {code for form in opening.forms for code, _ in form.units}),
        **_ticks(form, "figure", {code for form in opening.forms for code, _ in form.figures}),
    }
    answer = (await visit.hub.send("POST", "/v1/rounds", body)).json()
    return Outcome(to=f"/rounds/{segment(answer['round'])}")


def _ticks(form: FormData, name: str, options: Iterable[str]) -> dict[str, list[str]]:
    """The ticks `unit-CODE`, `figure-CODE`; nothing ticked asks all."""
    codes = [code for code in sorted(options) if form.get(f"{name}-{code}")]
    return {f"{name}s": codes} if codes else {}


def _deadline(form: FormData) -> str:
    """The first instant after the last day in time."""
    text = doing.text(form, "deadline")
    day = spelling.day(text)
    if day is None:
        return text
    if not texts.in_bounds(day):  # the last that a calendar has is followed by none
        bounds = {"earliest": texts.EARLIEST, "latest": texts.LATEST}
        raise refused("day_out_of_bounds", "/deadline", day=text, **bounds)
    return end_of_day(day).isoformat()
