"""The rounds of 2026 of all four plans, over HTTP, through every process, to the platform and the Ministry.

What is expected stands here as numbers from the plans' texts and the script, or is computed with plain Python
from the reports that were sent. The hub's own algebra is never asked what is right.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest
from psycopg import sql

from lienthong.access import audit
from lienthong.backup.backup import back_up
from lienthong.backup.restore import restore
from lienthong.client import Refused
from lienthong.contracts import canonical
from lienthong.contracts.schemas import Contracts, event_id
from lienthong.eventlog.postgres import PostgresEventLog
from lienthong.postgres.pool import Pool, connect
from lienthong.proof.links import is_noted
from lienthong.proof.walk import data_of
from lienthong.pushes.reconciliation import digest_of
from services.aggregate import replay
from services.aggregate.verify import verify
from services.demo import mistakes, outcome, portal, script, streams
from services.demo.book import Page
from services.demo.plausible import Value
from services.demo.script import EXTENSION, FIRST_HALF, MEDIA, MINISTRY, NUCLEAR_COMMUNICATION
from services.platform.store import Store
from tests.builders.living_year import KILLS, Lived
from tests.conftest import MIGRATIONS

pytest_plugins = ("tests.builders.kafka_broker",)

OBLIGED = {  # (communes, agencies' forms) of the plans' texts: 65 and 104 communes, 17 and 16 departments, …
    # two of the 17 are police and military, who file no form with headcounts
    "P1169-LS.2026-H1": {"commune": 65, "department": 15, "armed_forces": 2, "media": 1, "skhcn": 1},
    "P1169-LS.2026-H2": {"commune": 65, "department": 15, "armed_forces": 2, "media": 1, "skhcn": 1},
    "P1169-NC.2026-H1": {"commune": 1},
    "P1169-NC.2026-H2": {"commune": 1},
    "P119-LS.2026": {
        "commune": 65,
        "department": 17,
        "core_department": 4,
        "other_department": 11,
        "skhcn": 1,
        "sgddt": 1,
        "media": 1,
    },
    "P119-LS.2026-DX1": {"skhcn": 1, "media": 1},
    "P438-HY.2026": {"commune": 104, "department": 16, "syt": 1, "snnmt": 1, "sct": 1, "sgddt": 1, "skhcn": 1},
    "P438-HY.2026-DX1": {"commune": 1, "department": 1, "sct": 1},
    "P1169-LS.2026-DX1": {"commune": 1, "department": 1},
    "P1169-NC.2026-DX1": {"commune": 1},
}
ASKED = ("P438-HY.2026-DX1", "P1169-LS.2026-DX1")
"""Rounds on demand that end with the answers: nobody signs a release of them."""
MISSING = {"P1169-LS.2026-H1": 2, "P119-LS.2026": 3, "P438-HY.2026": 4, "P1169-LS.2026-H2": 1}
LATE = {"P1169-LS.2026-H1": 3, "P119-LS.2026": 4, "P438-HY.2026": 6, "P1169-LS.2026-H2": 2}  # not who corrects late
CORRECTIONS, WITHDRAWALS, REINSTATEMENTS, DIFFICULTIES, ITEMS = 3 + 1 + 4 + 5 + 2, 1, 1, 5, 3 + 1
SUPPLIES, TASKS = 3, 5
ROAD = 1 + 2 + 1  # a returned report again; one that is asked, and its explanation; one with nothing to report
FROM_THE_PORTAL = 1
RELEASES = [
    "P1169-LS.2026-H1/1",
    "P1169-NC.2026-H1/1",
    "P1169-LS.2026-H1/2",
    "P119-LS.2026/1",
    "P438-HY.2026/1",
    "P119-LS.2026-DX1/1",
    "P1169-NC.2026-DX1/1",
    "P1169-LS.2026-H2/1",
    "P1169-NC.2026-H2/1",
]
POPULATION = {"20": 881_384, "33": 3_567_943}  # schemas/units/populations.csv, 2025


# ---------------------------------------------------------------- reports


def test_every_answer_was_the_one_that_the_sender_expected(lived: Lived) -> None:
    assert lived.year.book.wrong == []


def test_what_the_demonstration_checks_holds(lived: Lived) -> None:
    assert outcome.unmet_expectations(outcome.checks(lived.year, lived.outcome)) == []


def test_every_unit_is_told_what_it_owes_and_nobody_else_is(lived: Lived) -> None:
    told = {
        round_: {form.rpartition(".")[2]: len(units) for form, units in forms.items()}
        for round_, forms in lived.year.book.obliged.items()
    }
    assert told == OBLIGED


def test_receipts_are_as_many_as_what_was_accepted(lived: Lived) -> None:
    first = sum(sum(forms.values()) for forms in OBLIGED.values()) - sum(MISSING.values())
    reports = first + CORRECTIONS + WITHDRAWALS + REINSTATEMENTS + ROAD
    expected = reports + DIFFICULTIES + ITEMS + FROM_THE_PORTAL + SUPPLIES + TASKS
    assert expected == 432
    assert sum(lived.outcome.receipts.values()) == expected
    assert lived.year.book.verdicts == {"accepted": expected, "refused": 13, "repeated": 1, "would_accept": 1}


def test_a_returned_report_a_query_a_nil_report_and_a_difficulty_come_to_their_end(lived: Lived) -> None:
    assert lived.year.road.seen == {
        "returned": "returned",
        "corrected": "under_review",
        "query": (1, 0),
        "nil": True,
        "difficulty": ("closed", "20", ["forwarded", "answered", "closed"]),
    }
    [query] = lived.outcome.pulled.datasets["P119-LS.2026/1"]["queries"]
    assert (query["check"], query["explanation"]["text"][:9]) == ("attendances_for_events", "Hội nghị ")


def test_completeness_counts_who_is_missing_and_who_was_late(lived: Lived) -> None:
    rounds = lived.outcome.rounds
    assert {
        code: gap for code in OBLIGED if (gap := _sum(rounds[code], "obliged") - _sum(rounds[code], "reported"))
    } == MISSING
    assert {code: late for code in OBLIGED if (late := _sum(rounds[code], "late"))} == LATE
    for code in OBLIGED:
        expected = {
            form: (c.obliged, c.reported, c.late) for form, c in lived.year.book.page(code).completeness().items()
        }
        assert expected == {
            f["form"]: (f["obliged"], f["reported"], f["late"]) for f in rounds[code]["completeness"] if f["obliged"]
        }


def test_an_extended_deadline_keeps_a_report_on_time_and_the_original_visible(lived: Lived) -> None:
    [unit] = lived.year.cast(FIRST_HALF).extended
    [duty] = lived.year.people.by_unit[unit].obligations(round=FIRST_HALF.round)
    line = duty.raw
    assert (line["late"], line["state"]) == (False, "reported")
    original, until = (datetime.fromisoformat(line[name]) for name in ("originalDeadline", "deadline"))
    assert (original, until) == (script.at(6, 10, 0), script.at(6, 16, 0))
    [granted] = [e for d in lived.outcome.rounds[FIRST_HALF.round]["deadlines"] for e in d["extensions"]]
    assert (granted["unit"], granted["document"]["number"]) == (unit, EXTENSION[2])


def test_a_withdrawn_report_comes_back_with_a_higher_revision_and_its_history_stays(lived: Lived) -> None:
    [unit] = lived.year.cast(NUCLEAR_COMMUNICATION).withdrawn
    standing = lived.year.book.standing[(NUCLEAR_COMMUNICATION.round, "P119-LS.commune", unit)]
    found = lived.year.people.by_unit[unit].get(f"/v1/reports/{standing.receipt}")
    assert (found["state"], found["revision"]) == ("released", 2)
    assert [revision["receipt"]["type"].split(".")[3] for revision in found["revisions"]] == [
        "submitted",
        "withdrawal",
        "submitted",
    ]
    assert found["revisions"][2]["receipt"]["contentHash"] == standing.content_hash


def test_refusals_are_kept_with_their_reason_alone(lived: Lived) -> None:
    codes = Counter(error["code"] for refusal in lived.outcome.refusals for error in refusal["errors"])
    assert codes == mistakes.count()
    assert codes.total() == 13


def test_a_classified_submission_leaves_no_trace_of_its_content(lived: Lived) -> None:
    assert _rows_with(lived, mistakes.SECRET_WORDS) == []
    for log in [*(lived.year.site.folder / "log").iterdir(), *_server_logs(lived.year.site.folder)]:
        assert "7f3a91" not in log.read_text(encoding="utf-8", errors="replace"), log


def test_every_receipt_says_that_it_is_sample_data(lived: Lived) -> None:
    for province in outcome.OPERATORS.values():
        receipts = [receipt.raw for receipt in lived.year.people.account(province).receipts()]
        assert receipts
        assert {receipt["notice"] for receipt in receipts} == {"dữ liệu mẫu"}


# ---------------------------------------------------------------- rollups and indicators


@pytest.mark.parametrize("release", RELEASES)
def test_released_sums_are_the_sums_of_the_reports_that_were_sent(lived: Lived, release: str) -> None:
    expected = outcome.sums(lived.year.book.released[release].totals())
    assert outcome.sums_of(lived.outcome.pulled.datasets[release]) == expected
    assert any(total for total, *_ in expected.values())


@pytest.mark.parametrize("round_", OBLIGED)
def test_live_rollups_are_the_sums_of_the_reports_that_stand(lived: Lived, round_: str) -> None:
    operator = lived.year.people.account(_operator(round_))
    rollup = operator.get(f"/v1/rounds/{round_}/rollup")
    assert outcome.sums_of(rollup) == outcome.sums(lived.year.book.page(round_).totals())
    assert rollup["notice"] == "dữ liệu mẫu"


def test_a_ratio_is_the_sum_of_numerators_over_the_sum_of_denominators(lived: Lived) -> None:
    page = lived.year.book.page("P119-LS.2026")
    _is(lived, "P119-LS.2026", "I-119-01", page.ratio([("staff_reached_core", "staff_core")]), 1)
    _is(lived, "P119-LS.2026", "I-119-02", page.ratio([("staff_reached_other", "staff_other")]), 1)
    _is(lived, "P119-LS.2026", "I-119-08", page.ratio([("pupils_reached", "pupils_enrolled")]), 1)
    pairs = [(f"staff_informed_{kind}", f"staff_{kind}") for kind in ("commune", "department", "media")]
    for round_ in ("P1169-LS.2026-H1", "P1169-LS.2026-H2"):
        _is(lived, round_, "I-1169-LS-03", lived.year.book.page(round_).ratio(pairs), 1)


def test_a_rate_uses_the_population_of_the_whole_province(lived: Lived) -> None:
    machines = _total(lived.year.book.page("P438-HY.2026"), "ct_scanners")
    _is(lived, "P438-HY.2026", "I-438-04", machines * 1_000_000 / POPULATION["33"], 2)
    reached = _total(lived.year.book.page("P119-LS.2026"), "residents_reached")
    _is(lived, "P119-LS.2026", "I-119-09", reached * 100 / POPULATION["20"], 1)


def test_coverage_counts_the_obliged_units_also_those_that_did_not_report(lived: Lived) -> None:
    page = lived.year.book.page("P1169-LS.2026-H2")
    kinds = ("commune", "department", "armed_forces", "media")
    issued = sum(_units_at(page, f"plan_issued_{kind}", "issued") for kind in kinds)
    _is(lived, "P1169-LS.2026-H2", "I-1169-LS-01", Decimal(100 * issued) / (65 + 17 + 1), 1)


def test_a_flow_of_the_year_adds_both_halves(lived: Lived) -> None:
    halves = [lived.year.book.page(f"P1169-LS.2026-H{half}") for half in (1, 2)]
    kinds = ("commune", "department", "media")
    turns = sum((_total(page, f"training_turns_{kind}") for page in halves for kind in kinds), Decimal(0))
    _is(lived, "P1169-LS.2026-H2", "I-1169-LS-09", turns, 0)
    dates = ("events_may18_commune", "events_oct01_commune", "events_oct10_commune")
    communes = [lived.year.book.page(f"P1169-NC.2026-H{half}") for half in (1, 2)]
    least = min(sum((_total(page, date) for page in communes), Decimal(0)) for date in dates)
    _is(lived, "P1169-NC.2026-H2", "I-1169-NC-07", least, 0)


@pytest.mark.parametrize(
    ("round_", "code", "reason"),
    [
        ("P119-LS.2026", "I-119-03", "no_baseline"),
        ("P438-HY.2026", "I-438-09", "no_year_before"),
        ("P1169-NC.2026-H2", "I-1169-NC-03", "no_population"),
    ],
)
def test_what_cannot_be_assessed_says_why(lived: Lived, round_: str, code: str, reason: str) -> None:
    indicator = _indicator(lived, round_, code)
    assert (indicator["assessment"], indicator["value"]) == ("cannot_be_assessed", None)
    assert [r["code"] for r in indicator["reasons"]] == [reason]
    assert {target["status"] for target in indicator["targets"]} == {"cannot_be_assessed"}


def test_a_value_is_provisional_while_units_are_missing(lived: Lived) -> None:
    indicator = _indicator(lived, "P119-LS.2026", "I-119-12")
    assert (indicator["assessment"], indicator["obliged"]) == ("provisional", 82)
    assert _indicator(lived, "P119-LS.2026", "I-119-01")["assessment"] == "assessed"


# ---------------------------------------------------------------- releases


def test_the_feed_has_every_release_once_in_order(lived: Lived) -> None:
    assert [entry["release"] for entry in lived.outcome.pulled.entries] == RELEASES
    for entry in lived.outcome.pulled.entries:
        dataset = lived.outcome.pulled.datasets[entry["release"]]
        assert entry["digest"] == canonical.digest_of(dataset)
        assert (entry["sample"], dataset["sample"]) == (True, True)


def test_a_late_correction_makes_a_second_version_that_says_what_changed(lived: Lived) -> None:
    first, second = (lived.outcome.pulled.datasets[f"P1169-LS.2026-H1/{version}"] for version in (1, 2))
    assert (first["supersedes"], second["supersedes"]) == (None, "P1169-LS.2026-H1/1")
    [unit] = lived.year.cast(FIRST_HALF).later
    before, after = (lived.year.book.released[f"P1169-LS.2026-H1/{version}"] for version in (1, 2))
    key = ("P1169-LS.commune", unit)
    old, new = before.standing[key].figures, after.standing[key].figures
    assert old is not None and new is not None
    [changed] = [figure for figure in old if old[figure] != new[figure]]
    assert _number(new[changed]) == _number(old[changed]) + 3
    assert _released_sum(second, changed) == _released_sum(first, changed) + 3
    assert changed in str(second["changes"])
    assert unit in str(second["changes"])


def test_every_released_figure_leads_back_to_the_revisions_it_was_made_of(lived: Lived) -> None:
    for release, dataset in lived.outcome.pulled.datasets.items():
        page = lived.year.book.released[release]
        expected = {
            (form, unit): (s.revision, s.content_hash, s.late)
            for (form, unit), s in page.standing.items()
            if s.figures is not None
        }
        assert {
            (p["form"], p["unit"]): (p["revision"], p["contentHash"], p["late"]) for p in dataset["provenance"]
        } == expected


def test_zero_missing_and_withdrawn_stay_apart_in_a_dataset(lived: Lived) -> None:
    dataset = lived.outcome.pulled.datasets["P119-LS.2026/1"]
    page = lived.year.book.released["P119-LS.2026/1"]
    states = {(o["form"], o["unit"], o["figure"]): o["state"] for o in dataset["observations"]}
    for (form, unit), standing in page.standing.items():
        for figure, value in (standing.figures or {}).items():
            nil = (form, unit) == ("P119-LS.commune", lived.year.road.units[-1])
            assert states[(form, unit, figure)] == ("nil" if nil else _state(value))
    [absent] = {
        o["state"] for o in dataset["observations"] if o["unit"] in lived.year.cast(NUCLEAR_COMMUNICATION).missing
    }
    assert absent == "missing"


def test_a_release_meets_the_issuers_obligation_on_time_or_not(lived: Lived) -> None:
    duties = {
        release: [(d["obligation"], *d["to"], d["metBy"], d["onTime"]) for d in dataset["duties"]]
        for release, dataset in lived.outcome.pulled.datasets.items()
    }
    assert duties["P119-LS.2026/1"] == [("R-119-LS-2", "VN", "P119-LS.2026/1", True)]
    assert duties["P1169-NC.2026-H1/1"] == [
        ("R-1169-NC-1", "19", "P1169-NC.2026-H1/1", True),
        ("R-1169-NC-1", "VN", "P1169-NC.2026-H1/1", True),
    ]
    # The source gives no date; the first release met it, and a correction does not take its place. It went to the
    # Ministry, not to the province's own people's committee: that duty is open.
    assert duties["P1169-LS.2026-H1/2"] == [
        ("R-1169-LS-2", "20", None, None),
        ("R-1169-LS-2", "VN", "P1169-LS.2026-H1/1", None),
    ]


def test_a_locked_round_says_so(lived: Lived) -> None:
    states = {FIRST_HALF.round: "locked"} | dict.fromkeys(ASKED, "overdue")
    assert {code: round_["state"] for code, round_ in lived.outcome.rounds.items() if round_["state"] != "planned"} == {
        code: states.get(code, "released") for code in OBLIGED
    }


# ---------------------------------------------------------------- platform and Ministry


def test_every_delivery_arrived_and_the_failed_push_was_tried_again(lived: Lived) -> None:
    assert Counter(d["state"] for d in lived.outcome.deliveries) == {
        "delivered": len(RELEASES) + 2 + 1 + FROM_THE_PORTAL
    }
    attempts = {
        f"{d['subject']}/{d['version']}/{d['withdraws']}": [a["outcome"] for a in d["attempts"]]
        for d in lived.outcome.deliveries
    }
    assert attempts.pop("P1169-LS.2026-H1/1/False") == ["http_503", "http_200"]
    assert set(map(tuple, attempts.values())) == {("http_200",)}


def test_the_platform_holds_the_newest_release_of_each_round_as_the_feed_has_it(lived: Lived) -> None:
    store = Store(lived.year.site.folder / "platform.sqlite")
    try:
        held = {
            item.id: (item.version, item.digest)
            for province in outcome.OPERATORS
            for item in store.items_in_force(f"province-{province}", "release")
        }
        content = {
            item.id: item.state
            for province in outcome.OPERATORS
            for item in store.items_in_force(f"province-{province}", "content")
        }
    finally:
        store.close()
    newest = {entry["round"]: entry for entry in lived.outcome.pulled.entries}
    datasets = lived.outcome.pulled.datasets
    assert held == {
        round_: (
            entry["version"],
            canonical.digest_of(_without_units_values(datasets[entry["release"]], entry["digest"])),
        )
        for round_, entry in newest.items()
    }
    # The third item waits for its approval, so the platform has never heard of it.
    [film] = [name for name in content if name.startswith(f"{MEDIA}/{portal.PORTAL}:")]
    assert content == {
        f"{MEDIA}/{script.APPROVED}": "published",
        f"{MEDIA}/{script.WITHDRAWN}": "withdrawn",
        film: "published",
    }
    for comparisons in lived.outcome.platform.values():
        assert [comparison for comparison in comparisons if not comparison.equal] == []


def test_the_feeds_digest_is_that_of_the_datasets(lived: Lived) -> None:
    pulled = lived.outcome.pulled
    held = [
        outcome.Held(id=release, version=int(release[-1]), digest=canonical.digest_of(dataset))
        for release, dataset in pulled.datasets.items()
    ]
    assert (pulled.digest["count"], pulled.digest["digest"]) == digest_of(held)
    assert pulled.digest["count"] == len(RELEASES)


def test_the_nation_is_the_sum_of_what_the_provinces_released(lived: Lived) -> None:
    pulled = lived.outcome.pulled
    assert set(pulled.national) == {
        ("P1169", "2026-H1"),
        ("P1169", "2026-H2"),
        ("P1169", "2026-DX1"),
        ("P119", "2026"),
        ("P119", "2026-DX1"),
        ("P438", "2026"),
    }
    for (programme, period), document in pulled.national.items():
        expected = outcome.national_sums(outcome.latest_datasets(pulled, programme, period))
        assert {f["code"]: (f["sum"], f["given"]) for f in document["figures"]} == expected
        assert (document["provinces"]["total"], document["sample"]) == (34, True)
    scanners = {f["code"]: f["sum"] for f in pulled.national[("P438", "2026")]["figures"]}["ct_scanners"]
    assert Decimal(scanners) == _total(lived.year.book.page("P438-HY.2026"), "ct_scanners")


def test_the_workbook_says_that_it_is_sample_data(lived: Lived) -> None:
    [path] = [path for path in lived.outcome.pulled.files if path.suffix == ".xlsx"]
    book = openpyxl.load_workbook(path, read_only=True)
    said = " ".join(str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell)
    assert "dữ liệu mẫu" in said.lower()
    assert "Nam Cường" in said


def test_everybody_sees_what_is_theirs_and_no_more(lived: Lived) -> None:
    people, page = lived.year.people, lived.year.book.page("P119-LS.2026")
    first, second = sorted(unit for form, unit in page.standing if form == "P119-LS.commune")[:2]
    receipt = page.standing[("P119-LS.commune", first)].receipt
    assert people.by_unit[first].get(f"/v1/reports/{receipt}")["unit"] == first
    _refused(404, lambda: people.by_unit[second].get(f"/v1/reports/{receipt}"))
    _refused(404, lambda: people.account("tinh-33").get("/v1/rounds/P119-LS.2026"))
    _refused(403, lambda: people.account(MINISTRY).get("/v1/rounds"))
    _refused(404, lambda: people.account("tinh-33").get("/v1/feed/releases/P119-LS.2026/1/dataset"))
    with pytest.raises(Refused, match="404"):  # another province's round is answered as one that does not exist
        people.account("tinh-33").act("/v1/rounds/P119-LS.2026/releases", {"confirm": True})


# ---------------------------------------------------------------- the log


def test_every_fact_in_the_log_keeps_its_schema_and_the_chain_holds(lived: Lived) -> None:
    contracts, count = Contracts.load(), 0
    with Pool(lived.year.site.conninfo) as pool:
        log = PostgresEventLog(pool)
        for key, head in log.heads().items():
            facts = [recorded for after in range(0, head, 500) for recorded in log.read(key, after, 500)]
            assert [recorded.position for recorded in facts] == list(range(1, head + 1))
            assert all(is_noted(one.link, following, data_of(following)) for one, following in pairwise(facts))
            for recorded in facts:
                assert contracts.problems(event_id(recorded.event.type), recorded.event.content()) == []
            count += len(facts)
    assert count > sum(lived.outcome.receipts.values())


def test_kafka_carries_the_whole_log_in_order_where_it_is_the_engine(lived: Lived) -> None:
    if lived.carried is None:
        with Pool(lived.year.site.conninfo) as pool:
            assert set(PostgresEventLog(pool).positions("relay").values()) == {0}
    else:
        assert outcome.unmet_expectations(streams.checks(lived.carried)) == []


def test_the_audit_log_is_unbroken_and_names_the_acts(lived: Lived) -> None:
    with connect(lived.year.site.conninfo) as conn:
        assert [audit.first_broken(conn, province) for province in ("20", "33", "19", "VN")] == [None] * 4
        acts = Counter(entry.act for province in ("20", "33", "19") for entry in audit.read(conn, province, limit=1000))
    assert acts["release.signed"] == len(RELEASES)
    assert (acts["round.extended"], acts["round.locked"], acts["content.approved"]) == (1, 1, 2 + FROM_THE_PORTAL)


def test_metrics_count_what_was_sent(lived: Lived) -> None:
    """Whichever process is asked shows what all count; what others count is a few seconds old. What was read of the
    portal came by no request.
    """
    site, year = lived.year.site, lived.year
    sent = year.book.verdicts["accepted"] - len(year.portal.seen["waiting"])
    counted, end = -1.0, time.monotonic() + 60
    while counted != sent:
        assert time.monotonic() < end, (counted, sent)
        lines = httpx.get(f"{site.address}/metrics", trust_env=False, timeout=60).text.splitlines()
        accepted = [
            line for line in lines if line.startswith("lienthong_submissions_total{") and 'verdict="accepted"' in line
        ]
        counted = sum(float(line.rsplit(" ", 1)[1]) for line in accepted)
        time.sleep(0.1)


def test_verification_finds_nothing_and_a_replay_makes_the_same_again(
    lived: Lived, empty_database: str, tmp_path: Path
) -> None:
    """Of a backup, restored: a replay wants its workers to rest, and the year's are asked by other tests."""
    site = lived.year.site
    assert lived.outcome.verified.is_good
    assert lived.kills >= (KILLS if site.counts else 0)
    back_up(site.conninfo, tmp_path / "hub.zip")
    restore(empty_database, tmp_path / "hub.zip", MIGRATIONS)
    before = _aggregated(empty_database)
    assert replay.replay(empty_database, processes=2).diverged == ()
    assert _aggregated(empty_database) == before
    with Pool(empty_database, role="lienthong_aggregate") as pool:
        assert verify(pool).is_good


# ---------------------------------------------------------------- in plain Python


def _operator(round_: str) -> str:
    return next(episode.operator for episode in script.EPISODES if episode.round == round_)


def _sum(one: Mapping[str, Any], name: str) -> int:
    return sum(form[name] for form in one["completeness"])


def _indicator(lived: Lived, round_: str, code: str) -> Mapping[str, Any]:
    return next(indicator for indicator in lived.outcome.indicators[round_] if indicator["code"] == code)


def _is(lived: Lived, round_: str, code: str, expected: Decimal | None, decimals: int) -> None:
    assert expected is not None
    shown = expected.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    assert _indicator(lived, round_, code)["value"] == f"{shown:f}"


def _total(page: Page, figure: str) -> Decimal:
    [found] = [total.sum for (_, code), total in page.totals().items() if code == figure]
    return found or Decimal(0)


def _units_at(page: Page, figure: str, status: str) -> int:
    [found] = [total.statuses for (_, code), total in page.totals().items() if code == figure]
    return found.get(status, 0)


def _released_sum(dataset: Mapping[str, Any], figure: str) -> Decimal:
    [found] = [f["sum"] for f in dataset["figures"] if f["code"] == figure]
    return Decimal(found)


def _number(value: Value) -> Decimal:
    return Decimal(str(value))


def _state(value: Value) -> str:
    if value is None:
        return "missing"
    if isinstance(value, str):
        return "status"
    return "reported" if value else "zero"


def _without_units_values(dataset: Mapping[str, Any], digest: str) -> Mapping[str, Any]:
    """What a communication platform gets: the sums, and which dataset they are of; nothing of what offices ask, answer
    and sign among each other.
    """
    changes = dataset["changes"] and {**dataset["changes"], "observations": []}
    provenance = [{k: v for k, v in one.items() if k != "signedDocument"} for one in dataset["provenance"]]
    withheld = {"observations": [], "unitValues": "withheld", "fullDigest": digest, "changes": changes}
    home = ("queries", "difficulties", "tasks", "tasksAsOf", "computed")
    shown = {name: value for name, value in dataset.items() if name not in home}
    return {**shown, "provenance": provenance, **withheld}


def _refused(status: int, asking: Any) -> None:
    with pytest.raises(Refused, match=f"^{status} "):
        asking()


def _rows_with(lived: Lived, words: str) -> list[tuple[str, str]]:
    """Every (table, column) in which the words stand, whatever its type."""
    with connect(lived.year.site.conninfo) as conn:
        columns = conn.execute(
            "SELECT table_schema, table_name, column_name FROM information_schema.columns"
            " JOIN information_schema.tables USING (table_schema, table_name) WHERE table_type = 'BASE TABLE'"
            " AND table_schema IN ('eventlog', 'ingest', 'aggregate', 'export', 'identity')"
        ).fetchall()
        return [
            (table, column)
            for schema, table, column in columns
            if conn.execute(_searching(schema, table, column), {"words": f"%{words}%"}).fetchone() is not None
        ]


def _searching(schema: str, table: str, column: str) -> Any:
    return sql.SQL("SELECT 1 FROM {} WHERE {}::text LIKE %(words)s LIMIT 1").format(
        sql.Identifier(schema, table), sql.Identifier(column)
    )


def _server_logs(folder: Path) -> Iterable[Path]:
    return [path for path in folder.glob("data/**/*.log") if path.is_file()]


def _aggregated(conninfo: str) -> dict[str, list[tuple[Any, ...]]]:
    with connect(conninfo) as conn:
        return {
            table: sorted(conn.execute(f"SELECT * FROM aggregate.{table}".encode()).fetchall(), key=repr)
            for table in ("reports", "rollups", "releases", "rounds")
        }
