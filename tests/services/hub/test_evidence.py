"""Whatever is changed behind the hub's back is found and named by place and field; a recorded redaction is no finding.

One hub has lived; each test tampers with it in a transaction of its own that is rolled back.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from psycopg.conninfo import make_conninfo
from typer.testing import CliRunner

from lienthong import events
from lienthong.access import audit
from lienthong.access.keys import SigningKey
from lienthong.backup.backup import back_up
from lienthong.errors import Problem, Rejected
from lienthong.events import CONTENT_APPROVED as APPROVED
from lienthong.events import Recorded
from lienthong.instants import wire
from lienthong.postgres.pool import Connection, Pool, connect
from lienthong.proof import checkpoints, links, seals, whole
from lienthong.proof.checkpoints import Checkpoint
from lienthong.proof.whole import Partition
from lienthong.pushes.signing import new_secret
from services.cli import application
from services.commands.archive import _refuse_damaged
from services.export.deliveries import acts, queue
from services.export.deliveries import evidence as deliveries
from services.export.deliveries.destinations import Destination
from services.export.deliveries.retry import AttemptOutcome, Delivered
from services.hub import evidence
from services.hub.evidence import Proof, prove
from services.identity import evidence as identity
from services.identity import keys as signing_keys
from services.identity import proofs
from services.identity import store as clients
from services.identity.clients import Registration
from services.identity.people.passwords import Hasher
from services.identity.people.person import Bound, PersonToAdd
from services.identity.people.store import Office
from services.ingest.content.acts import approve
from services.ingest.portals import acts as portals
from services.ingest.portals import evidence as read_portals
from services.ingest.portals.sources import KnownPortal
from services.ingest.releases.acts import withdraw
from services.ingest.reminders import evidence as told_contacts
from services.ingest.reminders.acts import remove_contact, set_contact
from services.ingest.reminders.contacts import Contact
from services.ingest.reports.redaction import redact
from services.ingest.rounds.acts import excuse, extend
from tests.builders.hub import ROUND, SOURCE, Hub, a_hub, a_report
from tests.builders.living_hub import consume, live, sign
from tests.builders.tampering import tampering
from tests.conftest import _temporary_database

DERIVED = {"cell_differs", "table_field_differs", "table_row_missing", "table_row_extra"}
NOWHERE = {"number": None, "date": None}
ITEM = {
    "revision": 1,
    "kind": "news",
    "title": "Ra quân",
    "summary": "",
    "language": "vi",
    "licence": "CC-BY-4.0",
    "link": "https://xa.langson.gov.vn/tin/1",
    "programmes": ["P119"],
    "publishedAt": "2026-10-05T09:30:00+07:00",
}


@pytest.fixture(scope="module")
def past(postgres: str, filled: str) -> Iterator[str]:
    """Name of a database whose hub has lived: reports, a correction, a withdrawal, a release, a redacted text."""
    with _temporary_database(postgres, filled) as name:
        made = make_conninfo(postgres, dbname=name)
        with a_hub(made) as hub:
            live(hub)
            _redact(hub)
            _publish_items(hub)
            _operate(hub)
            _give_rights(made)
            _say_where(hub)
        consume(made)
        _push(made)
        yield name


def _redact(hub: Hub) -> None:
    [position] = [row[0] for row in hub.rows("SELECT min(position) FROM ingest.ledger WHERE province = '20'")]
    with hub.desk.act() as act:
        redact(
            act,
            province="20",
            position=position,
            pointers=["/report/narrative/results"],
            reason="tên người",
            document={"number": None, "date": None},
        )


def _publish_items(hub: Hub) -> None:
    """One item approved and taken back, one approved and its text redacted, one that waits."""
    for item in ("tin-1", "tin-2", "tin-3"):
        data = {"unit": "05977", "item": item, **ITEM}
        [outcome] = hub.send(
            {"specversion": "1.0", "type": events.CONTENT_SUBMITTED, "source": SOURCE, "id": item, "data": data}
        )
        assert outcome.receipt is not None, outcome.problems
    for item in ("tin-1", "tin-2"):
        with hub.desk.act() as act:
            approve(act, unit="05977", item=item)
    consume(hub.conninfo)
    withdrawal = {"unit": "05977", "item": "tin-1", "revision": 1, "reason": "Sai số liệu"}
    [outcome] = hub.send(
        {
            "specversion": "1.0",
            "type": events.CONTENT_WITHDRAWAL,
            "source": SOURCE,
            "id": "tin-1-thu",
            "data": withdrawal,
        }
    )
    assert outcome.receipt is not None, outcome.problems
    [place] = [row[0] for row in hub.rows(f"SELECT max(position) FROM eventlog.events WHERE type = '{APPROVED}'")]
    with hub.desk.act() as act:
        redact(act, province="20", position=place, pointers=["/content/title"], reason="tên người", document=NOWHERE)


def _operate(hub: Hub) -> None:
    with hub.desk.act() as act:
        extend(
            act,
            round_=ROUND,
            until=datetime(2026, 10, 20, tzinfo=UTC),
            reason="Bão",
            document=NOWHERE,
            obligation="R-119-LS-1",
        )
    for unit, dormant in (("06001", True), ("06037", True), ("06001", False)):
        with hub.desk.act() as act:
            excuse(act, round_=ROUND, unit=unit, reason="Di dời", document=NOWHERE, dormant=dormant)
    nil = a_report(hub, unit="06001")
    nil["data"] |= {"nil": True, "figures": {}}
    [outcome] = hub.send(nil)
    assert outcome.receipt is not None, outcome.problems
    release = sign(hub)
    with hub.desk.act() as act:
        withdraw(act, release=release, reason="Sai", document=NOWHERE)


def _push(conninfo: str) -> None:
    """A destination with one delivery that arrived, as a worker leaves it."""
    with Pool(conninfo) as pool:
        acts.add(
            pool,
            Destination(
                id="20-nen-tang",
                name="Nền tảng",
                province="20",
                url="http://127.0.0.1:9",
                reach="loopback",
                sender="tinh",
                secret=new_secret(),
                kinds=("release", "content"),
            ),
            acts.ExportActor(name="cli:test"),
        )
        claimed = queue.claim(pool, "test")
        assert claimed is not None
        queue.settle(pool, claimed, AttemptOutcome(status=200, code="http_200"), Delivered())


def _give_rights(conninfo: str) -> None:
    """A client that lives and one revoked, a person whose roles changed, one disabled."""
    by: dict[str, Any] = {"by": "cli:test"}
    office = Office(hasher=Hasher(), province_of={"05977": "20"}.get, issuer="https://dangnhap.langson.gov.vn")
    roles = {role: Bound(role=role, province="20", units=()) for role in ("drafter", "signer")}
    with connect(conninfo) as conn:
        for name, unit in (("a", "05977"), ("b", "05983")):
            clients.add(conn, [Registration(client_id=f"20-{name}", name=name, province="20", units=(unit,))], **by)
        clients.revoke(conn, "20-b", reason="thôi dùng", **by)
        for person, subject in (("lan", "s-1"), ("tam", None)):
            named = PersonToAdd(
                person=person,
                name="Lan",
                province="20",
                bindings=(roles["drafter"],),
                email=f"{person}@langson.gov.vn",
                subject=subject,
            )
            office.add(conn, named, local=False, **by)
        # What versions before wrote of a subject that nobody could be known by.
        details = {"name": "Cũ", "roles": [], "local": True, "issuer": None, "subject": "s-3"}
        conn.execute("INSERT INTO identity.people (person, name, province) VALUES ('can.bo', 'Cũ', '20')")
        audit.record(conn, "cli:test", "person.added", "can.bo", details, province="20")
        _change_proofs(conn)
        office.set_roles(conn, "lan", [roles["signer"]], **by)
        office.set_active(conn, "tam", False, reason="nghỉ", **by)


def _change_proofs(conn: Connection) -> None:
    """A client whose secret was changed twice and that has a key besides, one of before, and the keys of tokens."""
    by: dict[str, Any] = {"by": "cli:test"}
    keys = [SigningKey.generate().jwk for _ in range(3)]
    proofs.rotate(conn, "20-a", overlap=timedelta(0), **by)
    proofs.rotate(conn, "20-a", **by)
    kids = [proofs.add_key(conn, "20-a", key, **by) for key in keys]
    proofs.drop_key(conn, "20-a", kids[2], **by)
    # As a version of before wrote it: what a client proves itself with was told by no act.
    conn.execute(
        "INSERT INTO ingest.clients (client_id, name, province, role, units, scopes)"
        " VALUES ('20-cu', 'c', '20', 'unit', '{}', '{}')"
    )
    conn.execute(
        "INSERT INTO ingest.client_secrets (client_id, salt, digest)"
        " SELECT '20-cu', substr(digest, 1, 16), digest FROM ingest.client_secrets WHERE client_id = '20-a' LIMIT 1"
    )
    audit.record(conn, "cli:test", "client.added", "20-cu", {"name": " c", "role": "unit"}, province="20")
    signing_keys.rotate(conn, **by)
    signing_keys.rotate(conn, leaked=True, **by)
    signing_keys.rotate(conn, **by)


def _say_where(hub: Hub) -> None:
    """Whom reminders go to, which portals are read: living, removed, and as versions before told it."""
    for unit in ("05977", "05983"):
        wanted = Contact(
            unit=unit, province="20", mails=[f"{unit}@langson.gov.vn"], webhook="https://xa.langson.vn/nhac"
        )
        with hub.desk.act() as act:
            set_contact(act, wanted)
    with hub.desk.act() as act:
        remove_contact(act, "05983")
    for portal in ("xa-1", "xa-2"):
        source = KnownPortal(
            portal=portal,
            province="20",
            client="20-a",
            unit="05977",
            url=f"https://{portal}.langson.gov.vn/rss",
            licence="CC-BY-4.0",
            programmes=("P119",),
        )
        with hub.desk.act() as act:
            portals.add(act, source)
    with hub.desk.act() as act:
        portals.set_active(act, "xa-2", active=False)
    hub.conn.execute(
        "INSERT INTO ingest.contacts (unit, province, mails, set_by, set_at)"
        " VALUES ('06001', '20', '{cu@langson.gov.vn}', 'cli:test', clock_timestamp())"
    )
    with hub.desk.act() as act:
        act.record("contact.set", "06001", province="20", issuer="06001", details={"mails": 1, "webhook": False})


@pytest.fixture
def conn(postgres: str, past: str) -> Iterator[Connection]:
    """A superuser's connection whose statements no trigger sees, in a transaction that is rolled back."""
    with connect(make_conninfo(postgres, dbname=past)) as made, made.transaction(force_rollback=True):
        made.execute("SET LOCAL session_replication_role = replica")
        yield made


def proof(conn: Connection) -> Proof:
    return prove(conn, lambda done, total: None)


def found(conn: Connection) -> set[tuple[str, str]]:
    """(pointer, code) of every finding but those about cells and what else follows from the log."""
    return {(finding.pointer, finding.code) for finding in proof(conn).findings if finding.code not in DERIVED}


def told(conn: Connection) -> set[tuple[str, str]]:
    """(table and column, code) of what is found in tables that follow from the log."""
    return {
        (".".join(str(finding.params[name]) for name in ("table", "field") if name in finding.params), finding.code)
        for finding in proof(conn).findings
    }


def fact(conn: Connection, place: int = -1, kind: str = events.REPORT_ACCEPTED) -> tuple[int, dict[str, object]]:
    """(position, data) of a fact of partition 20, of a report with figures; the last one."""
    rows = conn.execute(
        "SELECT position, data FROM eventlog.events WHERE type = %s AND partition ="
        " (SELECT partition FROM eventlog.partitions WHERE key = '20') AND position(%s IN data) = 0 ORDER BY position",
        (kind, '"nil":true'),
    ).fetchall()
    return rows[place][0], json.loads(rows[place][1])


def rewrite(conn: Connection, position: int, data: object) -> None:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    conn.execute(
        "UPDATE eventlog.events SET data = %s WHERE position = %s AND partition ="
        " (SELECT partition FROM eventlog.partitions WHERE key = '20')",
        (text, position),
    )


def test_a_hub_that_nobody_touched_is_proved_and_its_redaction_is_no_finding(conn: Connection) -> None:
    done = proof(conn)
    assert done.findings == ()
    assert done.good
    assert done.redacted == 2
    assert done.behind == {}
    assert done.cells > 100


def test_a_figure_changed_in_an_event_with_its_seal_left(conn: Connection) -> None:
    position, data = fact(conn)
    report = data["report"]
    assert isinstance(report, dict)
    name = next(name for name, value in report["figures"].items() if isinstance(value, int))
    report["figures"][name] += 1
    rewrite(conn, position, data)
    assert (f"/20/{position}/report", "seal_differs") in found(conn)
    assert (f"/20/{position}/values", "fact_field_differs") in found(conn)


def test_a_packed_value_changed_while_the_figures_stay(conn: Connection) -> None:
    position, data = fact(conn)
    values = data["values"]
    assert isinstance(values, list)
    rewrite(conn, position, {**data, "values": [9, *values[1:]]})
    assert found(conn) == {(f"/20/{position}/values", "fact_field_differs")}
    assert {finding.code for finding in proof(conn).findings} == {
        "fact_field_differs",
        "cell_differs",
        "table_field_differs",
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("late", True),
        ("receivedAt", "2026-10-01T00:00:00Z"),
        ("revision", 7),
        ("unit", "05983"),
        ("deadline", "2027-01-01T00:00:00Z"),
        ("contentHash", "sha256:" + "0" * 64),
        ("position", 1),
    ],
)
def test_a_copy_in_an_event_that_no_seal_covers(conn: Connection, field: str, value: object) -> None:
    position, data = fact(conn)
    rewrite(conn, position, {**data, field: value})
    assert (f"/20/{position}/{field}", "fact_field_differs") in found(conn)


@pytest.mark.parametrize("field", ["id", "source", "subject"])
def test_an_envelope_of_a_claims_fact_that_no_seal_covers(conn: Connection, field: str) -> None:
    position, _ = fact(conn)
    conn.execute(
        f"UPDATE eventlog.events SET {field} = {field} || 'x' WHERE position = {position}"
        f" AND type = '{events.REPORT_ACCEPTED}'".encode()
    )
    assert found(conn) == {(f"/20/{position}/{field}", "fact_field_differs")}


def test_a_definition_changed_with_its_seal_left(conn: Connection) -> None:
    position, data = fact(conn, kind=events.RELEASE_SIGNED)
    rewrite(conn, position, {**data, "note": "khác"})
    assert found(conn) == {(f"/20/{position}/data", "seal_differs")}


def test_two_events_swapped(conn: Connection) -> None:
    [last, before] = [fact(conn, place)[0] for place in (-1, -2)]
    for old, new in ((last, 10**6), (before, last), (10**6, before)):
        conn.execute(
            "UPDATE eventlog.events SET position = %s WHERE position = %s AND partition ="
            " (SELECT partition FROM eventlog.partitions WHERE key = '20')",
            (new, old),
        )
    codes = found(conn)
    assert {(f"/20/{before}/link", "link_broken"), (f"/20/{last}/link", "link_broken")} <= codes
    assert (f"/20/{before}/id", "ledger_field_differs") in codes


def test_a_seal_and_its_link_made_anew_do_not_continue_the_chain(conn: Connection) -> None:
    position, _ = fact(conn)
    conn.execute(
        "UPDATE eventlog.events SET seal = sha256('x'), link = sha256(link || sha256('x')) WHERE position = %s",
        (position,),
    )
    assert (f"/20/{position}/link", "link_broken") in found(conn)


def test_an_event_that_is_gone(conn: Connection) -> None:
    position, _ = fact(conn)
    conn.execute("DELETE FROM eventlog.events WHERE position = %s AND type = %s", (position, events.REPORT_ACCEPTED))
    assert (f"/20/{position}", "position_missing") in found(conn)
    assert (f"/20/{position}", "ledger_row_extra") in found(conn)


def test_the_last_event_cut_off(conn: Connection) -> None:
    row = conn.execute(
        "DELETE FROM eventlog.events WHERE (partition, position) IN (SELECT partition, position"
        " FROM eventlog.heads WHERE position > 0) RETURNING position"
    ).fetchall()
    assert row
    assert "head_differs" in {code for _, code in found(conn)}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ("late = NOT late", "late"),
        ("received_at = received_at - interval '1 hour'", "received_at"),
        ("content_hash = sha256('x')", "content_hash"),
        ("unit = '05983'", "unit"),
        ("client = 'somebody'", "client"),
        ("deadline = NULL", "deadline"),
        ('warnings = \'[{"message_vi": "x"}]\'', "warnings"),
        ("warnings = 'x'", "warnings"),
        ("explanations = '[1]'", "explanations"),
        ("explanations = 'x'", "explanations"),
    ],
)
def test_a_receipt_row_changed(conn: Connection, change: str, field: str) -> None:
    position, _ = fact(conn)
    conn.execute(f"UPDATE ingest.ledger SET {change} WHERE position = {position} AND province = '20'".encode())
    assert found(conn) == {(f"/20/{position}/{field}", "ledger_field_differs")}


def test_a_receipt_row_deleted(conn: Connection) -> None:
    position, _ = fact(conn)
    conn.execute("DELETE FROM ingest.ledger WHERE position = %s AND province = '20'", (position,))
    assert found(conn) == {(f"/20/{position}", "ledger_row_missing")}


def test_a_row_for_what_was_never_accepted(conn: Connection) -> None:
    columns = (
        "type, province, unit, round, form, revision, content_hash, salt, link, partition, received_at, deadline,"
        " late, client, warnings"
    )
    signed, _ = fact(conn, kind=events.RELEASE_SIGNED)
    for place in (signed, 10**6):  # one at the place of another fact, one beyond the log
        conn.execute(
            f"INSERT INTO ingest.ledger (source, id, position, {columns}) SELECT '/20/x', 'refused-{place}', {place},"
            f" {columns} FROM ingest.ledger WHERE province = '20' LIMIT 1".encode()
        )
    assert found(conn) == {(f"/20/{signed}", "ledger_row_extra"), ("/20/1000000", "ledger_row_extra")}


def test_a_report_that_the_ledger_has_at_another_revision(conn: Connection) -> None:
    conn.execute("UPDATE ingest.slots SET revision = 1, withdrawn = false WHERE withdrawn")
    assert {code for _, code in found(conn)} == {"latest_revision_differs"}


def test_a_report_that_the_ledger_has_come_first_at_another_time(conn: Connection) -> None:
    """By that time alone a later revision is late or not."""
    conn.execute("UPDATE ingest.slots SET first_received_at = NULL")  # as a process of before leaves it: no finding
    assert found(conn) == set()
    conn.execute("UPDATE ingest.slots SET first_received_at = received_at - interval '9 days'")
    assert {code for _, code in found(conn)} == {"latest_revision_differs"}


def test_a_report_that_is_said_to_have_been_recorded_before_it_came(conn: Connection) -> None:
    position, _ = fact(conn)
    conn.execute("UPDATE eventlog.events SET recorded_at = time - interval '1 day' WHERE position = %s", [position])
    assert (f"/20/{position}/recordedAt", "recorded_too_early") in found(conn)


@pytest.mark.parametrize("store", ["aggregate", "export"])
def test_a_releases_digest_or_dataset_overwritten(conn: Connection, store: str) -> None:
    conn.execute(f"UPDATE {store}.releases SET digest = 'sha256:' || repeat('0', 64)".encode())
    position, _ = fact(conn, kind=events.RELEASE_MADE)
    assert (f"/20/{position}/digest", "release_digest_differs") in found(conn)


@pytest.mark.parametrize("store", ["aggregate", "export"])
def test_a_releases_dataset_overwritten(conn: Connection, store: str) -> None:
    changed = "replace(dataset, '\"release\"', '\"Release\"')"
    conn.execute(f"UPDATE {store}.releases SET dataset = {changed} WHERE version = 2".encode())
    position, _ = fact(conn, kind=events.RELEASE_MADE)
    assert found(conn) == {(f"/20/{position}/dataset", "release_digest_differs")}


def test_a_release_that_diverged_on_replay(conn: Connection) -> None:
    conn.execute("UPDATE aggregate.releases SET recomputed = 'sha256:' || repeat('1', 64) WHERE version = 2")
    position, _ = fact(conn, kind=events.RELEASE_MADE)
    assert found(conn) == {(f"/20/{position}", "release_diverged")}


@pytest.mark.parametrize(("store", "extra"), [("aggregate", False), ("export", False), ("export", True)])
def test_a_release_that_is_gone_or_was_added(conn: Connection, store: str, extra: bool) -> None:
    if extra:
        conn.execute("UPDATE export.releases SET release = release || '9'")
    else:
        conn.execute(f"DELETE FROM {store}.releases".encode())
    assert "release_row_missing" in {code for _, code in found(conn)}
    assert ("release_row_extra" in {code for _, code in found(conn)}) == extra


CHANGED = [
    ("ingest.plans", "programme", "programme = 'P1'"),
    ("ingest.plans", "digest", "digest = repeat('0', 64)"),
    ("ingest.plans", "document", "document = replace(document, 'commune', 'comune')"),
    ("ingest.plans", "published_at", "published_at = now()"),
    ("ingest.plans", "published_by", "published_by = 'ai đó'"),
    ("ingest.rounds", "plan_version", "plan_version = plan_version + 1"),
    ("ingest.rounds", "body", "body = replace(body, '05977', '05978')"),
    ("ingest.rounds", "locked_at", "locked_at = now()"),
    ("ingest.rounds", "opened_at", "opened_at = opened_at - interval '1 day'"),
    ("ingest.extensions", "until", "until = until + interval '1 day'"),
    ("ingest.extensions", "reason", "reason = 'khác'"),
    ("ingest.extensions", "granted_by", "granted_by = 'ai đó'"),
    ("ingest.releases", "recipients", "recipients = ARRAY['VN']"),
    ("ingest.releases", "signed_by", "signed_by = 'ai đó'"),
    ("ingest.releases", "document", "document = '{}'"),
    ("ingest.releases", "withdrawn_at", "withdrawn_at = NULL"),
    ("ingest.releases", "position", "position = position + 1"),
    ("ingest.contents", "state", "state = 'approved'"),
    ("ingest.contents", "body", "body = '{}'"),
    ("ingest.contents", "revision", "revision = 9"),
    ("ingest.registry", "body", "body = replace(body, 'Xã', 'Phường')"),
    ("aggregate.plans", "document", "document = replace(document, 'commune', 'comune')"),
    ("aggregate.rounds", "extensions", "extensions = '[]'"),
    ("aggregate.rounds", "opened_at", "opened_at = opened_at - interval '1 day'"),
    ("aggregate.rounds", "locked_at", "locked_at = now()"),
    ("aggregate.reports", "received_at", "received_at = received_at - interval '1 day'"),
    ("aggregate.reports", "first_received_at", "first_received_at = received_at - interval '1 day'"),
    ("aggregate.releases", "signed_at", "signed_at = signed_at - interval '1 day'"),
    ("aggregate.rounds", "reading_version", "reading_version = 9"),
    ("aggregate.units", "full_name", "full_name = 'Xã Khác'"),
    ("aggregate.populations", "value", "value = value + 1"),
    ("aggregate.reports", "figures", "figures = array_append(figures[2:], 77::bigint)"),
    ("aggregate.reports", "late", "late = NOT late"),
    ("aggregate.reports", "content_hash", "content_hash = sha256('x')"),
    ("aggregate.releases", "withdrawn_at", "withdrawn_at = NULL"),
    ("aggregate.releases", "recipients", "recipients = ARRAY['VN']"),
    ("export.releases", "issuer", "issuer = '33'"),
    ("export.releases", "recipients", "recipients = ARRAY['platform']"),
    ("export.releases", "withdrawn_at", "withdrawn_at = NULL"),
    ("export.figures", "total", "total = total + 1"),
    ("export.figures", "obliged", "obliged = obliged + 1"),
    ("export.feed", "programme", "programme = 'P1'"),
    ("export.messages", "data", "data = replace(data, '\"version\":1', '\"version\":2')"),
    ("export.messages", "digest", "digest = 'sha256:' || repeat('0', 64)"),
    ("export.messages", "at", "at = at - interval '1 day'"),
]


def test_every_column_of_a_table_that_follows_from_the_log(conn: Connection) -> None:
    for table, _, change in CHANGED:
        conn.execute(f"UPDATE {table} SET {change}".encode())
    said = {place for place, code in told(conn) if code == "table_field_differs"}
    assert said >= {f"{table}.{column}" for table, column, _ in CHANGED}


def test_a_table_that_nobody_can_lay_out_any_more_is_a_finding_and_no_stack_trace(conn: Connection) -> None:
    conn.execute("UPDATE aggregate.reports SET figures = ARRAY[1]")
    assert ("", "tables_unreadable") in told(conn)


TABLES = (
    "ingest.plans",
    "ingest.rounds",
    "ingest.extensions",
    "ingest.releases",
    "ingest.contents",
    "ingest.registry",
    "aggregate.units",
    "aggregate.populations",
    "aggregate.reports",
    "export.figures",
    "export.feed",
    "export.messages",
    "export.deliveries",
)


def test_a_row_that_is_gone(conn: Connection) -> None:
    for table in TABLES:
        conn.execute(f"DELETE FROM {table} WHERE ctid = (SELECT max(ctid) FROM {table})".encode())
    assert {table for table, code in told(conn) if code == "table_row_missing"} >= set(TABLES)


ADDED = [
    ("ingest.plans", "plan", "'P119-LS'", "version = 7"),
    ("ingest.releases", "release", "release || '9'", "version = 19, round = round"),
    ("ingest.contents", "item", "'tin-99'", "revision = 1"),
    ("aggregate.reports", "unit", "'06000'", "revision = 1"),
    ("export.messages", "subject", "'P119-LS.9999'", "version = 1"),
]


def test_a_row_that_was_added(conn: Connection) -> None:
    for number, (table, name, value, change) in enumerate(ADDED):
        conn.execute(f"CREATE TEMP TABLE forged{number} ON COMMIT DROP AS SELECT * FROM {table} LIMIT 1".encode())
        conn.execute(f"UPDATE forged{number} SET {name} = {value}, {change}".encode())
        conn.execute(f"INSERT INTO {table} SELECT * FROM forged{number}".encode())
    assert {table for table, code in told(conn) if code == "table_row_extra"} >= {each[0] for each in ADDED}


def test_a_release_taken_back_before_it_was_made_is_served_as_withdrawn(conn: Connection) -> None:
    """Signed and withdrawn at once: aggregate makes it afterwards, and nobody may take it for one that stands."""
    rows = conn.execute(
        "SELECT f.entry FROM export.feed AS f JOIN export.releases AS r USING (release)"
        " WHERE r.version = 2 AND r.withdrawn_at IS NOT NULL ORDER BY f.position"
    ).fetchall()
    assert rows == [("release",), ("withdrawn",)]


@pytest.mark.parametrize(
    "change",
    ["state = 'delivered', settled_at = now(), attempts = 0", "id = 'msg_' || repeat('0', 40)", "settled_at = now()"],
)
def test_a_delivery_that_nobody_made(conn: Connection, change: str) -> None:
    conn.execute(
        f"UPDATE export.deliveries SET {change} WHERE state = 'pending'"
        " AND number = (SELECT max(number) FROM export.deliveries)".encode()
    )
    assert ("", "delivery_not_so") in told(conn)


def test_the_feed_in_another_order(conn: Connection) -> None:
    conn.execute("UPDATE export.feed SET position = 100 - position")
    assert {code for _, code in told(conn)} >= {"feed_out_of_order", "table_field_differs"}


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ingest.audit SET actor = 'ai đó' WHERE province = '20' AND seq = 1",
        "DELETE FROM ingest.audit WHERE province = '20' AND act = 'text.redacted'",
        "DELETE FROM ingest.audit WHERE (province, seq) IN (SELECT province, seq FROM ingest.audit_heads)",
    ],
)
def test_the_audit_log_changed_or_cut(conn: Connection, change: str) -> None:
    conn.execute(change.encode())
    assert ("/20", "audit_broken") in found(conn)


@pytest.mark.parametrize("province", ["20", "33"])
def test_the_head_of_an_audit_chain_taken_away_is_found_and_the_rest_is_looked_at(
    conn: Connection, province: str
) -> None:
    """33: a province whose log is empty."""
    conn.execute("DELETE FROM ingest.audit_heads WHERE province = %s", [province])
    conn.execute("UPDATE ingest.slots SET revision = 1, withdrawn = false WHERE withdrawn")
    pointers = {code: pointer for pointer, code in found(conn)}
    assert pointers["audit_broken"] == f"/{province}"
    assert pointers.keys() == {"audit_broken", "latest_revision_differs"}


def test_a_witness_that_fails_is_a_finding_and_stops_no_other(conn: Connection) -> None:
    conn.execute(
        "UPDATE eventlog.events SET data = replace(data, '\"dataset\":', '\"Dataset\":') WHERE type = %s",
        [events.RELEASE_MADE],
    )
    conn.execute("UPDATE ingest.slots SET revision = 1, withdrawn = false WHERE withdrawn")
    findings = proof(conn).findings
    assert "Releases" in {each.params["witness"] for each in findings if each.code == "witness_failed"}
    assert "latest_revision_differs" in {each.code for each in findings}


def test_the_chain_is_walked_on_beyond_a_fact_that_says_what_nobody_can_read(conn: Connection) -> None:
    position, data = fact(conn)
    rewrite(conn, position, {**data, "deadline": "hôm qua"})
    conn.execute("UPDATE eventlog.events SET link = seal WHERE position = %s", [position + 1])
    codes = found(conn)
    assert (f"/20/{position}/data", "fact_unreadable") in codes
    assert (f"/20/{position + 1}/link", "link_broken") in codes


def test_an_act_that_the_audit_log_was_rewritten_to_leave_out(conn: Connection) -> None:
    """Whoever owns the database can make the whole chain anew without one entry; the log still tells of the act."""
    rows = conn.execute(
        "SELECT actor, act, subject, details, address, at FROM ingest.audit WHERE province = '20'"
        " AND act <> 'text.redacted' ORDER BY seq"
    ).fetchall()
    conn.execute("DELETE FROM ingest.audit WHERE province = '20'")
    [link] = conn.execute(
        "SELECT sha256(chain_seed || convert_to('audit 20', 'UTF8')) FROM eventlog.installation"
    ).fetchone() or (b"",)
    for seq, (actor, act, subject, details, address, at) in enumerate(rows, 1):
        link = audit.link_of(link, ("20", seq, at, actor, act, subject, details, address))
        conn.execute(
            "INSERT INTO ingest.audit VALUES ('20', %s, %s, %s, %s, %s, %s, %s, %s)",
            (seq, at, actor, act, subject, details, address, link),
        )
    conn.execute("UPDATE ingest.audit_heads SET seq = %s, link = %s WHERE province = '20'", (len(rows), link))
    assert {code for _, code in found(conn)} == {"act_unrecorded"}


def test_a_text_emptied_without_a_record(conn: Connection) -> None:
    position, data = fact(conn)
    rewrite(conn, position, {**data, "salt": "0" * 32})
    assert (f"/20/{position}/salt", "erased_without_redaction") in found(conn)


def test_a_figure_changed_under_the_cover_of_a_redaction(conn: Connection) -> None:
    position, data = fact(conn, 0)
    assert data["salt"] == "0" * 32
    report = data["report"]
    assert isinstance(report, dict)
    report["signedDocument"] = {"number": "13/BC-UBND", "date": "2026-10-09"}
    rewrite(conn, position, data)
    assert found(conn) == {(f"/20/{position}/data", "redacted_rest_differs")}


def test_a_redacted_text_put_back(conn: Connection) -> None:
    position, data = fact(conn, 0)
    rewrite(conn, position, {**data, "salt": "1" * 32})
    assert (f"/20/{position}/data", "redaction_undone") in found(conn)


def test_a_rollup_changed(conn: Connection) -> None:
    conn.execute("UPDATE aggregate.rollups SET slots[1] = slots[1] + 1 WHERE form = 'P119-LS.commune'")
    assert {finding.params["basis"] for finding in proof(conn).findings if finding.code == "cell_differs"} == {
        "log",
        "reports",
    }


def test_what_a_consumer_has_not_applied_is_told_and_not_compared(conn: Connection) -> None:
    for table in ("attempts", "deliveries", "messages", "feed", "figures", "releases"):
        conn.execute(f"DELETE FROM export.{table}".encode())
    conn.execute("UPDATE export.feed_head SET position = 0")
    conn.execute("DELETE FROM eventlog.positions WHERE consumer = 'export'")
    done = proof(conn)
    assert all(name.startswith("export/") for name in done.behind)
    assert done.behind["export/20"] > 0
    assert done.findings == ()


@pytest.mark.parametrize("consumer", ["aggregate", "export", "relay"])
def test_a_consumer_ahead_of_the_log_is_a_finding_but_for_a_restore_which_puts_it_back(
    conn: Connection, consumer: str
) -> None:
    conn.execute(
        "INSERT INTO eventlog.positions (consumer, partition, position)"
        " SELECT %s, partition, 5000 FROM eventlog.partitions WHERE key IN ('20', '33')"
        " ON CONFLICT (consumer, partition) DO UPDATE SET position = 5000",
        [consumer],
    )
    done = proof(conn)
    assert {(each.pointer, each.code, each.params["consumer"]) for each in done.findings} == {
        ("/20/5000", "consumer_ahead", consumer),
        ("/33/5000", "consumer_ahead", consumer),
    }
    assert not done.good
    assert evidence.findings(conn, lambda done, total: None) == ()


@pytest.fixture
def copy(postgres: str, past: str) -> Iterator[str]:
    """The conninfo of a copy of that hub, to be changed for good."""
    with _temporary_database(postgres, past) as name:
        yield make_conninfo(postgres, dbname=name)


def lienthong(conninfo: str, *words: str) -> tuple[int, str]:
    """Exit code and output of a command."""
    done = CliRunner().invoke(application(words[0]), list(words), env={"DATABASE_URL": conninfo})
    return done.exit_code, done.output


def lose_a_receipt(conninfo: str) -> None:
    with connect(conninfo) as conn, tampering(conn):
        conn.execute("DELETE FROM ingest.ledger WHERE revision = 2")


def test_the_commands_say_so_and_end_with_one(copy: str, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.zip", tmp_path / "bad.zip"
    code, said = lienthong(copy, "verify")
    assert code == 0, said
    assert lienthong(copy, "backup", str(good))[0] == 0
    lose_a_receipt(copy)
    code, said = lienthong(copy, "verify")
    assert code == 1
    assert "không có dòng trong sổ tiếp nhận" in " ".join(said.split())
    assert lienthong(copy, "backup", str(bad))[0] != 0
    assert good.exists()
    assert not bad.exists()


def test_a_backup_and_the_audit_log_itself_name_the_chain_whose_head_was_taken_away(copy: str, tmp_path: Path) -> None:
    with connect(copy) as conn, tampering(conn):
        conn.execute("DELETE FROM ingest.audit_heads WHERE province = '20'")
    code, said = lienthong(copy, "audit", "verify")
    assert (code, "✗ 20" in said, "✓ VN" in said) == (1, True, True), said
    code, said = lienthong(copy, "backup", str(tmp_path / "bad.zip"))
    assert code != 0
    assert "nhật ký thao tác bị sửa" in " ".join(said.split())


@pytest.mark.parametrize("old_rule", [False, True], ids=["noted", "as a version of before linked it"])
@pytest.mark.parametrize("what", ["words", "time"])
def test_a_log_that_was_written_anew_throughout_differs_from_the_checkpoint_outside(
    copy: str, tmp_path: Path, what: str, old_rule: bool
) -> None:
    """Who has the server can change a fact, seal it, and link everything behind it: nothing contradicts."""
    notes = tmp_path / "moc.ndjson"
    code, said = lienthong(copy, "verify", "--checkpoint", str(notes))
    assert code == 0, said
    with connect(copy) as conn, tampering(conn):
        _write_anew(conn, "20", what, old_rule)
    code, said = lienthong(copy, "verify")
    assert code == 0, said
    code, said = lienthong(copy, "verify", "--checkpoint", str(notes))
    assert code == 1
    assert said.count("(checkpoint_differs)") == 1
    assert len(notes.read_text().splitlines()) == 1, "what is found wrong is not noted"


def test_the_time_of_a_receipt_changed_wherever_it_stands(conn: Connection) -> None:
    """The link covers it, so the chain would have to be made anew too."""
    position, _ = fact(conn)
    _move_receipt(conn, position)
    assert {finding.code for finding in proof(conn).findings} == {"link_broken"}


def _move_receipt(conn: Connection, position: int) -> None:
    """The report came an hour earlier: in the log, the ledger, its latest revision, and aggregate's table."""
    first = "first_received_at = CASE revision WHEN 1 THEN received_at - interval '1 hour' ELSE first_received_at END"
    received = "received_at = received_at - interval '1 hour'"
    place = "position = %s AND partition = (SELECT partition FROM eventlog.partitions WHERE key = '20')"
    report = f"(round, form, unit) = (SELECT round, form, unit FROM ingest.ledger WHERE {place})"
    for change in (
        f"UPDATE eventlog.events SET time = time - interval '1 hour' WHERE {place}",
        f"UPDATE ingest.ledger SET {received} WHERE {place}",
        f"UPDATE ingest.slots SET {received}, {first} WHERE {report}",
        f"UPDATE aggregate.reports SET {received}, {first} WHERE {report}",
    ):
        conn.execute(change.encode(), [position])
    [(time, text)] = conn.execute(
        "SELECT time, data FROM eventlog.events WHERE position = %s AND partition ="
        " (SELECT partition FROM eventlog.partitions WHERE key = '20')",
        [position],
    ).fetchall()
    rewrite(conn, position, {**json.loads(text), "receivedAt": wire(time)})


def _write_anew(conn: Connection, key: str, what: str, old_rule: bool) -> None:
    """The partition with a word more in one of its facts, or an earlier time of one of its reports, and what follows
    from that everywhere. Behind what was redacted: the record of that tells what must remain.
    """
    [partition] = [partition for partition in whole.partitions(conn) if partition.key == key]
    facts = [(event, json.loads(event.event.data)) for event in _facts(conn, partition)]
    last_erased = max(event.position for event, data in facts if seals.is_erased(data))
    behind = [(event, data) for event, data in facts if event.position > last_erased]
    if what == "time":
        forged = next(one.position for one, _ in behind if one.event.type == events.REPORT_ACCEPTED)
        _move_receipt(conn, forged)
    else:
        forged = next(one.position for one, data in behind if not seals.of_claim(one.event, data))
    chain = next(event.link for event, _ in facts if event.position == forged - 1)
    for one in _facts(conn, partition)[forged - 1 :]:
        event, seal, place = one.event, one.seal, [partition.number, one.position]
        if one.position == forged and what == "words":
            event = replace(event, data=event.data.replace("{", '{"more":"words",', 1))
            seal = seals.seal(event, json.loads(event.data))
        noted = b"" if old_rule else links.note_of(one, json.loads(event.data))
        chain = events.link(chain, seal, noted)
        conn.execute(
            "UPDATE eventlog.events SET seal = %s, link = %s, data = replace(%s, %s, %s)"
            " WHERE (partition, position) = (%s, %s)",
            [seal, chain, event.data, one.link.hex(), chain.hex(), *place],
        )
        conn.execute("UPDATE ingest.ledger SET link = %s WHERE (partition, position) = (%s, %s)", [chain, *place])
    conn.execute("UPDATE eventlog.heads SET chain = %s WHERE partition = %s", [chain, partition.number])


def _facts(conn: Connection, partition: Partition) -> list[Recorded]:
    with conn.transaction():
        return list(whole.events(conn, partition))


RIGHTS = {
    "UPDATE ingest.clients SET scopes = scopes || '{operate:people}' WHERE client_id = '20-a'": "client 20-a: scopes",
    "UPDATE ingest.clients SET units = '{*}' WHERE client_id = '20-a'": "client 20-a: units",
    "UPDATE ingest.clients SET revoked_at = NULL WHERE client_id = '20-b'": "client 20-b: state",
    "UPDATE ingest.client_sources SET source = '/20/06040' WHERE client_id = '20-a'": "client 20-a: sources",
    "INSERT INTO ingest.clients (client_id, name, province, role, units, scopes)"
    " VALUES ('20-c', 'c', '20', 'province', '{*}', '{report:submit}')": "client 20-c: state",
    "UPDATE identity.bindings SET role = 'drafter' WHERE person = 'lan'": "person lan: roles",
    "UPDATE identity.people SET disabled_at = NULL WHERE person = 'tam'": "person tam: state",
    "UPDATE identity.subjects SET subject = 's-2' WHERE person = 'lan'": "person lan: subjects",
    "DELETE FROM identity.people WHERE person = 'tam'": "person tam: state",
    "UPDATE ingest.clients SET name = 'Sở' WHERE client_id = '20-a'": "client 20-a: name",
    "UPDATE ingest.client_sources SET released_at = now() WHERE client_id = '20-a'": "client 20-a: released",
    "UPDATE identity.people SET email = 'ke.gian@gmail.com' WHERE person = 'lan'": "person lan: email",
    "UPDATE identity.people SET email = NULL WHERE person = 'lan'": "person lan: email",
    "UPDATE identity.people SET name = 'Kẻ gian' WHERE person = 'lan'": "person lan: name",
    "INSERT INTO ingest.client_secrets (client_id, salt, digest)"
    " VALUES ('20-a', substr(sha256('a'), 1, 16), sha256('b'))": "client 20-a: proofs",
    "UPDATE ingest.client_secrets SET digest = sha256('b') WHERE client_id = '20-a' AND ends_at IS NULL": (
        "client 20-a: proofs"
    ),
    "UPDATE ingest.client_secrets SET ends_at = NULL WHERE client_id = '20-a' AND ends_at < now()": (
        "client 20-a: proofs"
    ),
    "UPDATE ingest.client_secrets SET ends_at = '2099-01-01' WHERE client_id = '20-a' AND ends_at > now()": (
        "client 20-a: proofs"
    ),
    "UPDATE ingest.client_keys SET ends_at = NULL": "client 20-a: proofs",
    f"UPDATE ingest.client_keys SET jwk = '{json.dumps(SigningKey.generate().jwk)}'"
    " WHERE kid = (SELECT min(kid) FROM ingest.client_keys WHERE ends_at IS NULL)": "client 20-a: proofs",
    "UPDATE ingest.contacts SET mails = '{ke.gian@gmail.com}' WHERE unit = '05977'": "contact 05977: mails",
    "UPDATE ingest.contacts SET webhook = 'https://noi.khac.vn' WHERE unit = '05977'": "contact 05977: webhook",
    "UPDATE ingest.contacts SET reach = 'loopback' WHERE unit = '05977'": "contact 05977: reach",
    "DELETE FROM ingest.contacts WHERE unit = '05977'": "contact 05977: state",
    "UPDATE ingest.portals SET url = 'https://noi.khac.vn' WHERE portal = 'xa-1'": "portal xa-1: url",
    "UPDATE ingest.portals SET client = '20-b' WHERE portal = 'xa-1'": "portal xa-1: client",
    "UPDATE ingest.portals SET active = true WHERE portal = 'xa-2'": "portal xa-2: state",
    "UPDATE export.destinations SET url = 'https://noi.khac.vn'": "destination 20-nen-tang: url",
    "UPDATE export.destinations SET active = false": "destination 20-nen-tang: state",
}


@pytest.mark.parametrize("statement", RIGHTS)
def test_a_right_or_an_address_that_no_recorded_act_gave(conn: Connection, statement: str) -> None:
    conn.execute(statement)
    [finding] = [*identity.findings(conn, "20"), *identity.findings(conn, "VN"), *_said_of_places(conn)]
    told = f"{finding.params['row']}: {finding.params['field']}"
    assert (finding.code, told) == ("not_as_acts_tell", RIGHTS[statement])


def _said_of_places(conn: Connection) -> Iterator[Problem]:
    for ask in (deliveries.destinations, read_portals.findings, told_contacts.findings):
        yield from ask(conn, "20")


@pytest.mark.parametrize(
    ("statement", "field"),
    [
        (
            "INSERT INTO ingest.signing_keys (kid, public_jwk, private_key, signs_from)"
            " SELECT 'k', %(jwk)s, %(raw)s, now()",
            "state",
        ),
        ("UPDATE ingest.signing_keys SET trusted_until = NULL WHERE trusted_until > now()", "until"),
        (
            "UPDATE ingest.signing_keys SET trusted_until = NULL"
            " WHERE kid = (SELECT kid FROM ingest.signing_keys ORDER BY created_at LIMIT 1)",
            "state",
        ),
    ],
    ids=["slipped in", "trusted for longer", "trusted again"],
)
def test_a_key_of_tokens_that_no_recorded_act_made_or_lets_live(conn: Connection, statement: str, field: str) -> None:
    key = SigningKey.generate()
    conn.execute(statement.encode(), {"jwk": json.dumps(key.jwk), "raw": key.raw})
    [finding] = identity.findings(conn, "VN")
    assert (finding.code, finding.params["field"]) == ("not_as_acts_tell", field)
    assert str(finding.params["row"]).startswith("signing_key ")


def test_no_act_spells_out_an_address_of_mail_or_what_somebody_proves_itself_with(conn: Connection) -> None:
    told = "".join(details for (details,) in conn.execute("SELECT details FROM ingest.audit"))
    assert "@" not in told
    for digest, salt in conn.execute("SELECT encode(digest, 'hex'), encode(salt, 'hex') FROM ingest.client_secrets"):
        assert digest not in told and salt not in told


def test_a_contact_of_a_unit_that_passed_to_another_province_is_asked_for_there(conn: Connection) -> None:
    conn.execute("UPDATE ingest.contacts SET province = '33' WHERE unit = '05977'")
    assert list(told_contacts.findings(conn, "20")) == []
    [finding] = told_contacts.findings(conn, "33")
    assert (finding.params["row"], finding.params["field"]) == ("contact 05977", "state"), "nobody there has set it"


def test_rights_and_addresses_are_asked_of_a_province_without_events_too(conn: Connection) -> None:
    for name in ("20-c", "33-c"):
        conn.execute(
            "INSERT INTO ingest.clients (client_id, name, province, role, units, scopes)"
            " VALUES (%s, 'c', left(%s, 2), 'unit', '{}', '{}')",
            (name, name),
        )
    conn.execute("UPDATE export.destinations SET url = 'https://noi.khac.vn'")
    conn.execute("UPDATE ingest.portals SET url = 'https://noi.khac.vn' WHERE portal = 'xa-1'")
    conn.execute("UPDATE ingest.contacts SET mails = '{}' WHERE unit = '05977'")
    rows = sorted(finding.params["row"] for finding in proof(conn).findings)
    assert rows == ["client 20-c", "client 33-c", "contact 05977", "destination 20-nen-tang", "portal xa-1"]


def test_an_audit_log_that_was_written_anew_differs_from_the_checkpoint(conn: Connection) -> None:
    heads = evidence.heads(conn)
    noted = Checkpoint(at="2026-12-01T00:00:00Z", heads=heads, kid="any")
    assert prove(conn, lambda done, total: None, noted=[noted]).findings == ()
    ends = {**heads.audit, "20": (heads.audit["20"][0], "00" * 32), "33": (999, "00" * 32)}
    other = replace(noted, heads=replace(heads, audit=ends))
    findings = prove(conn, lambda done, total: None, noted=[other]).findings
    assert [(finding.code, finding.params["partition"]) for finding in findings] == [
        ("audit_checkpoint_differs", "20"),
        ("audit_checkpoint_differs", "33"),
    ]


def test_checkpoints_that_still_hold_are_added_to_and_only_by_keys_that_may(copy: str, tmp_path: Path) -> None:
    notes = str(tmp_path / "moc.ndjson")
    for _ in range(2):
        code, said = lienthong(copy, "verify", "--checkpoint", notes)
        assert code == 0, said
    first, second = checkpoints.read(Path(notes))
    assert first.heads.log == second.heads.log, "that it was asked is no fact"
    assert lienthong(copy, "verify", "--checkpoint", notes, "--key", first.kid)[0] == 0
    code, said = lienthong(copy, "verify", "--checkpoint", notes, "--key", "another")
    assert code != 0
    assert "checkpoint_file_wrong" in said


def test_a_damaged_hub_that_was_backed_up_without_a_look_is_not_restored(
    copy: str, empty_database: str, tmp_path: Path
) -> None:
    lose_a_receipt(copy)
    back_up(copy, tmp_path / "hub.zip")  # the log alone is whole
    code, _ = lienthong(empty_database, "restore", str(tmp_path / "hub.zip"))
    assert code != 0
    with connect(empty_database) as conn:
        assert conn.execute("SELECT to_regclass('ingest.ledger')").fetchone() == (None,)


def test_a_year_is_not_signed_over_damaged_evidence(copy: str) -> None:
    lose_a_receipt(copy)
    with pytest.raises(Rejected, match="evidence is damaged"):
        _refuse_damaged(copy, "20")
