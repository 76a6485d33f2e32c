"""A portal that submits nothing itself: its feed is read, an editor releases the item, the platform gets it; and what
the Ministry has on the platform comes back to the portal.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from services.demo.operating import Operating, wait_until
from services.demo.people import Participants, client_of
from services.demo.script import APPROVER, MEDIA
from services.demo.site import Site
from services.ingest.portals.sources import KnownPortal

PORTAL = "bao-lang-son"
PUBLISHED = "Phim ngắn: Điện hạt nhân và an toàn bức xạ (mẫu)"
FEED = f"""<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0"><channel><title>Báo và Phát thanh, Truyền hình Lạng Sơn (mẫu)</title>
<item><title>{PUBLISHED}</title><link>https://bao-mau.example.vn/phim/2026-0003</link>
<category>Năng lượng nguyên tử</category><description>Phim 12 phút, phát ngày 20/10/2026.</description>
<pubDate>Tue, 20 Oct 2026 06:00:00 +0700</pubDate></item>
<item><title>Giải bóng đá thiếu niên tỉnh</title><link>https://bao-mau.example.vn/the-thao/2026-0911</link>
<category>Thể thao</category><pubDate>Tue, 20 Oct 2026 07:00:00 +0700</pubDate></item>
</channel></rss>"""
CATEGORIES = {"năng lượng nguyên tử": {"programmes": ["P119"], "kind": "film"}}
MINISTRYS = "Sổ tay điện tử về năng lượng nguyên tử (mẫu)"
ITEM: dict[str, Any] = {
    "kind": "handbook",
    "title": MINISTRYS,
    "url": "https://bo-mau.example.vn/so-tay/nlnt",
    "language": "vi",
    "licence": "CC-BY-4.0",
    "publisher": {"unit": "VN", "name": "Bộ Khoa học và Công nghệ"},
    "programmes": ["P119"],
    "publishedAt": "2026-10-19T02:00:00Z",
    "approval": {"unit": "VN", "at": "2026-10-19T02:00:00Z"},
}


@dataclass(slots=True)
class Portal:
    """Both ways. seen: titles that the platform got from the portal, and the portal from the platform."""

    people: Participants
    site: Site
    operating: Operating
    seen: dict[str, list[str]] = field(default_factory=dict)

    def walk(self) -> None:
        """One film out, one handbook back."""
        with _web_server(FEED) as address:
            self.site.read_portal(
                KnownPortal(
                    portal=PORTAL,
                    province="",
                    client=client_of(MEDIA),
                    unit=MEDIA,
                    url=f"{address}/rss.xml",
                    reach="loopback",
                    licence="CC-BY-4.0",
                    categories=CATEGORIES,
                    every_seconds=1,
                )
            )
            wait_until(lambda: bool(self._items_waiting()), "the portal's feed is read")
        self.site.leave_portal(PORTAL)
        self.seen["waiting"] = [body["content"]["title"] for body in self._items_waiting()]
        self.operating.book.verdicts["accepted"] += len(self._items_waiting())  # each has its receipt
        for document in self._items_waiting():
            self.people.account(APPROVER).act(f"/v1/content/{MEDIA}/{document['item']}/approval")
            self.operating.item_delivered(document["item"], withdraws=False)
        self.site.publish_on_platform("so-tay-nlnt", ITEM)
        wait_until(lambda: bool(self._titles_shown()), "what the platform shows is taken")
        self.seen["shown"] = self._titles_shown()

    def _items_waiting(self) -> list[dict[str, Any]]:
        """What waits for the editor of what was read."""
        waiting = self.people.account(APPROVER).get("/v1/content", {"state": "submitted"})["items"]
        return [item for item in waiting if item["item"].startswith(f"{PORTAL}:")]

    def _titles_shown(self) -> list[str]:
        return [item["title"] for item in self.people.account(APPROVER).get("/v1/portal/20/feed.json")["items"]]


EXPECTED = {"waiting": [PUBLISHED], "shown": [MINISTRYS]}


@contextmanager
def _web_server(feed: str) -> Iterator[str]:
    """The portal's web server. Gives its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = feed.encode()
            self.send_response(200)
            self.send_header("content-type", "application/rss+xml; charset=utf-8")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing: the demonstration's terminal is its own."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
