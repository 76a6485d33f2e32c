"""One difficulty with its road (raised, forwarded, answered, closed), and the next step for whoever it lies with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from starlette.datastructures import FormData
from starlette.routing import Route

from lienthong.refusals import refused
from services.console import acting
from services.console.asking import Answer
from services.console.entering import spelling
from services.console.frame import Frame
from services.console.page import Page, Visit
from services.console.pages.difficulties import Difficulty, difficulty_of, hub_answers
from services.console.running import doing
from services.console.running.doing import Outcome
from services.console.tables import Column, Table, row

SCOPE = "report:review"
FORWARD, ANSWER, CLOSE = "forward", "answer", "close"
_NEXT = {"raised": (FORWARD, ANSWER), "forwarded": (FORWARD, ANSWER), "answered": (CLOSE,)}
"""What its state allows, as the hub's route does; the route judges it again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DifficultyStep:
    """What was done with it. holder: the name of who has it since. text: the note or the answer; empty where it was
    redacted, for the reason in `redacted`. due: by when an answer is wanted.
    """

    state: str
    holder: str
    text: str
    redacted: str
    by: str
    at: datetime
    due: date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class DifficultyPage:
    """difficulty: as the list has it. redacted: why its text was removed, empty where it was not. amends: it asks that
    the plan be amended. route: names of the units it goes along. ahead: (code, name) of whom it can be forwarded to,
    the next first. acts: what the next step can be.
    """

    difficulty: Difficulty
    redacted: str
    round: str | None
    amends: bool
    route: tuple[str, ...]
    ahead: tuple[tuple[str, str], ...]
    steps: tuple[DifficultyStep, ...]
    acts: tuple[str, ...]


async def gather(visit: Visit) -> DifficultyPage:
    """Raises Rejected (404) for one that this person does not see."""
    receipt = visit.path["difficulty"]
    bodies, names = await hub_answers(visit)
    body = next((body for body in bodies if body["receipt"] == receipt), None)
    if body is None:
        raise refused("difficulty_unknown", receipt=receipt)
    return build(body, names)


def build(body: Answer, names: Mapping[str, str]) -> DifficultyPage:
    """Pure. body: one of /v1/difficulties."""
    route, state = body["route"], body["state"]
    onward = route[route.index(body["holder"]) + 1 :] if body["holder"] in route else route
    acts = tuple(text for text in _NEXT.get(state, ()) if text != FORWARD or onward)
    return DifficultyPage(
        difficulty=difficulty_of(body, names),
        redacted=_redaction_reason(body["redactions"]),
        round=body["difficulty"].get("data", {}).get("round"),
        amends=body["asksForAmendment"],
        route=tuple(names.get(unit, unit) for unit in route),
        ahead=tuple((unit, names.get(unit, unit)) for unit in onward),
        steps=tuple(_step(step, names) for step in body["steps"]),
        acts=acts,
    )


def _step(body: Mapping[str, Any], names: Mapping[str, str]) -> DifficultyStep:
    return DifficultyStep(
        state=body["state"],
        holder=names.get(body["holder"], body["holder"]),
        text=body["text"],
        redacted=_redaction_reason(body["redactions"]),
        by=body["by"],
        at=datetime.fromisoformat(body["at"]),
        due=None if body["due"] is None else date.fromisoformat(body["due"]),
    )


def _redaction_reason(redactions: Sequence[Mapping[str, Any]]) -> str:
    return redactions[-1]["reason"] if redactions else ""


def tables(data: DifficultyPage, visit: Visit) -> Sequence[Table]:
    t = visit.words
    return (
        Table(
            name="steps",
            title=t("difficulty.road"),
            empty=t("difficulty.no_steps"),
            columns=(
                Column(name="at", title=t("audit.at"), kind="when", heading=True),
                Column(name="state", title=t("audit.act")),
                Column(name="text", title=t("difficulties.text")),
                Column(name="due", title=t("difficulty.due"), kind="when"),
                Column(name="holder", title=t("difficulties.holder")),
                Column(name="by", title=t("audit.actor")),
            ),
            rows=tuple(
                row(
                    step.at,
                    t.name("difficulty", step.state),
                    step.text or step.redacted,
                    step.due,
                    step.holder,
                    t.who(step.by),
                )
                for step in data.steps
            ),
        ),
    )


PAGE = Page(name="difficulty", paths=("/difficulties/{difficulty}",), gather=gather, tables=tables, under="overview")


# ---------------------------------------------------------------- the acts


def routes(frame: Frame) -> list[Route]:
    """To the difficulty's own address."""
    return [doing.route(frame, PAGE, act)]


async def act(visit: Visit, form: FormData) -> Outcome:
    """do: `forward` (to whom, a note, by when), `answer`, `close`."""
    receipt = visit.path["difficulty"]
    path, do = f"/v1/difficulties/{receipt}", acting.button(form, FORWARD, ANSWER, CLOSE)
    if do == FORWARD:
        due = spelling.day_sent(doing.text(form, "due"))
        body = {"to": doing.text(form, "to") or None, "note": doing.text(form, "note"), "due": due}
        await visit.hub.send("POST", f"{path}/forwarding", body)
    elif do == ANSWER:
        await visit.hub.send("POST", f"{path}/answer", {"text": doing.text(form, "text")})
    else:
        await visit.hub.send("POST", f"{path}/closing", {"note": doing.text(form, "note")})
    return Outcome(to=f"/difficulties/{receipt}")
