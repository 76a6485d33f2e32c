"""What aggregate answers over HTTP, and to whom."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from lienthong import events
from lienthong.access.keys import SigningKey
from lienthong.access.principals import Principal
from lienthong.access.tokens import Trust, Verifier, issue
from lienthong.eventlog.installation import become_sample, set_clock
from lienthong.postgres.pool import Pool, connect
from lienthong.settings import Settings
from services.aggregate.api import app
from tests.builders.aggregating import Hub
from tests.builders.small_plan import BUSY, RATE, SHARE, a_plan, an_opening

KEY = SigningKey.generate()
ISSUER = "http://127.0.0.1:8080"


class Asking:
    """A client of one province with one token."""

    def __init__(self, client: TestClient, province: str = "20", *scopes: str) -> None:
        who = Principal(
            client_id="c",
            name="c",
            province=province,
            units=frozenset(),
            sources=frozenset(),
            scopes=frozenset(scopes or ("read:province",)),
            role="province",
        )
        self._client, self._token = client, issue(who, key=KEY, issuer=ISSUER)

    def get(self, path: str, status: int = 200) -> Any:
        answer = self._client.get(path, headers={"Authorization": f"Bearer {self._token}"})
        assert answer.status_code == status, answer.text
        return answer.json()


@pytest.fixture
def hub(pool: Pool, database: str) -> Hub:
    with connect(database) as conn:
        become_sample(conn)
        set_clock(conn, datetime.fromisoformat("2026-12-16T00:00:00+00:00"))
    found = Hub(pool)
    found.plan(a_plan(indicators=(SHARE, RATE, BUSY)))
    found.opened(an_opening(a_plan()))
    found.append(
        events.UNIT_CHANGED,
        {
            "units": [
                {
                    "code": "06001",
                    "valid_from": "2025-07-01",
                    "valid_to": None,
                    "level": "commune",
                    "full_name": "Xã Một",
                },
            ],
            "relations": [],
        },
        subject="units",
    )
    found.append(events.POPULATION_SET, {"unit": "20", "year": 2025, "value": 500000, "source": "s"}, subject="20")
    found.report("06001", [4, 10, 20, 15])
    found.report("06002", [6, 5, 10, None], late=True)
    found.report("20.SYT", [3, 1], form="P1-LS.department")
    found.consume()
    return found


@pytest.fixture
def client(hub: Hub, pool: Pool) -> TestClient:
    verifier = Verifier(issuer=ISSUER, trust=lambda: Trust.of(KEY))
    return TestClient(app(Settings(), pool, verifier, hub.log))


def test_rounds_tell_state_deadlines_and_completeness(client: TestClient) -> None:
    found = Asking(client).get("/v1/rounds?period=2026")
    assert (found["sample"], found["notice"]) == (True, "dữ liệu mẫu")
    [round_] = found["rounds"]
    assert round_["state"] == "open"
    assert round_["completeness"][0] == {
        "form": "P1-LS.commune",
        "formVersion": "1.0.0",
        "obliged": 3,
        "reported": 2,
        "late": 1,
        "nil": 0,
        "dormant": 0,
    }
    assert [d["obligation"] for d in round_["deadlines"]] == ["R-1-1", "R-1-2"]


def test_period_that_has_not_closed_is_a_planned_round(client: TestClient) -> None:
    rounds = Asking(client).get("/v1/rounds")["rounds"]
    assert {round_["round"]: round_["state"] for round_ in rounds} == {"P1-LS.2026": "open", "P1-LS.2027": "planned"}


def test_round_is_overdue_then_released_then_locked(client: TestClient, hub: Hub, database: str) -> None:
    asking = Asking(client)

    def state() -> str:
        hub.consume()
        return str(asking.get("/v1/rounds/P1-LS.2026")["round"]["state"])

    with connect(database) as conn:
        set_clock(conn, datetime.fromisoformat("2026-12-20T00:00:00+00:00"))
    assert state() == "overdue"
    hub.sign()
    assert state() == "released"
    hub.append(events.ROUND_LOCKED, {"round": "P1-LS.2026", "by": "x", "reason": "y"}, subject="P1-LS.2026")
    assert state() == "locked"


def test_extension_moves_the_deadline_and_leaves_the_original_visible(client: TestClient, hub: Hub) -> None:
    hub.append(
        events.ROUND_EXTENDED,
        {
            "round": "P1-LS.2026",
            "obligation": "R-1-1",
            "unit": "06003",
            "until": "2027-01-10T00:00:00+07:00",
            "original": None,
            "reason": "bão",
            "document": {"number": "1", "date": None},
            "by": "x",
        },
        subject="P1-LS.2026",
    )
    hub.consume()
    [deadline] = [
        d for d in Asking(client).get("/v1/rounds/P1-LS.2026")["round"]["deadlines"] if d["obligation"] == "R-1-1"
    ]
    assert deadline["original"] == deadline["deadline"] == "2026-12-19T17:00:00Z"
    assert deadline["extensions"][0]["unit"] == "06003"
    [form] = [f for f in Asking(client).get("/v1/rounds/P1-LS.2026/missing")["forms"] if f["missing"]]
    assert [(u["unit"], u["deadline"], u["overdue"]) for u in form["missing"]] == [
        ("06003", "2027-01-09T17:00:00Z", False)
    ]


def test_rollup_gives_exact_sums_and_says_how_far_it_is(client: TestClient, hub: Hub) -> None:
    found = Asking(client).get("/v1/rounds/P1-LS.2026/rollup")
    figures = {f["code"]: (f["sum"], f["given"], f["obliged"]) for f in found["figures"]}
    assert figures["items"] == ("10", 2, 3)
    assert figures["hours"] == ("1.5", 1, 3)
    assert figures["portal"] == (None, 1, 1)
    assert found["position"] == hub.log.head("20")


def test_indicators_show_arithmetic_and_target(client: TestClient) -> None:
    indicators = Asking(client).get("/v1/rounds/P1-LS.2026/indicators")["indicators"]
    share, rate = indicators[0], indicators[1]
    assert (share["value"], share["assessment"]) == ("50.0", "provisional")
    assert share["arithmetic"] == "Σ 15 / Σ 30 × 100 = 50,0%"
    assert share["targets"][0]["status"] == "not_reached"
    assert (rate["value"], rate["targets"][0]["status"]) == ("6.0", "not_due")


def test_unit_sees_only_counts_where_the_indicator_is_not_declared(client: TestClient) -> None:
    found = Asking(client).get("/v1/rounds/P1-LS.2026/indicators?unit=06001")
    share = found["indicators"][0]
    assert (share["level"], share["value"], share["numerator"], share["denominator"]) == ("commune", None, "10", "20")
    assert share["reasons"][0]["code"] == "not_meaningful_at_level"
    Asking(client).get("/v1/rounds/P1-LS.2026/indicators?unit=09999", 404)


def test_provenance_leads_to_revisions_and_hashes(client: TestClient, hub: Hub) -> None:
    [figure] = Asking(client).get("/v1/provenance/P1-LS.2026/items")["figures"]
    rows = {c["unit"]: c for c in figure["contributions"]}
    assert (figure["sum"], rows["06001"]["value"], rows["06001"]["revision"]) == ("10", "4", 1)
    assert rows["06001"]["name"] == "Xã Một"
    assert rows["06001"]["contentHash"].startswith("sha256:")
    assert (rows["06003"]["state"], rows["06003"]["counted"], rows["06003"]["contentHash"]) == ("missing", False, None)
    assert sum(int(c["value"]) for c in figure["contributions"] if c["counted"]) == 10


def test_provenance_of_an_indicator_names_its_figures(client: TestClient) -> None:
    found = Asking(client).get("/v1/provenance/P1-LS.2026/I-1-01")
    assert [f["figure"] for f in found["figures"]] == ["reached", "staff"]
    Asking(client).get("/v1/provenance/P1-LS.2026/nothing", 404)


def test_provenance_in_a_release_stays_what_it_was(client: TestClient, hub: Hub) -> None:
    hub.sign()
    hub.report("06001", [400, 10, 20, 15], revision=2)
    hub.consume()
    [then] = Asking(client).get("/v1/provenance/P1-LS.2026/items?release=P1-LS.2026/1")["figures"]
    [now] = Asking(client).get("/v1/provenance/P1-LS.2026/items")["figures"]
    assert (then["sum"], now["sum"]) == ("10", "406")
    assert {c["unit"]: c["revision"] for c in then["contributions"]}["06001"] == 1


def test_locking_a_round_changes_nothing_that_its_release_says(client: TestClient, hub: Hub) -> None:
    hub.sign()
    hub.append(events.ROUND_LOCKED, {"round": "P1-LS.2026", "by": "cli:test", "reason": "xong"}, subject="P1-LS.2026")
    hub.consume()
    assert Asking(client).get("/v1/rounds/P1-LS.2026")["round"]["state"] == "locked"
    assert Asking(client).get("/v1/releases/P1-LS.2026/1/pending")["definitionChanged"] is False


def test_a_withdrawn_release_stays_listed_and_the_round_is_no_longer_released(client: TestClient, hub: Hub) -> None:
    hub.sign()
    hub.consume()
    assert Asking(client).get("/v1/rounds/P1-LS.2026")["round"]["state"] == "released"
    hub.append(
        events.RELEASE_WITHDRAWN,
        {"release": "P1-LS.2026/1", "round": "P1-LS.2026", "version": 1, "by": "x", "reason": "sai số liệu"},
        subject="P1-LS.2026/1",
    )
    hub.consume()
    round_ = Asking(client).get("/v1/rounds/P1-LS.2026")["round"]
    assert round_["state"] != "released" and round_["releases"][0]["withdrawnAt"] is not None


def test_correction_after_a_release_is_pending_until_the_next_version(client: TestClient, hub: Hub) -> None:
    hub.sign()
    hub.report("06001", [400, 10, 20, 15], revision=2)
    hub.withdraw("06002", revision=1)
    hub.consume()
    pending = Asking(client).get("/v1/releases/P1-LS.2026/1/pending")
    assert [(r["unit"], r["revision"], r["withdrawn"]) for r in pending["reports"]] == [
        ("06001", 2, False),
        ("06002", 1, True),
    ]
    assert pending["latest"] is True
    hub.sign(2)
    hub.consume()
    assert Asking(client).get("/v1/releases/P1-LS.2026/2/pending")["reports"] == []
    assert Asking(client).get("/v1/releases/P1-LS.2026/1/pending")["latest"] is False
    assert Asking(client).get("/v1/releases/P1-LS.2026/2")["supersedes"] == "P1-LS.2026/1"


def test_nation_sums_equal_codes_of_equal_periods_over_provinces(client: TestClient, hub: Hub) -> None:
    other = a_plan("P1-HY", issued_by="33")
    hub.plan(other, key="33")
    hub.opened(an_opening(other, communes=("12001",), departments=(), province="33"))
    hub.opened(an_opening(other, 2027, communes=("12001",), departments=(), province="33"))
    hub.report("12001", [100, 45, 70, 5], form="P1-HY.commune", round_="P1-HY.2026", key="33")
    hub.report("12001", [999, 1, 1, 1], form="P1-HY.commune", round_="P1-HY.2027", key="33")
    hub.consume()
    found = Asking(client, "VN", "read:national").get("/v1/programmes/P1/periods/2026/rollup")
    figures = {f["code"]: (f["sum"], f["given"], f["obliged"]) for f in found["figures"]}
    assert figures["items"] == ("110", 3, 4)
    assert figures["hours"] == ("2.0", 2, 4)
    assert found["provinces"] == ["20", "33"]
    [share] = found["indicators"]
    assert (share["value"], share["level"], share["targets"]) == ("60.0", "nation", [])


def test_commune_with_a_plan_of_its_own_is_not_counted_twice(client: TestClient, hub: Hub) -> None:
    own = a_plan("P1-XA", issued_by="06001")
    hub.plan(own)
    hub.opened(an_opening(own, communes=("06001",), departments=()))
    hub.report("06001", [4, 10, 20, 15], form="P1-XA.commune", round_="P1-XA.2026")
    hub.consume()
    found = Asking(client, "VN", "read:national").get("/v1/programmes/P1/periods/2026/rollup")
    assert {f["code"]: f["sum"] for f in found["figures"]}["items"] == "10"
    assert {one["round"] for one in found["leftOut"]} == {"P1-XA.2026"}
    assert {one["figure"] for one in found["leftOut"]} == {"items", "reached", "staff", "hours"}


def test_indicator_that_two_plans_compute_differently_has_no_national_value(client: TestClient, hub: Hub) -> None:
    twisted = {**SHARE, "computation": {**SHARE["computation"], "denominator": "items"}}
    other = a_plan("P1-HY", issued_by="33", indicators=(twisted,))
    hub.plan(other, key="33")
    hub.opened(an_opening(other, communes=("12001",), departments=(), province="33"))
    hub.consume()
    found = Asking(client, "VN", "read:national").get("/v1/programmes/P1/periods/2026/rollup")
    assert (found["indicators"], found["differing"]) == ([], ["I-1-01"])


@pytest.mark.parametrize(
    "path",
    [
        "/v1/rounds/P1-LS.2026",
        "/v1/rounds/P1-LS.2026/rollup",
        "/v1/rounds/P1-LS.2026/indicators",
        "/v1/rounds/P1-LS.2026/missing",
        "/v1/provenance/P1-LS.2026/items",
        "/v1/releases/P1-LS.2026/1",
        "/v1/releases/P1-LS.2026/1/pending",
    ],
)
def test_province_sees_only_its_own(client: TestClient, path: str) -> None:
    Asking(client, "33").get(path, 404)
    Asking(client, "20", "report:read").get(path, 403)
    assert client.get(path).status_code == 401


def test_other_provinces_rounds_are_not_listed_and_the_nation_needs_its_own_right(client: TestClient) -> None:
    assert Asking(client, "33").get("/v1/rounds")["rounds"] == []
    assert Asking(client).get("/v1/programmes/P1/periods/2026/rollup", 403)["code"] == "scope_missing"
    asking = Asking(client, "VN", "read:national")
    assert asking.get("/v1/programmes/P1/periods/2031/rollup", 404)["code"] == "period_unknown"
    asking.get("/v1/programmes/P1/periods/nonsense/rollup", 422)


def test_every_answer_is_described(client: TestClient) -> None:
    paths = client.app.openapi()["paths"]  # type: ignore[attr-defined]
    assert len(paths) == 11
    for path, methods in paths.items():
        assert methods["get"]["summary"], path


def test_a_plan_shows_each_indicator_as_it_states_it_with_a_step_for_every_round(hub: Hub, client: TestClient) -> None:
    hub.opened(an_opening(a_plan(), 2025))
    hub.report("06001", [1, 5, 20, None], round_="P1-LS.2025")
    hub.consume()
    found = Asking(client).get("/v1/plans/P1-LS/progress")
    [share] = [indicator for indicator in found["indicators"] if indicator["code"] == "I-1-01"]
    assert [goal["value"] for goal in share["goals"]] == ["60"]
    assert [(step["round"], step["value"]) for step in share["path"]] == [
        ("P1-LS.2025", "25.0"),
        ("P1-LS.2026", "50.0"),
    ]
    indicators = Asking(client).get("/v1/rounds/P1-LS.2026/indicators")["indicators"][0]
    assert {name: share["path"][-1][name] for name in ("value", "arithmetic", "targets")} == {
        name: indicators[name] for name in ("value", "arithmetic", "targets")
    }
    assert Asking(client, "33").get("/v1/plans/P1-LS/progress", 404)["code"] == "plan_unknown"


def test_an_indicator_over_the_units_is_each_units_own_and_null_where_it_says_nothing(client: TestClient) -> None:
    found = Asking(client).get("/v1/rounds/P1-LS.2026/units?indicator=I-1-01")
    by_unit = {unit["unit"]: (unit["value"], unit["numerator"], unit["denominator"]) for unit in found["units"]}
    assert by_unit["06001"] == (None, "10", "20")  # declared for the province and the nation alone
    assert set(by_unit) == {"06001", "06002", "06003", "20.SYT"}
    assert Asking(client).get("/v1/rounds/P1-LS.2026/units?indicator=I-9", 404)["code"] == "indicator_unknown"
    Asking(client, "33").get("/v1/rounds/P1-LS.2026/units?indicator=I-1-01", 404)
