"""Every page, file and form of the console, as the app lists its routes, by each role, about another's things.

What somebody may not see is answered as what does not exist, to the letter: another province's for people of one
province, another unit's for people of a commune, whatever is no release for the Ministry. A route whose names or form
are not said here fails. The hub's own routes are held by test_rights_table.py; here no page tells what they hide.
"""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any, cast
from urllib.parse import quote

import httpx
import pytest
from psycopg.conninfo import make_conninfo
from starlette.routing import Route

from lienthong import events
from lienthong.access.roles import PEOPLE
from services.console.app import app as console
from services.console.asking import Hub
from services.identity.people.person import Bound
from tests.builders.console import Browser, Site, people
from tests.builders.three_offices import Offices, Things, three_offices
from tests.conftest import _temporary_database
from tests.services.hub.test_rights_table import _client, _says, _unnamed

COMMUNE_UNIT = "05977"
ROLES: Mapping[str, Bound] = {
    "reporter": Bound(role="reporter", province="20", units=(COMMUNE_UNIT,)),
    "drafter": Bound(role="drafter", province="20"),
    "signer": Bound(role="signer", province="20"),
    "operator": Bound(role="operator", province="20"),
    "drafter.xa": Bound(role="drafter", province="20", units=(COMMUNE_UNIT,)),
    "operator.xa": Bound(role="operator", province="20", units=(COMMUNE_UNIT,)),
    "ministry": Bound(role="ministry", province="VN"),
}
OPEN = {"/static/{name}", "/language/{lang}", "/login", "/login/{step}", "/logout", "/account"}
"""For whoever comes, or of the caller alone: about nothing that somebody else has."""
DIRECTIVE = {
    "directive": "2026.12-ct-ubnd",
    "number": "12/CT-UBND",
    "title": "Chỉ thị về tuyên truyền an toàn bức xạ",
    "issuer": "UBND",
    "issued": "2026-09-10",
    "programmes": ["P119"],
    "posted": [{"place": "site", "day": "2026-09-11", "url": "https://xa.example/12"}],
}
MATERIAL = {
    "material": "so-tay-an-toan",
    "kind": "handbook",
    "title": "Sổ tay hỏi đáp về an toàn bức xạ",
    "subject": "An toàn bức xạ",
    "summary": "Hai mươi câu hỏi thường gặp.",
    "link": "https://xa.example/so-tay.pdf",
    "programmes": ["P119"],
}
OF_THE_PROVINCE = {"/opening/{plan}"}
"""About the province's plan, which an operator of one commune knows; what he sends there is refused as of no plan."""
OF_THE_MINISTRY = {"/nation/releases/{round}/{version:int}", "/nation/releases/{round}/{version:int}/report.docx"}
"""About releases, which the Ministry reads of every province."""
SAMPLE_ROUTES: list[Route] = [
    route
    for route in console(Hub(None), cast(Any, None), cast(Any, None), sample=False).routes
    if isinstance(route, Route) and route.path not in OPEN
]
PAGES = [route.path for route in SAMPLE_ROUTES if "GET" in (route.methods or ())]
FORMS = [route.path for route in SAMPLE_ROUTES if "POST" in (route.methods or ())]
ABOUT_THINGS = [path for path in PAGES if "{" in path]
ODD = ("..", "%2E%2E%2Fplans", "%00", "x" * 300)
"""Names of nothing; the first would lead an address elsewhere."""


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The hub, and everybody at a browser, with the word that its forms carry."""

    hub: Offices
    browsers: Mapping[str, Browser]
    words: Mapping[str, str]


@pytest.fixture(scope="module")
def desk(postgres: str, filled: str) -> Iterator[Desk]:
    with (
        _temporary_database(postgres, filled) as name,
        three_offices(make_conninfo(postgres, dbname=name)) as hub,
        ExitStack() as stack,
    ):
        for office in ("own", "foreign"):
            _registered(hub, hub.things[office])
        people(hub.whole.conninfo, {person: (person, bound) for person, bound in ROLES.items()})
        site = Site(address=hub.whole.address, conninfo=hub.whole.conninfo)
        browsers = {
            person: stack.enter_context(
                site.enrolled(person) if PEOPLE[bound.role].second_factor else site.person(person)
            )
            for person, bound in ROLES.items()
        }
        words = {person: _word(browser) for person, browser in browsers.items()}
        yield Desk(hub=hub, browsers=browsers, words=words)


def _registered(hub: Offices, things: Things) -> None:
    """A directive and shared material of the unit."""
    who = _client("province", things.province, units=("*",), more=True)
    for kind, data in ((events.DIRECTIVE_REGISTERED, DIRECTIVE), (events.MATERIAL_SHARED, MATERIAL)):
        source = next(iter(who.sources))
        event = {
            "specversion": "1.0",
            "type": kind,
            "source": source,
            "id": kind,
            "data": {"unit": things.unit, **data},
        }
        status, answer = hub.ask("POST", "/v1/events", event, token=hub.token(who))
        assert status < 300, answer


def _word(browser: Browser) -> str:
    page = browser.client.get("/", follow_redirects=True).text
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found is not None, page[:500]
    return found[1]


def test_every_role_of_a_person_is_here() -> None:
    assert {bound.role for bound in ROLES.values()} == set(PEOPLE)


def _names(things: Things) -> Mapping[str, str]:
    return {
        "unit": things.unit,
        "round": things.round,
        "form": f"{things.plan}.commune",
        "version": "1",
        "plan": things.plan,
        "receipt": things.receipt,
        "code": "events_commune",
        "difficulty": things.difficulty,
        "directive": DIRECTIVE["directive"],
        "material": MATERIAL["material"],
        "client": things.client,
        "person": things.person,
        "destination": things.destination,
        "portal": things.portal,
    }


def _at(path: str, things: Things, **others: str) -> str:
    """The address of a page about these things. others: parts as they stand in an address."""
    names = {name: quote(text, safe="") for name, text in _names(things).items()} | others
    return path.replace(":int", "").format(**names)


def _form(path: str, things: Things) -> dict[str, str]:
    """What a form of the console sends about these things: everything that it needs, so that rights alone refuse it."""
    unit, form = things.unit, f"{things.plan}.commune"
    directive = {
        "number": DIRECTIVE["number"],
        "title": "Chỉ thị",
        "issuer": "UBND",
        "issued": "1/9/2026",
        "programmes": "P119",
    }
    material = {
        "kind": "handbook",
        "title": "Sổ tay",
        "subject": "An toàn",
        "link": "https://a.example/x",
        "programmes": "P119",
    }
    days = {"first": "1/9/2026", "last": "30/9/2026", "deadline": "20/12/2026"}
    sent = {
        "/units/{unit}/reports/{round}/{form}/entry": {"do": "send"},
        "/units/{unit}/reports/{round}/{form}/sheet": {},
        "/units/{unit}/reports/{round}/{form}/explanations": {"revision": "1"},
        "/units/{unit}/reports/{round}/{form}/withdrawal": {"revision": "1"},
        "/units/{unit}/reports/{round}/{form}": {"do": "return", "revision": "1"},
        "/rounds/{round}/signing": {"act": "sign", "confirm": "yes"},
        "/rounds/{round}/reminders": {"do": "remind", "unit": unit},
        "/reviews": {"do": "pass", "report": f"{things.round}|{form}|{unit}|1"},
        "/deliveries": {"delivery": things.delivery},
        "/difficulties/{difficulty}": {"do": "answer", "text": "Đã rõ"},
        "/units/{unit}/tasks": {},
        "/units/{unit}/difficulties": {"plan": things.plan, "text": "Thiếu loa"},
        "/content": {"item": f"{unit}|{things.item}|1"},
        "/directives": {"unit": unit, **directive},
        "/directives/{unit}/{directive}": {"do": "save", **directive},
        "/materials": {"unit": unit, **material},
        "/materials/{unit}/{material}": {"do": "save", **material},
        "/clients": {"client_id": "bang-1", "name": "Bảng", "province": things.province, "role": "unit", "units": unit},
        "/clients/import": {},
        "/clients/{client}": {"do": "rotate", "overlapHours": "1"},
        "/people": {
            "person": "bang.1",
            "name": "Bảng",
            "province": things.province,
            "role": "reporter",
            "units": unit,
            "local": "yes",
        },
        "/people/{person}": {"do": "sessions"},
        "/single-person": {"do": "allow", "unit": unit},
        "/destinations": {
            "id": f"{things.province}-bang",
            "province": things.province,
            "url": "https://nhan.example/hub",
            "reach": "public",
            "name": "Nơi nhận",
        },
        "/destinations/{destination}": {"do": "pause"},
        "/portals": {
            "portal": "bang",
            "url": "https://cong.example/rss",
            "client": things.portal,
            "unit": unit,
            "licence": "CC-BY-4.0",
            "programmes": "P119",
            "everySeconds": "15",
        },
        "/portals/{portal}": {"do": "pause"},
        "/publishing": {"do": "check"},
        "/publishing/retirement": {"retired": things.plan, "again": things.plan},
        "/opening/{plan}": {"do": "DX", **days},
        "/registry": {"do": "check"},
        "/borders": {"province": things.province},
        "/contacts": {"do": "set", "unit": unit, "mails": "vanthu@example.gov.vn"},
        "/contacts/{unit}": {"do": "set", "mails": "vanthu@example.gov.vn"},
    }
    assert path in sent, f"POST {path}: say in _form what it sends"
    return {"reason": "Thử bảng quyền", "seen": "", **sent[path]}


def _told(answer: httpx.Response, things: Things) -> tuple[int, str, str]:
    assert answer.status_code < 500, f"{answer.request.method} {answer.request.url}: {answer.text[:300]}"
    where = answer.headers.get("location", "")
    return answer.status_code, _unnamed(where, things), _unnamed(answer.text, things)


def _hidden(desk: Desk, person: str) -> tuple[Things, Things]:
    """Things that the person may not see, and the same of nobody: of a neighbour for people of a commune (that there is
    such a unit is no secret), else of another province.
    """
    things = desk.hub.things
    foreign, neighbour, nobody = things["foreign"], things["own"], things["missing"]
    if not ROLES[person].units:
        return foreign, nobody
    return neighbour, replace(nobody, province=neighbour.province, issuer=neighbour.issuer, unit=neighbour.unit)


@pytest.mark.parametrize("person", ROLES)
def test_a_page_about_anothers_things_is_no_page(desk: Desk, person: str) -> None:
    browser, (hidden, nothing), wrong = desk.browsers[person], _hidden(desk, person), []
    for path in ABOUT_THINGS:
        if path in {"ministry": OF_THE_MINISTRY, "operator.xa": OF_THE_PROVINCE}.get(person, ()):
            continue
        data = person == "drafter" and not path.endswith(".docx")  # one way leads to all formats of a page
        for suffix in ("", ".json", ".csv", ".xlsx") if data else ("",):
            seen = _told(browser.client.get(_at(path, hidden) + suffix), hidden)
            none = _told(browser.client.get(_at(path, nothing) + suffix), nothing)
            if seen != none:
                wrong.append(f"{path}{suffix}: {seen[0]}, of nobody {none[0]}")
    assert wrong == []


@pytest.mark.parametrize("person", ROLES)
def test_a_form_about_anothers_things_does_nothing_and_says_nothing(desk: Desk, person: str) -> None:
    browser, (hidden, nothing), wrong = desk.browsers[person], _hidden(desk, person), []
    for path in FORMS:
        seen, none = (
            _told(browser.send(_at(path, things), {**_form(path, things), "csrf": desk.words[person]}), things)
            for things in (hidden, nothing)
        )
        if seen != none or seen[0] < 400:
            wrong.append(f"{path}: {seen[:2]}, of nobody {none[:2]}")
    assert wrong == []


@pytest.mark.parametrize("person", [person for person, bound in ROLES.items() if bound.province == "20"])
def test_no_list_tells_of_another_province(desk: Desk, person: str) -> None:
    foreign = desk.hub.things["foreign"]
    names = [foreign.release, foreign.client, foreign.person, foreign.item, foreign.receipt, foreign.delivery]
    names += [foreign.portal, foreign.destination, foreign.plan, foreign.difficulty]
    told = []
    for path in sorted(set(PAGES) - set(ABOUT_THINGS)):
        answer = desk.browsers[person].client.get(path)
        assert answer.status_code < 500, f"{path}: {answer.text[:300]}"
        told += [(path, name) for name in names if _says(answer.text, name)]
    assert told == []


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd[:20])
def test_a_name_of_nothing_is_no_page_wherever_it_stands(desk: Desk, odd: str) -> None:
    browser, own = desk.browsers["operator"], desk.hub.things["own"]
    cookies = "; ".join(f"{name}={text}" for name, text in browser.client.cookies.items())
    conn = http.client.HTTPConnection("127.0.0.1", desk.hub.whole.port, timeout=60)
    found = {}
    for path in ABOUT_THINGS:
        for part in re.findall(r"{(\w+)", path):
            address = _at(path, own, **{part: odd})
            conn.request("GET", address, headers={"Cookie": cookies})  # httpx would take the dots out itself
            answer = conn.getresponse()
            answer.read()
            if answer.status not in (400, 403, 404):
                found[address] = answer.status
    conn.close()
    assert found == {}
