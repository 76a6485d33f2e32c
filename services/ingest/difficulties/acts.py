"""What is done with a difficulty: forwarding it along the plan's route, answering it, closing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson

from lienthong import events
from lienthong.calendar import day_of
from lienthong.instants import wire
from lienthong.postgres.answers import value
from lienthong.postgres.pool import Connection
from lienthong.refusals import refused
from services.ingest.claims import ledger
from services.ingest.claims.receipts import number_of
from services.ingest.difficulties import rules
from services.ingest.difficulties.reading import SQL, steps_of
from services.ingest.difficulties.rules import ANSWERED, CLOSED, FORWARDED, SCOPE
from services.ingest.office.act import Act
from services.ingest.office.facts import fact, salt
from services.ingest.rights.bearing import sees_bearer

_KINDS = {
    FORWARDED: events.DIFFICULTY_FORWARDED,
    ANSWERED: events.DIFFICULTY_ANSWERED,
    CLOSED: events.DIFFICULTY_CLOSED,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class _OpenDifficulty:
    """A difficulty on its road. route: the units that it goes along."""

    province: str
    position: int
    unit: str
    plan: str
    route: Sequence[str]
    state: str
    holder: str

    @property
    def receipt(self) -> str:
        return number_of(self.province, self.position)


def forward(act: Act, *, province: str, position: int, to: str | None, note: str, due: date | None) -> str:
    """Forward it (chuyển) along its route. Returns to whom. due: by when an answer is wanted."""
    difficulty = _lock_difficulty(act, province, position, FORWARDED)
    holder = rules.next_holder(difficulty.route, difficulty.holder, to)
    _step(act, difficulty, FORWARDED, holder, note, due)
    return holder


def answer(act: Act, *, province: str, position: int, text: str) -> str:
    """Answer it: whoever it lies with. Returns with whom it stays."""
    difficulty = _lock_difficulty(act, province, position, ANSWERED)
    _step(act, difficulty, ANSWERED, difficulty.holder, text, None)
    return difficulty.holder


def close(act: Act, *, province: str, position: int, note: str) -> str:
    """Close one that was answered. Returns with whom it stays."""
    difficulty = _lock_difficulty(act, province, position, CLOSED)
    _step(act, difficulty, CLOSED, difficulty.holder, note, None)
    return difficulty.holder


def _lock_difficulty(act: Act, province: str, position: int, wanted: str) -> _OpenDifficulty:
    """Raises Rejected (404) for who is not the one with whom it lies, (409) for a step out of order."""
    reach, today = act.actor.sight_by(SCOPE), day_of(act.now())
    receipt = number_of(province, position)
    unknown = refused("difficulty_unknown", receipt=receipt)
    ledger.lock(act.tx, [f"difficulty:{receipt}"])
    body = _raised_data(act.tx, province, position)
    if body is None:
        raise unknown
    plan = str(body.get("plan"))
    along = rules.route(act.definitions.plans.get(plan), body, province)
    state, holder = rules.state_and_holder(steps_of(act.tx, province, [position]).get(position, []), along)
    if not sees_bearer(reach, act.definitions.registry, holder, today, province=province):
        raise unknown
    act.grant(SCOPE)
    rules.may_become(state, wanted)
    return _OpenDifficulty(
        province=province,
        position=position,
        unit=str(body["unit"]),
        plan=plan,
        route=along,
        state=state,
        holder=holder,
    )


def _raised_data(tx: Connection, province: str, position: int) -> Mapping[str, Any] | None:
    parameters = {"province": province, "position": position}
    if tx.execute(SQL.raised_at, parameters).fetchone() is None:
        return None
    text = value(tx, str, SQL.data_at, parameters)
    data: Mapping[str, Any] | None = None if text is None else orjson.loads(text)["data"]
    return data


def _step(act: Act, difficulty: _OpenDifficulty, state: str, holder: str, text: str, due: date | None) -> None:
    now = act.now()
    data = {
        "difficulty": difficulty.receipt,
        "unit": difficulty.unit,
        "plan": difficulty.plan,
        "from": difficulty.holder,
        "holder": holder,
        "text": text,
        "due": None if due is None else due.isoformat(),
        "by": act.actor.name,
        "salt": salt(),
    }
    act.record(f"difficulty.{state}", difficulty.receipt, province=difficulty.province, issuer=difficulty.holder)
    name = f"{difficulty.receipt}/{wire(now)}"
    [recorded] = act.append(fact(_KINDS[state], name, difficulty.receipt, difficulty.province, now, data))
    row = {
        "province": difficulty.province,
        "difficulty": difficulty.position,
        "position": recorded.position,
        "state": state,
        "holder": holder,
        "text": text,
        "due": due,
        "by": act.actor.name,
        "at": now,
    }
    act.tx.execute(SQL.put_step, row)
