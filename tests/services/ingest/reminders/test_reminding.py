"""Who owes is reminded by a real mail server and a signed webhook: once, at its time, and nobody who has reported."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from lienthong.access.sight import Sight
from lienthong.cursors import NEWEST
from lienthong.errors import Rejected
from lienthong.eventlog.append import PostgresAppender, partitions_of
from lienthong.postgres.pool import Pool
from lienthong.pushes import signing
from services.ingest.reminders import acts, contacts, reading
from services.ingest.reminders.contacts import Contact
from services.ingest.reminders.worker import Reminding, run
from services.ingest.rounds import obligations
from tests.builders.hub import FORM, ROUND, Hub, a_report
from tests.builders.mailbox import Mailbox
from tests.builders.reminding import (
    ADDRESS,
    DONE,
    OWING,
    ask,
    go,
    mail_of,
    put_off_none,
    reminding_with,
    states,
    tell,
    the_day_before,
)
from tests.builders.running_platform import free_port, until


def test_who_owes_is_reminded_once_and_who_has_reported_is_not(
    hub: Hub, pool: Pool, reminding: Reminding, mailbox: Mailbox
) -> None:
    tell(hub, OWING)
    tell(hub, DONE)
    assert hub.send(a_report(hub, unit=DONE))[0].verdict == "accepted"
    hub.set_clock(the_day_before(hub))
    others = [reminding_with(hub, pool, mailbox.settings) for _ in range(2)]
    go(reminding, *others)
    go(reminding)
    [letter] = mailbox.letters
    assert letter["To"] == mail_of(OWING)
    assert letter["Subject"].startswith("[DỮ LIỆU MẪU] Nhắc gửi báo cáo kỳ P119-LS.2026, hạn ")
    text = letter.get_content()
    assert "Kính gửi: Phường Đông Kinh" in text
    assert f"{ADDRESS}/units/{OWING}" in text
    assert FORM in text
    assert states(hub, OWING) == [("before", "sent")]
    assert states(hub, DONE) == []


@pytest.mark.parametrize("hour", [7, 17])
def test_nothing_goes_out_outside_office_hours(hub: Hub, reminding: Reminding, mailbox: Mailbox, hour: int) -> None:
    tell(hub, OWING)
    hub.set_clock(the_day_before(hub, hour))
    go(reminding)
    assert mailbox.letters == []


def test_a_unit_without_a_contact_is_listed_as_such(hub: Hub, reminding: Reminding) -> None:
    hub.set_clock(the_day_before(hub))
    reminding.look()
    assert states(hub, OWING) == [("before", "no_contact")]


def test_a_letter_that_could_not_go_out_goes_later_unless_the_report_came(
    hub: Hub, pool: Pool, mailbox: Mailbox
) -> None:
    tell(hub, OWING)
    tell(hub, DONE)
    hub.set_clock(the_day_before(hub))
    away = reminding_with(hub, pool, mailbox.settings.model_copy(update={"port": free_port()}))
    go(away)
    assert states(hub, OWING) == states(hub, DONE) == [("before", "waiting")]
    assert reading.troubles(pool)["reminders"].endswith("mail_away")
    hub.send(a_report(hub, unit=DONE))
    again = reminding_with(hub, pool, mailbox.settings)
    put_off_none(pool)
    go(again)
    assert [letter["To"] for letter in mailbox.letters] == [mail_of(OWING)]
    assert (states(hub, OWING), states(hub, DONE)) == ([("before", "sent")], [("before", "settled")])
    assert reading.troubles(pool) == {}


def test_an_address_that_does_not_exist_is_not_tried_again(hub: Hub, reminding: Reminding, mailbox: Mailbox) -> None:
    tell(hub, OWING)
    mailbox.refuses = "550 no such user"
    hub.set_clock(the_day_before(hub))
    go(reminding)
    assert states(hub, OWING) == [("before", "failed")]


def test_one_that_may_have_gone_out_is_not_sent_again(
    hub: Hub, pool: Pool, reminding: Reminding, mailbox: Mailbox
) -> None:
    tell(hub, OWING)
    assert ask(hub, OWING).reminded == (OWING,)
    with pool.connection() as conn:  # as a worker leaves it that is killed while it sends
        conn.execute(
            "UPDATE ingest.reminders SET state = 'sending', claimed_at = clock_timestamp() - interval '1 hour'"
        )
    reminding.look()
    assert not reminding.step()
    assert states(hub, OWING) == [("asked", "unknown")]
    assert mailbox.letters == []


def numbers_of(text: str) -> dict[str, int]:
    """By link the numbers of a digest."""
    lines = [line.rpartition("  ") for line in text.replace("\r\n", "\n").splitlines() if f"  {ADDRESS}/" in line]
    return {link: int(words.rpartition(": ")[2]) for words, _, link in lines}


def test_the_issuer_gets_a_digest_whose_figures_are_links_to_lists_that_count_the_same(
    hub: Hub, pool: Pool, reminding: Reminding, mailbox: Mailbox
) -> None:
    tell(hub, OWING)
    tell(hub, "20")
    wrong = a_report(hub, unit=DONE, id="wrong", figures={hub.form.figures[0].code: -1})
    assert hub.send(wrong)[0].verdict == "refused"
    hub.send(a_report(hub, unit=DONE))
    hub.set_clock(the_day_before(hub))
    ask(hub, OWING)
    go(reminding)
    go(reminding)
    [digest] = mailbox.to(mail_of("20"))
    round_ = hub.desk.definitions().rounds[ROUND]
    obliged = sum(map(len, round_.obliged.values()))
    here, today = f"{ADDRESS}/rounds/{ROUND}", the_day_before(hub).date().isoformat()
    with pool.connection() as conn:
        lines = obligations.of_rounds(conn, [round_], the_day_before(hub))
    assert sum(line["mended"] for line in lines) == 1
    communes = len({unit for units in round_.obliged.values() for unit in units}) - 2  # of whom one has reported
    assert numbers_of(digest.get_content()) == {
        here: obliged,
        f"{here}?state=reported": 1,
        f"{here}?state=late": 0,
        f"{here}?state=missing": obliged - 1,
        f"{here}?state=mended": 1,
        f"{here}/reminders?day={today}&state=sent&digest=false": 2,
        f"{here}/reminders?day={today}&state=no_contact&digest=false": communes,
    }
    day = date.fromisoformat(today)
    with pool.connection() as conn:
        sent = reading.list_reminders(conn, Sight(), state="sent", digest=False, day=day, before=NEWEST, limit=50)
    assert [row.kind for row in sent] == ["before", "asked"]


def test_whoever_asks_for_a_reminder_reminds_each_unit_once_a_day(
    hub: Hub, reminding: Reminding, mailbox: Mailbox
) -> None:
    tell(hub, OWING)
    hub.send(a_report(hub, unit=DONE))
    assert ask(hub, OWING).reminded == (OWING,)
    assert ask(hub, OWING).already_reminded == (OWING,)
    with pytest.raises(Rejected, match=DONE):
        ask(hub, DONE)
    while reminding.step():
        pass
    assert len(mailbox.to(mail_of(OWING))) == 1
    everybody = ask(hub)
    assert OWING in everybody.already_reminded
    assert len(everybody.without_contact) > 60


class _Receiver(BaseHTTPRequestHandler):
    got: list[tuple[dict[str, str], bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def receiver() -> Iterator[HTTPServer]:
    _Receiver.got = []
    server = HTTPServer(("127.0.0.1", free_port()), _Receiver)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_the_issuers_system_gets_the_digest_too(hub: Hub, reminding: Reminding, receiver: HTTPServer) -> None:
    kept = tell(hub, "20", mails=[], webhook=f"http://127.0.0.1:{receiver.server_port}/nhac", reach="loopback")
    hub.set_clock(the_day_before(hub))
    go(reminding)
    [(headers, body)] = _Receiver.got
    assert kept.secret is not None
    signing.verify(kept.secret, headers, body)
    document = json.loads(body)
    counts = {count["name"]: count["count"] for count in document["counts"]}
    assert (document["type"], document["unit"]) == ("vn.lienthong.digest.v1", "20")
    assert counts["all"] == counts["missing"] > 0
    assert states(hub, "20") == [("digest", "sent")]


class _Silent(BaseHTTPRequestHandler):
    asked, answers = threading.Event(), threading.Event()

    def do_POST(self) -> None:
        self.asked.set()
        assert self.answers.wait(60)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


def test_a_system_that_lets_others_wait_holds_up_its_own_province_alone(
    hub: Hub, mailbox: Mailbox, receiver: HTTPServer
) -> None:
    silent = HTTPServer(("127.0.0.1", free_port()), _Silent)
    threading.Thread(target=silent.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    stop, pool = threading.Event(), Pool(hub.conninfo, role="lienthong_ingest")
    appender = PostgresAppender(partitions_of(hub.conn))
    for unit, server in ((OWING, silent), (DONE, silent), ("06040", receiver)):
        tell(hub, unit, mails=[], webhook=f"http://127.0.0.1:{server.server_port}/nhac", reach="loopback")
    tell(hub, "05983")
    ask(hub, OWING, DONE, "06040", "05983")
    with pool.connection() as conn:
        conn.execute("UPDATE ingest.reminders SET province = '33' WHERE unit = '06040'")
    given = {"pool": pool, "appender": appender, "address": ADDRESS, "mail": mailbox.settings, "stop": stop}
    worker = threading.Thread(target=run, kwargs=given)
    worker.start()
    try:
        assert _Silent.asked.wait(30)
        until(lambda: states(hub, "06040") == states(hub, "05983") == [("asked", "sent")])
        assert sorted(states(hub, OWING) + states(hub, DONE)) == [("asked", "sending"), ("asked", "waiting")]
        _Silent.answers.set()
        until(lambda: states(hub, OWING) == states(hub, DONE) == [("asked", "sent")])
    finally:
        _Silent.answers.set()
        stop.set()
        worker.join(30)
        silent.shutdown()
        silent.server_close()
        pool.close()


def test_a_system_gets_a_signed_webhook(hub: Hub, reminding: Reminding, receiver: HTTPServer) -> None:
    url = f"http://127.0.0.1:{receiver.server_port}/nhac"
    kept = tell(hub, OWING, mails=[], webhook=url, reach="loopback")
    assert tell(hub, OWING, mails=[], webhook=url, reach="loopback").secret == kept.secret
    ask(hub, OWING)
    assert reminding.step()
    [(headers, body)] = _Receiver.got
    assert kept.secret is not None
    assert signing.verify(kept.secret, headers, body).startswith("reminder-")
    document = json.loads(body)
    assert (document["type"], document["unit"], document["round"], document["forms"]) == (
        "vn.lienthong.reminder.v1",
        OWING,
        ROUND,
        [FORM],
    )
    assert states(hub, OWING) == [("asked", "sent")]


@pytest.mark.parametrize(
    "mail",
    [
        "không",
        "a@b",
        "Lan <lan@langson.gov.vn>",
        "a@langson.gov.vn, b@langson.gov.vn",
        "a@langson.gov.vn\r\nBcc: x@y.vn",
        "vănthư@langson.gov.vn",
        "a b@langson.gov.vn",
        "x" * 300 + "@langson.gov.vn",
        "",
        "@langson.gov.vn",
        "a@langson.gov.vn%0a",
        "a@-langson.vn",
        "a@" + "l" * 64 + ".vn",
        '"a;b"@langson.gov.vn',
    ],
)
def test_what_is_no_plain_address_is_refused(mail: str) -> None:
    with pytest.raises(Rejected) as refused:
        contacts.check_contact(Contact(unit=OWING, province="20", mails=[mail]))
    assert [(problem.code, problem.pointer) for problem in refused.value.problems] == [("contact_mail", "/mails/0")]


def test_every_problem_of_a_contact_is_told_at_once() -> None:
    wanted = Contact(unit=OWING, province="20", mails=["x"] * 6, webhook="ftp://a..b")
    with pytest.raises(Rejected) as refused:
        contacts.check_contact(wanted)
    assert {problem.pointer for problem in refused.value.problems} >= {"/mails/0", "/mails/5", "/mails", "/webhook"}


def test_a_contact_is_forgotten(hub: Hub) -> None:
    tell(hub, OWING)
    with hub.desk.act() as act:
        acts.remove_contact(act, OWING)
    with pytest.raises(Rejected) as refused, hub.desk.act() as act:
        acts.remove_contact(act, OWING)
    assert refused.value.status == 404
