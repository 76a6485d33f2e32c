"""No reminder twice, none for nothing, none lost: whatever is lost, missing, set later or restored meanwhile."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from lienthong import metrics
from lienthong.eventlog import installation
from lienthong.metrics import Metrics
from lienthong.postgres.pool import Pool, connect
from services.ingest.reminders import acts, reading
from services.ingest.reminders import metrics as reminder_metrics
from services.ingest.reminders.worker import AGAIN_SECONDS, Reminding
from tests.builders.hub import Hub, a_report
from tests.builders.mailbox import Mailbox
from tests.builders.reminding import (
    DONE,
    OWING,
    ask,
    deadline,
    go,
    mail_of,
    put_off_none,
    reminding_with,
    states,
    tell,
    the_day_before,
    ways,
)

NOWHERE = "http://127.0.0.1:9/nhac"  # nothing listens there


def test_a_letter_whose_answer_was_lost_is_not_sent_again_by_itself(
    hub: Hub, pool: Pool, reminding: Reminding, mailbox: Mailbox
) -> None:
    tell(hub, OWING)
    mailbox.silent = True
    ask(hub, OWING)
    go(reminding)
    put_off_none(pool)
    go(reminding)
    assert ways(hub, OWING) == [("asked", "mail", "unknown", "mail_unanswered: SMTPServerDisconnected")]
    assert len(mailbox.letters) == 1
    mailbox.silent = False
    assert OWING in ask(hub).already_reminded  # all who owe: it may have it
    assert ask(hub, OWING).reminded == (OWING,)  # somebody who has seen it says so
    go(reminding)
    assert (len(mailbox.letters), states(hub, OWING)) == (2, [("asked", "sent")])


def test_without_a_mail_server_reminders_wait_as_long_as_they_make_sense(
    hub: Hub, pool: Pool, mailbox: Mailbox
) -> None:
    tell(hub, OWING)
    tell(hub, DONE)
    hub.set_clock(the_day_before(hub))
    unset = reminding_with(hub, pool, mailbox.settings.model_copy(update={"host": None}))
    for _ in range(len(AGAIN_SECONDS) + 2):
        put_off_none(pool)
        go(unset)
    assert states(hub, OWING) == [("before", "waiting")]
    assert reading.troubles(pool)["reminders"] == "2 not sent yet, the last: mail_not_set"
    hub.send(a_report(hub, unit=DONE))
    go(reminding_with(hub, pool, mailbox.settings))  # a process that knows the setting
    assert [letter["To"] for letter in mailbox.letters] == [mail_of(OWING)]
    assert (states(hub, OWING), states(hub, DONE)) == ([("before", "sent")], [("before", "settled")])
    assert reading.troubles(pool) == {}


def test_what_waited_until_its_deadline_had_passed_is_not_sent(hub: Hub, pool: Pool, mailbox: Mailbox) -> None:
    tell(hub, OWING)
    hub.set_clock(the_day_before(hub))
    go(reminding_with(hub, pool, mailbox.settings.model_copy(update={"host": None})))
    hub.set_clock(deadline(hub) + timedelta(minutes=1))
    go(reminding_with(hub, pool, mailbox.settings))
    assert (states(hub, OWING), mailbox.letters) == ([("before", "overtaken")], [])


def test_what_waited_into_the_night_goes_out_in_the_morning(
    hub: Hub, pool: Pool, reminding: Reminding, mailbox: Mailbox
) -> None:
    tell(hub, OWING)
    hub.set_clock(the_day_before(hub, 16))
    reminding.look()
    hub.set_clock(the_day_before(hub, 17))
    go(reminding)
    assert (states(hub, OWING), mailbox.letters) == ([("before", "waiting")], [])
    hub.set_clock(the_day_before(hub, 16))
    put_off_none(pool)
    go(reminding)
    assert states(hub, OWING) == [("before", "sent")]


def test_all_ways_are_written_down_before_any_is_used(hub: Hub, pool: Pool, mailbox: Mailbox) -> None:
    tell(hub, OWING, webhook=NOWHERE, reach="loopback")
    hub.set_clock(the_day_before(hub))
    reminding_with(hub, pool, mailbox.settings).look()  # and dies
    assert ways(hub, OWING) == [("before", "webhook", "waiting", ""), ("before", "mail", "waiting", "")]
    go(reminding_with(hub, pool, mailbox.settings))
    assert [way[1:3] for way in ways(hub, OWING)] == [("webhook", "waiting"), ("mail", "sent")]


def test_who_reports_while_others_are_told_gets_nothing(hub: Hub, reminding: Reminding, mailbox: Mailbox) -> None:
    tell(hub, OWING)
    tell(hub, DONE)
    hub.set_clock(the_day_before(hub))
    reminding.look()
    hub.send(a_report(hub, unit=DONE))
    go(reminding)
    assert [letter["To"] for letter in mailbox.letters] == [mail_of(OWING)]
    assert states(hub, DONE) == [("before", "settled")]


def test_a_contact_that_is_set_while_the_reminder_makes_sense_gets_it(
    hub: Hub, reminding: Reminding, mailbox: Mailbox
) -> None:
    assert OWING in ask(hub, OWING).without_contact
    hub.set_clock(the_day_before(hub))
    go(reminding)
    assert ways(hub, OWING) == [("before", "none", "no_contact", ""), ("asked", "none", "no_contact", "")]
    tell(hub, OWING, webhook=NOWHERE, reach="loopback")
    go(reminding)
    assert [(way, state) for kind, way, state, _ in ways(hub, OWING) if kind == "before"] == [
        ("webhook", "waiting"),
        ("mail", "sent"),
    ]


def test_a_contact_that_is_set_too_late_gets_no_old_reminder(hub: Hub, reminding: Reminding, mailbox: Mailbox) -> None:
    hub.set_clock(the_day_before(hub))
    go(reminding)
    tell(hub, OWING)
    hub.set_clock(deadline(hub) + timedelta(minutes=1))
    go(reminding)
    assert (ways(hub, OWING), mailbox.letters) == ([("before", "mail", "overtaken", "contact_was_missing")], [])


def test_a_contact_that_was_forgotten_and_set_anew_is_told(hub: Hub, reminding: Reminding, mailbox: Mailbox) -> None:
    tell(hub, OWING, webhook=NOWHERE, reach="loopback")
    hub.set_clock(the_day_before(hub))
    reminding.look()
    with hub.desk.act() as act:
        acts.remove_contact(act, OWING)
    go(reminding)
    assert [way[1:3] for way in ways(hub, OWING)] == [("webhook", "no_contact"), ("mail", "no_contact")]
    tell(hub, OWING)
    go(reminding)
    assert [way[1:3] for way in ways(hub, OWING)] == [("webhook", "no_contact"), ("mail", "sent")]


def test_a_look_that_failed_is_looked_at_again(hub: Hub, reminding: Reminding, mailbox: Mailbox) -> None:
    tell(hub, OWING)
    hub.set_clock(the_day_before(hub))
    with connect(hub.conninfo) as owner:
        owner.execute("ALTER TABLE ingest.reminders ADD CONSTRAINT closed CHECK (kind <> 'before')")
        with pytest.raises(Exception, match="closed"):
            reminding.look()
        owner.execute("ALTER TABLE ingest.reminders DROP CONSTRAINT closed")
    go(reminding)
    assert states(hub, OWING) == [("before", "sent")]


def test_after_a_restore_nothing_that_was_due_before_goes_out_by_itself(
    hub: Hub, reminding: Reminding, mailbox: Mailbox
) -> None:
    tell(hub, OWING)
    tell(hub, DONE)
    hub.set_clock(the_day_before(hub, 8))
    ask(hub, DONE)
    restore_at(hub, the_day_before(hub, 10))
    go(reminding)
    assert ways(hub, OWING) == [("before", "mail", "unknown", "hub_was_restored")]
    assert ("asked", "mail", "unknown", "hub_was_restored") in ways(hub, DONE)
    assert mailbox.letters == []
    assert ask(hub, DONE).reminded == (DONE,)
    go(reminding)
    assert [letter["To"] for letter in mailbox.letters] == [mail_of(DONE)]


def restore_at(hub: Hub, at: datetime) -> None:
    """As a hub stands that was restored then, by its own clock."""
    hub.set_clock(at)
    with connect(hub.conninfo) as owner:
        owner.execute(
            "UPDATE eventlog.installation"
            " SET epoch = floor(extract(epoch FROM clock_timestamp() - timestamptz '2025-01-01 00:00:00+00'))::integer"
        )
        began = installation.epoch_began(owner)
        assert began is not None and abs(began - at) < timedelta(hours=1)


def test_every_outcome_is_counted_for_prometheus(hub: Hub, pool: Pool, reminding: Reminding) -> None:
    tell(hub, OWING)
    ask(hub, OWING, DONE)
    go(reminding)
    shown = Metrics()
    reminder_metrics.watch(pool, shown)
    lines = shown.shared_metrics().decode().splitlines()
    counts = {line for line in lines if line.startswith(metrics.REMINDERS.name)}
    assert {f'lienthong_reminders{{state="{state}"}} 1.0' for state in ("sent", "no_contact")} <= counts
    assert len(counts) == len(reading.STATES)
