"""The duties of an issuer in a release: to whom it owed the round, and when it met that. Pure."""

from __future__ import annotations

from datetime import datetime

from lienthong.instants import read, wire
from lienthong.releases import Dataset
from lienthong.releases.coded import Regime
from lienthong.releases.round import Duty
from services.aggregate.cut import SignOff
from services.aggregate.rounds import Round, RoundDeadline


def duties_of(round_: Round, sign_off: SignOff, previous: Dataset | None) -> list[Duty]:
    """The issuer's obligations, one for each recipient. The first release that reached it decides on time; a duty that
    none has reached is open.
    """
    met = _met_before(previous)
    return [
        _duty(round_, deadline, recipient, sign_off, met.get((deadline.obligation, recipient)))
        for deadline in round_.deadlines
        if deadline.sender == "issuer"
        for recipient in sorted(deadline.to)
    ]


def _met_before(previous: Dataset | None) -> dict[tuple[str, str], tuple[str, str]]:
    """(obligation, recipient) → (release, instant) of what the dataset before says was met.

    Under older rules a duty of several was met by one of them: there the release's own recipients tell which.
    """
    if previous is None:
        return {}
    reached = set(previous["recipients"])
    return {
        (duty["obligation"], recipient): (by, at)
        for duty in previous["duties"]
        for recipient in duty["to"]
        if (by := duty["metBy"]) is not None
        and (at := duty["metAt"]) is not None
        and (len(duty["to"]) == 1 or recipient in reached)
    }


def _duty(
    round_: Round, deadline: RoundDeadline, recipient: str, sign_off: SignOff, met: tuple[str, str] | None
) -> Duty:
    """met: the release that reached the recipient before. Its deadline is the one that stands now."""
    due = round_.due(deadline, round_.root)
    if met is None and recipient in sign_off.recipients:
        met = sign_off.release, wire(sign_off.at)
    by, at = met or (None, None)
    return {
        "obligation": deadline.obligation,
        "sentBy": _sender(round_, deadline),
        "to": [recipient],
        "via": deadline.via,
        "deadline": None if due is None else wire(due),
        "originalDeadline": None if deadline.at is None else wire(deadline.at),
        "metBy": by,
        "metAt": at,
        "onTime": met_in_time(due, None if at is None else read(at), sign_off.at),
        **_regime(round_, deadline.obligation),
    }


def _regime(round_: Round, obligation: str) -> Regime:
    official = round_.reading.regime(obligation)
    return {} if official is None else {"regime": official.body}


def met_in_time(due: datetime | None, met: datetime | None, now: datetime) -> bool | None:
    """None without a date, and for what is open while its date has not passed."""
    if due is None or (met is None and now < due):
        return None
    return met is not None and met < due


def _sender(round_: Round, deadline: RoundDeadline) -> str:
    """Who signs and sends the consolidated report: the issuing unit, unless the plan names another."""
    text = next((o.sent_by for o in round_.reading.obligations if o.code == deadline.obligation), None)
    return text or round_.root
