"""Returning reports with reasons, and passing them on: what the via unit of an obligation does.

A returned report counts no more until a higher revision comes; its receipt and the time of its receipt stay. An act
is on one report or on many of one round, all of them or none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from lienthong import events
from lienthong.calendar import day_of
from lienthong.contracts.collected import refuse
from lienthong.errors import Problem
from lienthong.events import Event
from lienthong.instants import wire
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.refusals import refused
from lienthong.rounds.round import OpenRound
from services.ingest.claims import ledger
from services.ingest.definitions.loading import whole_round
from services.ingest.office.act import Act
from services.ingest.office.facts import fact, salt
from services.ingest.reviews import rules
from services.ingest.reviews.rules import PASSED_ON, RETURNED, Doubt, LatestRevision, NamedReport, Place
from services.ingest.rights.bearing import sees_bearer
from services.ingest.rights.requiring import no_round

SQL = Queries(Path(__file__).with_name("queries.sql"))
SCOPE = "report:review"
MOST = 200  # reports in one act: the largest province has 168 communes, and the audit log names each
_KINDS = {RETURNED: events.REPORT_RETURNED, PASSED_ON: events.REPORT_PASSED_ON}


@dataclass(frozen=True, kw_only=True, slots=True)
class Reviewed:
    """What was done with one report, and where it stands in the log."""

    report: NamedReport
    position: int


@dataclass(frozen=True, kw_only=True, slots=True)
class _Desk:
    """A round before somebody through whom some of its reports pass. via_by_form: the unit that he acts
    as."""

    round: OpenRound
    via_by_form: Mapping[str, str]


def give_back(
    act: Act, *, round_: str, reports: Sequence[NamedReport], reason: str, figures: Sequence[Doubt] = ()
) -> list[Reviewed]:
    """Return reports to their units (trả lại). figures: those that the return is about, where it isn't on the whole."""
    desk = _desk(act, round_)
    forms = [form for each in reports if (form := act.definitions.form_of(desk.round, each.form)) is not None]
    details = {"reason": reason, "figures": [{"code": doubt.code, "reason": doubt.reason} for doubt in figures]}
    return _review(act, desk, reports, RETURNED, details, rules.of_doubts(figures, forms))


def pass_on(act: Act, *, round_: str, reports: Sequence[NamedReport], note: str = "") -> list[Reviewed]:
    """Pass reports on to whom they are for (chuyển)."""
    return _review(act, _desk(act, round_), reports, PASSED_ON, {"note": note})


def _desk(act: Act, code: str) -> _Desk:
    """Raises Rejected (404) for who has nothing to review there."""
    reach, today = act.actor.sight_by(SCOPE), day_of(act.now())

    def acts_as(via: str, round_: OpenRound) -> bool:
        return sees_bearer(reach, act.definitions.registry, via, today, province=round_.province)

    def reviews(round_: OpenRound) -> bool:
        return any(acts_as(via, round_) for via in rules.vias(round_).values() or [round_.root])

    round_ = whole_round(act.tx, code) if code in act.definitions.rounds else None
    if round_ is None or not reviews(round_):
        # Of a locked round memory does not keep through whom its reports passed; nothing in it is reviewed any more.
        raise no_round(code, act.definitions, lambda other: not other.locked and reviews(other))
    act.grant(SCOPE)
    if round_.locked:
        raise refused("round_locked_for_good")
    return _Desk(
        round=round_, via_by_form={form: via for form, via in rules.vias(round_).items() if acts_as(via, round_)}
    )


def _review(
    act: Act,
    desk: _Desk,
    reports: Sequence[NamedReport],
    state: str,
    body: Mapping[str, Any],
    wrong: Sequence[Problem] = (),
) -> list[Reviewed]:
    """All of it or nothing. The reports' locks come first: no correction can slip in below a return."""
    round_ = desk.round
    wrong = [*rules.told_twice(reports), *rules.out_of_place(round_, reports, desk.via_by_form), *wrong]
    if not wrong:
        ledger.lock(act.tx, (ledger.name_of((round_.code, each.form, each.unit)) for each in reports))
        wrong = rules.not_standing(reports, _latest_revisions(act.tx, round_.code, reports), state)
    refuse(wrong)
    now = act.now()
    for via in sorted({desk.via_by_form[each.form] for each in reports}):
        named = [f"{r.form}/{r.unit}/r{r.revision}" for r in reports if desk.via_by_form[r.form] == via]
        act.record(f"report.{state}", round_.code, province=round_.province, issuer=via, details={"reports": named})
    done = act.append(*(_fact(act, desk, each, state, body, now) for each in reports))
    reviewed = [Reviewed(report=each, position=r.position) for each, r in zip(reports, done, strict=True)]
    for each in reviewed:
        _put_review(act, desk, each, state, body, now, done[0].partition)
    return reviewed


def _fact(act: Act, desk: _Desk, each: NamedReport, state: str, body: Mapping[str, Any], now: datetime) -> Event:
    round_ = desk.round
    subject = f"{round_.code}/{each.form}/{each.unit}"
    data = {
        "round": round_.code,
        "form": each.form,
        "unit": each.unit,
        "revision": each.revision,
        "via": desk.via_by_form[each.form],
        **body,
        "by": act.actor.name,
        "salt": salt(),
    }
    return fact(_KINDS[state], f"{subject}/r{each.revision}/{wire(now)}", subject, round_.province, now, data)


def _put_review(
    act: Act, desk: _Desk, done: Reviewed, state: str, body: Mapping[str, Any], now: datetime, partition: int
) -> None:
    each = done.report
    row = {
        "round": desk.round.code,
        "form": each.form,
        "unit": each.unit,
        "revision": each.revision,
        "state": state,
        "via": desk.via_by_form[each.form],
        "reason": body.get("reason", body.get("note", "")),
        "figures": orjson.dumps(body.get("figures", [])).decode(),
        "by": act.actor.name,
        "at": now,
        "partition": partition,
        "position": done.position,
    }
    act.tx.execute(SQL.put_review, row)


def _latest_revisions(tx: Connection, round_: str, reports: Sequence[NamedReport]) -> dict[Place, LatestRevision]:
    parameters = {"round": round_, "forms": [r.form for r in reports], "units": [r.unit for r in reports]}
    return {
        (form, unit): LatestRevision(revision=revision, withdrawn=withdrawn, state=state)
        for form, unit, revision, withdrawn, state in tx.execute(SQL.standing_of, parameters)
    }
