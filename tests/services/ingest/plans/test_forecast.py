"""Publishing says which rounds open, and leaves those alone in which nobody could report in time."""

from __future__ import annotations

from datetime import datetime

import pytest

from lienthong.calendar import VIETNAM
from lienthong.errors import Rejected
from services.ingest.plans import acts
from services.ingest.plans import reading as plans
from services.ingest.plans.forecast import forecast
from tests.builders.hub import Hub, the_plan

H1, H2 = "P1169-LS.2026-H1", "P1169-LS.2026-H2"


def publish(hub: Hub, *, past: bool = False) -> dict[str, str]:
    """Publish Lạng Sơn's plan of P1169; what becomes of its rounds."""
    with hub.desk.act() as act:
        done = acts.publish(act, the_plan("p1169", "P1169-LS"), past=past)
    hub.desk.open_due()
    return {opening["round"]: opening["state"] for opening in done.openings}


def test_a_round_that_is_over_stays_closed_unless_asked_for(hub: Hub) -> None:
    assert publish(hub) == {H1: "stays_closed", H2: "opens_later"}
    assert H1 not in hub.desk.definitions().rounds
    assert hub.desk.definitions().planned_round(H1) is None
    assert publish(hub, past=True)[H1] == "opens_now"
    assert H1 in hub.desk.definitions().rounds


def test_what_was_decided_at_first_holds_for_later_versions_and_for_the_calendar(hub: Hub) -> None:
    publish(hub)
    document = the_plan("p1169", "P1169-LS")
    document["plan"]["title"]["vi"] += " (sửa)"
    with hub.desk.act() as act:
        assert acts.publish(act, document).version == 2
    hub.set_clock(datetime(2026, 12, 1, 9, 0, tzinfo=VIETNAM))
    hub.desk.open_due()
    assert hub.desk.definitions().rounds.keys() >= {H2}
    assert H1 not in hub.desk.definitions().rounds


def test_a_round_that_is_closed_and_not_yet_due_opens_at_once(hub: Hub) -> None:
    hub.set_clock(datetime(2026, 12, 2, 9, 0, tzinfo=VIETNAM))
    assert publish(hub)[H2] == "opens_now"
    assert H2 in hub.desk.definitions().rounds


@pytest.mark.parametrize(("day", "passed"), [(9, False), (15, True)])
def test_a_deadline_that_has_passed_is_told(hub: Hub, day: int, passed: bool) -> None:
    definitions = hub.desk.definitions()
    now = datetime(2026, 10, day, 0, 0, tzinfo=VIETNAM)
    first = forecast(definitions.plans["P119-LS"], definitions.registry, (), now)[0]
    assert (first.round, first.deadline_passed, first.all_passed, first.obliged) == ("P119-LS.2026", passed, False, 100)


def retire(hub: Hub) -> None:
    with hub.desk.act() as act:
        acts.retire(act, plan="P1169-LS", reason="kế hoạch mới thay thế", document={"number": None, "date": None})


def test_a_retired_plan_opens_no_more_rounds_and_can_be_taken_up_again(hub: Hub) -> None:
    publish(hub)
    retire(hub)
    with pytest.raises(Rejected) as twice:
        retire(hub)
    assert twice.value.problems[0].code == "plan_retired_already"
    hub.set_clock(datetime(2027, 1, 5, 9, 0, tzinfo=VIETNAM))
    hub.desk.open_due()
    assert H2 not in hub.desk.definitions().rounds and hub.desk.definitions().planned_round(H2) is None
    with hub.desk.act() as act:
        assert acts.preview(act, the_plan("p1169", "P1169-LS")).version == 2
    assert publish(hub)[H2] == "stays_closed", "it was over by then"
    assert plans.retired_on(hub.desk.definitions(), "P1169-LS") is None
