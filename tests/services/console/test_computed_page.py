"""What the hub counts itself beside what was reported, in the console."""

from __future__ import annotations

import html

from tests.builders.console import Browser, Site
from tests.builders.hub import ROUND


def test_counts_of_the_hub_stand_beside_reports(office: Site, signer: Browser) -> None:
    answer = signer.json(f"/rounds/{ROUND}/computed")
    assert {figure["figure"]: figure["reported"] for figure in answer["figures"]} == {
        "news_items_portal": None,
        "news_items_media": None,
    }
    text = html.unescape(signer.get(f"/rounds/{ROUND}/computed").text)
    assert "Tính từ dữ liệu của hệ thống" in text and "Chưa có báo cáo" in text and "I-119-07" in text
    rows = signer.get(f"/rounds/{ROUND}/computed.csv").content.decode("utf-8-sig").splitlines()
    assert len(rows) == 3
    assert f"/rounds/{ROUND}/computed" in signer.get(f"/rounds/{ROUND}").text


def test_the_plans_and_the_releases_page_show_counts_beside_reports(office: Site, signer: Browser) -> None:
    for path in ("/plans/P119-LS", f"/rounds/{ROUND}/consolidation", f"/releases/{ROUND}/1"):
        text = html.unescape(signer.get(path).text)
        assert "Đối chiếu với số liệu tính từ dữ liệu của hệ thống" in text, path
        assert "I-119-07" in text and "Chưa có báo cáo" in text, path
    assert {figure["figure"] for figure in signer.json(f"/releases/{ROUND}/1")["computed"]["figures"]} == {
        "news_items_portal",
        "news_items_media",
    }


def test_a_release_shows_the_tasks_as_they_stood_when_it_was_signed(office: Site, signer: Browser) -> None:
    answer = signer.json(f"/releases/{ROUND}/1")
    assert (len(answer["tasks"]["tasks"]), answer["tasks_as_of"]) == (14, "2026-10-10")
    assert {task["state"] for task in answer["tasks"]["tasks"]} == {"not_reported"}
    text = html.unescape(signer.get(f"/releases/{ROUND}/1").text)
    assert "Tình hình tính đến ngày 10/10/2026" in text and "T-119-LS-2.5" in text
