"""Content items in the console: who may release sees what waits and releases it; a choice is needed."""

from __future__ import annotations

import html

from tests.builders.console import DRAFTER, Browser, Site
from tests.services.console.conftest import ITEM


def test_a_signer_releases_the_items_that_wait(office: Site, signer: Browser) -> None:
    [one] = signer.json("/content")["items"]
    assert (one["title"], one["state"], one["programmes"]) == (ITEM["title"], "submitted", ["P119"])
    word, key = signer.word("/content"), f"{ITEM['unit']}|{ITEM['item']}|1"
    nothing = signer.send("/content", {"csrf": word})
    assert nothing.status_code == 422 and "Chưa chọn mục nào" in html.unescape(nothing.text)
    with office.person(DRAFTER) as drafter:
        assert drafter.send("/content", {"csrf": drafter.word("/"), "item": key}).status_code == 403
    unseen = signer.send("/content", {"csrf": word, "item": f"{ITEM['unit']}|{ITEM['item']}|2"})
    assert unseen.status_code == 422 and "bản đã xem là 2" in html.unescape(unseen.text)
    assert signer.send("/content", {"csrf": word, "item": key}).headers["location"] == "/content"
    assert signer.json("/content")["items"] == []
    assert [item["state"] for item in signer.json("/content?state=approved")["items"]] == ["approved"]
    again = signer.send("/content", {"csrf": word, "item": key})
    assert again.status_code == 422 and "<title>Lỗi: " in again.text
