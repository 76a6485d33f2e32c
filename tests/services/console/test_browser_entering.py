"""A commune at its desk, in a real Chromium: fills in, is told while it types, sends, corrects, uploads a sheet."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from services.identity.people.person import Bound
from tests.builders.console import PASSWORD, REPORTER, Site, people
from tests.builders.living_hub import UNITS
from tests.services.console.conftest import served
from tests.services.console.test_browser import WIDTHS, chromium, faults, in_both, logged_in, looked_at, unlike

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


def test_every_page_of_a_commune_is_good_to_look_at(chromium: Browser, desk: Site) -> None:
    contexts = [logged_in(chromium, desk, REPORTER, lang) for lang in WIDTHS]
    vi, en = pages = [context.new_page() for context in contexts]
    paths = (f"{REPORT}/entry", f"{REPORT}/withdrawal", "/receipts/20-5", f"/units/{UNITS[0]}", REPORT)
    texts = in_both(vi, en, paths)
    for page in pages:
        opened(page)
        page.fill("#figure-questions_answered_commune", "99")
        page.click("button[value=send]")
        expect(page.locator(".summary")).to_be_focused()
    texts += [*faults(vi, "errors", WIDTHS["vi"]), *faults(en, "errors", WIDTHS["en"], axe=False)]
    texts += unlike(vi, en, "errors")
    for context in contexts:
        context.close()
    assert texts == []


def test_a_commune_is_told_while_it_types_and_sends_and_corrects(chromium: Browser, desk: Site) -> None:
    context = logged_in(chromium, desk, REPORTER, "vi", viewport={"width": 1440, "height": 900})
    page = context.new_page()
    opened(page)
    page.uncheck("input[name=none-event_attendances_commune]")  # what another test may have sent would be asked about
    page.fill("#figure-event_attendances_commune", "240")
    page.fill("#figure-questions_answered_commune", "99")
    page.keyboard.press("Tab")
    expect(page.locator("#said-figure-questions_answered_commune")).to_contain_text("không được lớn hơn")
    expect(page.locator("#standing")).to_contain_text("Đã lưu nháp")
    assert page.evaluate("document.activeElement.name") == "none-questions_answered_commune"
    with page.expect_response("**/entry") as answered:  # of the draft that this very window kept a moment ago
        page.fill("#figure-events_commune", "4")
        page.keyboard.press("Tab")
    assert "Đã lưu nháp" in answered.value.text() and "Chưa lưu" not in answered.value.text()
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


def test_what_is_typed_stays_when_the_session_ends_and_is_sent_after_a_new_login(chromium: Browser, desk: Site) -> None:
    context = logged_in(chromium, desk, REPORTER, "vi", viewport={"width": 1440, "height": 900})
    page, field = context.new_page(), "#figure-loudspeaker_minutes_commune"
    opened(page)
    context.clear_cookies(name="lienthong")
    page.fill(field, "77")
    page.keyboard.press("Tab")
    expect(page.locator("#session")).to_contain_text("Phiên làm việc đã hết")
    expect(page.locator(field)).to_have_value("77")
    with context.expect_page() as opening:
        page.locator("#session a").click()
    login = opening.value
    expect(login.locator("main")).to_contain_text("Phiên làm việc đã hết")
    login.fill("#person", REPORTER)
    login.fill("#password", PASSWORD)
    login.click("main button.strong")
    login.wait_for_url("**/units/**")
    login.close()
    page.fill(field, "78")
    page.keyboard.press("Tab")
    expect(page.locator("#session")).to_contain_text("Đã đăng nhập lại")
    page.fill(field, "79")
    page.keyboard.press("Tab")
    expect(page.locator("#standing")).to_contain_text("Đã lưu nháp")
    expect(page.locator("#session")).to_be_empty()
    opened(page)  # without the draft
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
    assert faults(page, "query", WIDTHS["vi"]) == []
    page.click("button[value=send]")
    page.wait_for_url("**/receipts/**")
    expect(page.locator("main")).to_contain_text("Hội nghị trực tuyến")
    assert looked_at(page, REPORT, widths=WIDTHS["vi"]) == []
    page.fill(answer, "Họp trực tuyến; thôn báo lại 240 lượt người dự")
    page.click("form[action$=explanations] button")
    expect(page.locator(answer)).to_have_value("Họp trực tuyến; thôn báo lại 240 lượt người dự")
    context.close()


OTHER, BY_KEYS = "06463", "xa.06463"
ANSWERS = ".figure-entry input:not([type=checkbox]), .figure-entry select"


def test_a_commune_reports_from_login_to_receipt_by_the_keyboard_alone(chromium: Browser, desk: Site) -> None:
    bound = Bound(role="reporter", province="20", units=(OTHER,))
    people(desk.conninfo, {BY_KEYS: ("Cán bộ xã Chi Lăng", bound)})
    page = chromium.new_page(base_url=desk.address, locale="vi-VN")
    page.goto("/login")
    for field, text in (("#person", BY_KEYS), ("#password", PASSWORD)):
        tabbed(page, field)
        page.keyboard.type(text)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login" not in url)
    tabbed(page, f'a[href$="/units/{OTHER}/reports/P119-LS.2026/P119-LS.commune/entry"]')
    page.keyboard.press("Enter")
    page.wait_for_selector(".number-answer")
    while (
        tabbed(page, ".figure-entry input:not([type=checkbox]), .figure-entry select, button[value=send]") != "BUTTON"
    ):
        page.keyboard.press("4")
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/receipts/**")
    expect(page.locator("main")).to_contain_text("sha256:")
    page.context.close()


FOCUS = """
    wanted => {
        const it = document.activeElement, style = getComputedStyle(it), box = it.getBoundingClientRect();
        const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
        const seen = box.bottom > 0 && box.top < innerHeight && box.width > 0;
        return {there: it.matches(wanted), tag: it.tagName, visible: ring && seen, what: it.outerHTML.slice(0, 120)};
    }
"""


def tabbed(page: Page, wanted: str) -> str:
    """The tag of the next thing of that kind that Tab comes to; wherever it stops on the way can be seen."""
    for _ in range(200):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS, wanted)
        assert focus["visible"], f"nobody sees where the focus is: {focus['what']}"
        if focus["there"]:
            return str(focus["tag"])
    raise AssertionError(f"the keyboard does not come to {wanted}")
