"""From a submission through ingest to a release: what ingest writes is what aggregation reads."""

from __future__ import annotations

from datetime import datetime

import jsonschema_rs
import orjson

from lienthong import events
from lienthong.calendar import VIETNAM
from lienthong.eventlog.append import PostgresAppender, partitions_of
from lienthong.eventlog.consumer import Consumer
from lienthong.eventlog.postgres import PostgresEventLog
from lienthong.postgres.pool import Pool
from services.aggregate import reading
from services.aggregate.store import Plans, rollup
from services.aggregate.verify import verify
from services.aggregate.worker import CONSUMER, ROLE, Aggregator
from tests.builders.hub import FORM, ROUND, Hub, a_report, a_withdrawal
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
            Consumer(subscription, aggregator, pool, lost=aggregator.forget).until(goal, 30)
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
            people = reading.indicators(conn, Plans(), reading.round_in(conn, Plans(), ROUND, "20"), None)
        assert any("881.384" in indicator["arithmetic"] for indicator in people["indicators"])
        assert verify(pool).good
