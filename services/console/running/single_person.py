"""Allowing a unit that has one person for it to draft and sign by the same hand; what was decided, newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.datastructures import FormData
from starlette.routing import Route

from lienthong.errors import Rejected
from lienthong.refusals import refused
from services.console import acting
from services.console.asking import Answer
from services.console.entering import spelling
from services.console.frame import Frame
from services.console.page import Visit
from services.console.running import doing, overseen
from services.console.running.doing import Outcome
from services.console.running.overseen import UnitChoices
from services.console.showing import segment
from services.console.tables import Cell, Column, Table, row

SCOPE = "operate:people"
ACT = "release.single_person_allowed"
_ABSENT = 404
_MOST = 500  # decisions that are shown; a province has fewer communes


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """stands: whether it is the unit's latest, and so what holds. by: as the audit log names who did it."""

    unit: str
    name: str
    allowed: bool
    stands: bool
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Decisions:
    """decisions: newest first, from the audit log of the person's province; none for who is bound to no province.

    seen: the number of the newest in that log, 0 before the first; None where none is shown. known: the units to pick
    from.
    """

    decisions: tuple[Decision, ...]
    seen: int | None = None
    known: UnitChoices = ()


async def gather(visit: Visit) -> Decisions:
    """Raises Rejected (403) for who may not decide it."""
    doing.require(visit, SCOPE)
    if visit.person.is_national:
        return Decisions(decisions=())
    acts = await visit.hub.get("/v1/audit", act=ACT, limit=_MOST)
    return build(acts["acts"], await overseen.names(visit, SCOPE))


def build(acts: Sequence[Answer], names: Mapping[str, str]) -> Decisions:
    """Pure. acts: of /v1/audit, newest first."""
    units: set[str] = set()
    decisions = []
    for act in acts:
        unit, details = act["subject"], act["details"]
        decisions.append(
            Decision(
                unit=unit,
                name=names.get(unit, unit),
                allowed=bool(details["allowed"]),
                stands=unit not in units,
                reason=details["reason"],
                by=act["actor"],
                at=datetime.fromisoformat(act["at"]),
            )
        )
        units.add(unit)
    newest = max((act["seq"] for act in acts), default=0)
    return Decisions(decisions=tuple(decisions), seen=newest, known=overseen.by_name(names))


def tables(data: Decisions, visit: Visit) -> Sequence[Table]:
    t = visit.words
    return (
        Table(
            name="decisions",
            title=t("single_person.decisions"),
            empty=t("single_person.none"),
            columns=(
                Column(name="unit", title=t("column.unit"), heading=True),
                Column(name="decided", title=t("single_person.decided")),
                Column(name="reason", title=t("running.reason")),
                Column(name="by", title=t("audit.actor")),
                Column(name="at", title=t("audit.at"), kind="when"),
            ),
            rows=tuple(
                row(
                    Cell(value=decision.name, note=decision.unit),
                    _decision_cell(decision, visit),
                    decision.reason,
                    t.who(decision.by),
                    decision.at,
                )
                for decision in data.decisions
            ),
        ),
    )


def _decision_cell(decision: Decision, visit: Visit) -> Cell:
    words = visit.words
    text = words("single_person.allowed") if decision.allowed else words("single_person.not_allowed")
    if not decision.stands:
        return Cell(value=text, note=words("single_person.former"))
    return Cell(value=text, tone="info" if decision.allowed else "plain")


PAGE = doing.operators_page(name="single_person", paths=("/single-person",), gather=gather, tables=tables, scope=SCOPE)


# ---------------------------------------------------------------- the act


def routes(frame: Frame) -> list[Route]:
    """Allowing it, or taking it back."""
    return [doing.route(frame, PAGE, decide)]


async def decide(visit: Visit, form: FormData) -> Outcome:
    """do: `allow`, `take_back`; for one unit, with a reason and the document that decides it."""
    allowed = acting.button(form, "allow", "take_back") == "allow"
    body: dict[str, Any] = {"allowed": allowed, "reason": doing.text(form, "reason"), "document": _document(form)}
    unit = doing.text(form, "unit")
    if not unit:
        raise refused("unit_unknown", "/unit", unit="")
    path = f"/v1/units/{segment(unit)}/single-person"
    try:
        await visit.hub.send(
            "PUT", path, body, version=await _version_shown(visit, path, unit, doing.text(form, "seen"))
        )
    except Rejected as error:
        if error.status != _ABSENT:
            raise
        raise refused("unit_unknown", "/unit", unit=unit) from error
    return Outcome(to=PAGE.paths[0])


async def _version_shown(visit: Visit, path: str, unit: str, number: str) -> str:
    """The version of the decision that the page showed; of nothing where another was taken since. Empty for a form
    that says nothing of what it showed. The version is read first: what comes after it, the hub finds.
    """
    if not (number.isascii() and number.isdecimal()):
        return ""
    _, version = await visit.hub.with_version(path)
    acts = (await visit.hub.get("/v1/audit", act=ACT, subject=unit, limit=1))["acts"]
    newer = any(act["seq"] > int(number[:18]) for act in acts)
    return f'"{doing.NEVER}"' if newer else version


def _document(form: FormData) -> dict[str, str | None]:
    """Number and day as the route takes them; a text that is no day goes as it is, and the route says so."""
    return {"number": doing.text(form, "number") or None, "date": spelling.day_sent(doing.text(form, "date"))}
