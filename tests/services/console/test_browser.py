"""Every page in a real Chromium: nothing sticks out, axe finds nothing serious, no policy is broken, keys suffice."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright
from psycopg.conninfo import make_conninfo
from starlette.routing import Route

from lienthong import events, units
from lienthong.calendar import VIETNAM
from lienthong.units import to_row
from services.console.app import app as console
from services.console.asking import Hub
from services.console.pages import PAGES
from services.identity.people.person import Bound
from tests.builders.chromium import chromium_of_machine
from tests.builders.console import DRAFTER, MINISTRY, OPERATOR, PASSWORD, Site, a_site, code, people
from tests.builders.hub import OCTOBER, SOURCE, a_hub, a_report, the_plan
from tests.builders.living_hub import consume
from tests.conftest import _temporary_database
from tests.services.console.test_colours import SIGN, TEXT, contrast
from tests.services.console.test_pages import PROVINCIAL, ROUND


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The machine's; without it these tests are skipped, and with LIENTHONG_REQUIRE_BROWSER=1 they fail."""
    found = chromium_of_machine()
    if found is None and os.environ.get("LIENTHONG_REQUIRE_BROWSER") == "1":
        pytest.fail("LIENTHONG_REQUIRE_BROWSER=1, but there is no chromium", pytrace=False)
    if found is None:
        pytest.skip("no chromium is installed")
    expect.set_options(timeout=60_000)  # a bound: a busy machine may need more than the usual five seconds
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield made
        made.close()


def logged_in(chromium: Browser, site: Site, person: str, lang: str, **more: Any) -> BrowserContext:
    context = chromium.new_context(base_url=site.address, **more)
    context.set_default_timeout(120_000)
    context.add_cookies([{"name": "lang", "value": lang, "url": site.address}])
    page = context.new_page()
    sign_in(page, person)
    page.wait_for_url(lambda url: "/login" not in url)
    page.close()
    return context


def sign_in(page: Page, person: str) -> None:
    """Name and password."""
    page.goto("/login")
    page.fill("#person", person)
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")


WIDTHS = {"vi": (360, 640, 1440), "en": (640, 360)}
"""Pixels of a screen by language: 640 is a screen of 1280 at 200 % zoom, 360 a small telephone. Axe's rules are all
asked in Vietnamese at the last, a desk's. In English it is asked whether the page is built alike (`unlike`), or, of one
that is looked at in English alone, by the rules that a language can break (`SPOKEN`)."""


def looked_at(page: Page, path: str, *, widths: Sequence[int], axe: bool = True) -> list[str]:
    """What is wrong with a page: wider than a screen, serious faults of axe, complaints in the console."""
    said: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            said.append(message.text)

    page.on("console", heard)
    page.goto(path, wait_until="load")
    page.remove_listener("console", heard)
    return faults(page, path, widths, axe=axe) + [f"{path}: {text}" for text in said]


def faults(page: Page, path: str, widths: Sequence[int], *, axe: bool = True) -> list[str]:
    """The same of the page that is open, without what the console heard."""
    found = [fault for width in widths for fault in too_wide(page, path, width)]
    return found + serious(page, path, WHOLE if widths[-1] == max(WIDTHS["vi"]) else SPOKEN) if axe else found


def too_wide(page: Page, path: str, width: int) -> list[str]:
    """A page that has to be pushed sideways on a screen of this width."""
    page.set_viewport_size({"width": width, "height": 900})
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [f"{path}: {wider} pixels wider than a screen of {width}"] if wider > 0 else []


COLOURS = "color-contrast"
"""The rule of axe that takes two thirds of its time: what it would say of rows of a few colours is asked below."""
WHOLE: dict[str, Any] = {"rules": {COLOURS: {"enabled": False}}}
SPOKEN: dict[str, Any] = {
    "runOnly": ["cat.language", "cat.text-alternatives", "cat.name-role-value", "cat.forms"],
}
"""What axe is asked, by which of its rules. The language of a page changes its words, no colour and no structure."""
RUN = "async (options) => (await axe.run(document, {resultTypes: ['violations'], ...options})).violations"


def serious(page: Page, path: str, asked: dict[str, Any]) -> list[str]:
    """Serious faults of axe, and texts that are faint."""
    page.evaluate(AXE_SCRIPT)
    found = [
        f"{path}: {fault['id']} {[node['html'][:120] for node in fault['nodes']][:3]}"
        for fault in page.evaluate(RUN, asked)
        if fault["impact"] in ("serious", "critical")
    ]
    return found + (faint(page, path) if asked is WHOLE else [])


WRITTEN = """
    () => {
        const seen = new Map(), grounds = new Map();
        const ground = (element) => {
            if (element === null) return "rgb(255, 255, 255)";
            if (!grounds.has(element)) {
                const own = getComputedStyle(element).backgroundColor;
                grounds.set(element, /, 0\\)$/.test(own) ? ground(element.parentElement) : own);
            }
            return grounds.get(element);
        };
        const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        while (texts.nextNode()) {
            const element = texts.currentNode.parentElement, text = texts.currentNode.data.trim();
            if (!text || !element.checkVisibility({opacityProperty: true}) || element.closest("[disabled]")) continue;
            const {color, fontSize, fontWeight} = getComputedStyle(element), size = parseFloat(fontSize);
            const large = size >= 24 || (size >= 18.66 && fontWeight >= 700);
            seen.set([color, ground(element), large].join(";"), [color, ground(element), large, text.slice(0, 40)]);
        }
        return [...seen.values()];
    }
"""
"""Of every text that is to be seen: its colour, the ground under it, whether it is large, and one example of each."""


def faint(page: Page, path: str) -> list[str]:
    """Texts that stand out too little from their ground (WCAG 2.1, 1.4.3)."""
    return [
        f"{path}: {COLOURS} {text!r} {colour} on {ground}"
        for colour, ground, large, text in page.evaluate(WRITTEN)
        if contrast(hexed(colour), hexed(ground)) < (SIGN if large else TEXT)
    ]


def hexed(colour: str) -> str:
    """`rgb(1, 2, 3)` as `#010203`. A colour that lets others through is none of the console's."""
    matched = re.fullmatch(r"rgb\((\d+), (\d+), (\d+)\)", colour)
    assert matched, colour
    return "#" + "".join(f"{int(part):02x}" for part in matched.groups())


BUILT = """
    () => [...document.querySelectorAll("*")].map((element) => {
        const said = (text) => (text.trim() ? "…" : "");
        const attributes = [...element.attributes].map(({name, value}) => `${name}=${said(value)}`).sort().join(" ");
        const own = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => said(node.data));
        return `<${element.localName} ${attributes}>${own.join("")}`;
    })
"""
"""Of every element: what it is, its attributes, and where it says something, whatever that is."""


def unlike(vi: Page, en: Page, path: str) -> list[str]:
    """Where the page that is open in both languages is more than translated."""
    languages = [page.evaluate("document.documentElement.lang") for page in (vi, en)]
    there, here = vi.evaluate(BUILT), en.evaluate(BUILT)
    differing = [
        f"{path}: {one} is {other} in English" for one, other in zip(there, here, strict=False) if one != other
    ]
    longer = [] if len(there) == len(here) else [f"{path}: {len(there)} elements, {len(here)} in English"]
    return (differing + longer)[:3] + ([] if languages == ["vi", "en"] else [f"{path}: said to be in {languages}"])


def in_both(vi: Page, en: Page, paths: Iterable[str]) -> list[str]:
    """What is wrong with pages as they are in Vietnamese, and then in English."""
    found: list[str] = []
    for path in paths:
        found += looked_at(vi, path, widths=WIDTHS["vi"])
        found += looked_at(en, path, widths=WIDTHS["en"], axe=False)
        found += unlike(vi, en, path)
    return found


REPORT = "/units/{unit}/reports/{round}/{form}"
OTHERS = {"/login", "/login/{step}", "/account", f"{REPORT}/entry", f"{REPORT}/withdrawal"}
"""Pages outside of PAGES: looked at below and in test_browser_entering.py."""
FILES = {"/static/{name}", "/language/{lang}", f"{REPORT}/sheet"}


def test_no_page_is_forgotten() -> None:
    """A page of PAGES is looked at by itself; whatever else answers a GET is named here or above, or is a document."""
    made = console(Hub(None), cast(Any, None), cast(Any, None), sample=False)
    there = {route.path for route in made.routes if isinstance(route, Route) and "GET" in (route.methods or ())}
    there = {path for path in there if not path.endswith(".docx")}
    assert there - {path for page in PAGES for path in page.paths} == OTHERS | FILES


FAULTY = """
    () => {
        const faint = document.createElement("p"), nameless = document.createElement("img");
        faint.textContent = "Nhạt";
        Object.assign(faint.style, {color: "#ddd", background: "#fff", width: "3000px"});
        nameless.src = "/static/x.png";
        document.querySelector("main").prepend(faint, nameless);
    }
"""


def test_what_is_faint_nameless_or_too_wide_is_found(chromium: Browser, site: Site) -> None:
    context = logged_in(chromium, site, DRAFTER, "vi")
    page = context.new_page()
    page.goto("/units")
    page.evaluate(FAULTY)
    wide, *found = faults(page, "/units", (360,))
    assert wide.endswith("wider than a screen of 360") and [fault.split()[1] for fault in found] == ["image-alt"]
    found = serious(page, "/units", WHOLE)
    context.close()
    assert [fault.split()[1] for fault in found] == ["image-alt", "color-contrast"]


def test_every_page_of_a_province_is_good_to_look_at(chromium: Browser, site: Site) -> None:
    contexts = [logged_in(chromium, site, DRAFTER, lang) for lang in WIDTHS]
    vi, en = (context.new_page() for context in contexts)
    found = in_both(vi, en, PROVINCIAL)
    en.evaluate("document.querySelector('h1').textContent = ''")
    emptied = unlike(vi, en, "/units")
    for context in contexts:
        context.close()
    assert found == [] and "<h1 >" in emptied[0]


def test_every_page_of_an_operator_is_good_to_look_at(chromium: Browser, own_site: Site) -> None:
    with own_site.enrolled(OPERATOR) as operator:
        word, name = operator.word("/clients"), "ld-thu"
        client = {"csrf": word, "client_id": name, "name": "Xã thử", "province": "20", "role": "unit", "units": "06040"}
        assert operator.send("/clients", client).status_code == 200
        to = {
            "csrf": word,
            "id": "20-thu",
            "province": "20",
            "url": "https://nhan.example/hub",
            "reach": "public",
            "mapping": "platform",
            "name": "Nơi nhận thử",
            "sender": "",
        }
        assert operator.send("/destinations", to).status_code == 200
        cong = {"client_id": "ld-cong", "units": "20.SVHTTDL"}
        assert operator.send("/clients", {**client, **cong}).status_code == 200
        portal = {
            "csrf": word,
            "portal": "langson",
            "url": "https://langson.example/rss",
            "client": "ld-cong",
            "unit": "20.SVHTTDL",
            "kind": "news",
            "licence": "CC-BY-4.0",
            "language": "vi",
            "everySeconds": "15",
            "programmes": "P119",
        }
        assert operator.send("/portals", portal).status_code == 303
        one = {"csrf": word, "do": "allow", "unit": "06040", "reason": "Xã có một cán bộ"}
        assert operator.send("/single-person", one).status_code == 303
        cookies = [
            {"name": name, "value": value, "url": own_site.address} for name, value in operator.client.cookies.items()
        ]
    paths = [
        page.paths[0].format(
            person=OPERATOR, client=name, destination=to["id"], portal="langson", unit="05977", plan="P119-LS"
        )
        for page in PAGES
        if page.national is None
    ]
    contexts = [chromium.new_context(base_url=own_site.address) for _ in WIDTHS]
    for context, lang in zip(contexts, WIDTHS, strict=True):
        context.add_cookies([*cookies, {"name": "lang", "value": lang, "url": own_site.address}])  # type: ignore[list-item]
    vi, en = (context.new_page() for context in contexts)
    found = in_both(vi, en, paths)
    for context in contexts:
        context.close()
    assert len(paths) == 18 and found == []


@pytest.mark.parametrize(("scheme", "lang"), [("light", "vi"), ("dark", "en")])
def test_the_ministrys_pages_are_good_to_look_at(chromium: Browser, site: Site, scheme: Any, lang: str) -> None:
    paths = {page.paths: page.paths[0] for page in PAGES if page.national}
    paths["/nation/releases/{round}/{version:int}",] = f"/nation/releases/{ROUND}/1"
    context = logged_in(chromium, site, MINISTRY, lang, color_scheme=scheme)
    page = context.new_page()
    found = [fault for path in paths.values() for fault in looked_at(page, path, widths=WIDTHS[lang])]
    context.close()
    assert len(paths) == 2 and found == []


@pytest.mark.parametrize(("scheme", "lang"), [("light", "en"), ("dark", "vi")])
def test_every_step_of_the_login_is_good_to_look_at(chromium: Browser, site: Site, scheme: Any, lang: str) -> None:
    new, signer, widths = f"moi.{lang}", f"ky.{lang}", WIDTHS[lang]
    people(site.conninfo, {signer: ("Ký Mới", Bound(role="signer", province="20"))})
    people(site.conninfo, {new: ("Người Mới", Bound(role="drafter", province="20"))}, temporary=True)
    page = chromium.new_page(base_url=site.address, color_scheme=scheme)
    page.context.add_cookies([{"name": "lang", "value": lang, "url": site.address}])
    found = looked_at(page, "/login", widths=widths)
    for person, step in ((new, "password"), (signer, "enrolment"), (signer, "code")):
        sign_in(page, person)
        page.wait_for_url(f"**/login/{step}")
        found += faults(page, step, widths)
        if step == "enrolment":
            page.fill("#code", code(page.locator("main code").first.inner_text().replace(" ", "")))
            page.keyboard.press("Enter")
            page.wait_for_selector(".codes")
            found += faults(page, "codes", widths)
            page.goto("/units")
        page.click("form[action='/logout'] button")
    page.context.close()
    assert found == []


def test_ones_own_account_is_good_to_look_at(chromium: Browser, site: Site) -> None:
    for lang, widths in WIDTHS.items():
        context = logged_in(chromium, site, DRAFTER, lang)
        found = looked_at(context.new_page(), "/account", widths=widths)
        context.close()
        assert found == []


def test_the_keyboard_skips_to_the_content_and_reaches_the_filters(chromium: Browser, site: Site) -> None:
    context = logged_in(chromium, site, DRAFTER, "vi", java_script_enabled=True)
    page = context.new_page()
    page.goto(f"/rounds/{ROUND}")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.focus("#filter-q")
    page.keyboard.type("tam thanh")
    page.keyboard.press("Enter")
    page.wait_for_url("**/rounds/*q=tam+thanh*")
    assert page.locator("#duties tbody tr").count() == 1
    context.close()


def test_paper_shows_what_is_folded_and_what_a_form_tells_and_no_control(chromium: Browser, site: Site) -> None:
    context = logged_in(chromium, site, DRAFTER, "vi", java_script_enabled=True)
    page = context.new_page()
    page.emulate_media(media="print")
    page.goto(f"/rounds/{ROUND}/consolidation")
    expect(page.locator("#owing tbody tr").first).to_be_visible()
    page.goto(f"/rounds/{ROUND}/reminders")
    expect(page.locator(".choices li").first).to_be_visible()
    for control in (".choices input", "button", "form.filters", "nav.menu", ".exports"):
        expect(page.locator(control).first).to_be_hidden()
    context.close()


def test_pages_work_without_scripts(chromium: Browser, site: Site) -> None:
    context = logged_in(chromium, site, DRAFTER, "vi", java_script_enabled=False)
    page = context.new_page()
    page.goto(f"/rounds/{ROUND}")
    page.select_option("#filter-state", "reported")
    page.click("form.filters button")
    assert page.locator("#duties tbody tr").count() == 2
    context.close()


SHIFTS = """
    (() => {
        let sum = 0;
        const add = (entries) => entries.forEach((entry) => { if (!entry.hadRecentInput) sum += entry.value; });
        const seen = new PerformanceObserver((list) => add(list.getEntries()));
        seen.observe({ type: "layout-shift", buffered: true });
        window.shifted = () => { add(seen.takeRecords()); return sum; };
    })()
"""
"""What the browser itself says has moved under a reader's eyes since the page was opened (cumulative layout shift)."""


def test_the_overview_updates_by_itself_without_a_jump_or_losing_the_focus(chromium: Browser, own_site: Site) -> None:
    context = logged_in(chromium, own_site, DRAFTER, "vi", viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.add_init_script(SHIFTS)
    page.clock.install()
    page.goto("/")
    count = page.locator('a[href$="state=reported"] .figure')
    assert count.inner_text() == "2"
    page.locator('a[href$="state=reported"]').focus()
    before = page.locator("h2").last.bounding_box()
    page.locator("details summary").first.click()
    unfolded = page.locator("h2").last.bounding_box()
    with page.expect_response(lambda answer: answer.url.endswith("/overview")):
        page.clock.run_for(61_000)
    expect(page.locator("details").first).to_have_attribute("open", "")  # nothing changed: what was unfolded stays so
    assert page.locator("h2").last.bounding_box() == unfolded
    page.locator("details summary").first.click()
    page.locator('a[href$="state=reported"]').focus()
    with a_hub(own_site.conninfo) as hub:
        hub.send(a_report(hub, unit="06040"))
        consume(own_site.conninfo)
    with page.expect_response(lambda answer: answer.url.endswith("/overview")):
        page.clock.run_for(61_000)
    page.locator('a[href$="state=reported"] .figure', has_text="3").wait_for()
    assert page.locator("h2").last.bounding_box() == before
    assert page.evaluate("shifted()") == 0
    assert page.evaluate("document.activeElement.getAttribute('href')") == f"/rounds/{ROUND}?state=reported"
    context.close()


DIFFICULTIES = 60  # with texts so long that a page shows some seventeen
LONG = "Xã " + " ".join(["Nguyễn Thị Minh Khai Đông Bắc Thượng Hạ"] * 3)


def test_nothing_reported_everything_overdue_long_names_and_pages_of_difficulties_still_read(
    chromium: Browser, postgres: str, filled: str, tmp_path: Path
) -> None:
    with _temporary_database(postgres, filled) as name:
        conninfo = make_conninfo(postgres, dbname=name)
        with a_hub(conninfo) as hub:
            hub.send(*(a_difficulty(number) for number in range(DIFFICULTIES)))
            hub.set_clock(datetime(2026, 11, 20, tzinfo=VIETNAM))
            known = to_row(hub.desk.definitions().registry.unit("06040", OCTOBER.date()))
            hub.change_units(units.rows_of("units", [{**known, "name": LONG[3:], "full_name": LONG}]))
            hub.publish(bare(the_plan()))
            consume(conninfo)
        people(conninfo)
        with a_site(conninfo, tmp_path) as site:
            context = logged_in(chromium, site, DRAFTER, "vi")
            page = context.new_page()
            found = [
                fault
                for path in ("/", f"/rounds/{ROUND}", "/units", "/units/06040", "/difficulties", "/plans/P119-LS")
                for fault in looked_at(page, path, widths=WIDTHS["vi"], axe=False)
            ]
            tall = {
                path: height(page, path) for path in ("/units/05977", "/difficulties", f"/rounds/{ROUND}/consolidation")
            }
            page.goto("/")
            shown = page.locator(".counts li").all_inner_texts()
            pages = list(pages_of_difficulties(page))
            whole = context.request.get("/difficulties.csv").text().splitlines()
            context.close()
    assert found == [] and max(tall.values()) < 9_000, tall
    assert len(pages) > 2 and sum(map(len, pages)) == DIFFICULTIES
    assert len({link for links in pages for link in links}) == DIFFICULTIES
    assert len(whole) - 1 == DIFFICULTIES, "a file holds whatever is filtered, on whichever page it was asked for"
    assert any(text.startswith(str(DIFFICULTIES)) for text in shown) and any(text.startswith("0\n") for text in shown)


def height(page: Page, path: str) -> int:
    """In pixels, on a telephone."""
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(path)
    return int(page.evaluate("document.documentElement.scrollHeight"))


def bare(document: dict[str, Any]) -> dict[str, Any]:
    """A plan without what it need not say."""
    for name in ("document", "channels", "via"):
        document["plan"].pop(name, None)
    return document


def pages_of_difficulties(page: Page) -> Iterator[list[str]]:
    """Where the rows of each page of the list lead, from page to page by its links."""
    page.goto("/difficulties")
    while True:
        yield page.locator("#difficulties th a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
        if not page.locator("a[rel=next]").count():
            return
        page.click("a[rel=next]")


def a_difficulty(number: int) -> dict[str, Any]:
    text = f"{number}. " + "Kinh phí còn hạn hẹp, địa bàn rộng, nhiều thôn chưa có sóng di động. " * 8
    data = {"unit": "05977", "plan": "P119-LS", "title": f"Khó khăn {number}", "text": text, "proposal": "Bổ sung."}
    return {
        "specversion": "1.0",
        "type": events.DIFFICULTY_RAISED,
        "source": SOURCE,
        "id": f"kk-{number}",
        "data": data,
    }
