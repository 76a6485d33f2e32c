"""A report as typed, made into the event that any system would send, and what the hub says of it before it is sent."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from lienthong import events
from lienthong.contracts import canonical
from lienthong.errors import Message, Problem, Rejected
from services.console.entering import offering
from services.console.entering.asking import Task
from services.console.entering.form import NIL, Typed, place, report
from services.console.page import Visit
from services.console.sessions import Person
from services.console.words import Words

UNANSWERED = frozenset({"figure_not_answered", "status_not_chosen"})


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldMessage:
    """One thing said of a field. id: of the field; message: in the reader's language; check: of a query."""

    id: str
    message: str
    code: str = ""
    check: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Explaining:
    """The revision whose queries are explained."""

    unit: str
    round: str
    form: str
    revision: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """What is said of a report as typed. errors: have to be corrected; queries: warnings, to be amended or let stand.

    seen: a word for exactly these queries, by which a form says that its sender has seen them.
    """

    errors: tuple[FieldMessage, ...] = ()
    queries: tuple[FieldMessage, ...] = ()
    seen: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def unanswered(self) -> int:
        return sum(error.code in UNANSWERED for error in self.errors)

    @property
    def wrong(self) -> tuple[FieldMessage, ...]:
        """The errors of what was typed: while somebody is still filling in, an empty field is none."""
        return tuple(error for error in self.errors if error.code not in UNANSWERED)


async def judge(visit: Visit, task: Task, typed: Typed) -> Judged:
    """Everything that is wrong with it at once: what can't be read, and what the hub itself would say."""
    content, unread = report(typed, task.schema, visit.words.lang)
    receipts = offering.assembled_from(content["figures"], typed, task.offers)
    data = _data(task, content) | ({"assembledFrom": receipts} if receipts else {})
    refusals, warnings = list[Problem](), list[Mapping[str, Any]]()
    try:
        answer = await visit.hub.submit(event(visit.person, task, data), dry_run=True)
        warnings.extend(answer.get("warnings", ()))
    except Rejected as error:
        if not error.problems:
            raise
        refusals.extend(error.problems)
    known = {problem.pointer for problem in unread}
    errors = [
        _said(problem, visit)
        for problem in (*unread, *(refusal for refusal in refusals if refusal.pointer not in known))
    ]
    queries = tuple(_asked(warning, visit) for warning in warnings)
    return Judged(errors=in_order(errors, task), queries=queries, seen=_seen(queries), data=_answering(data, queries))


def event(person: Person, task: Task, data: Mapping[str, Any]) -> bytes:
    """The event in structured mode. Its id is of its content: pressed twice it is the same event and gets the same
    receipt, and with another content it is another one."""
    body = canonical.write(data)
    digest = hashlib.sha256(body).hexdigest()[:20]
    return canonical.write(
        {
            "specversion": "1.0",
            "type": events.REPORT_SUBMITTED,
            "source": person.source,
            "id": f"{task.round}.{task.unit}.{task.revision}.{digest}",
            "data": dict(data),
        }
    )


def explanation(person: Person, task: Explaining, texts: Mapping[str, str]) -> bytes:
    """The event that explains queries on the latest revision. texts: by check."""
    data = {
        "round": task.round,
        "form": task.form,
        "unit": task.unit,
        "revision": task.revision,
        "explanations": [{"check": check, "text": text} for check, text in texts.items()],
    }
    digest = hashlib.sha256(canonical.write(data)).hexdigest()[:20]
    return canonical.write(
        {
            "specversion": "1.0",
            "type": events.EXPLANATION_SUBMITTED,
            "source": person.source,
            "id": f"{task.round}.{task.unit}.{task.revision}.{digest}",
            "data": data,
        }
    )


def withdrawal(person: Person, task: Task, reason: str) -> bytes:
    """The event that takes the latest revision back."""
    data = {"round": task.round, "form": task.form, "unit": task.unit, "revision": task.revision - 1, "reason": reason}
    return canonical.write(
        {
            "specversion": "1.0",
            "type": events.REPORT_WITHDRAWAL,
            "source": person.source,
            "id": f"{task.round}.{task.unit}.{task.revision - 1}.rut",
            "data": data,
        }
    )


def in_order(said: Iterable[FieldMessage], task: Task) -> tuple[FieldMessage, ...]:
    """As the fields stand on the page; what is about the whole report first. Pure."""
    places = {field_.id: number for number, field_ in enumerate(task.fields)}
    return tuple(
        sorted(said, key=lambda message: -1 if message.id in ("entry", NIL) else places.get(message.id, len(places)))
    )


def located(judged: Judged, cells: Mapping[str, str], words: Words) -> Judged:
    """The same with the cell of the sheet at each thing said. Pure."""
    errors, queries = (
        tuple(_in_cell(message, cells, words) for message in said) for said in (judged.errors, judged.queries)
    )
    return replace(judged, errors=errors, queries=queries)


def _in_cell(message: FieldMessage, cells: Mapping[str, str], words: Words) -> FieldMessage:
    cell = cells.get(message.id)
    return message if cell is None else replace(message, message=words("sheet.cell", cell=cell, said=message.message))


def refused(error: Rejected, visit: Visit, task: Task) -> tuple[FieldMessage, ...]:
    """The problems of a refusal at their fields."""
    return in_order((_said(problem, visit) for problem in error.problems), task)


def _data(task: Task, content: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "round": task.round,
        "form": task.form,
        "formVersion": task.version,
        "unit": task.unit,
        "revision": task.revision,
        **content,
    }


def _answering(data: Mapping[str, Any], queries: Iterable[FieldMessage]) -> Mapping[str, Any]:
    """The report with explanations of what is asked of it now: a figure that was mended needs none any more."""
    checks = {message.check for message in queries}
    said = [explanation_ for explanation_ in data.get("explanations", ()) if explanation_["check"] in checks]
    rest = {name: value for name, value in data.items() if name != "explanations"}
    return {**rest, "explanations": said} if said else rest


def _asked(warning: Mapping[str, Any], visit: Visit) -> FieldMessage:
    return replace(_said(_problem(warning), visit), check=warning.get("params", {}).get("check", ""))


def _problem(body: Mapping[str, Any]) -> Problem:
    message = Message(vi=body["message_vi"], en=body["message_en"])
    return Problem(pointer=body["pointer"], code=body["code"], message=message)


def _said(problem: Problem, visit: Visit) -> FieldMessage:
    return FieldMessage(
        id=place(problem.pointer), message=getattr(problem.message, visit.words.lang), code=problem.code
    )


def _seen(queries: Sequence[FieldMessage]) -> str:
    if not queries:
        return ""
    return hashlib.sha256("\n".join(f"{message.id} {message.message}" for message in queries).encode()).hexdigest()[:16]
