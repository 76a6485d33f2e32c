"""From accepted reports and an approved item, through the real consolidation, to the platform and the Ministry."""

from __future__ import annotations

from pathlib import Path

import openpyxl

from lienthong import events
from lienthong.eventlog.append import PostgresAppender
from lienthong.postgres.pool import Pool
from services.export.deliveries.reconciling import reconcile
from services.export.deliveries.wire import Wire
from services.export.feed import reading
from services.export.feed.cursors import Question
from services.export.formats import xlsx
from services.ingest.content import acts as content
from tests.builders.exporting import Export
from tests.builders.hub import SOURCE, Hub, a_report
from tests.builders.living_hub import consume, live, sign
from tests.builders.running_platform import running

ITEM = {
    "unit": "05977",
    "item": "tin-1",
    "revision": 1,
    "kind": "news",
    "title": "Ngày hội khoa học",
    "link": "https://tamthanh.langson.example/tin-1",
    "language": "vi",
    "licence": "CC-BY-4.0",
    "programmes": ["P119"],
    "publishedAt": "2026-10-01T02:00:00Z",
}


def test_what_communes_report_and_approvers_release_reaches_the_platform_and_the_ministry(
    hub: Hub, tmp_path: Path
) -> None:
    live(hub)
    hub.send({"specversion": "1.0", "type": events.CONTENT_SUBMITTED, "source": SOURCE, "id": "tin-1", "data": ITEM})
    with hub.desk.act() as act:
        content.approve(act, unit="05977", item="tin-1")
    hub.send(a_report(hub, unit="05977", revision=3))
    consume(hub.conninfo)
    sign(hub)  # a second version of the release: the same figures are not released twice
    consume(hub.conninfo)
    with Pool(hub.conninfo, max_size=6) as pool, running(tmp_path) as platform:
        export = Export(pool, PostgresAppender({}))
        export.add(platform)
        export.push_all()
        assert {delivery.state for delivery in export.deliveries()} == {"delivered"}, export.deliveries()
        [release], [item] = platform.held("release"), platform.held("content")
        assert (release["id"], release["version"]) == ("P119-LS.2026", 2)
        assert (item["id"], item["state"]) == ("05977/tin-1", "published")
        assert platform.get("/v1/items/content/05977%2Ftin-1").json()["notice"] == "dữ liệu mẫu"
        assert all(comparison.equal for comparison in reconcile(pool, Wire(), "platform"))
        page = reading.feed_page(pool, Question(), cursor=None, limit=10, parameters={})
        assert [(entry.release, entry.sample) for entry in page.entries] == [
            ("P119-LS.2026/1", True),
            ("P119-LS.2026/2", True),
        ]
        dataset = reading.get_release(pool, "P119-LS.2026/2", Question()).body
        (tmp_path / "release.xlsx").write_bytes(xlsx.as_xlsx(dataset))
        book = openpyxl.load_workbook(tmp_path / "release.xlsx")
        assert book["Số liệu"].max_row - 4 == len(dataset["observations"])
        assert book["Đơn vị chưa báo cáo"].max_row - 4 == sum(len(f["missing"]) for f in dataset["completeness"])
        national = reading.consolidation(pool, "P119", "2026")
        sums = {figure["code"]: figure["sum"] for figure in national["figures"]}
        assert sums == {figure["code"]: figure["sum"] for figure in dataset["figures"]}
