"""Reach of content items over time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from lienthong import events
from lienthong.access.principals import Principal
from lienthong.calendar import day_of
from lienthong.errors import Rejected
from lienthong.postgres.pool import Pool, connect
from services.ingest.content.acts import approve
from services.ingest.reaches import reading
from services.ingest.reaches.sums import Count, latest_by_channel, sums_of
from tests.builders.claims import agrees_with_the_log, contradictions, sent
from tests.builders.hub import Hub, a_principal, the_plan

TODAY = day_of(datetime.now(UTC))


def an_item(hub: Hub, item: str, *, approved: bool = True, **more: Any) -> None:
    data = {
        "unit": "06040",
        "item": item,
        "revision": 1,
        "kind": "news",
        "title": "Tin về năng lượng nguyên tử",
        "link": f"https://xa.langson.gov.vn/{item}",
        "language": "vi",
        "licence": "CC-BY-4.0",
        "programmes": ["P119"],
        "publishedAt": "2026-03-01T08:00:00+07:00",
        **more,
    }
    assert sent(hub, events.CONTENT_SUBMITTED, f"gui-{item}", data) == []
    if approved:
        with hub.desk.act() as act:
            approve(act, unit="06040", item=item)


def measured(hub: Hub, id_: str, item: str = "tin-1", **more: Any) -> list[str]:
    data = {"unit": "06040", "item": item, "channel": "facebook", "day": "2026-03-05", "reach": 100, **more}
    return sent(hub, events.REACH_MEASURED, id_, data)


def of_item(hub: Hub, item: str = "tin-1", who: Principal | None = None) -> dict[str, Any]:
    with Pool(hub.conninfo) as pool, pool.connection() as conn:
        who = who or a_principal(units=["06040"])
        return reading.of_item(conn, hub.desk.definitions(), who, "06040", item)


def of_programme(hub: Hub, programme: str, on: date | None = None) -> dict[str, Any]:
    with Pool(hub.conninfo) as pool, pool.connection() as conn:
        return reading.of_programme(conn, hub.desk.definitions(), a_principal(units=["06040"]), programme, on)


def test_reach_is_the_latest_day_of_each_channel_and_a_correction_replaces_its_day(hub: Hub) -> None:
    an_item(hub, "tin-1")
    assert measured(hub, "a", reach=100, interactions=5) == []
    assert measured(hub, "b", day="2026-03-09", reach=250) == []
    assert measured(hub, "c", day="2026-03-07", reach=180, interactions=9) == []
    assert measured(hub, "d", channel="grassroots", reach=40) == []
    assert measured(hub, "e", day="2026-03-09", reach=240, interactions=12) == []
    body = of_item(hub)
    assert (body["reach"], body["interactions"]) == (280, 12)
    assert [(one["channel"], one["day"], one["reach"]) for one in body["history"]] == [
        ("facebook", "2026-03-05", 100),
        ("facebook", "2026-03-07", 180),
        ("facebook", "2026-03-09", 240),
        ("grassroots", "2026-03-05", 40),
    ]
    assert of_programme(hub, "P119", date(2026, 3, 8))["reach"] == 220
    assert agrees_with_the_log(hub)


def test_an_item_counts_once_for_each_programme_and_a_joint_one_once(hub: Hub) -> None:
    hub.publish(the_plan("p1169", "P1169-LS"))
    an_item(hub, "tin-1", programmes=["P119", "P1169"], jointEvent="ngay-hoi-2026")
    an_item(hub, "tin-2", jointEvent="ngay-hoi-2026")
    an_item(hub, "phim-1", kind="film")
    an_item(hub, "cho-duyet", approved=False)
    for number, item in enumerate(("tin-1", "tin-2", "phim-1", "cho-duyet")):
        assert measured(hub, f"m-{number}", item) == []
    body, other = of_programme(hub, "P119"), of_programme(hub, "P1169")
    assert (body["items"], body["reach"], body["kinds"]) == (
        2,
        300,
        [{"kind": "film", "items": 1}, {"kind": "news", "items": 1}],
    )
    assert (other["items"], other["reach"], other["channels"]) == (
        1,
        100,
        [{"channel": "facebook", "reach": 100, "interactions": None}],
    )


def test_a_withdrawn_item_takes_its_reach_along(hub: Hub) -> None:
    an_item(hub, "tin-1")
    assert measured(hub, "a") == []
    gone = {"unit": "06040", "item": "tin-1", "revision": 1, "reason": "Sai"}
    assert sent(hub, events.CONTENT_WITHDRAWAL, "go-1", gone) == []
    assert (of_programme(hub, "P119")["items"], of_programme(hub, "P119")["reach"]) == (0, None)
    assert measured(hub, "b", day="2026-03-06") == ["reach_item_unknown"]


def test_what_is_no_item_or_no_day_yet_is_refused_all_at_once(hub: Hub) -> None:
    later = (TODAY + timedelta(days=400)).isoformat()
    assert measured(hub, "a", "khong-co", day=later) == ["reach_item_unknown", "reach_in_the_future"]
    assert measured(hub, "b", channel="loa", reach=-1) == ["not_in_list", "number_out_of_range"]
    with pytest.raises(Rejected):
        of_item(hub, who=a_principal(units=["05977"]))


def test_of_any_order_of_days_the_latest_counts() -> None:
    def on(day: int, reach: int) -> Count:
        at = datetime(2026, 3, 1, tzinfo=UTC)
        return Count(
            unit="u", item="i", channel="zalo", day=date(2026, 3, day), reach=reach, interactions=None, changed_at=at
        )

    days = [on(1, 5), on(9, 3), on(4, 7)]
    for order in (days, days[::-1], [days[1], days[2], days[0]]):
        assert sums_of(latest_by_channel(order)) == {"reach": 3, "interactions": None}


def test_a_day_that_the_log_does_not_tell_of_is_found(hub: Hub) -> None:
    an_item(hub, "tin-1")
    assert measured(hub, "m") == []
    with connect(hub.conninfo) as owner:
        owner.execute("UPDATE ingest.reaches SET reach = reach + 1")
    assert {finding.params["table"] for finding in contradictions(hub)} == {"ingest.reaches"}
