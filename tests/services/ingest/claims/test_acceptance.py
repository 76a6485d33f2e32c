"""What becomes of claims, with a real database: every rule of accepting, repeating and refusing."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date, datetime, timedelta

import psycopg
import pytest

from lienthong import events, units
from lienthong.calendar import VIETNAM
from lienthong.client.answers import Receipt
from lienthong.contracts import canonical
from lienthong.errors import Rejected
from lienthong.postgres.pool import connect
from lienthong.proof import whole
from lienthong.proof.links import is_noted
from lienthong.proof.walk import data_of
from services.ingest.claims import claim
from services.ingest.kinds import KINDS
from services.ingest.reports import redaction
from services.ingest.rounds import acts as rounds
from tests.builders.hub import ROUND, SOURCE, Hub, a_principal, a_report, a_withdrawal
from tests.builders.tampering import tampering


def codes(outcome: object) -> set[str]:
    return {p.code for p in outcome.problems}  # type: ignore[attr-defined]


def test_an_accepted_report_has_a_receipt_and_stands_in_the_log(hub: Hub) -> None:
    [outcome] = hub.send(a_report(hub))
    assert outcome.verdict == "accepted"
    receipt = outcome.receipt
    assert receipt is not None
    assert (receipt["round"], receipt["unit"], receipt["revision"], receipt["late"]) == (ROUND, "05977", 1, False)
    assert receipt["notice"] == "dữ liệu mẫu"
    [(type_, link, data)] = hub.rows(
        "SELECT type, encode(link, 'hex'), data FROM eventlog.events WHERE partition = "
        f"(SELECT partition FROM eventlog.partitions WHERE key = '20') AND position = {receipt['position']}"
    )
    assert (type_, link) == (events.REPORT_ACCEPTED, receipt["link"])
    assert '"report":{' in data


@pytest.mark.parametrize("number", ["12\n34", "12\t34", "   ", "\u202e12"])
def test_the_number_of_a_document_is_one_line_in_a_report_of_any_form(hub: Hub, number: str) -> None:
    report = a_report(hub, signedDocument={"number": number, "date": "2026-10-09"})
    nil = {**report, "id": "khong-phat-sinh", "data": {**report["data"], "nil": True, "figures": {}}}
    for refused in hub.send(report, nil):
        assert refused.receipt is None
        places = [(problem.pointer, problem.code) for problem in refused.problems]
        assert places == [("/data/signedDocument/number", "not_one_line")]


def test_anybody_can_recompute_the_content_hash_from_the_receipt(hub: Hub) -> None:
    document = a_report(hub)
    [outcome] = hub.send(document)
    assert outcome.receipt is not None
    body = canonical.write(document["data"])
    again = canonical.content_hash(bytes.fromhex(outcome.receipt["salt"]), document["type"], body)
    assert outcome.receipt["contentHash"] == f"sha256:{again.hex()}"


def test_the_same_event_again_gets_the_same_receipt_and_no_second_effect(hub: Hub) -> None:
    [first] = hub.send(a_report(hub))
    [again] = hub.send(a_report(hub))
    assert again.verdict == "repeated"
    assert again.receipt == first.receipt
    assert hub.rows("SELECT count(*) FROM ingest.ledger") == [(1,)]


def test_the_same_event_twice_in_one_request_counts_once(hub: Hub) -> None:
    first, again = hub.send(a_report(hub), a_report(hub))
    assert (first.verdict, again.verdict) == ("accepted", "repeated")
    assert first.receipt == again.receipt


def test_a_repeat_is_the_same_whatever_the_order_of_keys_and_the_form_of_numbers(hub: Hub) -> None:
    document = a_report(hub)
    hub.send(document)
    document["data"] = dict(reversed(document["data"].items()))
    document["data"]["revision"] = 1.0
    [again] = hub.send(document)
    assert again.verdict == "repeated"


def test_who_got_the_source_of_another_gets_no_receipts_of_units_that_it_may_not_report_for(hub: Hub) -> None:
    document, heir = a_report(hub), replace(a_principal(units=["05983"]), client_id="nguoi-sau")
    hub.send(document)
    its_own = {**a_report(hub, unit="05983"), "id": document["id"]}
    [same], [other] = (hub.send(each, principal=heir) for each in (document, its_own))
    assert (same.verdict, same.receipt) == ("refused", None)
    assert codes(same) == {"id_used_for_other_content", "unit_not_allowed"}
    assert codes(other) == {"id_used_for_other_content"}


def test_who_may_not_report_at_all_is_told_that_and_nothing_of_what_was_reported(hub: Hub) -> None:
    hub.send(a_report(hub, revision=3))
    reader = replace(a_principal(), client_id="doc", scopes=frozenset({"report:read"}))
    documents = a_report(hub, id="moi"), a_withdrawal(id="rut")
    for outcome in (each for document in documents for each in hub.send(document, principal=reader, dry_run=True)):
        assert codes(outcome) == {"scope_missing"}


def test_a_repeat_gets_its_receipt_even_after_the_round_was_locked(hub: Hub) -> None:
    [first] = hub.send(a_report(hub))
    with hub.desk.act() as act:
        rounds.lock(act, round_=ROUND, reason="đã tổng hợp")
    [again], [other] = hub.send(a_report(hub)), hub.send(a_report(hub, unit="05983", id="other"))
    assert (again.verdict, again.receipt) == ("repeated", first.receipt)
    assert codes(other) == {"round_locked"}


def test_an_id_used_before_hides_no_other_fault(hub: Hub) -> None:
    hub.send(a_report(hub))
    [outcome] = hub.send(a_report(hub, figures={hub.form.codes[0]: -1}))
    assert "id_used_for_other_content" in codes(outcome) and len(codes(outcome)) > 1


def test_the_same_id_with_other_content_is_refused(hub: Hub) -> None:
    hub.send(a_report(hub))
    [outcome] = hub.send(a_report(hub, figures={hub.form.codes[0]: 99}))
    assert codes(outcome) == {"id_used_for_other_content"}


@pytest.mark.parametrize("revision, verdict", [(1, "refused"), (2, "refused"), (3, "accepted"), (9, "accepted")])
def test_a_revision_must_be_above_the_highest_and_holes_are_allowed(hub: Hub, revision: int, verdict: str) -> None:
    hub.send(a_report(hub, revision=2))
    [outcome] = hub.send(a_report(hub, revision=revision, id="next"))
    assert outcome.verdict == verdict
    if verdict == "refused":
        assert outcome.problems[0].params["highest"] == 2


def test_a_withdrawal_names_the_highest_revision_and_a_higher_one_reinstates(hub: Hub) -> None:
    hub.send(a_report(hub, revision=2))
    [wrong] = hub.send(a_withdrawal(revision=1))
    [right] = hub.send(a_withdrawal(revision=2))
    [twice] = hub.send(a_withdrawal(revision=2, id="again"))
    [reinstated] = hub.send(a_report(hub, revision=3))
    assert codes(wrong) == {"revision_not_highest"}
    assert right.verdict == "accepted"
    assert codes(twice) == {"already_withdrawn"}
    assert reinstated.verdict == "accepted"


def test_withdrawing_what_was_never_reported_is_refused(hub: Hub) -> None:
    assert codes(hub.send(a_withdrawal())[0]) == {"nothing_to_withdraw"}


def test_all_faults_of_a_report_are_told_at_once(hub: Hub) -> None:
    first, second = hub.form.codes[:2]
    document = a_report(hub, unit="06040", figures={first: -1, "unheard_of": 1}, revision=0)
    del document["data"]["figures"][second]
    [outcome] = hub.send(document, principal=a_principal(units=["05977"]))
    found = {(p.pointer, p.code) for p in outcome.problems}
    assert {
        ("/data/figures/unheard_of", "unknown_figure"),
        (f"/data/figures/{second}", "missing_figure"),
        ("/data/unit", "unit_not_allowed"),
        ("/data/revision", "number_out_of_range"),
        (f"/data/figures/{first}", "number_out_of_range"),
    } <= found


def test_decimals_are_checked_on_the_digits_as_written(hub: Hub) -> None:
    [outcome] = hub.send(a_report(hub, figures={hub.form.codes[0]: 1.25}))
    assert codes(outcome) & {"too_many_decimals", "wrong_type"}


def test_a_source_that_is_not_the_clients_is_refused_before_its_id_is_looked_up(hub: Hub) -> None:
    hub.send(a_report(hub))
    [outcome] = hub.send(a_report(hub), principal=a_principal(sources=["/20/somebody-else"]))
    assert codes(outcome) == {"source_not_allowed"}


def test_a_unit_that_owes_no_such_form_is_refused(hub: Hub) -> None:
    [outcome] = hub.send(a_report(hub, unit="20.SYT"))
    assert codes(outcome) == {"unit_not_obliged"}


def test_a_commune_of_another_province_is_refused(hub: Hub) -> None:
    [outcome] = hub.send(a_report(hub, unit="12001"))
    assert "unit_not_obliged" in codes(outcome)


@pytest.mark.parametrize(
    "round_, code",
    [("P119-LS.2027", "round_not_open"), ("P119-LS.2099", "round_unknown"), ("P999.2026", "round_unknown")],
)
def test_a_round_that_is_not_open_says_why(hub: Hub, round_: str, code: str) -> None:
    [outcome] = hub.send(a_report(hub, round=round_))
    assert code in codes(outcome)


def test_a_round_opens_the_moment_its_close_of_data_has_passed(hub: Hub) -> None:
    hub.set_clock(datetime(2027, 9, 30, 23, 55, 0, tzinfo=VIETNAM))
    [before] = hub.send(a_report(hub, round="P119-LS.2027", id="a"))
    hub.set_clock(datetime(2027, 10, 1, 0, 0, 0, tzinfo=VIETNAM))
    [after] = hub.send(a_report(hub, round="P119-LS.2027", id="b"))
    assert "round_not_open" in codes(before)
    assert after.verdict == "accepted"


@pytest.mark.parametrize(
    "at, late",
    [
        (datetime(2026, 10, 14, 23, 55, 0, tzinfo=VIETNAM), False),  # “trước ngày 15/10” is exclusive
        (datetime(2026, 10, 15, 0, 0, 5, tzinfo=VIETNAM), True),  # the way of the clock's answer is taken off
    ],
)
def test_lateness_comes_from_the_time_of_receipt(hub: Hub, at: datetime, late: bool) -> None:
    hub.set_clock(at)
    [outcome] = hub.send(a_report(hub))
    assert outcome.receipt is not None
    assert (outcome.verdict, outcome.receipt["late"]) == ("accepted", late)


def test_an_extension_for_one_unit_moves_its_deadline_alone(hub: Hub) -> None:
    until = datetime(2026, 10, 20, tzinfo=VIETNAM)
    with hub.desk.act() as act:
        rounds.extend(
            act,
            round_=ROUND,
            until=until,
            unit="05977",
            reason="bão lũ",
            document={"number": "7/UBND", "date": "2026-10-13"},
            obligation="R-119-LS-1",
        )
    hub.set_clock(datetime(2026, 10, 16, tzinfo=VIETNAM))
    extended, other = hub.send(a_report(hub), a_report(hub, unit="05983"))
    assert extended.receipt is not None and other.receipt is not None
    assert (extended.receipt["late"], other.receipt["late"]) == (False, True)


def test_a_dry_run_checks_everything_and_changes_nothing(hub: Hub) -> None:
    good, bad = hub.send(a_report(hub), a_report(hub, unit="x"), dry_run=True)
    assert (good.verdict, bad.verdict) == ("would_accept", "refused")
    assert hub.rows("SELECT (SELECT count(*) FROM ingest.ledger), (SELECT count(*) FROM ingest.refusals)") == [(0, 0)]


def test_a_classified_submission_is_refused_and_its_content_kept_nowhere(hub: Hub) -> None:
    document = a_report(hub, classification="secret")
    document["data"]["narrative"]["results"] = "BÍ MẬT ZQXJ"
    [outcome] = hub.send(document)
    assert "classified_content_refused" in codes(outcome)
    for table in ("ingest.refusals", "ingest.ledger", "eventlog.events", "ingest.audit"):
        assert hub.rows(f"SELECT count(*) FROM {table} AS t WHERE t::text LIKE '%ZQXJ%'") == [(0,)]


def test_an_event_whose_envelope_is_marked_is_refused_the_same_way_and_leaves_no_more(hub: Hub) -> None:
    document = a_report(hub) | {"classification": "mật"}
    document["data"]["narrative"]["results"] = "BÍ MẬT ZQXJ"
    for _ in range(2):
        [outcome] = hub.send(document)
        assert (outcome.verdict, codes(outcome)) == ("refused", {"classified_content_refused"})
    for table in ("ingest.refusals", "ingest.ledger", "eventlog.events", "ingest.audit"):
        assert hub.rows(f"SELECT count(*) FROM {table} AS t WHERE t::text LIKE '%ZQXJ%'") == [(0,)]
    kept = {
        (unit, round_, errors) for unit, round_, errors in hub.rows("SELECT unit, round, errors FROM ingest.refusals")
    }
    assert kept == {(None, None, '[{"pointer":"/classification","code":"classified_content_refused"}]')}
    assert [hub.send(a_report(hub))[0].verdict] == ["accepted"], "its id was not used"


def test_a_request_that_fails_in_the_database_does_not_fail_the_others_of_its_commit(hub: Hub) -> None:
    with connect(hub.conninfo) as owner:
        owner.execute(
            "CREATE FUNCTION pg_temp_fail() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN IF NEW.id = 'poison' THEN RAISE EXCEPTION 'poison'; END IF; RETURN NEW; END $$"
        )
        owner.execute(
            "CREATE TRIGGER poison BEFORE INSERT ON ingest.ledger FOR EACH ROW EXECUTE FUNCTION pg_temp_fail()"
        )
    units = [
        row[0]
        for row in hub.rows(
            "SELECT DISTINCT body::json->>'code' FROM ingest.registry WHERE kind = 'units'"
            " AND body::json->>'parent' = '20' AND body::json->>'level' = 'commune'"
        )
    ][:20]
    waiting = [
        hub.queue(a_report(hub, unit=unit, id="poison" if place == 7 else None)) for place, unit in enumerate(units)
    ]
    verdicts = []
    for place, done in enumerate(waiting):
        if place == 7:
            with pytest.raises(Exception, match="refused the write"):
                done.result(timeout=120)
        else:
            verdicts.append(done.result(timeout=120)[0].verdict)
    assert verdicts == ["accepted"] * 19


def test_many_senders_of_one_report_at_once_leave_one_line_of_revisions(hub: Hub) -> None:
    waiting = [hub.queue(a_report(hub, revision=n, id=f"r{n}")) for n in (3, 1, 4, 2, 5)]
    verdicts = [done.result(timeout=120)[0].verdict for done in waiting]
    assert verdicts == ["accepted", "refused", "accepted", "refused", "accepted"]
    assert hub.rows("SELECT revision FROM ingest.slots") == [(5,)]


def test_positions_have_no_holes_and_the_chain_is_whole(hub: Hub) -> None:
    for revision in range(1, 6):
        hub.send(a_report(hub, revision=revision), a_report(hub, unit="05983", revision=revision))
    with hub.conn.transaction():
        [partition] = [each for each in whole.partitions(hub.conn) if each.key == "20"]
        facts = list(whole.events(hub.conn, partition))
    assert [fact.position for fact in facts] == list(range(1, len(facts) + 1))
    before = partition.seed
    for fact in facts:
        assert is_noted(before, fact, data_of(fact))
        before = fact.link
    assert before == partition.chain


def test_a_receipt_follows_from_the_one_before_it_and_from_all_that_it_tells(hub: Hub) -> None:
    outcomes = hub.send(a_report(hub), a_report(hub, revision=2), a_report(hub, unit="05983"))
    [one, two, three] = [Receipt.of(dict(outcome.receipt or {})) for outcome in outcomes]
    assert two.continues(one.link)
    assert three.continues(two.link)
    assert not three.continues(one.link)
    earlier = Receipt.of({**two.raw, "receivedAt": "2026-01-01T00:00:00Z"})
    assert not earlier.continues(one.link)


def test_refusals_are_kept_with_codes_and_places(hub: Hub) -> None:
    hub.send(a_report(hub, figures={"unheard_of": 1}))
    [(unit, round_, errors)] = hub.rows("SELECT unit, round, errors FROM ingest.refusals")
    assert (unit, round_) == ("05977", ROUND)
    assert '"/data/figures/unheard_of"' in errors


def test_a_dissolved_units_duty_passes_to_its_successor(hub: Hub) -> None:
    registry = hub.desk.definitions().registry
    old = registry.unit("05977", on=datetime(2026, 10, 1).date())
    gone = {**units.to_row(old), "valid_to": "2026-10-12"}
    rows = [
        *units.rows_of("units", [gone]),
        *units.rows_of(
            "relations",
            [
                {
                    "predecessor": "05977",
                    "successor": "05983",
                    "date": "2026-10-12",
                    "kind": "merge",
                    "resolution": "NQ thử",
                }
            ],
        ),
    ]
    hub.change_units(rows)
    hub.set_clock(datetime(2026, 10, 13, tzinfo=VIETNAM))
    heir = a_principal(units=["05983"])
    own, inherited = hub.send(a_report(hub, unit="05983"), a_report(hub, unit="05977"), principal=heir)
    assert (own.verdict, inherited.verdict) == ("accepted", "accepted")


def test_text_is_kept_in_nfc(hub: Hub) -> None:
    document = a_report(hub)
    document["data"]["narrative"]["results"] = "Ho\u0300a ZQXJ"  # decomposed
    hub.send(document)
    assert hub.rows("SELECT count(*) FROM eventlog.events WHERE data LIKE '%Hòa ZQXJ%'") == [(1,)]


def test_the_time_of_receipt_is_when_the_submission_had_been_read(hub: Hub) -> None:
    """What the database's answer took on its way back is the sender's: the time told is never later than the true one,
    and never earlier by more than the whole submission took."""
    [(before,)] = hub.rows("SELECT eventlog.hub_now()")
    begun = time.monotonic()
    [outcome] = hub.send(a_report(hub))
    took = timedelta(seconds=time.monotonic() - begun)
    assert outcome.receipt is not None
    received = datetime.fromisoformat(outcome.receipt["receivedAt"])
    [(recorded,)] = hub.rows("SELECT max(recorded_at) FROM eventlog.events")
    assert before - took <= received <= recorded


def test_a_claim_without_a_right_to_its_scope_is_refused(hub: Hub) -> None:
    [outcome] = hub.send(a_report(hub), principal=replace(a_principal(), scopes=frozenset({"feed:read"})))
    assert codes(outcome) == {"scope_missing"}


def test_the_ledger_refuses_what_it_must(hub: Hub) -> None:
    hub.send(a_report(hub))
    with (
        connect(hub.conninfo, role="lienthong_aggregate") as other,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        other.execute("SELECT * FROM ingest.ledger")


def test_unknown_documents_are_refused_in_the_senders_terms() -> None:

    with pytest.raises(Rejected) as refusal:
        claim.from_structured(b'{"specversion":"0.3","id":"","type":"x","bad name":1}', KINDS)
    assert {p.code for p in refusal.value.problems} == {
        "attribute_missing",
        "attribute_invalid",
        "type_unknown",
        "specversion_unknown",
        "attribute_name_invalid",
    }


def test_a_redacted_text_is_gone_everywhere_and_leaves_its_place(hub: Hub) -> None:
    document = a_report(hub)
    document["data"]["narrative"]["results"] = "Ông Nguyễn Văn ZQXJ"
    [first] = hub.send(document)
    assert first.receipt is not None
    with hub.desk.act() as act:
        redaction.redact(
            act,
            province="20",
            position=first.receipt["position"],
            pointers=["/report/narrative/results"],
            reason="có dữ liệu cá nhân",
            document={"number": None, "date": None},
        )
    for table in ("eventlog.events", "ingest.ledger", "ingest.audit"):
        assert hub.rows(f"SELECT count(*) FROM {table} AS t WHERE t::text LIKE '%ZQXJ%'") == [(0,)]
    [again] = hub.send(document)
    assert again.verdict == "repeated"
    assert again.receipt is not None and again.receipt["contentHash"] == first.receipt["contentHash"]
    assert again.receipt["salt"] == "00" * 16


def test_numbers_keep_their_digits_when_a_text_beside_them_is_redacted(hub: Hub) -> None:
    [outcome] = hub.send(a_report(hub))
    assert outcome.receipt is not None
    position, number = outcome.receipt["position"], "90071992547409.93000001"
    with connect(hub.conninfo) as owner, tampering(owner):
        owner.execute(
            "UPDATE eventlog.events SET data = replace(data, '\"signedDocument\":', %s) WHERE position = %s",
            (f'"exact":{number},"signedDocument":', position),
        )
    with hub.desk.act() as act:
        redaction.redact(
            act,
            province="20",
            position=position,
            pointers=["/report/narrative/results"],
            reason="tên người",
            document={"number": None, "date": None},
        )
    [(data,)] = hub.rows(f"SELECT data FROM eventlog.events WHERE position = {position} AND type LIKE '%report%'")
    assert f'"exact":{number}' in data


def test_a_redacted_item_is_gone_where_it_waits_for_approval_too(hub: Hub) -> None:
    item = {
        "specversion": "1.0",
        "type": events.CONTENT_SUBMITTED,
        "source": SOURCE,
        "id": "tt-1",
        "data": {
            "unit": "20.BPTTH",
            "item": "t1",
            "revision": 1,
            "kind": "news",
            "title": "Ông Nguyễn Văn ZQXJ",
            "language": "vi",
            "link": "https://baolangson.vn/tin",
            "licence": "CC-BY-4.0",
            "programmes": ["P119"],
            "publishedAt": "2026-10-09T08:00:00+07:00",
        },
    }
    [first] = hub.send(item)
    assert first.receipt is not None, first.problems
    with hub.desk.act() as act:
        redaction.redact(
            act,
            province="20",
            position=first.receipt["position"],
            pointers=["/data/title"],
            reason="có dữ liệu cá nhân",
            document={},
        )
    for table in ("eventlog.events", "ingest.contents"):
        assert hub.rows(f"SELECT count(*) FROM {table} AS t WHERE t::text LIKE '%ZQXJ%'") == [(0,)]


def test_the_reason_of_a_withdrawal_can_be_redacted(hub: Hub) -> None:
    withdrawal = a_withdrawal()
    withdrawal["data"]["reason"] = "Ông Nguyễn Văn ZQXJ nhập nhầm"
    _, withdrawn = hub.send(a_report(hub), withdrawal)
    assert withdrawn.receipt is not None
    with hub.desk.act() as act:
        redaction.redact(
            act,
            province="20",
            position=withdrawn.receipt["position"],
            pointers=["/data/reason"],
            reason="có dữ liệu cá nhân",
            document={},
        )
    assert hub.rows("SELECT count(*) FROM eventlog.events AS t WHERE t::text LIKE '%ZQXJ%'") == [(0,)]


def test_figures_cannot_be_redacted(hub: Hub) -> None:
    [first] = hub.send(a_report(hub))
    assert first.receipt is not None
    with pytest.raises(Rejected, match="no text"), hub.desk.act() as act:
        redaction.redact(
            act,
            province="20",
            position=first.receipt["position"],
            pointers=[f"/report/figures/{hub.form.codes[0]}", "/report/unit"],
            reason="thử",
            document={"number": None, "date": None},
        )


def test_a_unit_begins_with_its_day_in_viet_nam_not_with_that_of_greenwich(hub: Hub) -> None:
    new = units.to_row(hub.desk.definitions().registry.unit("05977", date(2026, 10, 1)))
    hub.change_units(units.rows_of("units", [{**new, "code": "20999", "valid_from": "2026-10-20"}]))
    raised = {
        "specversion": "1.0",
        "type": events.DIFFICULTY_RAISED,
        "source": SOURCE,
        "id": "kk-1",
        "data": {"unit": "20999", "plan": "P119-LS", "text": "Thiếu kinh phí"},
    }
    hub.set_clock(datetime(2026, 10, 19, 23, 59, tzinfo=VIETNAM))
    assert hub.send(raised)[0].verdict == "refused"
    hub.set_clock(datetime(2026, 10, 20, 0, 1, tzinfo=VIETNAM))
    assert hub.send(raised)[0].verdict == "accepted"


def test_who_may_not_use_a_source_gets_no_receipt_beside_who_may(hub: Hub) -> None:
    """Also where both share a transaction, which has looked the event up for the other."""
    document = a_report(hub)
    hub.send(document)
    stranger = a_principal(sources=["/20/khac"])
    both = [(hub.queue(document), hub.queue(document, principal=stranger)) for _ in range(20)]
    for ours, theirs in both:
        assert ours.result(60)[0].verdict == "repeated"
        assert [fault.code for fault in theirs.result(60)[0].problems] == ["source_not_allowed"]
