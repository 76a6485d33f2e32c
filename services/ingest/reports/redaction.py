"""Removing free text from what was accepted and from what was said of it: which texts may go, where a copy of them
stands, and the act itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from psycopg.rows import class_row

from lienthong import events
from lienthong.contracts import canonical, strict
from lienthong.contracts.collected import refuse
from lienthong.instants import wire
from lienthong.postgres.pool import Connection
from lienthong.proof.seals import hash_of_remains
from lienthong.refusals import problem, refused
from services.ingest.claims.receipts import number_of
from services.ingest.claims.verdicts import ERASED_SALT
from services.ingest.content import reading as content
from services.ingest.directives import taking as directives
from services.ingest.materials import taking as materials
from services.ingest.office.act import Act
from services.ingest.office.facts import fact
from services.ingest.reports.redacted import SQL

SCOPE = "operate:rounds"
_PLACE = re.compile("0|[1-9][0-9]{0,8}")

_NOT_FREE_TEXT = {
    "round",
    "form",
    "formVersion",
    "unit",
    "plan",
    "obligation",
    "item",
    "kind",
    "language",
    "licence",
    "code",
    "check",
    "directive",
    "material",
    "issued",
    "day",
    "place",
    "channel",
    "task",
    "status",
    "asOf",
    "system",
    "share",
    "classification",
}
"""Texts that decide what an event is about: they stay."""

_SUBMITTED = frozenset({"report", "data", "content"})
"""Of a fact made of a claim: the members that hold what was submitted."""

_SAID: Mapping[str, frozenset[str]] = {
    events.REPORT_RETURNED: frozenset({"reason", "figures"}),
    events.REPORT_PASSED_ON: frozenset({"note"}),
    events.DIFFICULTY_FORWARDED: frozenset({"text"}),
    events.DIFFICULTY_ANSWERED: frozenset({"text"}),
    events.DIFFICULTY_CLOSED: frozenset({"text"}),
    events.TASK_RECORDED: frozenset({"note"}),
}
"""Of the fact of an act: the members that hold what somebody said."""

REDACTABLE = sorted({made.fact for made in events.ACCEPTED.values()} | {events.CONTENT_APPROVED} | _SAID.keys())
"""The facts that carry text which somebody submitted, or said in an act. What a new claim becomes is one of them."""


def empty_text(kind: str, body: dict[str, Any], pointer: str) -> bool:
    """Empty the text at a pointer into the data of an event of this kind; False when there is none that may go."""
    if not pointer.startswith("/"):
        return False
    *path, last = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    if [*path, last][0] not in _SAID.get(kind, _SUBMITTED) or path[1:2] == ["figures"]:
        return False  # a status is a figure too, and it is text
    place: Any = body
    for part in path:
        place = _child(place, part)
    if not isinstance(place, dict) or not isinstance(place.get(last), str) or last in _NOT_FREE_TEXT:
        return False
    place[last] = ""
    if pointer == "/data/reason" and "reason" in body:  # a withdrawal's fact repeats its reason
        body["reason"] = ""
    return True


def _child(place: Any, part: str) -> Any:
    if isinstance(place, dict):
        return place.get(part)
    # One spelling for each place (RFC 6901): who reads what was removed compares pointers, and `00` is none of them.
    if not isinstance(place, list) or _PLACE.fullmatch(part) is None:
        return None
    return place[int(part)] if int(part) < len(place) else None


@dataclass(frozen=True, kw_only=True, slots=True)
class _LoggedEvent:
    """An event as it stands in the log. partition: its number; data: JSON."""

    partition: int
    type: str
    data: str


def redact(
    act: Act,
    *,
    province: str,
    position: int,
    pointers: Sequence[str],
    reason: str,
    document: Mapping[str, Any],
) -> None:
    """Remove free text of one accepted event, or of a return, a passing on, a step of a difficulty, a record of a
    task, and leave its place: the text becomes empty, the salt is erased so that nobody can guess the text from the
    hash, seal and link stay. Figures can't be removed this way.

    Raises Rejected when there is no such event or a pointer leads to no text.
    """
    receipt = number_of(province, position)
    unknown = refused("receipt_unknown", receipt=receipt)
    written = _logged_event(act.tx, province, position)
    if written is None:
        raise unknown
    # Read strictly: a number keeps the digits of its sender, which no binary float does.
    before, body = strict.read(written.data.encode()), strict.read(written.data.encode())
    act.require(SCOPE, province=province, issuer=_issuer(act, body), otherwise=unknown)
    _empty_all(written.type, body, pointers)
    now = act.now()
    body["salt"] = ERASED_SALT.hex()
    _redact_tables(act.tx, written, position, before, body)
    data = {
        "target": {"partition": province, "position": position},
        "pointers": list(pointers),
        "reason": reason,
        "document": dict(document),
        "by": act.actor.name,
        # Nobody can recompute the seal from now on; this proves that nothing else was changed.
        "remains": hash_of_remains(body),
    }
    details = {"pointers": list(pointers), "reason": reason}
    act.record("text.redacted", receipt, province=province, issuer=_issuer(act, body), details=details)
    act.append(fact(events.TEXT_REDACTED, f"{receipt}/{wire(now)}", receipt, province, now, data))


def _redact_tables(tx: Connection, written: _LoggedEvent, position: int, before: Any, body: Any) -> None:
    """The event in the log, its salt in the ledger, and what the rooms keep of it besides."""
    place = {"partition": written.partition, "position": position}
    tx.execute(SQL.redact_event, {**place, "data": canonical.write(body).decode()})
    tx.execute(SQL.erase_salt, {**place, "salt": ERASED_SALT})
    _redact_item(tx, before, body)
    if written.type == events.DIRECTIVE_ACCEPTED:
        directives.redact(tx, before["data"], body["data"])
    if written.type == events.MATERIAL_ACCEPTED:
        materials.redact(tx, before["data"], body["data"])
    _redact_row(tx, written, position, body)


def _logged_event(tx: Connection, province: str, position: int) -> _LoggedEvent | None:
    parameters = {"key": province, "position": position, "types": REDACTABLE}
    return tx.cursor(row_factory=class_row(_LoggedEvent)).execute(SQL.event_at, parameters).fetchone()


def _issuer(act: Act, body: Mapping[str, Any]) -> str:
    """Whose it is to remove text of this: who issued the round it was sent for, else the unit itself."""
    round_ = act.definitions.rounds.get(str(body.get("round")))
    return str(body.get("unit")) if round_ is None else round_.root


def _empty_all(kind: str, body: dict[str, Any], pointers: Sequence[str]) -> None:
    """Raises Rejected with every pointer that leads to no text."""
    refuse(
        problem(f"/pointers/{place}", "no_text_there", place=pointer)
        for place, pointer in enumerate(pointers)
        if not empty_text(kind, body, pointer)
    )


def _redact_row(tx: Connection, written: _LoggedEvent, position: int, body: Mapping[str, Any]) -> None:
    """The row that a review or a step of a difficulty left in ingest's tables loses the text too."""
    place = {"partition": written.partition, "position": position}
    if written.type in (events.REPORT_RETURNED, events.REPORT_PASSED_ON):
        reason = body.get("reason", body.get("note", ""))
        figures = orjson.dumps(body.get("figures", [])).decode()
        tx.execute(SQL.redact_review, {**place, "reason": reason, "figures": figures})
    elif written.type in (events.REPORT_ACCEPTED, events.EXPLANATION_ACCEPTED):
        explanations = body["report" if written.type == events.REPORT_ACCEPTED else "data"].get("explanations") or []
        tx.execute(SQL.redact_explanations, {**place, "explanations": orjson.dumps(explanations).decode()})
    elif written.type in _SAID and "text" in body:
        tx.execute(SQL.redact_step, {**place, "text": body["text"]})


def _redact_item(tx: Connection, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """A content item's own row holds what was submitted last: it loses the text with that event."""
    for name in ("data", "content"):
        submitted = before.get(name)
        if not isinstance(submitted, dict) or "item" not in submitted:
            continue
        item = content.lock_item(tx, submitted["unit"], submitted["item"])
        if item is not None and strict.read(item.body.encode()) == submitted:
            body = canonical.write(after[name]).decode()
            tx.execute(content.SQL.set_item_body, {"unit": item.unit, "item": item.item, "body": body})
