"""Reminders of a round: one that there is not, or another province's, is said to be none."""

from __future__ import annotations

import pytest

from lienthong.access.sight import Sight
from lienthong.errors import Rejected
from lienthong.postgres.pool import Pool
from services.ingest.reminders.routes import _known
from tests.builders.hub import ROUND


@pytest.mark.parametrize(("province", "round_"), [("20", "P119-LS.1999"), ("33", ROUND)])
def test_a_round_that_is_not_seen_is_unknown(pool: Pool, province: str, round_: str) -> None:
    with pool.connection() as conn, pytest.raises(Rejected) as refusal:
        _known(conn, Sight(province=province), round_)
    assert ([problem.code for problem in refusal.value.problems], refusal.value.status) == (["round_unknown"], 404)


@pytest.mark.parametrize("round_", [None, ROUND])
def test_ones_own_rounds_are_asked_for_alone_or_together(pool: Pool, round_: str | None) -> None:
    with pool.connection() as conn:
        _known(conn, Sight(province="20"), round_)
