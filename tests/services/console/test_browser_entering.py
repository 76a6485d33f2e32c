"""A commune at its desk, in a real Chromium: fills in, is told while it types, sends, corrects, uploads a sheet."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.builders.console import REPORTER, Site
from tests.builders.living_hub import UNITS
from tests.services.console.conftest import served
from tests.services.console.test_browser import chromium, logged_in, looked_at

REPORT = f"/units/{UNITS[0]}/reports/P119-LS.2026/P119-LS.commune"
__all__ = ["chromium"]  # the fixture


@pytest.fixture(scope="module")
def desk(postgres: str, lived: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with served(postgres, lived, tmp_path_factory.mktemp("desk")) as made:
        yield made


def opened(page: Page) -> None:
    """The form as the hub knows the report, without a draft that another test left."""
    page.goto(f"{REPORT}/entry")
    if page.locator("button[value=discard]").count():
        page.click("button[value=discard]")
        expect(page.locator("button[value=discard]")).to_have_count(0)


@pytest.mark.parametrize(("lang", "width"), [("vi", 360), ("en", 1440)])
def test_every_page_of_a_commune_is_good_to_look_at(chromium: Browser, desk: Site, lang: str, width: int) -> None:
    context = logged_in(chromium, desk, REPORTER, lang, viewport={"width": width, "height": 900})
    page = context.new_page()
    paths = (f"{REPORT}/entry", f"{REPORT}/withdrawal", "/receipts/20-5", f"/units/{UNITS[0]}", REPORT)
    found = [fault for path in paths for fault in looked_at(page, path)]
    page.goto(f"{REPORT}/entry")
    page.fill("#figure-questions_answered_commune", "99")
    page.click("button[value=send]")
    expect(page.locator(".summary")).to_be_focused()
    found += looked_at(page, page.url.removeprefix(desk.address))
    context.close()
    assert found == []


def test_a_commune_is_told_while_it_types_and_sends_and_corrects(chromium: Browser, desk: Site) -> None:
    context = logged_in(chromium, desk, REPORTER, "vi", viewport={"width": 1440, "height": 900})
    page = context.new_page()
    opened(page)
    page.fill("#figure-questions_answered_commune", "99")
    page.keyboard.press("Tab")
    expect(page.locator("#said-figure-questions_answered_commune")).to_contain_text("không được lớn hơn")
    expect(page.locator("#standing")).to_contain_text("Đã lưu nháp")
    assert page.evaluate("document.activeElement.name") == "none-questions_answered_commune"
    page.click("button[value=send]")
    page.locator(".summary a").click()
    assert page.evaluate("document.activeElement.id") == "figure-questions_answered_commune"
    page.keyboard.press("Control+A")
    page.keyboard.type("2")
    page.click("button[value=send]")
    page.wait_for_url("**/receipts/*")
    expect(page.locator("main")).to_contain_text("sha256:")
    page.get_by_role("link", name="Đính chính").click()
    expect(page.locator("#figure-questions_answered_commune")).to_have_value("2")
    context.close()


def test_what_is_printed_is_a_table_marked_as_sample_data_without_menus(chromium: Browser, desk: Site) -> None:
    """A sheet of A4 is narrower than a tablet, and still no phone."""
    context = logged_in(chromium, desk, REPORTER, "vi", viewport={"width": 718, "height": 1000}, color_scheme="dark")
    page = context.new_page()
    page.emulate_media(media="print")
    page.goto("/receipts/20-5")
    expect(page.locator(".sample")).to_be_visible()
    expect(page.locator("nav.menu")).to_be_hidden()
    expect(page.locator("#figures thead")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.documentElement).color") == "rgb(0, 0, 0)"
    context.close()


def test_a_query_is_answered_in_place_and_again_on_the_reports_page(chromium: Browser, desk: Site) -> None:
    context = logged_in(chromium, desk, REPORTER, "vi", viewport={"width": 360, "height": 900})
    page, answer = context.new_page(), "#explain-attendances_for_events"
    opened(page)
    page.fill("#figure-event_attendances_commune", "")
    page.check("input[name=none-event_attendances_commune]")
    page.click("button[value=send]")
    page.fill(answer, "Hội nghị trực tuyến, không điểm danh được số người dự ở từng thôn")
    faults = [
        violation["id"]
        for violation in Axe().run(page).response["violations"]
        if violation["impact"] in ("serious", "critical")
    ]
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert (faults, wider) == ([], 0)
    page.click("button[value=send]")
    page.wait_for_url("**/receipts/**")
    expect(page.locator("main")).to_contain_text("Hội nghị trực tuyến")
    assert looked_at(page, REPORT) == []
    page.fill(answer, "Họp trực tuyến; thôn báo lại 240 lượt người dự")
    page.click("form[action$=explanations] button")
    expect(page.locator(answer)).to_have_value("Họp trực tuyến; thôn báo lại 240 lượt người dự")
    context.close()
