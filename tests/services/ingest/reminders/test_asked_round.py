"""Reminders of a round: one that there is not, or another province's, is said to be none."""

from __future__ import annotations

import pytest

from lienthong.access.sight import Sight
from lienthong.errors import Rejected
from services.ingest.reminders.routes import _require_seen_round
from tests.builders.hub import ROUND, Hub


@pytest.mark.parametrize(("province", "round_", "near"), [("20", "P119-LS.1999", ROUND), ("33", ROUND, "")])
def test_a_round_that_is_not_seen_is_unknown(hub: Hub, province: str, round_: str, near: str) -> None:
    with pytest.raises(Rejected) as refusal:
        _require_seen_round(hub.desk.conn, hub.desk.definitions(), Sight(province=province), round_)
    [problem] = refusal.value.problems
    assert (problem.code, refusal.value.status) == ("round_unknown", 404)
    assert (ROUND in str(problem.params["known"])) is bool(near), "only what is seen is named"


@pytest.mark.parametrize("round_", [None, ROUND])
def test_ones_own_rounds_are_asked_for_alone_or_together(hub: Hub, round_: str | None) -> None:
    _require_seen_round(hub.desk.conn, hub.desk.definitions(), Sight(province="20"), round_)
