"""What the hub counts itself beside what was reported, in the console."""

from __future__ import annotations

import html

from tests.builders.console import Browser, Site
from tests.builders.hub import ROUND


def test_counts_of_the_hub_stand_beside_reports(office: Site, signer: Browser) -> None:
    told = signer.json(f"/rounds/{ROUND}/computed")
    assert {figure["figure"]: figure["reported"] for figure in told["figures"]} == {
        "news_items_portal": None,
        "news_items_media": None,
    }
    text = html.unescape(signer.get(f"/rounds/{ROUND}/computed").text)
    assert "Hệ thống tự đếm" in text and "Chưa có báo cáo" in text and "I-119-07" in text
    rows = signer.get(f"/rounds/{ROUND}/computed.csv").content.decode("utf-8-sig").splitlines()
    assert len(rows) == 3
    assert f"/rounds/{ROUND}/computed" in signer.get(f"/rounds/{ROUND}").text
