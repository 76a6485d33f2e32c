"""A portal that submits nothing itself is read, and what it publishes waits for its approver."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from lienthong.contracts.schemas import Contracts
from lienthong.errors import Rejected
from lienthong.eventlog.append import PostgresAppender, partitions_of
from lienthong.postgres.pool import Pool, connect
from services.identity import store as clients
from services.identity.clients import Registration
from services.ingest.accepting import committer
from services.ingest.portals import acts, sources
from services.ingest.portals.reader import Reader, Web
from services.ingest.portals.sources import KnownPortal
from services.ingest.rights.acting import Actor
from tests.builders.a_portal import Portal, a_portal
from tests.builders.hub import Hub, a_principal, an_operator
from tests.builders.running_platform import until

UNIT = "20.SVHTTDL"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    with a_portal(tmp_path_factory.mktemp("portal")) as found:
        yield found


@pytest.fixture
def portal(served: Portal) -> Portal:
    served.pages.clear()
    served.asked.clear()
    return served


@pytest.fixture
def reader(hub: Hub, portal: Portal) -> Iterator[Reader]:
    with Pool(hub.conninfo, role="lienthong_ingest") as pool:
        accepting = committer(
            pool=pool,
            conninfo=hub.conninfo,
            appender=PostgresAppender(partitions_of(hub.conn)),
            contracts=Contracts.load(),
            committed=lambda: None,
        )
        yield Reader(pool, accepting, Web(context=portal.context))
        accepting.close()


@pytest.fixture
def added(hub: Hub, portal: Portal) -> KnownPortal:
    register(hub)
    return add(hub, portal)


def register(hub: Hub, **changed: Any) -> None:
    given: dict[str, Any] = {
        "client_id": "ld-cong",
        "name": "Cổng TTĐT",
        "province": "20",
        "units": (UNIT,),
        "sources": ("/20/cong",),
    }
    with connect(hub.conninfo, role="lienthong_identity") as conn:
        clients.add(conn, [Registration(**given | changed)], by="cli:test")


def add(hub: Hub, portal: Portal, /, **changed: Any) -> KnownPortal:
    given: dict[str, Any] = {
        "portal": "langson",
        "province": "",
        "client": "ld-cong",
        "unit": UNIT,
        "url": f"{portal.url}/rss?c=5",
        "licence": "CC-BY-4.0",
        "reach": "loopback",
        "programmes": ("P119",),
        "every_seconds": 1,
    }
    by = changed.pop("by", hub.desk.actor)
    with hub.desk.office.act(by) as act:
        return acts.add(act, KnownPortal(**given | changed))


def rss(portal: Portal, titles: Mapping[str, str], *, category: str = "", guid: str = "") -> str:
    """A feed of these titles, by the last part of their address."""
    items = "".join(
        f"<item><title>{title}</title><link>{portal.url}/{name}</link><guid>{guid or name}</guid>"
        f"<category>{category}</category><pubDate>Mon, 04 May 2026 08:30:00 +0700</pubDate></item>"
        for name, title in titles.items()
    )
    return f"<rss version='2.0'><channel><title>x</title>{items}</channel></rss>"


def turn(hub: Hub, reader: Reader) -> None:
    """The next turn, without waiting for it."""
    hub.conn.execute("UPDATE ingest.portals SET due_at = clock_timestamp()")
    assert reader.step()


def contents(hub: Hub) -> list[tuple[Any, ...]]:
    return hub.rows("SELECT body::jsonb ->> 'title', revision, state FROM ingest.contents ORDER BY 1")


def outcome(hub: Hub) -> str | None:
    [(found,)] = hub.rows("SELECT outcome FROM ingest.portals")
    return None if found is None else str(found)


def test_what_a_portal_publishes_waits_for_approval_once(
    hub: Hub, reader: Reader, portal: Portal, added: KnownPortal
) -> None:
    portal.show("/rss?c=5", rss(portal, {"1": "Tin A", "2": "Tin B"}))
    turn(hub, reader)
    turn(hub, reader)
    assert contents(hub) == [("Tin A", 1, "submitted"), ("Tin B", 1, "submitted")]
    [(count,)] = hub.rows("SELECT count(*) FROM eventlog.events WHERE type = 'vn.lienthong.content.accepted.v1'")
    assert count == 2
    assert outcome(hub) == "ok"


def test_a_changed_item_is_a_new_revision(hub: Hub, reader: Reader, portal: Portal, added: KnownPortal) -> None:
    portal.show("/rss?c=5", rss(portal, {"1": "Tin A"}))
    turn(hub, reader)
    portal.show("/rss?c=5", rss(portal, {"1": "Tin A, có sửa"}))
    turn(hub, reader)
    assert contents(hub) == [("Tin A, có sửa", 2, "submitted")]


def test_an_item_that_left_the_feed_stays_while_its_page_is_there(
    hub: Hub, reader: Reader, portal: Portal, added: KnownPortal
) -> None:
    portal.show("/rss?c=5", rss(portal, {"1": "Tin A", "2": "Tin B"}))
    turn(hub, reader)
    portal.show("/rss?c=5", rss(portal, {}))
    portal.show("/1", "còn")
    portal.show("/2", "gỡ rồi", status=410)
    turn(hub, reader)
    assert sorted(state for _, _, state in contents(hub)) == ["submitted", "withdrawn"]
    portal.show("/2", "đăng lại")
    portal.show("/rss?c=5", rss(portal, {"2": "Tin B"}))
    turn(hub, reader)
    assert ("Tin B", 3, "submitted") in contents(hub), "what is published again is submitted again"


def test_only_categories_that_serve_a_programme_are_submitted(hub: Hub, reader: Reader, portal: Portal) -> None:
    register(hub)
    add(hub, portal, programmes=(), categories={"Chuyển đổi số": {"programmes": ["P119"], "kind": "video"}})
    portal.show("/rss?c=5", rss(portal, {"1": "Bóng đá"}, category="Thể thao"))
    turn(hub, reader)
    assert contents(hub) == []
    portal.show("/rss?c=5", rss(portal, {"2": "Số hóa"}, category="CHUYỂN ĐỔI SỐ"))
    turn(hub, reader)
    [(kind, programmes)] = hub.rows("SELECT body::jsonb ->> 'kind', body::jsonb -> 'programmes' FROM ingest.contents")
    assert (kind, programmes) == ("video", ["P119"])


@pytest.mark.parametrize("by", ["address", "id"])
def test_what_the_portal_took_from_the_platform_is_not_sent_back(
    hub: Hub, reader: Reader, portal: Portal, added: KnownPortal, by: str
) -> None:
    elsewhere = f"{portal.url}/1" if by == "address" else "https://mst.example/1"
    with connect(hub.conninfo) as owner:
        owner.execute(
            "INSERT INTO export.destinations (id, name, province, kinds, url, reach, sender, secret, per_minute,"
            " in_flight, timeout_seconds) VALUES ('p', 'p', '20', '{content}', 'https://p', 'public', 's', '', 1, 1, 1)"
        )
        owner.execute(
            "INSERT INTO export.taken (destination, sender, id, version, number, urn, data)"
            " VALUES ('p', 'platform', 'x', 1, 1, 'urn:uuid:1', jsonb_build_object('url', %s::text))",
            (elsewhere,),
        )
    portal.show("/rss?c=5", rss(portal, {"1": "Tin của Bộ"}, guid="urn:uuid:1" if by == "id" else ""))
    turn(hub, reader)
    assert contents(hub) == []


def test_what_has_not_changed_is_not_read_again(hub: Hub, reader: Reader, portal: Portal, added: KnownPortal) -> None:
    portal.show("/rss?c=5", rss(portal, {"1": "Tin A"}), etag='"1"')
    turn(hub, reader)
    turn(hub, reader)
    assert (outcome(hub), len(contents(hub))) == ("ok", 1)


def test_a_plain_sitemap_is_read_with_the_titles_of_its_pages(
    hub: Hub, reader: Reader, portal: Portal, added: KnownPortal
) -> None:
    portal.show(
        "/rss?c=5", f"<urlset><url><loc>{portal.url}/1</loc></url><url><loc>{portal.url}/2</loc></url></urlset>"
    )
    portal.show("/1", "<html><head><title>Tin A</title>", media="text/html")
    turn(hub, reader)
    assert contents(hub) == [("Tin A", 1, "submitted")], "a page without a title waits for the next turn"
    portal.asked.clear()
    portal.show("/2", "<title>Tin B</title>", media="text/html")
    turn(hub, reader)
    assert [title for title, _, _ in contents(hub)] == ["Tin A", "Tin B"]
    assert "/1" not in portal.asked, "a page that is known is not asked again"


def test_why_an_item_was_refused_is_kept_and_it_is_tried_again_on_resuming(
    hub: Hub, reader: Reader, portal: Portal, added: KnownPortal
) -> None:
    plain = "<rss version='2.0'><channel><item><title>Tin</title><link>http://a.example/1</link></item></channel></rss>"
    portal.show("/rss?c=5", plain)
    turn(hub, reader)
    [known] = sources.items_of(hub.conn, "langson", limit=10)
    assert (known.state, contents(hub)) == ("refused", [])
    assert list(known.problems) == ["wrong_format"]
    with hub.desk.act() as act:
        acts.set_active(act, "langson", active=True)
    turn(hub, reader)
    [again] = sources.items_of(hub.conn, "langson", limit=10)
    assert again.revision == 2


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("<html/>", 200, "not_a_feed"),
        ("", 503, "http_503"),
        ("<rss", 200, "feed_broken"),
    ],
)
def test_why_a_portal_could_not_be_read_is_kept_for_the_operator(
    hub: Hub, reader: Reader, portal: Portal, added: KnownPortal, body: str, status: int, code: str
) -> None:
    portal.show("/rss?c=5", body, status=status)
    turn(hub, reader)
    assert outcome(hub) == code
    portal.show("/rss?c=5", rss(portal, {"1": "Tin A"}))
    turn(hub, reader)
    assert (outcome(hub), len(contents(hub))) == ("ok", 1)


def test_a_mark_that_cannot_be_said_back_is_not(hub: Hub, reader: Reader, portal: Portal, added: KnownPortal) -> None:
    for etag in ('"\xe9"', "x" * 9000):
        portal.show("/rss?c=5", rss(portal, {"1": "Tin A"}), etag=etag)
        turn(hub, reader)
        turn(hub, reader)
        assert outcome(hub) == "ok"


def test_what_is_unforeseen_with_one_portal_stops_no_other(
    hub: Hub, reader: Reader, portal: Portal, added: KnownPortal
) -> None:
    add(hub, portal, portal="khac", url=f"{portal.url}/khac")
    hub.conn.execute("UPDATE ingest.portals SET categories = '{\"a\": 7}' WHERE portal = 'langson'")
    portal.show("/rss?c=5", rss(portal, {"1": "Tin A"}, category="a"))
    portal.show("/khac", rss(portal, {"2": "Tin B"}))
    hub.conn.execute("UPDATE ingest.portals SET due_at = clock_timestamp()")
    assert reader.step()
    assert reader.step()
    assert contents(hub) == [("Tin B", 1, "submitted")]
    assert hub.rows("SELECT outcome FROM ingest.portals ORDER BY 1") == [("ok",), ("portal_unforeseen",)]


def test_a_client_that_was_revoked_submits_nothing(
    hub: Hub, reader: Reader, portal: Portal, added: KnownPortal
) -> None:
    portal.show("/rss?c=5", rss(portal, {"1": "Tin A"}))
    with connect(hub.conninfo) as owner:
        owner.execute("UPDATE ingest.clients SET revoked_at = now() WHERE client_id = 'ld-cong'")
    turn(hub, reader)
    assert (outcome(hub), contents(hub)) == ("client_revoked", [])


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"portal": "Lạng Sơn"}, "portal_code_malformed"),
        ({"kind": "tranh"}, "content_kind_unknown"),
        ({"programmes": ()}, "portal_serves_nothing"),
        ({"programmes": ("119",)}, "served_programme_unknown"),
        ({"categories": {"tin": {"programmes": ("P9999",)}}}, "served_programme_unknown"),
        ({"url": "ftp://a.vn/rss"}, "url_not_https"),
        ({"url": "https://"}, "url_malformed"),
        ({"unit": "20.KHONG"}, "unit_unknown"),
        ({"url": "https://10.0.0.1/rss", "reach": "public"}, "url_out_of_reach"),
        ({"client": "x-y"}, "client_unknown"),
        ({"unit": "20.SKHCN"}, "portal_client_may_not"),
        ({"reach": "public", "every_seconds": 5}, "portal_pause"),
    ],
)
def test_a_portal_that_cannot_be_read_is_refused_when_it_is_added(
    hub: Hub, portal: Portal, changed: dict[str, Any], code: str
) -> None:
    register(hub)
    with pytest.raises(Rejected) as refused:
        add(hub, portal, **changed)
    assert code in {problem.code for problem in refused.value.problems}


def test_another_provinces_client_cannot_be_used(hub: Hub, portal: Portal) -> None:
    register(hub, province="33", units=("33.SKHCN",), sources=("/33/cong",))
    with pytest.raises(Rejected) as refused:
        add(hub, portal)
    assert {problem.code for problem in refused.value.problems} == {"client_unknown"}


def test_an_operator_of_some_units_has_no_client_of_others_submit(hub: Hub, portal: Portal) -> None:
    """Nor is he told whether there is such a client."""
    bound = an_operator("20", units=[UNIT], scopes=["operate:clients"])
    register(hub, client_id="ld-nhieu", units=(UNIT, "20.SKHCN"), sources=("/20/nhieu",))
    for client in ("ld-nhieu", "ld-khong-co"):
        with pytest.raises(Rejected) as refused:
            add(hub, portal, by=bound, client=client)
        assert {problem.code for problem in refused.value.problems} == {"client_unknown"}


def test_over_http_only_what_is_public_can_be_read(hub: Hub, portal: Portal) -> None:
    register(hub)
    operator = Actor(name="client:tinh", principal=a_principal(scopes=[acts.SCOPE]))
    with pytest.raises(Rejected) as refused, hub.desk.office.act(operator) as act:
        acts.add(
            act,
            KnownPortal(
                portal="langson",
                province="",
                client="ld-cong",
                unit=UNIT,
                url="https://10.0.0.1/rss",
                reach="private",
                licence="CC-BY-4.0",
                programmes=("P119",),
            ),
        )
    assert [problem.code for problem in refused.value.problems] == ["portal_reach_not_allowed"]


def test_a_removed_portal_is_read_no_more(hub: Hub, reader: Reader, portal: Portal, added: KnownPortal) -> None:
    with hub.desk.act() as act:
        acts.remove(act, "langson")
    hub.conn.execute("UPDATE ingest.portals SET due_at = clock_timestamp()")
    assert not reader.step()
    assert portal.asked == []


def test_the_worker_goes_on_until_it_is_told_to_stop(
    hub: Hub, reader: Reader, portal: Portal, added: KnownPortal
) -> None:
    portal.show("/rss?c=5", rss(portal, {"1": "Tin A"}))
    stop = threading.Event()
    thread = threading.Thread(target=reader.run, args=(stop,))
    thread.start()
    try:
        until(lambda: contents(hub) or not thread.is_alive())
    finally:
        stop.set()
        thread.join(timeout=10)
    assert contents(hub) == [("Tin A", 1, "submitted")]
