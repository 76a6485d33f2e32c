"""Reach of content items over time, and the register of directives."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from lienthong import events
from lienthong.access.tokens import Principal
from lienthong.calendar import day_of
from lienthong.errors import Rejected
from lienthong.postgres.pool import Pool, connect
from services.hub.evidence import one_moment, prove
from services.ingest.content.acts import approve
from services.ingest.directives import reading as register
from services.ingest.directives.reading import DirectiveFilter
from services.ingest.reaches import reading
from services.ingest.reaches.sums import Count, added, latest
from services.ingest.reports.redaction import redact
from tests.builders.hub import SOURCE, Hub, a_principal

TODAY = day_of(datetime.now(UTC))


def sent(hub: Hub, type_: str, id_: str, data: dict[str, Any]) -> list[str]:
    """Codes of what refused it; [] where it was taken."""
    [outcome] = hub.send({"specversion": "1.0", "type": type_, "source": SOURCE, "id": id_, "data": data})
    return [problem.code for problem in outcome.problems or ()]


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


def directives(hub: Hub, **asked: Any) -> list[dict[str, Any]]:
    with Pool(hub.conninfo) as pool, pool.connection() as conn:
        who = a_principal(units=["06040"])
        return register.listed(conn, hub.desk.definitions(), who, DirectiveFilter(**asked), after=None, limit=10)


def registered(hub: Hub, id_: str, **more: Any) -> list[str]:
    data = {
        "unit": "06040",
        "directive": "cd-1",
        "number": "12/CT-UBND",
        "title": "Về truyền thông khoa học, công nghệ",
        "issuer": "UBND tỉnh Lạng Sơn",
        "issued": "2026-03-02",
        "programmes": ["P1169"],
        **more,
    }
    return sent(hub, events.DIRECTIVE_REGISTERED, id_, data)


def agrees_with_the_log(hub: Hub) -> bool:
    with connect(hub.conninfo) as owner, one_moment(owner):
        return prove(owner, lambda done, total: None).findings == ()


def test_reach_is_the_latest_day_of_each_channel_and_a_correction_replaces_its_day(hub: Hub) -> None:
    an_item(hub, "tin-1")
    assert measured(hub, "a", reach=100, interactions=5) == []
    assert measured(hub, "b", day="2026-03-09", reach=250) == []
    assert measured(hub, "c", day="2026-03-07", reach=180, interactions=9) == []
    assert measured(hub, "d", channel="grassroots", reach=40) == []
    assert measured(hub, "e", day="2026-03-09", reach=240, interactions=12) == []
    told = of_item(hub)
    assert (told["reach"], told["interactions"]) == (280, 12)
    assert [(one["channel"], one["day"], one["reach"]) for one in told["history"]] == [
        ("facebook", "2026-03-05", 100),
        ("facebook", "2026-03-07", 180),
        ("facebook", "2026-03-09", 240),
        ("grassroots", "2026-03-05", 40),
    ]
    assert of_programme(hub, "P119", date(2026, 3, 8))["reach"] == 220
    assert agrees_with_the_log(hub)


def test_an_item_counts_once_for_each_programme_and_a_joint_one_once(hub: Hub) -> None:
    an_item(hub, "tin-1", programmes=["P119", "P1169"], jointEvent="ngay-hoi-2026")
    an_item(hub, "tin-2", jointEvent="ngay-hoi-2026")
    an_item(hub, "phim-1", kind="film")
    an_item(hub, "cho-duyet", approved=False)
    for number, item in enumerate(("tin-1", "tin-2", "phim-1", "cho-duyet")):
        assert measured(hub, f"m-{number}", item) == []
    one, other = of_programme(hub, "P119"), of_programme(hub, "P1169")
    assert (one["items"], one["reach"], one["kinds"]) == (
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
        assert added(latest(order)) == {"reach": 3, "interactions": None}


@pytest.fixture
def issued(hub: Hub) -> Iterator[Hub]:
    posted = [{"place": "portal", "day": "2026-03-03", "url": "https://langson.gov.vn/vb/12"}]
    shared = [{"channel": "grassroots", "day": "2026-03-04"}, {"channel": "zalo", "day": "2026-03-04"}]
    assert registered(hub, "a") == []
    assert registered(hub, "b", posted=posted, shared=shared) == []
    assert registered(hub, "c", directive="cd-2", number="13/CT-UBND", issued="2026-02-10", programmes=["P119"]) == []
    yield hub


def test_a_directive_stands_as_registered_last_with_where_and_when_it_was_posted_and_shared(issued: Hub) -> None:
    one, other = directives(issued)
    assert (one["directive"], other["directive"], other["revision"]) == ("cd-2", "cd-1", 2)
    assert [(each["place"], each["day"]) for each in other["posted"]] == [("portal", "2026-03-03")]
    assert [each["channel"] for each in other["shared"]] == ["grassroots", "zalo"]
    assert [each["directive"] for each in directives(issued, programme="P119")] == ["cd-2"]
    assert [each["directive"] for each in directives(issued, issued_from=date(2026, 3, 1))] == ["cd-1"]
    assert [each["directive"] for each in directives(issued, unit="06040")] == ["cd-2", "cd-1"]
    assert agrees_with_the_log(issued)


def test_a_directive_taken_off_the_register_is_gone(issued: Hub) -> None:
    assert registered(issued, "d", withdrawn=True) == []
    assert [each["directive"] for each in directives(issued)] == ["cd-2"]


def test_nothing_is_posted_before_it_is_issued(hub: Hub) -> None:
    early = [{"place": "portal", "day": "2026-03-01", "url": "https://langson.gov.vn/vb/12"}]
    late = [{"channel": "zalo", "day": (TODAY + timedelta(days=400)).isoformat()}]
    assert registered(hub, "a", posted=early, shared=late) == ["directive_before_issue", "directive_in_the_future"]


def test_a_redacted_title_is_gone_from_the_register_too(issued: Hub) -> None:
    [place] = [row[0] for row in issued.rows("SELECT position FROM ingest.ledger WHERE id = 'b'")]
    with issued.desk.act() as act:
        redact(
            act,
            province="20",
            position=place,
            pointers=["/data/title"],
            reason="tên người",
            document={"number": None, "date": None},
        )
    assert [directive["title"] for directive in directives(issued, programme="P1169")] == [""]
    assert agrees_with_the_log(issued)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ("UPDATE ingest.directives SET withdrawn = true", "ingest.directives"),
        ("DELETE FROM ingest.directives WHERE directive = 'cd-2'", "ingest.directives"),
        ("UPDATE ingest.reaches SET reach = reach + 1", "ingest.reaches"),
    ],
)
def test_a_row_that_the_log_does_not_tell_of_is_found(issued: Hub, change: str, place: str) -> None:
    an_item(issued, "tin-1")
    assert measured(issued, "m") == []
    with connect(issued.conninfo) as owner:
        owner.execute(change.encode())
        with one_moment(owner):
            findings = prove(owner, lambda done, total: None).findings
    assert {finding.params["table"] for finding in findings} == {place}
