"""Urging the units that owe a round's reports: who was reminded, when, what came of it; reminding them now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from starlette.datastructures import FormData
from starlette.routing import Route

from services.console import acting
from services.console.asking import Answer
from services.console.entering.spelling import day_asked
from services.console.frame import Frame
from services.console.page import Page, Visit
from services.console.pages.rounds import round_of
from services.console.pages.standing import Duty, duties, names_of
from services.console.running import doing
from services.console.running.doing import Outcome
from services.console.showing import segment
from services.console.tables import Cell, Column, Table, Tone, row

SCOPES = ("report:review", "operate:rounds")
_TONES: Mapping[str, Tone] = {
    "sent": "good",
    "failed": "bad",
    "unknown": "warn",
    "no_contact": "warn",
    "waiting": "info",
    "sending": "info",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class SentReminder:
    """One reminder by one way. number: grows with each. kind: `opened`, `before`, `after` its deadline, `asked`,
    `digest`. at: when it was made.
    """

    number: int
    unit: str
    name: str
    kind: str
    channel: str
    state: str
    detail: str
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Urging:
    """owing: units that owe something, in Vietnamese order. may: whether the person may remind them. open: whether the
    round still takes reports. told: the filtered reminders, newest first. state, day, digest: the filters as they
    were set.
    """

    round: str
    open: bool
    owing: tuple[tuple[str, str], ...]
    told: tuple[SentReminder, ...]
    may: bool
    state: str | None = None
    day: str | None = None
    digest: str | None = None


async def gather(visit: Visit) -> Urging:
    code, hub = visit.path["round"], visit.hub
    filters = {name: visit.filter(name) for name in ("state", "day", "digest")}
    question = filters | {"day": day_asked("day", filters["day"])}
    answer, obligations, reminders, own = await hub.all(
        hub.get(f"/v1/rounds/{code}"),
        hub.get("/v1/obligations", round=code),
        hub.every("/v1/reminders", "reminders", {"round": code, **question}),
        hub.get(f"/v1/units/{visit.person.province}"),
    )
    round_ = round_of(answer["round"])
    children = await hub.get(f"/v1/units/{visit.person.province}/children", on=round_.last.isoformat())
    names = names_of(children) | {own["code"]: own["full_name"]}
    urging = build(
        code,
        is_open=round_.state != "locked",
        lines=duties(obligations["obligations"], names),
        reminders=reminders["reminders"],
        names=names,
        may=any(map(visit.person.may, SCOPES)),
    )
    return replace(
        urging,
        state=filters["state"],
        day=filters["day"],
        digest=filters["digest"],
    )


def build(
    code: str,
    *,
    is_open: bool,
    lines: Sequence[Duty],
    reminders: Sequence[Answer],
    names: Mapping[str, str],
    may: bool,
) -> Urging:
    """Pure. lines: of every unit, in order; reminders: of /v1/reminders, newest first."""
    owing = dict.fromkeys((line.unit, line.name) for line in lines if line.group in ("missing", "returned"))
    sent_reminders = (
        SentReminder(
            number=reminder["number"],
            unit=reminder["unit"],
            name=names.get(reminder["unit"], reminder["unit"]),
            kind=reminder["kind"],
            channel=reminder["channel"],
            state=reminder["state"],
            detail=reminder["detail"],
            at=datetime.fromisoformat(reminder["madeAt"]),
        )
        for reminder in reminders
    )
    return Urging(round=code, open=is_open, owing=tuple(owing), told=tuple(sent_reminders), may=may)


def tables(data: Urging, visit: Visit) -> Sequence[Table]:
    t = visit.words
    return (
        Table(
            name="reminders",
            title=t("urging.told"),
            empty=t("urging.nobody_told"),
            columns=(
                Column(name="unit", title=t("column.unit"), heading=True),
                Column(name="kind", title=t("urging.kind"), kind="code"),
                Column(name="channel", title=t("urging.channel")),
                Column(name="state", title=t("column.state")),
                Column(name="at", title=t("audit.at"), kind="when"),
            ),
            rows=tuple(
                row(
                    Cell(value=reminder.name, note=reminder.unit, href=f"/units/{segment(reminder.unit)}"),
                    t.name("reminder_kind", reminder.kind),
                    t.name("reminder_channel", reminder.channel),
                    Cell(
                        value=t.name("reminder_state", reminder.state),
                        tone=_TONES.get(reminder.state),
                        note=_detail(reminder.detail, visit),
                    ),
                    reminder.at,
                )
                for reminder in data.told
            ),
        ),
    )


def _detail(detail: str, visit: Visit) -> str:
    """In words; a code that nobody named as it is, with what the other side said."""
    code, colon, remark = detail.partition(": ")
    return f"{visit.words.problem(code)}{colon and ' '}{remark}" if code else ""


PAGE = Page(
    name="urging",
    paths=("/rounds/{round}/reminders",),
    gather=gather,
    tables=tables,
    filters=frozenset({"state", "day", "digest"}),
    under="overview",
)


def routes(frame: Frame) -> list[Route]:
    """Reminding those who owe."""
    return [doing.route(frame, PAGE, remind)]


async def remind(visit: Visit, form: FormData) -> Outcome:
    """do: `remind`; those chosen, or all who owe where none is."""
    acting.button(form, "remind")
    units = [unit for unit in form.getlist("unit") if isinstance(unit, str)]
    code = visit.path["round"]
    answer = await visit.hub.send("POST", f"/v1/rounds/{code}/reminders", {"units": units} if units else {})
    outcome = answer.json()
    return Outcome(
        result={
            "reminded": len(outcome["reminded"]),
            "already": len(outcome["already"]),
            "without_contact": len(outcome["withoutContact"]),
        }
    )
