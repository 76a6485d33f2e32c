"""Submitting by Kafka on a broker with logins and its authorizer: the same checks and receipts as over HTTP."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from lienthong.access import registered
from lienthong.calendar import VIETNAM
from lienthong.contracts.schemas import Contracts, event_id
from lienthong.errors import Misconfigured
from lienthong.kafka.administration import Administration
from lienthong.metrics import Metrics
from lienthong.postgres.pool import connect
from services.identity import store as clients
from services.ingest.kafka import metrics
from services.ingest.kafka.again import judge_again
from services.ingest.kafka.opening import close_inbox, open_inbox
from services.ingest.kafka.outbox import RECEIPT_ISSUED, SUBMISSION_REFUSED
from tests.builders.hub import FORM, a_report
from tests.builders.inbound_broker import Site
from tests.builders.ingest_http import serving
from tests.builders.running_platform import until

pytest_plugins = ("tests.builders.inbound_broker",)

A = "/20/ld-a"


CONTRACTS = Contracts.load()


def codes(refusal: dict[str, object]) -> list[str]:
    return [item["code"] for item in refusal["problem"]["errors"]]  # type: ignore[index]


def test_an_event_in_structured_mode_is_accepted_and_its_receipt_comes_back(site: Site) -> None:
    site.send("ld-a", a_report(site.hub, source=A))
    with site.worker() as worker:
        site.drain(worker)
    [receipt] = site.receipts("ld-a")
    assert (receipt["status"], receipt["unit"], receipt["form"], receipt["late"]) == ("accepted", "05977", FORM, False)
    assert receipt["original"] == {"topic": site.opened["ld-a"].inbound, "partition": 0, "offset": 0}
    assert site.refusals("ld-a") == []


def test_an_event_in_binary_mode_is_the_same_event(site: Site) -> None:
    document = a_report(site.hub, source=A, id="mã-1")
    headers = {
        "content-type": "application/json; charset=utf-8",
        **{f"ce_{name}": value for name, value in document.items() if name != "data"},
    }
    site.write("ld-a", (headers, json.dumps(document["data"]).encode()))
    site.send("ld-a", document)
    with site.worker() as worker:
        site.drain(worker)
    first, again = site.receipts("ld-a")
    assert (first["status"], again["status"], first["id"]) == ("accepted", "repeated", "mã-1")
    assert first["receipt"] == again["receipt"]


def test_the_same_event_over_http_and_kafka_has_one_effect_and_one_receipt(site: Site) -> None:
    first, second = a_report(site.hub, source=A), a_report(site.hub, source=A, revision=2)
    with serving(site.hub.conninfo) as http, site.worker() as worker:
        token = http.token(client="ld-a", units=["05977", "05983"], sources=[A])
        over_http = http.post(first, token=token).json
        site.send("ld-a", first, second)
        site.drain(worker)
        over_kafka = site.receipts("ld-a")
        again = http.post(second, token=token).json
    for one, other in zip([over_http, again], over_kafka, strict=True):
        assert {**other, "status": ""} == {**one, "status": "", "replay": False, "original": other["original"]}
    assert [body["status"] for body in over_kafka] == ["repeated", "accepted"]
    assert (over_http["status"], again["status"]) == ("accepted", "repeated")
    assert site.hub.rows("SELECT count(*) FROM ingest.ledger") == [(2,)]


def test_nobody_else_may_write_to_a_clients_topic_or_read_its_receipts(site: Site) -> None:
    site.register("ld-b")
    with pytest.raises(PermissionError, match=r"[Aa]uthorization"):
        site.write("ld-a", ({}, b"x"), user="ld-b")
    with pytest.raises(PermissionError, match=r"[Aa]uthorization"):
        site.seen("ld-b", site.opened["ld-a"].receipts)


def test_a_topic_to_which_others_may_write_is_left_alone_until_they_may_not(site: Site) -> None:
    other = site.register("ld-b")
    admin = Administration(site.kafka)
    admin.allow("ld-b", site.opened["ld-a"].inbound, "write")
    site.write("ld-a", ({}, b"x"), user="ld-b")
    site.write("ld-b", ({}, b"x"))
    with site.worker() as worker:
        while not site.hub.rows("SELECT next_offset FROM ingest.inbound WHERE client = 'ld-b' AND next_offset = 1"):
            worker.step(0.2)
        assert worker.clients_read() == {"ld-b"}
        assert "ld-b" in worker.left_alone()["ld-a"]
    assert site.hub.rows("SELECT next_offset FROM ingest.inbound WHERE client = 'ld-a'") == [(0,)]
    with pytest.raises(Misconfigured, match="too"), site.pool.connection() as conn:
        open_inbox(conn, admin, site.kafka, "ld-a", by="cli:test")
    assert other.inbound != site.opened["ld-a"].inbound


def test_source_and_units_are_those_of_the_topics_client(site: Site) -> None:
    site.send("ld-a", a_report(site.hub, source="/20/ld-b"), a_report(site.hub, source=A, unit="06040"))
    with site.worker() as worker:
        site.drain(worker)
    stranger, unit = site.refusals("ld-a")
    assert codes(stranger) == ["source_not_allowed"]
    assert "unit_not_allowed" in codes(unit)
    assert (stranger["problem"]["status"], unit["original"]["offset"]) == (403, 1)


POISON = [
    ({}, b"\xff\xfe\x00", "not_a_cloudevent"),
    ({}, None, "not_a_cloudevent"),
    ({"content-type": "application/cloudevents-batch+json"}, b"[]", "not_a_cloudevent"),
    ({"content-type": "application/cloudevents+json"}, b"{", "not_json"),
    ({"content-type": "application/cloudevents+json"}, b"[" * 100_000, "too_deep"),
    ({"content-type": "application/cloudevents+json"}, b'{"specversion":"1.0"}', "attribute_missing"),
    ({"ce_specversion": "1.0", "ce_type": b"\xff", "content-type": "application/json"}, b"{}", "not_utf8"),
    ({"content-type": "application/cloudevents+json"}, b'{"id":"a\\u0000b"}', "nul_character"),
    ({"content-type": "application/cloudevents+json"}, b" " * 900_001, "body_too_large"),
]


def test_poison_between_good_ones_neither_blocks_nor_vanishes(site: Site) -> None:
    for number, (headers, value, _) in enumerate(POISON):
        site.write("ld-a", (headers, value))
        site.send("ld-a", a_report(site.hub, source=A, revision=number + 1))
    with site.worker() as worker:
        site.drain(worker)
    assert [receipt["revision"] for receipt in site.receipts("ld-a")] == list(range(1, len(POISON) + 1))
    refused = site.refusals("ld-a")
    assert [body["original"]["offset"] for body in refused] == list(range(0, 2 * len(POISON), 2))
    for document, (_, _, code) in zip(refused, POISON, strict=True):
        assert code in codes(document), (document, code)
        assert document["original"]["hash"].startswith("sha256:")
    [(kept,)] = site.hub.rows("SELECT count(*) FROM ingest.refusals WHERE client = 'ld-a'")
    assert kept == len(POISON)


def test_a_record_at_which_the_hub_fails_is_set_aside_and_can_be_replayed(site: Site) -> None:
    with connect(site.hub.conninfo) as owner:
        owner.execute(
            "CREATE FUNCTION ingest.fails() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " IF NEW.id = 'poison' THEN RAISE EXCEPTION 'a fault of the hub'; END IF; RETURN NEW; END $$"
        )
        owner.execute(
            "CREATE TRIGGER fails BEFORE INSERT ON ingest.ledger FOR EACH ROW EXECUTE FUNCTION ingest.fails()"
        )
    site.send(
        "ld-a",
        a_report(site.hub, source=A),
        a_report(site.hub, source=A, unit="05983", id="poison"),
        a_report(site.hub, source=A, revision=2),
    )
    with site.worker() as worker:
        site.drain(worker)
        assert [receipt["revision"] for receipt in site.receipts("ld-a")] == [1, 2]
        [aside] = site.refusals("ld-a")
        assert (codes(aside), aside["problem"]["status"], aside["original"]["offset"]) == (["set_aside"], 500, 1)
        shown = Metrics()
        metrics.watch(site.pool, shown)
        assert b"lienthong_inbound_set_aside 1.0" in shown.render()
        with connect(site.hub.conninfo) as owner:
            owner.execute("DROP TRIGGER fails ON ingest.ledger")
        outcome = judge_again(site.pool, site.kafka, worker._judge, client="ld-a", offset=1, by="cli:test")
        assert outcome.verdict == "accepted"
        assert b"lienthong_inbound_set_aside 0.0" in shown.render()
        again = judge_again(site.pool, site.kafka, worker._judge, client="ld-a", offset=1, by="cli:test")
        assert again.verdict == "repeated"
        site.drain(worker)
    assert [(receipt["id"], receipt["replay"]) for receipt in site.receipts("ld-a")][2:] == [
        ("poison", True),
        ("poison", True),
    ]
    assert site.hub.rows("SELECT count(*) FROM ingest.audit WHERE act = 'inbound.replayed'") == [(2,)]


@pytest.mark.parametrize("whole", [True, False])
def test_classified_content_leaves_no_trace_in_postgresql(site: Site, whole: bool) -> None:
    document = a_report(site.hub, source=A, classification="secret")
    document["data"]["narrative"]["results"] = "TỐI MẬT ZQXJ"
    raw = json.dumps(document, ensure_ascii=False).encode()
    site.write("ld-a", ({"content-type": "application/cloudevents+json"}, raw if whole else raw[:-1]))
    with site.worker() as worker:
        site.drain(worker)
    [refusal] = site.refusals("ld-a")
    assert (codes(refusal), refusal["original"]["hash"]) == (["classified_content_refused"], None)
    tables = [
        row[0]
        for row in site.hub.rows(
            "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind = 'r' AND n.nspname IN ('ingest', 'eventlog', 'aggregate', 'export')"
        )
    ]
    for table in tables:
        rows = site.hub.rows(f"SELECT count(*) FROM {table} AS t WHERE t::text LIKE '%ZQXJ%'")
        assert rows == [(0,)], table


def test_lateness_is_the_brokers_append_time_whenever_it_is_judged_and_whatever_the_sender_says(site: Site) -> None:
    # The records say they were written in 1970. The hub's (sample) clock passes the deadline while no worker runs.
    site.hub.set_clock(datetime(2026, 10, 14, 23, 59, 0, tzinfo=VIETNAM))
    site.send("ld-a", a_report(site.hub, source=A))
    with site.worker() as worker:
        site.drain(worker)
        site.hub.set_clock(datetime(2026, 10, 15, 0, 0, 1, tzinfo=VIETNAM))
        site.send("ld-a", a_report(site.hub, source=A, unit="05983"))
        site.drain(worker)
    assert [receipt["late"] for receipt in site.receipts("ld-a")] == [False, True]


def test_what_waited_in_the_topic_counts_from_when_it_came(site: Site) -> None:
    site.send("ld-a", a_report(site.hub, source=A))
    with connect(site.hub.conninfo) as owner:  # judged a minute later
        [before] = owner.execute("SELECT eventlog.hub_now()").fetchone() or ()
        owner.execute("SELECT pg_sleep(1.2)")
    with site.worker() as worker:
        site.drain(worker)
    [receipt] = site.receipts("ld-a")
    assert datetime.fromisoformat(receipt["receivedAt"]) <= before


def test_a_revoked_client_is_refused_and_told(site: Site) -> None:
    with site.pool.connection() as conn:
        clients.revoke(conn, "ld-a", by="cli:test", reason="hết hợp đồng")
    site.send("ld-a", a_report(site.hub, source=A))
    with site.worker() as worker:
        site.drain(worker)
    [refusal] = site.refusals("ld-a")
    assert codes(refusal) == ["client_revoked"]


def test_a_revoked_client_loses_its_right_to_write_and_still_reads_what_it_was_told(site: Site) -> None:
    site.register("ld-b")
    site.send("ld-a", a_report(site.hub, source=A))
    with site.worker() as worker:
        site.drain(worker)
    with site.pool.connection() as conn:
        clients.revoke(conn, "ld-a", by="cli:test", reason="hết hợp đồng")
        revoked = registered.find(conn, "ld-a")
    assert revoked is not None
    assert close_inbox(Administration(site.kafka), site.kafka, revoked)
    until(lambda: _is_refused_by_kafka(site, "ld-a"))
    assert not close_inbox(Administration(site.kafka), site.kafka, revoked)
    assert len(site.receipts("ld-a")) == 1
    site.send("ld-b", a_report(site.hub, source="/20/ld-b"))  # nobody else is touched


def _is_refused_by_kafka(site: Site, client: str) -> bool:
    try:
        site.send(client, {})
    except PermissionError:
        return True
    return False


def test_receipts_and_refusals_are_numbered_without_holes_and_keep_their_contract(site: Site) -> None:
    site.send("ld-a", *(a_report(site.hub, source=A, revision=1 + n % 7, id=f"r{n}") for n in range(20)))
    with site.worker() as worker:
        site.drain(worker)
    seen = site.seen("ld-a", site.opened["ld-a"].receipts), site.seen("ld-a", site.opened["ld-a"].refusals)
    assert [len(stream) for stream in seen] == [7, 13]
    for stream in seen:
        assert [one.position for one in stream] == list(range(1, len(stream) + 1))
    for stream, kind in zip(seen, (RECEIPT_ISSUED, SUBMISSION_REFUSED), strict=True):
        assert {one.headers["ce_type"] for one in stream} == {kind}
        assert [
            problem for one in stream for problem in CONTRACTS.problems(event_id(kind), json.loads(one.value))
        ] == []
