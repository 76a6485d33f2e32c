"""A round that no schedule has: its units are told when it opens, once, what for and by when; nobody else is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from lienthong.calendar import VIETNAM, start_of_day
from lienthong.rounds.round import OpenRound
from services.ingest.reminders.schedule import due_reminders
from services.ingest.reminders.worker import Reminding
from services.ingest.rounds.acts import open_special
from tests.builders.hub import FORM, Hub, a_report
from tests.builders.mailbox import Mailbox
from tests.builders.reminding import DONE, OWING, go, mail_of, states, tell
from tests.services.ingest.reminders.test_schedule import RULES, a_round, at

OPENED = at(10, 12, 9)  # a Monday
ASKED = "P119-LS.2026-DX1"
MONTHS_END = start_of_day(date(2026, 10, 30))


def asked_for(opened_at: datetime = OPENED, deadline: datetime = MONTHS_END) -> OpenRound:
    return replace(a_round(deadline, opened_at=opened_at), kind="ad_hoc")


def kinds(round_: OpenRound, now: datetime, **more: object) -> list[str]:
    given = {"reported": (), "sent": (), **more}
    return [reminder.moment.kind for reminder in due_reminders(round_, RULES, now=now, **given)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("opened_at", "now", "told"),
    [
        (OPENED, OPENED, ["opened"]),
        (at(10, 12, 18), at(10, 12, 18, 30), []),  # offices are closed
        (at(10, 12, 18), at(10, 13, 8), ["opened"]),
        (at(10, 10, 9), at(10, 10, 9), []),  # a Saturday
        (at(10, 10, 9), at(10, 12, 8), ["opened"]),
        (OPENED, at(10, 23, 9), ["before"]),  # five working days before the last day in time
        (OPENED, at(11, 2, 9), ["after"]),
    ],
)
def test_it_is_announced_in_office_hours_and_reminded_of_as_any_other(
    opened_at: datetime, now: datetime, told: list[str]
) -> None:
    assert kinds(asked_for(opened_at), now) == told


def test_a_round_that_is_due_at_once_is_announced_all_the_same() -> None:
    tomorrow = start_of_day(date(2026, 10, 14))
    assert kinds(asked_for(deadline=tomorrow), OPENED) == ["opened"]
    assert kinds(asked_for(deadline=OPENED), OPENED) == []  # it was late before anybody could know


def test_the_plans_own_rounds_are_not_announced() -> None:
    assert kinds(replace(asked_for(), kind="periodic"), OPENED) == []


def test_once_and_not_to_who_has_reported() -> None:
    round_ = asked_for()
    [told] = due_reminders(round_, RULES, reported=(), sent=(), now=OPENED)
    assert kinds(round_, OPENED, sent=[told.key]) == []
    assert kinds(round_, OPENED, reported=[("P119-LS.commune", "05977")]) == []


def test_the_units_that_are_asked_get_a_letter_with_the_reason_and_the_day(
    hub: Hub, reminding: Reminding, mailbox: Mailbox
) -> None:
    for unit in (OWING, DONE, "20", "06040"):
        tell(hub, unit)
    hub.set_clock(OPENED)
    with hub.desk.act() as act:
        open_special(
            act,
            plan="P119-LS",
            period="2026-DX1",
            first=date(2026, 9, 1),
            last=date(2026, 9, 30),
            deadline=datetime(2026, 10, 20, tzinfo=VIETNAM),
            reason="Theo Công văn số 77/UBND-KGVX",
            forms=[FORM],
            units=[OWING, DONE],
            figures=None,
        )
    hub.send(a_report(hub, unit=DONE, round=ASKED))
    go(reminding)
    go(reminding)
    [letter] = [each for each in mailbox.letters if ASKED in each["Subject"]]
    assert letter["To"] == mail_of(OWING)
    assert letter["Subject"].endswith(f"Yêu cầu báo cáo kỳ {ASKED}, hạn 19/10/2026")
    assert "Lý do: Theo Công văn số 77/UBND-KGVX" in letter.get_content()
    assert "số liệu từ ngày 01/09/2026 đến hết ngày 30/09/2026" in letter.get_content()
    assert [state for state in states(hub, OWING) if state[0] == "opened"] == [("opened", "sent")]
    assert ("opened", "sent") not in states(hub, DONE) + states(hub, "20") + states(hub, "06040")
