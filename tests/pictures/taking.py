"""Pictures of the console's pages in Chromium, on a desk's screen and on a telephone's, at a fraction of their size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from playwright.sync_api import FloatRect as Rectangle
from starlette.routing import compile_path

from services.console.pages import PAGES
from tests.builders.console import OPERATOR, Site
from tests.builders.console import Browser as Person
from tests.pictures import png
from tests.pictures.roster import NOBODY, Picture

CHROMIUM = "chromium"
AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
"""What the page of a person says that the person looks with."""
PATIENCE = 120_000  # milliseconds for a page on a busy machine
_REPORT = "/units/{unit}/reports/{round}/{form}"
PATHS: Mapping[str, tuple[str, ...]] = {page.name: page.paths for page in PAGES} | {
    "login": ("/login",),
    "entry": (f"{_REPORT}/entry",),
    "withdrawal": (f"{_REPORT}/withdrawal",),
}
"""Of every page there is, by its name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Screen:
    """Pixels of a page in a style sheet's sense; scale: how many of the picture each of them is."""

    width: int
    height: int
    scale: float


SCREENS = (Screen(width=1440, height=1150, scale=0.5), Screen(width=390, height=1000, scale=0.75))


class WrongPage(Exception):
    """There is no picture: another page came than the one that was to be pictured."""


@dataclass(slots=True)
class Camera:
    """A browser at every desk. Each person logs in once."""

    site: Site
    browser: Browser
    cookies: dict[str, list[dict[str, str]]] = field(default_factory=dict)

    def take(self, picture: Picture) -> Iterator[tuple[str, bytes]]:
        """Names of files with their PNG, one for each screen. Raises WrongPage."""
        for screen in SCREENS:
            with self._at_desk(picture.who, screen) as context:
                page = context.new_page()
                _open(page, picture)
                shot = page.screenshot(clip=_whole_pixels(screen), animations="disabled", caret="hide")
            yield f"{picture.name}-{screen.width}.png", png.shrunk(shot)

    @contextmanager
    def _at_desk(self, who: str, screen: Screen) -> Iterator[BrowserContext]:
        context = self.browser.new_context(
            base_url=self.site.address,
            locale="vi-VN",
            timezone_id="Asia/Ho_Chi_Minh",
            viewport={"width": screen.width, "height": screen.height},
            device_scale_factor=screen.scale,
        )
        context.set_default_timeout(PATIENCE)
        if who != NOBODY:
            context.add_cookies(self._logged_in(who))  # type: ignore[arg-type]
        try:
            yield context
        finally:
            context.close()

    def _logged_in(self, who: str) -> list[dict[str, str]]:
        if who not in self.cookies:
            with self._enters(who) as person:
                given = person.client.cookies.items()
            self.cookies[who] = [{"name": name, "value": word, "url": self.site.address} for name, word in given]
        return self.cookies[who]

    @contextmanager
    def _enters(self, who: str) -> Iterator[Person]:
        if who == OPERATOR:
            with self.site.enrolled(who) as made:
                yield made
        else:
            with self.site.browser(**{"user-agent": AGENT}) as made:
                made.log_in(who)
                yield made


@contextmanager
def a_camera(site: Site, chromium: str) -> Iterator[Camera]:
    """chromium: the path of the browser."""
    with sync_playwright() as playwright, ExitStack() as stack:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        stack.callback(browser.close)
        yield Camera(site=site, browser=browser)


def _open(page: Page, picture: Picture) -> None:
    answer = page.goto(picture.path, wait_until="load")
    if answer is None or answer.status != 200:
        raise WrongPage(f"{picture.name}: {picture.path} answers {None if answer is None else answer.status}")
    if picture.before is not None:
        picture.before(page)
        page.wait_for_load_state()
        page.evaluate("scrollTo(0, 0)")
    there = urlsplit(page.url).path
    if not any(compile_path(path)[0].match(there) for path in PATHS[picture.pictures]):
        raise WrongPage(f"{picture.name}: {there} is no address of the page {picture.pictures}")


def _whole_pixels(screen: Screen) -> Rectangle:
    """The screen without the part of a pixel that is left of it at its scale."""
    return {
        "x": 0,
        "y": 0,
        "width": int(screen.width * screen.scale) / screen.scale,
        "height": int(screen.height * screen.scale) / screen.scale,
    }
