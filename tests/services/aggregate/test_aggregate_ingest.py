"""From a submission through ingest to a release: what ingest writes is what aggregation reads."""

from __future__ import annotations

from datetime import date, datetime

import jsonschema_rs
import orjson

from lienthong import events
from lienthong.access.sight import EVERYTHING
from lienthong.calendar import VIETNAM
from lienthong.eventlog.append import PostgresAppender, partitions_of
from lienthong.eventlog.consumer import Consumer
from lienthong.eventlog.postgres import PostgresEventLog
from lienthong.postgres.pool import Pool
from services.aggregate import reading
from services.aggregate.store import PlanVersions, rollup
from services.aggregate.verify import verify
from services.aggregate.worker import CONSUMER, ROLE, Aggregator
from services.ingest.computed import reading as computed
from services.ingest.rounds.acts import open_special
from tests.builders.hub import FORM, ROUND, SOURCE, Hub, a_principal, a_report, a_withdrawal, the_plan
from tests.builders.signing import released
from tests.conftest import ROOT

SCHEMA = ROOT / "schemas" / "platform" / "release-dataset.schema.json"


def consume(pool: Pool) -> PostgresEventLog:
    with pool.connection() as conn:
        appender = PostgresAppender(partitions_of(conn))
    log = PostgresEventLog(pool)
    aggregator = Aggregator(appender, log)
    subscription = log.subscribe(CONSUMER)
    try:
        while (goal := log.heads()) != log.positions(CONSUMER):
            Consumer(subscription, aggregator, pool, lost=aggregator.forget).consume_until(goal, 30)
    finally:
        subscription.close()
    return log


def test_accepted_corrected_withdrawn_and_late_reports_reach_the_release(hub: Hub) -> None:
    hub.send(a_report(hub), a_report(hub, unit="05983"), a_report(hub, unit="05986"))
    hub.send(a_report(hub, revision=2, figures={hub.form.figures[0].code: None}), a_withdrawal(unit="05983"))
    hub.set_clock(datetime(2026, 10, 15, 0, 1, tzinfo=VIETNAM))
    hub.send(a_report(hub, unit="06001"))
    with Pool(hub.conninfo, role=ROLE) as pool:
        consume(pool)
        released(hub.desk, recipients=["VN", "platform"], document={"number": "1/BC", "date": None})
        hub.send(a_report(hub, unit="06037"))
        log = consume(pool)
        [made] = log.find(events.RELEASE_MADE, f"{ROUND}/1")
        dataset = made.event.content()["dataset"]
        schema = jsonschema_rs.validator_for(orjson.loads(SCHEMA.read_bytes()), validate_formats=True)
        assert [f"{e.instance_path} {e.message}" for e in schema.iter_errors(dataset)] == []
        form = next(c for c in dataset["completeness"] if c["form"] == FORM)
        assert (form["obliged"], form["reported"], form["late"]) == (65, 3, 1)
        assert {p["unit"]: p["revision"] for p in dataset["provenance"]} == {"05977": 2, "05986": 1, "06001": 1}
        assert dataset["sample"] is True
        assert [duty["onTime"] for duty in dataset["duties"] if duty["obligation"] == "R-119-LS-2"] == [True]
        assert {u["code"]: u["name"] for u in dataset["units"]}["20"] == "Tỉnh Lạng Sơn"
        first = next(f for f in dataset["figures"] if f["code"] == hub.form.figures[0].code)
        assert (first["sum"], first["given"]) == ("6", 2)
        with pool.connection() as conn:
            assert rollup(conn, ROUND, FORM) is not None
            people = reading.indicators(
                conn, PlanVersions(), reading.round_in(conn, PlanVersions(), ROUND, "20", EVERYTHING), None
            )
        assert any("881.384" in indicator["arithmetic"] for indicator in people["indicators"])
        assert verify(pool).is_good


def test_a_release_tells_of_computed_figures_what_the_hub_told_before_it_was_signed(hub: Hub) -> None:
    hub.publish(the_plan("p1169", "P1169-LS"))
    with hub.desk.act() as act:
        code = open_special(
            act,
            plan="P1169-LS",
            period="2026-DX1",
            first=date(2026, 1, 1),
            last=date(2026, 6, 30),
            deadline=datetime(2027, 7, 10, tzinfo=VIETNAM),
            reason="Kiểm tra",
        )
    for number in "12":
        data = {
            "unit": "20.SKHCN",
            "directive": number,
            "number": f"{number}/CT-UBND",
            "title": "Về truyền thông",
            "issuer": "UBND tỉnh Lạng Sơn",
            "issued": "2026-03-02",
            "programmes": ["P1169"],
            "posted": [{"place": "portal", "day": "2026-03-03", "url": "https://langson.gov.vn/1"}],
            "shared": [{"channel": each, "day": "2026-03-03"} for each in ("grassroots", "zalo")[: int(number)]],
        }
        event = {
            "specversion": "1.0",
            "type": events.DIRECTIVE_REGISTERED,
            "source": SOURCE,
            "id": number,
            "data": data,
        }
        [outcome] = hub.send(event, principal=a_principal(units=["20.SKHCN"]))
        assert outcome.receipt is not None, outcome.problems
    with Pool(hub.conninfo) as pool, pool.connection() as conn:
        live = computed.of_round(conn, hub.desk.definitions(), a_principal(scopes=["read:province"]), code)
    with Pool(hub.conninfo, role=ROLE) as pool:
        consume(pool)
        released(hub.desk, round_=code)
        [made] = consume(pool).find(events.RELEASE_MADE, f"{code}/1")
    told = made.event.content()["dataset"]["computed"]
    assert {"round": code, "plan": "P1169-LS", **told} == live
    assert [figure["computed"] for figure in told["figures"]] == ["2", "1"]
