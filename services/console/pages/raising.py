"""The difficulties that a unit has raised, and the form by which it raises another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import FormData
from starlette.routing import Route

from lienthong import events
from services.console import claiming
from services.console.asking import Answer
from services.console.frame import Frame
from services.console.page import Page, Visit
from services.console.pages import difficulties as difficulties_of
from services.console.pages.difficulties import Difficulties
from services.console.pages.rounds import Text
from services.console.pages.unit_tasks import own
from services.console.running import doing
from services.console.running.doing import Outcome
from services.console.sessions import Person
from services.console.showing import segment
from services.console.tables import Table

FIELDS = {"plan": "plan", "title": "title", "text": "text", "proposal": "proposal", "asksForAmendment": "amends"}
"""A member of the event → the field that it is typed in."""


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitDifficulties:
    """plans: (code, title) of those that a difficulty can be with. may: the person reports for the unit."""

    unit: str
    name: str
    plans: tuple[tuple[str, Text], ...]
    raised: Difficulties
    may: bool


async def gather(visit: Visit) -> UnitDifficulties:
    doing.require(visit, "report:read")
    code = visit.path["unit"]
    body, plans, raised = await visit.hub.all(
        visit.hub.get(f"/v1/units/{code}"),
        visit.hub.get("/v1/plans"),
        difficulties_of.all_difficulties(visit, code),
    )
    return build(body, plans, raised, visit.person)


def build(body: Answer, plans: Answer, raised: Answer, person: Person) -> UnitDifficulties:
    """Pure. body: /v1/units/{unit}; plans: /v1/plans; raised: /v1/difficulties of the unit."""
    code = body["code"]
    mine = [difficulty for difficulty in raised["difficulties"] if difficulty["unit"] == code]
    return UnitDifficulties(
        unit=code,
        name=body["full_name"],
        plans=tuple((plan["plan"], {"vi": plan["title"], "en": plan["title_en"]}) for plan in plans["plans"]),
        raised=difficulties_of.build(mine, {code: body["full_name"]}, everyone=True, text=None),
        may=own(person, code),
    )


def tables(data: UnitDifficulties, visit: Visit) -> Sequence[Table]:
    return difficulties_of.tables(data.raised, visit)


PAGE = Page(name="raising", paths=("/units/{unit}/difficulties",), gather=gather, tables=tables, under="units")


# ---------------------------------------------------------------- the act


def routes(frame: Frame) -> list[Route]:
    """To the page's own address."""
    return [doing.route(frame, PAGE, act)]


async def act(visit: Visit, form: FormData) -> Outcome:
    """As any system of the unit would raise it. Raises Rejected (404) for a unit that the person does not see."""
    unit = (await gather(visit)).unit
    answer = await claiming.submit(visit, events.DIFFICULTY_RAISED, event_data(unit, form), field=field_of)
    return Outcome(to=f"/difficulties/{segment(str(answer['receipt']))}")


def event_data(unit: str, form: FormData) -> dict[str, Any]:
    """The difficulty as the event has it; what was left empty is left out."""
    texts = {name: doing.text(form, name).replace("\r\n", "\n") for name in ("title", "text", "proposal")}
    return {
        "unit": unit,
        "plan": doing.text(form, "plan"),
        **{name: text for name, text in texts.items() if text or name == "text"},
        "asksForAmendment": doing.text(form, "amends") == "yes",
    }


def field_of(pointer: str) -> str:
    """The field of a fault's place; of what stands in no field, the text."""
    return FIELDS.get(pointer.removeprefix("/data").strip("/").partition("/")[0], "text")
