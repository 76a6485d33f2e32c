"""What stands between the hub and whoever sends."""

from __future__ import annotations

from tests.builders.whole_hub import Whole


def test_alive_and_ready(whole: Whole) -> None:
    assert whole.get("/livez").status == 200
    ready = whole.get("/readyz").json
    assert (ready["ready"], ready["wrong"]) == (True, {})
    assert whole.get("/v1/rounds").status == 200
    assert whole.get("/v1/plans").status == 200
