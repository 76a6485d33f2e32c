"""The clock of an installation with sample data is moved, to and fro, between two submissions: the log goes by
position, so that nothing is there twice, nothing is lost, and the order stays that of acceptance.
"""

from __future__ import annotations

from datetime import timedelta

from lienthong.postgres.pool import connect
from services.hub.evidence import one_moment, prove
from tests.builders.hub import OCTOBER, Hub, a_report
from tests.builders.living_hub import consume

MOVED = (timedelta(0), timedelta(hours=1), timedelta(hours=-1), timedelta(days=1), timedelta(days=-1), timedelta(0))


def test_reports_keep_their_order_and_count_once_whatever_the_clock_says(hub: Hub) -> None:
    positions = []
    for revision, moved in enumerate(MOVED, start=1):
        report = a_report(hub, revision=revision, figures={"events_commune": revision})
        hub.set_clock(OCTOBER + moved)
        [accepted] = hub.send(report)
        hub.set_clock(OCTOBER - moved)
        [again] = hub.send(report)
        assert accepted.receipt is not None, accepted.problems
        assert again.receipt == accepted.receipt
        positions.append(accepted.receipt["position"])
    assert positions == list(range(positions[0], positions[0] + len(MOVED)))
    [lower] = hub.send(a_report(hub, revision=len(MOVED) - 1, id="thap-hon"))
    assert [problem.code for problem in lower.problems] == ["revision_not_higher"]
    consume(hub.conninfo)
    at = hub.form.codes.index("events_commune")
    [(revision, position, figures)] = hub.rows("SELECT revision, position, figures FROM aggregate.reports")
    assert (revision, position, figures[at]) == (len(MOVED), positions[-1], len(MOVED))
    with connect(hub.conninfo) as owner, one_moment(owner):
        assert prove(owner, lambda done, total: None).findings == ()
