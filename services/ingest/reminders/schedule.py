"""When a unit is reminded of a report that it owes. Pure.

The plan says on which working days around the last day in time, and at what hour; of a round that was asked for (on
demand, a review) its units are told when it opens, as no calendar of theirs names it. A reminder that could not go out
then (the hub stood still) goes out later on a working day within office hours, unless the next one's time has come or
it is stale. Whether a reminder was sent is not kept here: the caller says, by key.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from lienthong.calendar import (
    VIETNAM,
    add_working_days,
    day_of,
    is_working_day,
    last_day,
    start_of_day,
    working_day_before,
)
from lienthong.instants import wire
from lienthong.programmes import Reminders
from lienthong.rounds.round import OpenRound

OFFICE_CLOSES = 17
"""The hour in Vietnam from which nothing is sent until the next working day."""

STALE_AFTER = 5
"""Working days after which a missed reminder is not made up for: else a hub that begins to send reminders would send
one for every old report that nobody ever gave."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """A time at which a reminder is due. kind: `opened` | `before` | `after`. days: working days from the last day in
    time; 0 of `opened`.
    """

    kind: str
    days: int
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Reminder:
    """What one unit is told once: the forms of a round that it owes by one deadline."""

    round: str
    unit: str
    deadline: datetime
    forms: tuple[str, ...]
    moment: Moment

    @property
    def key(self) -> str:
        """What makes it once only. A deadline that was moved is another duty: it is reminded of anew."""
        return f"{self.round}/{self.unit}/{wire(self.deadline)}/{self.moment.kind}/{self.moment.days}"

    @property
    def digest_key(self) -> str:
        """The same for the digest of its moment."""
        return f"{self.round}/digest/{wire(self.deadline)}/{self.moment.kind}/{self.moment.days}"


OPENED = "opened"


def moments(deadline: datetime, rules: Reminders) -> list[Moment]:
    """The times at which a plan reminds of a deadline, in order: none before it lies after it, nor the reverse."""
    last = last_day(deadline)
    before = (
        Moment(kind="before", days=days, at=_at_hour(working_day_before(last, days), rules.hour))
        for days in rules.before
    )
    after = (
        Moment(kind="after", days=days, at=_at_hour(add_working_days(last, days), rules.hour)) for days in rules.after
    )
    kept = [*(m for m in before if m.at < deadline), *(m for m in after if m.at >= deadline)]
    return sorted(kept, key=lambda moment: moment.at)


def due_reminders(
    round_: OpenRound, rules: Reminders, *, reported: Collection[tuple[str, str]], sent: Collection[str], now: datetime
) -> list[Reminder]:
    """The reminders of a round that are to go out now, by unit.

    reported: (form, unit) of every report that counts; a report that was returned or withdrawn is owed again and
    not among them. sent: keys of what has gone out.
    """
    if not in_office_hours(now, rules):
        return []
    return [
        reminder
        for reminder in current_reminders(round_, rules, reported=reported, now=now)
        if reminder.key not in sent
    ]


def current_reminders(
    round_: OpenRound, rules: Reminders, *, reported: Collection[tuple[str, str]] = (), now: datetime
) -> Iterator[Reminder]:
    """Those whose moment has come and still makes sense, by unit, at any hour: what has waited may go out only while it
    is among these.
    """
    for unit, deadline, forms in () if round_.locked else _owed_by_deadline(round_, reported):
        planned = sorted([*_opening_moments(round_), *moments(deadline, rules)], key=lambda moment: moment.at)
        moment = _latest_moment(planned, round_.opened_at, deadline, now)
        if moment is not None:
            yield Reminder(round=round_.code, unit=unit, deadline=deadline, forms=forms, moment=moment)


def _opening_moments(round_: OpenRound) -> list[Moment]:
    """The opening of a round that no schedule of the plan has."""
    if round_.kind == "periodic" or round_.opened_at is None:
        return []
    return [Moment(kind=OPENED, days=0, at=round_.opened_at)]


def _latest_moment(
    planned: list[Moment], opened_at: datetime | None, deadline: datetime, now: datetime
) -> Moment | None:
    """The last of the times that have come. What it overtook is not sent any more, nor is what has outlived its day."""
    come = [moment for moment in planned if moment.at <= now]
    if not come:
        return None
    last = come[-1]
    overtaken = last.kind != "after" and now >= deadline
    unannounced = opened_at is not None and last.at < opened_at  # nobody could know of the round then
    return None if overtaken or unannounced or is_stale(last.at, now) else last


def is_stale(at: datetime, now: datetime) -> bool:
    """Whether what was to be said then is not said any more."""
    return add_working_days(day_of(at), STALE_AFTER) < day_of(now)


def _owed_by_deadline(
    round_: OpenRound, reported: Collection[tuple[str, str]]
) -> list[tuple[str, datetime, tuple[str, ...]]]:
    """Unit, deadline and the forms that it owes by then, in order. Without a deadline nobody is reminded."""
    owed: dict[tuple[str, datetime], list[str]] = defaultdict(list)
    for form, units in round_.obliged.items():
        for unit in units:
            deadline = round_.deadline_of(form, unit)
            if deadline is not None and (form, unit) not in reported:
                owed[unit, deadline].append(form)
    return [(unit, deadline, tuple(sorted(forms))) for (unit, deadline), forms in sorted(owed.items())]


def in_office_hours(now: datetime, rules: Reminders) -> bool:
    """What is made up for goes out at no earlier hour of the day than the plan's."""
    return is_working_day(day_of(now)) and rules.hour <= now.astimezone(VIETNAM).hour < OFFICE_CLOSES


def _at_hour(day: date, hour: int) -> datetime:
    return start_of_day(day) + timedelta(hours=hour)
