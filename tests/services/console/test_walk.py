"""The whole road of a round in real browsers, from a commune to the Ministry, on the plans that are shipped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import docx
import openpyxl
import pytest
from playwright.sync_api import Browser, Page, expect

from lienthong.eventlog.append import PostgresAppender
from lienthong.postgres.pool import Pool
from lienthong.shipped import schemas_folder
from services.identity.people.person import Bound
from tests.builders.console import DRAFTER, ELSEWHERE, MINISTRY, OPERATOR, PASSWORD, SIGNER, Site, code, people
from tests.builders.exporting import Export
from tests.builders.living_hub import consume
from tests.builders.running_platform import Running, running
from tests.services.console.conftest import served
from tests.services.console.test_browser import chromium, logged_in
from tests.services.console.test_documents import table_with
from tests.services.console.test_pages import ROUND

__all__ = ["chromium"]  # the fixture

COMMUNE, UNIT = "xa.06463", "06463"
REPORT = f"/units/{UNIT}/reports/{ROUND}/P119-LS.commune"
EVENTS = "Số hội nghị, hội thảo, tọa đàm do xã chủ trì"
PLAN = schemas_folder() / "programmes" / "p119"


@pytest.fixture
def road(postgres: str, lived: str, tmp_path: Path) -> Iterator[tuple[Site, Running]]:
    """A hub with one more commune at its desk, and the platform that it pushes to."""
    with served(postgres, lived, tmp_path) as site, running(tmp_path) as platform:
        people(site.conninfo, {COMMUNE: ("Cán bộ xã Chi Lăng", Bound(role="reporter", province="20", units=(UNIT,)))})
        yield site, platform


@contextmanager
def at_a_desk(chromium: Browser, site: Site, person: str, *, scripts: bool = True) -> Iterator[Page]:
    """A person's first page, in Vietnamese."""
    context = logged_in(chromium, site, person, "vi", java_script_enabled=scripts, accept_downloads=True)
    page = context.new_page()
    page.goto("/")
    yield page
    context.close()


@contextmanager
def with_a_telephone(chromium: Browser, site: Site, person: str) -> Iterator[Page]:
    """Somebody who sets the second factor up with the first login."""
    context = chromium.new_context(base_url=site.address, locale="vi-VN")
    page = context.new_page()
    page.goto("/login")
    page.fill("#person", person)
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.fill("#code", code(page.locator("main code").first.inner_text().replace(" ", "")))
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Tiếp tục").click()
    yield page
    context.close()


def test_a_round_goes_from_the_communes_desk_to_the_ministrys(
    chromium: Browser, road: tuple[Site, Running], tmp_path: Path
) -> None:
    site, platform = road
    a_commune_reports_by_form_and_corrects_by_sheet(chromium, site, tmp_path)
    consume(site.conninfo)
    a_drafter_finds_who_is_missing_and_returns_the_report(chromium, site)
    the_commune_reads_the_reason_and_corrects(chromium, site)
    consume(site.conninfo)
    one_drafts_and_another_signs(chromium, site)
    consume(site.conninfo)
    the_platform_shows_the_release(site, platform)
    the_ministry_reads_it_and_takes_the_files(chromium, site, tmp_path)
    an_operator_publishes_a_plan(chromium, site)
    a_person_of_another_province_gets_nothing(chromium, site)


def a_commune_reports_by_form_and_corrects_by_sheet(chromium: Browser, site: Site, folder: Path) -> None:
    with at_a_desk(chromium, site, COMMUNE, scripts=False) as page:
        page.get_by_role("link", name="Nhập báo cáo").click()
        for field in page.locator(".number-answer input").all():
            field.fill("4")
        for choice in page.locator(".figure-entry select").all():
            choice.select_option(index=1)
        page.fill("#narrative-results", "Đã tổ chức 4 hội nghị")
        page.fill("#document-number", "31/BC-UBND")
        page.fill("#document-date", "08/10/2026")
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


def a_drafter_finds_who_is_missing_and_returns_the_report(chromium: Browser, site: Site) -> None:
    with at_a_desk(chromium, site, DRAFTER) as page:
        count = page.locator('.counts a[href$="state=missing"]')
        wanted = int(count.locator(".figure").inner_text())
        count.click()
        assert page.locator("#duties tbody tr").count() == wanted
        expect(page.locator(f'#duties a[href="/units/{UNIT}"]')).to_have_count(0)
        page.get_by_role("link", name="Chờ xem xét").click()
        page.locator(f'a[href="{REPORT}"]').click()
        page.fill("#reason", "Số hội nghị chưa khớp văn bản 31/BC-UBND")
        page.get_by_role("button", name="Trả lại đơn vị").click()
        expect(page.locator("main")).to_contain_text("Bị trả lại")


def the_commune_reads_the_reason_and_corrects(chromium: Browser, site: Site) -> None:
    with at_a_desk(chromium, site, COMMUNE) as page:
        page.get_by_role("link", name="Nhập báo cáo").click()
        expect(page.locator(".notice.warn").first).to_contain_text("chưa khớp văn bản 31/BC-UBND")
        page.fill("#figure-events_commune", "5")
        page.click("button[value=send]")
        page.wait_for_url("**/receipts/**")


def one_drafts_and_another_signs(chromium: Browser, site: Site) -> None:
    with at_a_desk(chromium, site, DRAFTER) as page:
        page.goto(f"/rounds/{ROUND}/signing")
        page.fill("#draft-number", "77/BC-UBND")
        page.fill("#draft-date", "15/10/2026")
        page.get_by_role("button", name="Trình ký bản 2").click()
        expect(page.locator("main")).to_contain_text("lan.nt trình lúc")
        assert page.locator("#sign").count() == 0
    with with_a_telephone(chromium, site, SIGNER) as page:
        page.goto(f"/rounds/{ROUND}/signing")
        page.get_by_role("button", name="Ký duyệt bản 2").click()
        page.check("#confirm")
        page.get_by_role("button", name="Ký duyệt bản 2").click()
        expect(page.locator("main")).to_contain_text(f"Đã ký duyệt bản {ROUND}/2")


def the_platform_shows_the_release(site: Site, platform: Running) -> None:
    with Pool(site.conninfo, max_size=6) as pool:
        export = Export(pool, PostgresAppender({}), sample=True)
        export.add(platform)
        export.push_all()
    [release] = platform.held("release")
    assert (release["id"], release["version"], release["state"]) == (ROUND, 2, "published")


def the_ministry_reads_it_and_takes_the_files(chromium: Browser, site: Site, folder: Path) -> None:
    with at_a_desk(chromium, site, MINISTRY) as page:
        page.locator(f'#provinces a[href="/nation/releases/{ROUND}/2"]').click()
        expect(page.locator("#sums")).to_contain_text(EVENTS)
        paths = [folder / "ban-phat-hanh.xlsx", folder / "bao-cao.docx"]
        for path, link in zip(paths, ('a[href$="/2.xlsx"]', 'a[href$="report.docx"]'), strict=True):
            with page.expect_download() as coming:
                page.locator(link).first.click()
            coming.value.save_as(path)
    book = openpyxl.load_workbook(paths[0])
    rows = [[cell.value for cell in row] for sheet in book for row in sheet.iter_rows()]
    [summed] = [row[2] for row in rows if row[:2] == [EVENTS, "events_commune"]]
    found = {row[1]: row[3] for row in table_with(docx.Document(str(paths[1])), "Đơn vị tính")}
    assert (summed, found[EVENTS]) == (3 + 9 + 5, "17"), "two communes of before, and the one that was corrected"


def an_operator_publishes_a_plan(chromium: Browser, site: Site) -> None:
    text = (PLAN / "lang-son.yaml").read_text("utf-8")
    edited = re.sub(r"(?m)^title:\n  vi: .*$", "title:\n  vi: Kế hoạch đã sửa tên", text, count=1)
    with with_a_telephone(chromium, site, OPERATOR) as page:
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


def a_person_of_another_province_gets_nothing(chromium: Browser, site: Site) -> None:
    with at_a_desk(chromium, site, ELSEWHERE) as page:
        for path in (
            f"/rounds/{ROUND}",
            REPORT,
            f"/releases/{ROUND}/2",
            f"/releases/{ROUND}/2/report.docx",
            "/running",
        ):
            answer = page.goto(path)
            assert answer is not None and answer.status in (403, 404), path
            assert "Chi Lăng" not in page.locator("main").inner_text()
