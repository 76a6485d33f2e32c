"""A round's computed figures and indicators beside what was reported, from events that came in."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from lienthong import events
from lienthong.postgres.pool import Pool
from services.ingest.computed import reading
from services.ingest.content.acts import approve
from services.ingest.rounds.acts import open_special
from tests.builders.hub import SOURCE, Hub, a_principal, the_plan

ROUND = "P1169-LS.2026-DX1"
WHO = a_principal(units=["20.SKHCN", "20.BPTTH"])
READER = a_principal(units=["*"], scopes=["read:province"])


def sent(hub: Hub, type_: str, id_: str, data: dict[str, Any]) -> None:
    event = {"specversion": "1.0", "type": type_, "source": SOURCE, "id": id_, "data": data}
    [outcome] = hub.send(event, principal=WHO)
    assert outcome.receipt is not None, outcome.problems


def a_round(hub: Hub, plan: str) -> str:
    with hub.desk.act() as act:
        return open_special(
            act,
            plan=plan,
            period="2026-DX1",
            first=date(2026, 1, 1),
            last=date(2026, 6, 30),
            deadline=datetime(2027, 7, 10, tzinfo=UTC),
            reason="Kiểm tra",
        )


def computed(hub: Hub, round_: str) -> dict[str, Any]:
    with Pool(hub.conninfo) as pool, pool.connection() as conn:
        return reading.of_round(conn, hub.desk.definitions(), READER, round_)


def a_directive(hub: Hub, name: str, *, portal: str | None, shared: tuple[str, ...]) -> None:
    posted = [] if portal is None else [{"place": "portal", "day": portal, "url": f"https://langson.gov.vn/{name}"}]
    data = {
        "unit": "20.SKHCN",
        "directive": name,
        "number": f"{name}/CT-UBND",
        "title": "Về truyền thông khoa học, công nghệ",
        "issuer": "UBND tỉnh Lạng Sơn",
        "issued": "2026-03-02",
        "programmes": ["P1169"],
        "posted": posted,
        "shared": [{"channel": channel, "day": "2026-03-04"} for channel in shared],
    }
    sent(hub, events.DIRECTIVE_REGISTERED, name, data)


def test_the_share_of_directives_posted_in_time_and_shared_is_computed_beside_the_report(hub: Hub) -> None:
    hub.publish(the_plan("p1169", "P1169-LS"))
    code = a_round(hub, "P1169-LS")
    both = ("grassroots", "facebook")
    a_directive(hub, "1", portal="2026-03-03", shared=both)
    a_directive(hub, "2", portal="2026-03-03", shared=("facebook",))
    a_directive(hub, "3", portal="2026-04-03", shared=both)
    a_directive(hub, "4", portal="2026-03-09", shared=both)
    body = computed(hub, code)
    assert [(figure["figure"], figure["computed"], figure["reported"]) for figure in body["figures"]] == [
        ("directives", "4", None),
        ("directives_on_time", "2", None),
    ]
    [share] = body["indicators"]
    assert (share["indicator"], share["computed"]["value"], share["reported"]["value"]) == (
        "I-1169-LS-06",
        "50.0",
        None,
    )
    assert not share["differs"]


def an_item(hub: Hub, item: str, unit: str, link: str) -> None:
    data = {
        "unit": unit,
        "item": item,
        "revision": 1,
        "kind": "news",
        "title": "Tin",
        "link": link,
        "language": "vi",
        "licence": "CC-BY-4.0",
        "programmes": ["P119"],
        "publishedAt": "2026-03-01T08:00:00+07:00",
    }
    sent(hub, events.CONTENT_SUBMITTED, item, data)
    with hub.desk.act() as act:
        approve(act, unit=unit, item=item)


def test_items_on_the_portal_and_of_the_newspaper_are_counted_and_a_withdrawn_one_is_not(hub: Hub) -> None:
    code = a_round(hub, "P119-LS")
    an_item(hub, "a", "20.SKHCN", "https://langson.gov.vn/a")
    an_item(hub, "b", "20.SKHCN", "https://langson.gov.vn/b")
    an_item(hub, "c", "20.SKHCN", "https://skhcn.langson.gov.vn/c")
    an_item(hub, "d", "20.BPTTH", "https://baolangson.vn/d")
    sent(hub, events.CONTENT_WITHDRAWAL, "go", {"unit": "20.SKHCN", "item": "b", "revision": 1, "reason": "Sai"})
    body = computed(hub, code)
    assert {figure["figure"]: figure["computed"] for figure in body["figures"]} == {
        "news_items_portal": "1",
        "news_items_media": "1",
    }
    by_code = {indicator["indicator"]: indicator["computed"] for indicator in body["indicators"]}
    assert by_code["I-119-07"]["value"] == "1"
    assert (by_code["I-119-03"]["value"], by_code["I-119-03"]["reasons"] != []) == (None, True)


def test_what_was_reported_stands_beside_and_a_difference_is_told(hub: Hub) -> None:
    code = a_round(hub, "P119-LS")
    an_item(hub, "a", "20.SKHCN", "https://langson.gov.vn/a")
    form = hub.desk.definitions().forms
    version = hub.desk.definitions().rounds[code].form_versions["P119-LS.skhcn"]
    figures: dict[str, Any] = {figure.code: None for figure in form[("P119-LS.skhcn", version)].figures}
    data = {
        "round": code,
        "form": "P119-LS.skhcn",
        "formVersion": version,
        "unit": "20.SKHCN",
        "revision": 1,
        "figures": figures | {"news_items_portal": 7},
        "narrative": {"results": "", "shortcomings": "", "proposals": ""},
    }
    sent(hub, events.REPORT_SUBMITTED, "bc", data)
    [portal] = [figure for figure in computed(hub, code)["figures"] if figure["figure"] == "news_items_portal"]
    assert (portal["computed"], portal["reported"], portal["differs"]) == ("1", "7", True)


def test_what_stays_reported_is_told_with_why(hub: Hub) -> None:
    hub.publish(the_plan("p1169", "P1169-LS"))
    reported_only = computed(hub, a_round(hub, "P1169-LS"))["reportedOnly"]
    assert [only["figure"] for only in reported_only] == ["national_platform", "provincial_portal"]
    assert all(only["why"]["vi"] and only["label"]["vi"] for only in reported_only)


def test_a_plan_that_has_nothing_computed_is_told_so(hub: Hub) -> None:
    hub.publish(the_plan("p438", "P438-HY"))
    with hub.desk.act() as act:
        code = open_special(
            act,
            plan="P438-HY",
            period="2026-DX1",
            first=date(2026, 1, 1),
            last=date(2026, 6, 30),
            deadline=datetime(2027, 7, 10, tzinfo=UTC),
            reason="Kiểm tra",
        )
    reader = a_principal(province="33", units=["*"], scopes=["read:province"])
    with Pool(hub.conninfo) as pool, pool.connection() as conn:
        body = reading.of_round(conn, hub.desk.definitions(), reader, code)
    assert (body["figures"], body["indicators"], body["reportedOnly"]) == ([], [], [])
