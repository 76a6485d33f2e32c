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
from services.console.entering.form import NIL, Texts, content_of, place
from services.console.entering.owed_report import OwedReport
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
class ExplainedRevision:
    """The revision whose queries are explained."""

    unit: str
    round: str
    form: str
    revision: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
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


async def judge(visit: Visit, report: OwedReport, typed: Texts) -> Judgement:
    """Everything that is wrong with it at once: what can't be read, and what the hub itself would say."""
    content, faults = content_of(typed, report.schema, visit.words.lang)
    receipts = offering.assembled_from(content["figures"], typed, report.offers)
    data = _data(report, content) | ({"assembledFrom": receipts} if receipts else {})
    refusals, warnings = list[Problem](), list[Mapping[str, Any]]()
    try:
        answer = await visit.hub.submit(event(visit.person, report, data), dry_run=True)
        warnings.extend(answer.get("warnings", ()))
    except Rejected as error:
        if not error.problems:
            raise
        refusals.extend(error.problems)
    pointers = {problem.pointer for problem in faults}
    errors = [
        _message(problem, visit)
        for problem in (*faults, *(refusal for refusal in refusals if refusal.pointer not in pointers))
    ]
    queries = tuple(_query(warning, visit) for warning in warnings)
    return Judgement(
        errors=in_order(errors, report), queries=queries, seen=_mark(queries), data=_with_explanations(data, queries)
    )


def event(person: Person, report: OwedReport, data: Mapping[str, Any]) -> bytes:
    """The event in structured mode. Its id is of its content: pressed twice it is the same event and gets the same
    receipt, and with another content it is another one."""
    body = canonical.write(data)
    digest = hashlib.sha256(body).hexdigest()[:20]
    return canonical.write(
        {
            "specversion": "1.0",
            "type": events.REPORT_SUBMITTED,
            "source": person.source,
            "id": f"{report.round}.{report.unit}.{report.revision}.{digest}",
            "data": dict(data),
        }
    )


def explanation(person: Person, revision: ExplainedRevision, texts: Mapping[str, str]) -> bytes:
    """The event that explains queries on the latest revision. texts: by check."""
    data = {
        "round": revision.round,
        "form": revision.form,
        "unit": revision.unit,
        "revision": revision.revision,
        "explanations": [{"check": check, "text": text} for check, text in texts.items()],
    }
    digest = hashlib.sha256(canonical.write(data)).hexdigest()[:20]
    return canonical.write(
        {
            "specversion": "1.0",
            "type": events.EXPLANATION_SUBMITTED,
            "source": person.source,
            "id": f"{revision.round}.{revision.unit}.{revision.revision}.{digest}",
            "data": data,
        }
    )


def withdrawal(person: Person, report: OwedReport, reason: str) -> bytes:
    """The event that takes the latest revision back."""
    data = {
        "round": report.round,
        "form": report.form,
        "unit": report.unit,
        "revision": report.revision - 1,
        "reason": reason,
    }
    return canonical.write(
        {
            "specversion": "1.0",
            "type": events.REPORT_WITHDRAWAL,
            "source": person.source,
            "id": f"{report.round}.{report.unit}.{report.revision - 1}.rut",
            "data": data,
        }
    )


def in_order(messages: Iterable[FieldMessage], report: OwedReport) -> tuple[FieldMessage, ...]:
    """As the fields stand on the page; what is about the whole report first. Pure."""
    places = {field_.id: number for number, field_ in enumerate(report.fields)}
    return tuple(
        sorted(
            messages, key=lambda message: -1 if message.id in ("entry", NIL) else places.get(message.id, len(places))
        )
    )


def at_cells(judgement: Judgement, cells: Mapping[str, str], words: Words) -> Judgement:
    """The same with the cell of the sheet at each thing said. Pure."""
    errors, queries = (
        tuple(_in_cell(message, cells, words) for message in messages)
        for messages in (judgement.errors, judgement.queries)
    )
    return replace(judgement, errors=errors, queries=queries)


def _in_cell(message: FieldMessage, cells: Mapping[str, str], words: Words) -> FieldMessage:
    cell = cells.get(message.id)
    return message if cell is None else replace(message, message=words("sheet.cell", cell=cell, said=message.message))


def refusal_messages(error: Rejected, visit: Visit, report: OwedReport) -> tuple[FieldMessage, ...]:
    """The problems of a refusal at their fields."""
    return in_order((_message(problem, visit) for problem in error.problems), report)


def _data(report: OwedReport, content: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "round": report.round,
        "form": report.form,
        "formVersion": report.version,
        "unit": report.unit,
        "revision": report.revision,
        **content,
    }


def _with_explanations(data: Mapping[str, Any], queries: Iterable[FieldMessage]) -> Mapping[str, Any]:
    """The report with explanations of what is asked of it now: a figure that was mended needs none any more."""
    checks = {message.check for message in queries}
    explanations = [explanation_ for explanation_ in data.get("explanations", ()) if explanation_["check"] in checks]
    body = {name: value for name, value in data.items() if name != "explanations"}
    return {**body, "explanations": explanations} if explanations else body


def _query(warning: Mapping[str, Any], visit: Visit) -> FieldMessage:
    return replace(_message(_problem(warning), visit), check=warning.get("params", {}).get("check", ""))


def _problem(body: Mapping[str, Any]) -> Problem:
    message = Message(vi=body["message_vi"], en=body["message_en"])
    return Problem(pointer=body["pointer"], code=body["code"], message=message)


def _message(problem: Problem, visit: Visit) -> FieldMessage:
    return FieldMessage(
        id=place(problem.pointer), message=getattr(problem.message, visit.words.lang), code=problem.code
    )


def _mark(queries: Sequence[FieldMessage]) -> str:
    if not queries:
        return ""
    return hashlib.sha256("\n".join(f"{message.id} {message.message}" for message in queries).encode()).hexdigest()[:16]
