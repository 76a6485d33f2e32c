"""What must hold for an act of an operator, whoever does it. Pure; each raises Rejected with every reason at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from lienthong.errors import Problem, Rejected
from lienthong.instants import wire
from lienthong.periods import Period
from lienthong.programmes import Plan
from lienthong.refusals import problem
from lienthong.rounds import opening
from lienthong.rounds.round import OpenRound
from services.ingest.definitions.snapshot import Definitions


def of_special_round(
    plan: Plan,
    span: Period,
    definitions: Definitions,
    *,
    deadline: datetime,
    forms: Sequence[str] | None,
    now: datetime,
) -> None:
    """Its data are closed, its deadline lies ahead, its forms are the plan's, and it isn't open yet."""
    code = opening.code_of(plan, span)
    found = [problem("/forms", "form_unknown", form=form) for form in forms or () if plan.form(form) is None]
    if code in definitions.rounds:
        found.append(problem("/period", "round_exists", round=code))
    if opening.opens_at(span) > now:
        found.append(problem("/last", "close_in_future"))
    if deadline <= now:
        found.append(
            problem(
                "/deadline",
                "deadline_passed",
            )
        )
    _none(found)


def still_taking_reports(round_: OpenRound) -> None:
    """The round isn't locked. Asked first: a locked round is kept without its units and deadlines."""
    if round_.locked:
        raise Rejected(
            [
                problem(
                    "",
                    "round_locked_for_good",
                )
            ],
            status=409,
        )


def of_extension(round_: OpenRound, *, original: datetime | None, until: datetime, unit: str | None) -> None:
    """The new deadline is later than the original one, and the unit owes something."""
    found = []
    if original is not None and until <= original:
        found.append(
            problem(
                "/until",
                "extension_not_later",
                original=wire(original),
            )
        )
    if unit is not None and not round_.owes(unit):
        found.append(
            problem(
                "/unit",
                "unit_owes_nothing",
                unit=unit,
            )
        )
    _none(found)


def of_lock(changed: int) -> None:
    """The round was not locked before: `changed` rows became so."""
    if not changed:
        raise Rejected([problem("", "round_locked_already")], status=409)


def of_withdrawal(withdrawn_at: datetime | None) -> None:
    """The release is still in force."""
    if withdrawn_at is not None:
        raise Rejected(
            [problem("", "release_withdrawn_already")],
            status=409,
        )


def of_approval(state: str) -> None:
    """The item waits for somebody's approval."""
    if state != "submitted":
        raise Rejected(
            [
                problem(
                    "",
                    "item_not_waiting",
                    state=state,
                )
            ],
            status=409,
        )


def of_redaction(without_text: Sequence[str]) -> None:
    """Every pointer leads to a text: none is left over."""
    _none(
        [
            problem(
                pointer,
                "no_text_there",
            )
            for pointer in without_text
        ]
    )


def obligation(round_: OpenRound, code: str | None) -> tuple[str, datetime | None]:
    """The obligation whose deadline is meant, with that deadline; the units' where it is the only one."""
    known = {deadline.obligation: deadline.at for deadline in round_.deadlines}
    units = [deadline.obligation for deadline in round_.deadlines if deadline.sender == "units"]
    chosen = code or (units[0] if len(units) == 1 else None)
    if chosen is None or chosen not in known:
        raise Rejected(
            [
                problem(
                    "/obligation",
                    "obligation_unknown",
                    known=sorted(known),
                )
            ]
        )
    return chosen, known[chosen]


def _none(found: Sequence[Problem]) -> None:
    if found:
        raise Rejected(list(found))
