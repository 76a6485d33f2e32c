"""Which pictures there are: of which page, seen by whom, when in the demonstration's year, after what. Data."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from playwright.sync_api import Page

from lienthong.shipped import schemas_folder
from services.demo import script
from services.demo.logins import TRIED
from services.demo.portal import PORTAL
from tests.builders.console import DRAFTER, MINISTRY, OPERATOR, REPORTER
from tests.builders.october import MORNING, ROUND

NOBODY = ""
"""Who has not logged in."""
OWING = "xa.06463"
"""Reports for the commune that still owes the round."""
AFTERNOON = script.at(10, 20, 15, 30)
"""The round is reported, passed on, and waits for its signature; content waits for its release."""
WINTER = script.MINISTRY_READS.replace(hour=10)
"""The year is over."""

COMMUNE, DEPARTMENT, PLAN = "05977", script.VIA, "P119-LS"
FIRST_HALF = script.FIRST_HALF.round
_FORM = f"{PLAN}.commune"
_PROGRAMME = schemas_folder() / "programmes" / "p119"


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """name: of its files. page: as the console calls it. at: when it is taken, by the hub's clock. before: what is done
    on the page first; leads perhaps to the page that is pictured.
    """

    name: str
    who: str
    path: str
    at: datetime
    page: str = ""
    before: Callable[[Page], None] | None = None

    @property
    def pictures(self) -> str:
        """The page's name."""
        return self.page or self.name.replace("-", "_")


def follow(selector: str) -> Callable[[Page], None]:
    """The first such link is followed."""

    def act(page: Page) -> None:
        page.goto(str(page.locator(selector).first.get_attribute("href")))

    return act


def fill_in(page: Page) -> None:
    """Figures of a round, and one that is not known yet."""
    for field, number in zip(page.locator(".number-answer input").all(), (4, 315, 5, 24, 406, 39), strict=False):
        field.fill(str(number))
    page.mouse.click(1, 1)  # no field is written in when the picture is taken


def try_plan(page: Page) -> None:
    """A plan with a new title is checked, not published."""
    text = (_PROGRAMME / "lang-son.yaml").read_text("utf-8")
    edited = re.sub(r"(?m)^title:\n  vi: (.*)$", r"title:\n  vi: \1 (sửa đổi)", text, count=1)
    plan = {"name": "lang-son.yaml", "mimeType": "text/yaml", "buffer": edited.encode()}
    page.set_input_files("#plan", plan)  # type: ignore[arg-type]
    page.set_input_files("#programme", _PROGRAMME / "programme.yaml")
    page.get_by_role("button", name="Kiểm tra").click()
    page.wait_for_selector("#preview")


def _pictures(at: datetime, who: str, **paths: str) -> tuple[Picture, ...]:
    """Pages that are pictured as they come, by name."""
    return tuple(Picture(name=name.replace("_", "-"), who=who, path=path, at=at) for name, path in paths.items())


PICTURES: tuple[Picture, ...] = (
    *_pictures(
        MORNING,
        DRAFTER,
        overview="/",
        round=f"/rounds/{ROUND}",
        units="/units",
        unit=f"/units/{TRIED}",
        reviews="/reviews",
    ),
    Picture(name="reminders", page="urging", who=DRAFTER, path=f"/rounds/{ROUND}/reminders", at=MORNING),
    Picture(name="entry", who=OWING, path=f"/units/{TRIED}/reports/{ROUND}/{_FORM}/entry", at=MORNING, before=fill_in),
    *_pictures(
        AFTERNOON,
        DRAFTER,
        signing=f"/rounds/{ROUND}/signing",
        consolidation=f"/rounds/{ROUND}/consolidation",
        computed=f"/rounds/{ROUND}/computed",
        report=f"/units/{COMMUNE}/reports/{ROUND}/{_FORM}",
        received=f"/units/20/received?round={ROUND}",
        content="/content?state=submitted",
        directives="/directives",
        materials="/materials",
        queries=f"/queries?round={ROUND}&all=1",
        difficulties="/difficulties",
    ),
    *(
        Picture(name=name, who=DRAFTER, path=path, at=AFTERNOON, before=follow(link))
        for name, path, link in (
            ("receipt", f"/units/{COMMUNE}", 'a[href^="/receipts/"]'),
            ("difficulty", "/difficulties", 'main a[href^="/difficulties/"]'),
            ("directive", "/directives", 'main a[href^="/directives/"]'),
            ("material", "/materials", 'main a[href^="/materials/"]'),
        )
    ),
    *_pictures(
        AFTERNOON,
        REPORTER,
        withdrawal=f"/units/{COMMUNE}/reports/{ROUND}/{_FORM}/withdrawal",
        raising=f"/units/{COMMUNE}/difficulties",
    ),
    *_pictures(
        WINTER,
        DRAFTER,
        plans="/plans",
        plan=f"/plans/{PLAN}",
        releases="/releases",
        provenance=f"/provenance/{ROUND}/I-119-10",
        release=f"/releases/{FIRST_HALF}/2",
        deliveries="/deliveries",
        unit_tasks=f"/units/{DEPARTMENT}/tasks",
    ),
    *_pictures(WINTER, MINISTRY, nation="/nation?of=P119/2026", nation_release=f"/nation/releases/{ROUND}/1"),
    *_pictures(
        WINTER,
        OPERATOR,
        running="/running",
        clients="/clients",
        client=f"/clients/dv-{COMMUNE}",
        people="/people",
        person=f"/people/{DRAFTER}",
        single_person="/single-person",
        borders="/borders",
        portals="/portals",
        portal=f"/portals/{PORTAL}",
        contacts="/contacts",
        contact=f"/contacts/{COMMUNE}",
        registry="/registry",
        openings="/opening",
        opening=f"/opening/{PLAN}",
        destinations="/destinations",
        destination="/destinations/platform-20",
        audit="/audit",
    ),
    Picture(name="publishing", who=OPERATOR, path="/publishing", at=WINTER, before=try_plan),
    *_pictures(WINTER, NOBODY, login="/login"),
)
"""By the instant, as they are taken."""
