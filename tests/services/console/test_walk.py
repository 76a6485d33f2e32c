"""The whole road of a round in real browsers, from a commune to the Ministry, on the demonstration's data.

Every part of the hub is a process of its own: whoever comes next waits for what the workers make, as people do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import docx
import openpyxl
import pytest
from playwright.sync_api import Browser, Page, expect

from lienthong.shipped import schemas_folder
from services.demo.logins import TRIED as UNIT
from services.platform.store import Store
from tests.builders.console import ELSEWHERE, OPERATOR, PASSWORD, PEOPLE, SIGNER, code
from tests.builders.october import ROUND, October, an_october
from tests.builders.running_platform import until
from tests.services.console.test_browser import chromium
from tests.services.console.test_documents import table_with

__all__ = ["chromium"]  # the fixture

COMMUNE, DRAFTER, MINISTRY = "xa.chilang", "tonghop.langson", "bo.khcn"
FORM = "P119-LS.commune"
REPORT = f"/units/{UNIT}/reports/{ROUND}/{FORM}"
EVENTS = "Số hội nghị, hội thảo, tọa đàm do xã chủ trì"
PLAN = schemas_folder() / "programmes" / "p119"
PATIENCE = 120.0  # seconds for a worker on a busy machine; it takes a tenth of one


@pytest.fixture(scope="module")
def october() -> Iterator[October]:
    with an_october({name: PEOPLE[name] for name in (SIGNER, OPERATOR, ELSEWHERE)}) as made:
        yield made


@contextmanager
def at_a_desk(chromium: Browser, october: October, person: str, *, scripts: bool = True) -> Iterator[Page]:
    """A person's first page, in Vietnamese, on the way to it whatever the login asks of that person."""
    context = chromium.new_context(
        base_url=october.site.address, locale="vi-VN", java_script_enabled=scripts, accept_downloads=True
    )
    context.set_default_timeout(120_000)
    page, password = context.new_page(), october.passwords.pop(person, PASSWORD)
    page.goto("/login")
    page.fill("#person", person)
    page.fill("#password", password)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).not_to_have_text("Đăng nhập")
    if page.locator("#old").count():
        changed_password(page, password)
    if page.url.endswith("/login/enrolment"):
        second_factor(page)
    yield page
    context.close()


def changed_password(page: Page, first: str) -> None:
    """Somebody logs in for the first time."""
    page.fill("#old", first)
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#old")).to_have_count(0)


def second_factor(page: Page) -> None:
    """Set up with the first login."""
    page.fill("#code", code(page.locator("main code").first.inner_text().replace(" ", "")))
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Tiếp tục").click()


def shown(page: Page, path: str, there: Callable[[], bool]) -> None:
    """A page that somebody loads again until it shows what a worker makes."""

    def looked() -> bool:
        page.goto(path)
        return there()

    until(looked, PATIENCE)


def test_a_round_goes_from_the_communes_desk_to_the_ministrys(
    chromium: Browser, october: October, tmp_path: Path
) -> None:
    a_commune_reports_by_form_and_corrects_by_sheet(chromium, october, tmp_path)
    a_drafter_finds_who_is_missing_and_reminds(chromium, october)
    a_drafter_returns_the_report(chromium, october)
    the_commune_reads_the_reason_and_corrects(chromium, october)
    one_drafts_and_another_signs(chromium, october)
    the_platform_shows_the_release(october)
    the_ministry_reads_it_and_takes_the_files(chromium, october, tmp_path)
    an_operator_publishes_a_plan(chromium, october)
    a_person_of_another_province_gets_nothing(chromium, october)


def a_commune_reports_by_form_and_corrects_by_sheet(chromium: Browser, october: October, folder: Path) -> None:
    with at_a_desk(chromium, october, COMMUNE, scripts=False) as page:
        page.locator(f'a[href="{REPORT}/entry"]').first.click()
        for field in page.locator(".number-answer input").all():
            field.fill("4")
        for choice in page.locator(".figure-entry select").all():
            choice.select_option(index=1)
        page.fill("#narrative-results", "Đã tổ chức 4 hội nghị")
        page.fill("#document-number", "31/BC-UBND")
        page.fill("#document-date", "12/10/2026")
        page.click("button[value=send]")
        expect(page.locator("main")).to_contain_text("sha256:")
        page.get_by_role("link", name="Đính chính").click()
        with page.expect_download() as coming:
            page.locator("section#sheet a.button").click()
        path = folder / "bao-cao.xlsx"
        coming.value.save_as(path)
        book = openpyxl.load_workbook(path)
        book["Số liệu"]["E9"] = 31
        book.save(path)
        page.set_input_files("#file", path)
        page.click("section#sheet button")
        page.click("button[value=send]")
        expect(page.locator("#figures")).to_contain_text("31")


def a_drafter_finds_who_is_missing_and_reminds(chromium: Browser, october: October) -> None:
    owing = sorted(set(october.year.book.page(ROUND).completeness()[FORM].missing) - {UNIT})
    mail = f"vanthu.{owing[-1]}@mau.example.vn"
    october.year.site.set_contact(owing[-1], mail)
    with at_a_desk(chromium, october, DRAFTER) as page:
        count = page.locator(f'.counts a[href="/rounds/{ROUND}?state=missing"]')
        wanted = int(count.locator(".figure").inner_text())
        count.click()
        expect(page.locator("#duties tbody tr")).to_have_count(wanted)
        assert wanted >= len(owing)
        expect(page.locator(f'#duties a[href="/units/{UNIT}"]')).to_have_count(0)
        for unit in owing:
            expect(page.locator(f'#duties a[href="/units/{unit}"]').first).to_be_visible()
        page.get_by_role("link", name="Đôn đốc", exact=True).click()
        page.check(f'input[name=unit][value="{owing[-1]}"]')
        page.get_by_role("button", name="Đôn đốc").click()
        expect(page.locator(".notice.good")).to_contain_text("Đã đôn đốc 1 đơn vị")
        until(lambda: october.year.site.mailbox.to(mail), PATIENCE)
        line = page.locator("#reminders tbody tr", has=page.locator(f'a[href="/units/{owing[-1]}"]')).first
        shown(page, f"/rounds/{ROUND}/reminders", lambda: "Đã gửi" in line.inner_text())
    assert any(ROUND in str(letter["Subject"]) for letter in october.year.site.mailbox.to(mail))


def a_drafter_returns_the_report(chromium: Browser, october: October) -> None:
    with at_a_desk(chromium, october, DRAFTER) as page:
        page.get_by_role("link", name="Chờ xem xét").first.click()
        page.locator(f'a[href="{REPORT}"]').click()
        page.fill("#reason", "Số hội nghị chưa khớp văn bản 31/BC-UBND")
        page.get_by_role("button", name="Trả lại đơn vị").click()
        expect(page.locator("main")).to_contain_text("Bị trả lại")


def the_commune_reads_the_reason_and_corrects(chromium: Browser, october: October) -> None:
    with at_a_desk(chromium, october, COMMUNE) as page:
        page.locator(f'a[href="{REPORT}/entry"]').first.click()
        expect(page.locator(".notice.warn").first).to_contain_text("chưa khớp văn bản 31/BC-UBND")
        page.fill("#figure-events_commune", "5")
        page.click("button[value=send]")
        page.wait_for_url("**/receipts/**")


def one_drafts_and_another_signs(chromium: Browser, october: October) -> None:
    with at_a_desk(chromium, october, DRAFTER) as page:
        page.goto(f"/rounds/{ROUND}/signing")
        page.fill("#draft-number", "77/BC-UBND")
        page.fill("#draft-date", "13/10/2026")
        page.get_by_role("button", name="Trình ký bản 1").click()
        expect(page.locator("main")).to_contain_text(f"{DRAFTER} trình lúc")
        assert page.locator("#sign").count() == 0, "who drafts does not sign"
    with at_a_desk(chromium, october, SIGNER) as page:
        page.goto(f"/rounds/{ROUND}/signing")
        page.get_by_role("button", name="Ký duyệt bản 1").click()
        page.check("#confirm")
        page.get_by_role("button", name="Ký duyệt bản 1").click()
        expect(page.locator("main")).to_contain_text(f"Đã ký duyệt bản {ROUND}/1")


def the_platform_shows_the_release(october: October) -> None:
    store = Store(october.year.site.folder / "platform.sqlite")

    def states() -> list[tuple[int | None, str]]:
        return [
            (item.version, item.state) for item in store.items_in_force("province-20", "release") if item.id == ROUND
        ]

    try:
        until(lambda: states() == [(1, "published")], PATIENCE)
    finally:
        store.close()


def sums_read(page: Page) -> dict[str, str]:
    """What a release's page says of each figure, in the part that is opened for it, on as many pages as it has."""
    page.wait_for_load_state()  # or a busy machine shows half a table
    if page.locator("details:has(#sums):not([open])").count():
        page.locator("details:has(#sums) > summary").click()
    rows = page.locator("#sums tbody tr").all()
    read = {row.locator("th").inner_text(): row.locator("td.number").first.inner_text() for row in rows}
    further = page.locator('#sums + nav a[rel="next"]')
    if further.count() == 0:
        return read
    further.click()
    return read | sums_read(page)


def the_ministry_reads_it_and_takes_the_files(chromium: Browser, october: October, folder: Path) -> None:
    with at_a_desk(chromium, october, MINISTRY) as page:
        link = page.locator(f'#provinces a[href="/nation/releases/{ROUND}/1"]')
        shown(page, "/nation?of=P119/2026", lambda: link.count() == 1)
        address = str(link.get_attribute("href"))
        link.click()
        read = sums_read(page)
        page.goto(address)
        paths = [folder / "ban-phat-hanh.xlsx", folder / "bao-cao.docx"]
        for path, selector in zip(paths, ('a[href$="/1.xlsx"]', 'a[href$="report.docx"]'), strict=True):
            with page.expect_download() as coming:
                page.locator(selector).first.click()
            coming.value.save_as(path)
    sent = october.year.book.page(ROUND).totals()[(FORM, "events_commune")].sum
    assert sent is not None and Decimal(read[EVENTS].replace(".", "")) == sent + 5, "what all sent, and this commune's"
    book = openpyxl.load_workbook(paths[0])
    cells = [[cell.value for cell in row] for sheet in book for row in sheet.iter_rows()]
    [summed] = [row[2] for row in cells if row[:2] == [EVENTS, "events_commune"]]
    assert summed == sent + 5
    written = {row[1]: row[3] for row in table_with(docx.Document(str(paths[1])), "Đơn vị tính")}
    assert written.items() <= read.items() and len(written) > 10


def an_operator_publishes_a_plan(chromium: Browser, october: October) -> None:
    text = (PLAN / "lang-son.yaml").read_text("utf-8")
    edited = re.sub(r"(?m)^title:\n  vi: .*$", "title:\n  vi: Kế hoạch đã sửa tên", text, count=1)
    with at_a_desk(chromium, october, OPERATOR) as page:
        page.get_by_role("link", name="Vận hành", exact=True).click()
        page.get_by_role("link", name="Ban hành, ngừng kế hoạch").click()
        plan = {"name": "lang-son.yaml", "mimeType": "text/yaml", "buffer": edited.encode()}
        page.set_input_files("#plan", plan)  # type: ignore[arg-type]
        page.set_input_files("#programme", PLAN / "programme.yaml")
        page.get_by_role("button", name="Kiểm tra").click()
        expect(page.locator("#preview")).to_contain_text("P119-LS sẽ là phiên bản 2")
        page.get_by_role("button", name="Ban hành", exact=True).click()
        expect(page.locator(".notice.good")).to_contain_text("Đã ban hành P119-LS phiên bản 2")
        page.goto("/plans")
        expect(page.locator("main")).to_contain_text("Kế hoạch đã sửa tên")


def a_person_of_another_province_gets_nothing(chromium: Browser, october: October) -> None:
    with at_a_desk(chromium, october, ELSEWHERE) as page:
        for path in (
            f"/rounds/{ROUND}",
            f"/rounds/{ROUND}/reminders",
            REPORT,
            f"/releases/{ROUND}/1",
            f"/releases/{ROUND}/1/report.docx",
            "/running",
        ):
            answer = page.goto(path)
            assert answer is not None and answer.status in (403, 404), path
            assert "Chi Lăng" not in page.locator("main").inner_text()
