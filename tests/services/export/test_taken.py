"""What the platform has published reaches the portals of a province, and goes from them when it is withdrawn."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import feedparser
import httpx
import pytest
from fastapi.testclient import TestClient

from lienthong.contracts.schemas import Contracts
from lienthong.errors import Rejected
from lienthong.eventlog.append import PostgresAppender
from lienthong.postgres.answers import certain
from lienthong.postgres.pool import Pool
from services.export.deliveries import acts, destinations
from services.export.deliveries.acts import ExportActor
from services.export.deliveries.wire import Wire
from services.export.taken.taking import NAMES, Taker
from tests.builders.bad_receiver import receiving
from tests.builders.export_http import client_of
from tests.builders.exporting import Export, approved
from tests.builders.running_platform import Running, running
from tests.builders.unencrypted import UNENCRYPTED

CONTRACTS = Contracts.load()


@pytest.fixture
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("platform")) as found:
        yield found


@pytest.fixture
def export(pool: Pool, appender: PostgresAppender) -> Export:
    return Export(pool, appender)


@pytest.fixture
def portal(pool: Pool) -> TestClient:
    return client_of(pool)


def publish(platform: Running, item: str, **changed: Any) -> None:
    data = {
        "kind": "news",
        "title": f"Tin {item}",
        "summary": "Tóm tắt",
        "url": f"https://mst.example/{item}",
        "language": "vi",
        "licence": "CC-BY-4.0",
        "publisher": {"unit": "VN.BKHCN", "name": "Bộ KH&CN"},
        "programmes": ["P119"],
        "publishedAt": "2026-05-04T01:30:00Z",
        "approval": {"unit": "VN.BKHCN", "at": "2026-05-05T02:00:00Z"},
    }
    httpx.put(
        f"{platform.url}/admin/published/{item}", json=data | changed, timeout=60, verify=UNENCRYPTED
    ).raise_for_status()


def take(export: Export, *, every: float = 0, kept: int = 1000) -> bool:
    return Taker(export.pool, Wire(), CONTRACTS, every=every, kept=kept).step()


def titles(portal: TestClient, query: str = "") -> list[str]:
    return [item["title"] for item in portal.get(f"/v1/portal/20/feed.json{query}").json()["items"]]


def test_items_come_page_by_page_and_are_served_newest_first(
    export: Export, platform: Running, portal: TestClient
) -> None:
    export.add(platform, takes=True)
    publish(platform, "tin-1")
    publish(platform, "tin-2", publishedAt="2026-05-06T01:30:00Z", programmes=["P438", "P119"])
    assert take(export)
    assert titles(portal) == ["Tin tin-2", "Tin tin-1"]
    assert titles(portal, "?programme=P438") == ["Tin tin-2"], "an item of two programmes is found by each"
    assert titles(portal, "?limit=1") == ["Tin tin-2"]


def test_a_withdrawn_item_is_gone_and_a_changed_one_stands_once(
    export: Export, platform: Running, portal: TestClient
) -> None:
    export.add(platform, takes=True)
    publish(platform, "tin-1")
    publish(platform, "tin-2")
    take(export)
    httpx.delete(f"{platform.url}/admin/published/tin-1", timeout=60).raise_for_status()
    publish(platform, "tin-2", title="Tin đã sửa")
    take(export)
    assert titles(portal) == ["Tin đã sửa"]


def test_nothing_goes_round_in_a_circle(export: Export, platform: Running, portal: TestClient) -> None:
    export.add(platform, takes=True)
    export.take_in(approved())
    export.push_all()
    assert platform.held("content"), "ours is on the platform"
    take(export)
    assert titles(portal) == []
    assert len(export.deliveries()) == 1, "and what is taken is pushed nowhere"


def test_of_a_destination_without_end_the_newest_stay_and_older_ones_are_known_again(
    export: Export, platform: Running, portal: TestClient
) -> None:
    export.add(platform, takes=True)
    for number in range(NAMES * 2 + 3):
        publish(platform, f"tin-{number}", publishedAt=f"2026-05-04T01:{number:02}:00Z")
    assert take(export, kept=2)
    assert titles(portal) == [f"Tin tin-{NAMES * 2 + 2}", f"Tin tin-{NAMES * 2 + 1}"]
    with export.pool.connection() as conn:
        known = {name for (name,) in conn.execute("SELECT name FROM export.shown_elsewhere")}
        assert certain(conn, int, "SELECT count(*) FROM export.taken") == NAMES * 2
    assert {f"https://mst.example/tin-{number}" for number in range(3, NAMES * 2 + 3)} < known
    assert "https://mst.example/tin-2" not in known
    publish(platform, "tin-3", title="Tin đã sửa")
    assert take(export, kept=2)
    assert "Tin đã sửa" in titles(portal, "?limit=200"), "what changes there is new again"


def test_a_destination_is_asked_only_where_it_is_meant_and_when_it_is_due(export: Export, platform: Running) -> None:
    export.add(platform)
    assert not take(export)
    acts.edit(export.pool, "platform", {"takes": True}, ExportActor(name="cli:test"))
    assert take(export, every=600)
    assert not take(export, every=600), "another worker asks it in the next turn alone"
    acts.edit(export.pool, "platform", {"takes": False}, ExportActor(name="cli:test"))
    assert not take(export)


def test_why_nothing_comes_is_shown_and_it_goes_on_when_the_platform_is_back(
    export: Export, platform: Running, portal: TestClient
) -> None:
    export.add(platform, takes=True, secret="whsec_" + "A" * 43 + "=")
    publish(platform, "tin-1")
    take(export)
    [taking] = [destinations.get_with_queue(export.pool, "platform", acts.EVERYTHING).taking]
    assert taking is not None and (taking.outcome, taking.items) == ("http_401", 0)
    acts.rotate(export.pool, "platform", ExportActor(name="cli:test"), secret=platform.secret)
    take(export)
    [taking] = [destinations.get_with_queue(export.pool, "platform", acts.EVERYTHING).taking]
    assert taking is not None and (taking.outcome, taking.items) == ("ok", 1)
    assert titles(portal) == ["Tin tin-1"]


def test_a_list_without_end_has_its_turn_and_no_more(export: Export, platform: Running) -> None:
    """Each page of it as slow as a page may be: else every other destination would wait for fifty of them."""
    asked: list[bytes] = []

    def behave(sock: socket.socket, _: threading.Event) -> None:
        asked.append(sock.recv(65536))
        page = json.dumps({"items": [], "next": len(asked), "head": 2**40, "more": True}).encode()
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(page), page))
        sock.recv(1)  # until the other side has read

    with receiving(behave) as port:
        export.add(platform, takes=True, url=f"http://127.0.0.1:{port}")
        assert Taker(export.pool, Wire(), CONTRACTS, every=0, seconds=0, kept=1000).step()
    assert len(asked) == 1


def test_what_nobody_foresaw_stops_one_destination(export: Export, platform: Running) -> None:
    destination = export.add(platform, takes=True)
    publish(platform, "tin-1")
    without_schemas = Contracts()
    assert Taker(export.pool, Wire(), without_schemas, every=0, kept=1000).step()
    taking = destinations.get_with_queue(export.pool, destination.id, acts.EVERYTHING).taking
    assert taking is not None and taking.outcome == "unforeseen"


def test_a_platform_that_began_anew_is_read_anew(
    export: Export, platform: Running, portal: TestClient, pool: Pool
) -> None:
    export.add(platform, takes=True)
    publish(platform, "tin-1")
    take(export)
    with pool.connection() as conn:
        conn.execute("UPDATE export.taking SET after = 1000")
        conn.execute('UPDATE export.taken SET number = 999, data = data || \'{"title": "cũ"}\'')
    take(export)
    assert titles(portal) == ["Tin tin-1"]


def test_only_a_platform_can_be_taken_from(export: Export, platform: Running) -> None:
    with pytest.raises(Rejected) as refused:
        export.add(platform, takes=True, mapping="cloudevents", kinds=("release",))
    assert "takes_platform_only" in [problem.code for problem in refused.value.problems]


def test_readers_of_feeds_read_both_forms(export: Export, platform: Running, portal: TestClient) -> None:
    export.add(platform, takes=True)
    publish(platform, "tin-1", title="<b>“Điện” & hạt nhân</b>", summary="dòng 1\ndòng 2")
    take(export)
    answer = portal.get("/v1/portal/20/feed.atom")
    assert answer.headers["content-type"] == "application/atom+xml"
    atom = feedparser.parse(answer.content)
    assert not atom.bozo and atom.version == "atom10"
    [entry] = atom.entries
    assert ElementTree.fromstring(answer.content).findtext(".//{*}entry/{*}title") == "<b>“Điện” & hạt nhân</b>"
    assert (entry.link, entry.author) == ("https://mst.example/tin-1", "Bộ KH&CN")
    body = portal.get("/v1/portal/20/feed.json").json()
    assert body["version"] == "https://jsonfeed.org/version/1.1"
    assert body["items"][0]["id"] == entry.id, "one item has one id in both"


def test_who_has_the_feed_already_is_told_so(export: Export, platform: Running, portal: TestClient) -> None:
    export.add(platform, takes=True)
    publish(platform, "tin-1")
    take(export)
    first = portal.get("/v1/portal/20/feed.json")
    again = portal.get("/v1/portal/20/feed.json", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_province_that_takes_nothing_has_no_feed(portal: TestClient) -> None:
    answer = portal.get("/v1/portal/33/feed.json")
    assert (answer.status_code, json.loads(answer.content)["code"]) == (404, "portal_feed_unknown")
