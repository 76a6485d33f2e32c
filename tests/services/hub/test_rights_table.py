"""Every route × every role × own and foreign things, as the hub's OpenAPI document lists the routes.

`rights_table.txt` says what each answers: `ok` for done or told, else the status. A route without lines there fails,
and says what the hub answers now: look at each cell before it is written down. Besides, whatever the table says:
nobody without a token is let in, nothing breaks, and what somebody may not see or touch is answered, to the letter,
as what does not exist.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from psycopg.conninfo import make_conninfo

from lienthong.access.principals import Principal
from lienthong.access.roles import PEOPLE, Binding, scopes_of
from services.identity.clients import ROLES
from tests.builders.three_offices import FOREIGN, MISSING, SECRET, Offices, Things, a_plan_of, three_offices
from tests.conftest import ROOT, _temporary_database

TABLE = Path(__file__).with_name("rights_table.txt")
OBJECTS = ("own", "commune", "foreign", "missing")
COMMUNE_UNIT = "05977"
OPEN = {
    "GET /.well-known/oauth-authorization-server",
    "GET /oauth/jwks",
    "POST /oauth/token",
    "GET /v1/schemas",
    "GET /v1/schemas/by-id",
    "GET /v1/schemas/forms/{form}/{version}",
    "GET /v1/session/oidc",
    "GET /v1/session/oidc/callback",
    "GET /v1/portal/{province}/feed.json",
    "GET /v1/portal/{province}/feed.atom",
}
"""Routes for whoever comes: what they tell is no secret, or is the way to a token."""
MAKES = {
    "POST /v1/destinations",
    "POST /v1/portals",
    "POST /v1/plans",
    "POST /v1/units",
    "POST /v1/clients",
    "POST /v1/people",
}
"""Routes that make something by a name of the caller's choice: a foreign one can't look like a missing one."""
BRAKED = {"POST /oauth/token", "POST /v1/session"}
"""Who fails too often is told to wait (429), whichever role comes when."""
ASKS_OUTSIDE = {"POST /v1/destinations/{identifier}/reconciliation"}
"""Who may do it is told that the destination, which is nowhere, is away (503)."""
AGAIN = {
    "/v1/events",
    "/releases",
    "/drafts",
    "/extensions",
    "/dormant",
    "/lock",
    "/returns",
    "/answer",
    "/closing",
    "/forwarding",
    "/passed-on",
    "/retirement",
    "/reminders",
    "/approval",
    "/withdrawal",
    "/retry",
    "/revoke",
    "/disable",
    "/enable",
}
"""Acts that can be done once, or until a round is locked: that somebody did it before (409) tells who may do it."""


FOR_ALL = {"GET /v1/units", "GET /v1/schemas"}
"""Lists that are the same for everybody."""
BOUND = {"unit", "commune", "reporter", "operator@xa"}
"""Roles that are for the one commune."""


def _client(role: str, province: str = "20", units: tuple[str, ...] = (), more: bool = False) -> Principal:
    known = ROLES[role]
    return Principal(
        client_id=f"bang-{role}",
        name=role,
        province=province,
        units=frozenset(units),
        sources=frozenset({f"/{province}/bang-{role}"}),
        scopes=known.scopes | (known.extra if more else frozenset()),
        role=role,
    )


def _person(*bindings: tuple[str, str], province: str = "20") -> Principal:
    held = [
        Binding(
            role=role,
            scopes=scopes_of(role, national=province == "VN"),
            units=frozenset({unit} if unit else ()),
        )
        for role, unit in bindings
    ]
    return Principal.of_person("bang", name="Bảng", province=province, bindings=held)


ROLES_ASKED: Mapping[str, Principal | None] = {
    "none": None,
    "expired": _client("province", more=True),
    "unit": _client("unit", units=(COMMUNE_UNIT,), more=True),
    "province": _client("province"),
    "province+": _client("province", units=("*",), more=True),
    "commune": _client("province", units=(COMMUNE_UNIT,), more=True),
    "ministry": _client("ministry", "VN"),
    "platform": _client("platform", "VN"),
    "hub": _client("hub", "VN", more=True),
    "reporter": _person(("reporter", COMMUNE_UNIT)),
    "drafter": _person(("drafter", "")),
    "signer": _person(("signer", "")),
    "operator": _person(("operator", "")),
    "operator@xa": _person(("operator", COMMUNE_UNIT)),
    "operator@VN": _person(("operator", ""), province="VN"),
    "ministry@VN": _person(("ministry", ""), province="VN"),
}
"""By column: clients, the person's roles; `commune` and `@xa` are bound to one commune, `+` holds all it may."""


def test_every_role_there_is_has_a_column() -> None:
    asked = [who for who in ROLES_ASKED.values() if who is not None]
    assert {who.role for who in asked if not who.is_person} == set(ROLES)
    assert {b.role for who in asked for b in who.bindings} == set(PEOPLE)


def _routes() -> Iterator[str]:
    paths = json.loads((ROOT / "docs" / "openapi.json").read_text("utf-8"))["paths"]
    for path, operations in sorted(paths.items()):
        for method in operations:
            yield f"{method.upper()} {path}"


def _table() -> dict[tuple[str, str], list[str]]:
    """(route, object) → a cell for each role."""
    found: dict[tuple[str, str], list[str]] = {}
    lines = [line for line in TABLE.read_text("utf-8").splitlines() if line.strip() and not line.startswith("#")]
    header = lines.pop(0).split()
    assert header == ["method", "route", "of", *ROLES_ASKED], "the table's columns are the roles, in their order"
    for line in lines:
        method, route, of, *cells = line.split()
        assert len(cells) == len(ROLES_ASKED), line
        assert (f"{method} {route}", of) not in found, f"twice: {method} {route} {of}"
        found[(f"{method} {route}", of)] = cells
    return found


@pytest.fixture(scope="module")
def hub(postgres: str, filled: str) -> Iterator[Offices]:
    with _temporary_database(postgres, filled) as name, three_offices(make_conninfo(postgres, dbname=name)) as made:
        yield made


_NUMBER = itertools.count(1)


@dataclass(frozen=True, kw_only=True)
class Ask:
    """How a route is asked about a thing. body, query: made of the thing and who asks."""

    query: str = ""
    body: Any = None
    path: Mapping[str, str] = field(default_factory=dict)


def _report(things: Things, who: Principal | None, report: Mapping[str, Any]) -> dict[str, Any]:
    """A correction of what the unit reported."""
    source = next(iter(sorted(who.sources)), "/khong-ai") if who else "/khong-ai"
    unit = things.unit if things is not MISSING else FOREIGN.unit  # who is a unit of which province is no secret
    data = {**report, "round": things.round, "form": f"{things.plan}.commune", "unit": unit, "revision": 2}
    return {
        "specversion": "1.0",
        "type": "vn.lienthong.report.submitted.v1",
        "source": source,
        "id": f"bang-{next(_NUMBER)}",
        "data": data,
    }


def _reports(things: Things) -> dict[str, Any]:
    return {"reports": [{"form": f"{things.plan}.commune", "unit": things.unit, "revision": 1}]}


def _borders(things: Things) -> Mapping[str, Any]:
    ring = [[106.0, 21.0], [106.1, 21.0], [106.1, 21.1], [106.0, 21.0]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "properties": {"code": things.unit}, "geometry": geometry}],
    }


def _ask(route: str, things: Things, who: Principal | None, report: Mapping[str, Any]) -> Ask:
    number = next(_NUMBER)
    whole = things.issuer == things.province
    reason = {"reason": "Thử bảng quyền"}
    document = {"number": None, "date": None}
    units = [] if whole else [things.unit]
    asked: dict[str, Ask] = {
        "GET /v1/units": Ask(query="?q=lang"),
        "GET /v1/units/{unit}/statement": Ask(query="?year=2026"),
        "GET /v1/schemas/by-id": Ask(query="?id=https://lienthong.vn/x"),
        "GET /v1/rounds/{round}/units": Ask(query="?indicator=I-119-01"),
        "GET /v1/audit": Ask(query=f"?province={things.province}"),
        "GET /v1/obligations": Ask(query=f"?unit={things.unit}"),
        "GET /v1/supplied/reports": Ask(query=f"?unit={things.unit}&round={things.round}&form={things.plan}.commune"),
        "GET /v1/supplied": Ask(query=f"?unit={things.unit}&round={things.round}&form={things.plan}.commune"),
        "POST /oauth/token": Ask(body={}),
        "POST /v1/events": Ask(query="?dryRun=true", body=_report(things, who, report)),
        "POST /v1/plans": Ask(query="?dryRun=true", body=a_plan_of(things)),
        "POST /v1/units": Ask(
            query="?dryRun=true",
            body={"populations": [{"unit": things.unit, "year": 2026, "value": 8123, "source": "thử"}]},
        ),
        "POST /v1/rounds": Ask(
            body={
                "plan": things.plan,
                "period": f"2026-DX{number % 90 + 1}",
                "first": "2026-09-01",
                "last": "2026-09-30",
                "deadline": "2026-12-20T00:00:00+07:00",
                **reason,
            }
        ),
        "POST /v1/rounds/{round}/extensions": Ask(
            body={"until": "2027-01-20T00:00:00+07:00", "document": document, "obligation": "R-119-LS-1", **reason}
        ),
        "POST /v1/rounds/{round}/dormant": Ask(body={"unit": things.unit, **reason}),
        "POST /v1/rounds/{round}/lock": Ask(body=reason),
        "POST /v1/plans/{plan}/retirement": Ask(body=reason),
        "POST /v1/rounds/{round}/returns": Ask(body={**_reports(things), **reason}),
        "POST /v1/rounds/{round}/passed-on": Ask(body=_reports(things)),
        "POST /v1/rounds/{round}/releases": Ask(body={"confirm": True}),
        "POST /v1/rounds/{round}/releases/drafts": Ask(body={"recipients": ["VN"]}),
        "PUT /v1/units/{unit}/single-person": Ask(body={"allowed": False, **reason}),
        "POST /v1/rounds/{round}/releases/{version}/withdrawal": Ask(body=reason),
        "POST /v1/difficulties/{receipt}/answer": Ask(body={"text": "Thử bảng quyền"}),
        "POST /v1/difficulties/{receipt}/closing": Ask(body={}),
        "POST /v1/receipts/{receipt}/redaction": Ask(body={"pointers": ["/data/text"], **reason}),
        "POST /v1/difficulties/{receipt}/forwarding": Ask(body={}),
        "POST /v1/plans/{plan}/tasks/{task}/reports": Ask(body={"status": "in_hand"}),
        "POST /v1/clients": Ask(
            body={
                "clients": [
                    {
                        "client_id": f"bang-{number}",
                        "name": "Bảng",
                        "province": things.province,
                        "role": "province",
                        "units": units,
                        "sources": [f"/{things.province}/clients/bang-{number}"],
                    }
                ]
            }
        ),
        "POST /v1/clients/{client}/keys": Ask(
            body={"jwk": {"kty": "OKP", "crv": "Ed25519", "x": _X.format(number % 1000)}}
        ),
        "POST /v1/clients/{client}/revoke": Ask(body=reason),
        "POST /v1/clients/{client}/rotate": Ask(body={"overlapHours": 1}),
        "POST /v1/people": Ask(
            body={
                "person": f"bang.{number}",
                "name": "Bảng Thị Quyền",
                "province": things.province,
                "local": False,
                "bindings": [{"role": "drafter", "province": things.province, "units": units}],
            }
        ),
        "PUT /v1/units/{province}/boundaries": Ask(body=_borders(things)),
        "PUT /v1/people/{person}/roles": Ask(
            body={"bindings": [{"role": "drafter", "province": things.province, "units": units}]}
        ),
        "POST /v1/people/{person}/disable": Ask(body=reason),
        "POST /v1/people/{person}/enable": Ask(body=reason),
        "POST /v1/people/{person}/second-factor/reset": Ask(body=reason),
        "POST /v1/destinations": Ask(
            body={
                "id": f"{things.province}-bang-{number}",
                "province": things.province,
                "url": "https://nen-tang.example.vn",
            }
        ),
        "PUT /v1/units/{unit}/contact": Ask(body={"mails": ["vanthu@example.gov.vn"]}),
        "POST /v1/contacts": Ask(body={"contacts": [{"unit": things.unit, "mails": ["vanthu@example.gov.vn"]}]}),
        "POST /v1/rounds/{round}/reminders": Ask(body={}),
        "POST /v1/portals": Ask(
            body={
                "portal": f"bang-{number}",
                "client": things.portal,
                "unit": things.unit,
                "programmes": ["P119"],
                "url": "https://cong.example.vn/rss",
                "licence": "CC-BY-4.0",
            }
        ),
        "PATCH /v1/destinations/{identifier}": Ask(body={"name": "Nơi nhận"}),
        "POST /v1/facts/{partition}/{position}/set-aside": Ask(body=reason),
        "POST /v1/session": Ask(body={"person": "khong.co", "password": "x"}),
        "POST /v1/session/password": Ask(body={"old": "x", "password": "y"}),
        "PUT /v1/session/province": Ask(body={"province": "20"}),
        "POST /v1/session/totp": Ask(body={"code": "123456"}),
    }
    return asked.get(route, Ask())


_X = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcH{:03d}"


def _path(route: str, things: Things) -> str:
    """The route's path with the thing's names in it."""
    path = route.split(" ", 1)[1]
    version = "1.0.1" if "/schemas/" in path else "1"
    names = {
        "province": things.province,
        "round": things.round,
        "plan": things.plan,
        "release": things.release,
        "version": version,
        "unit": things.unit,
        "item": things.item,
        "client": things.client,
        "person": things.person,
        "identifier": things.destination if "/destinations/" in path else things.delivery,
        "delivery": things.delivery,
        "destination": things.destination,
        "id_": things.receipt,
        "receipt": things.difficulty,
        "task": "T-119-LS-2.3",
        "form": f"{things.plan}.commune",
        "kid": "khoa-1",
        "session_id": "phien-1",
        "portal": things.portal,
        "programme": "P119",
        "period": "2026",
        "partition": things.province,
        "position": "7",
        "code": things.unit if "/units/" in path else "events_commune",
    }
    for part in [part for part in path.split("/") if part.startswith("{")]:
        name = part.strip("{}")
        assert name in names, f"{route}: say in _path what {part} is"
        path = path.replace(part, names[name])
    return path


def _has_object(route: str, things: Things) -> bool:
    """Whether the route is about a thing that somebody has."""
    varied = [_path(route, things), _path(route, _OTHER)]
    asked = [_ask(route, one, None, {}) for one in (things, _OTHER)]
    plain = [(a.query, json.dumps(a.body, sort_keys=True)) for a in asked]
    return (
        varied[0] != varied[1]
        or route in MAKES
        or plain[0][0] != plain[1][0]
        or route in {"POST /v1/rounds", "POST /v1/events", "POST /v1/contacts"}
    )


_OTHER = Things(
    province="98",
    issuer="98",
    unit="98989",
    plan="P119-YY",
    client="a",
    person="b",
    item="c",
    destination="d",
    receipt="e",
    delivery="f",
    difficulty="g",
)


@dataclass(frozen=True)
class Seen:
    """What one role got. text: with the names of the thing replaced by those of nothing."""

    cell: str
    text: str


def _answers(hub: Offices, route: str, of: str) -> list[Seen]:
    things = hub.things[of if of != "-" else "own"]
    answers = []
    for name, who in ROLES_ASKED.items():
        asked = _ask(route, things, who, hub.report)
        token = None if who is None else hub.expired(who) if name == "expired" else hub.token(who)
        method = route.split(" ", 1)[0]
        body = None if method == "GET" else asked.body
        status, answer = hub.ask(method, _path(route, things) + asked.query, body, token=token)
        away = route in ASKS_OUTSIDE and status == 503
        assert status < 500 or away, f"{route} of {of} by {name}: {answer[:300]!r}"
        done = status < 300 or away or (status == 409 and any(route.endswith(end) for end in AGAIN))
        text = answer.decode("utf-8", "replace")
        cell = "ok" if done else "no" if route in BRAKED else str(status)
        answers.append(Seen(cell, text if of == "-" else _unnamed(text, things)))
        _mend(hub, route)
    return answers


def _unnamed(text: str, things: Things) -> str:
    for nearest in re.findall(r'"known":"([^"]+)"', text):
        # Which of the codes that the caller may see stand beside the one asked for follows from that code alone.
        assert not {things.round, things.plan} & set(nearest.split(", ")), f"{nearest} names what is refused"
        text = text.replace(nearest, "…")
    for name, nothing in zip(_members(things), _members(_OTHER), strict=True):
        text = text.replace(name, nothing)
    text = text.replace("P119-LS", _OTHER.plan).replace(FOREIGN.unit, _OTHER.unit)  # examples of advice; see _report
    return re.sub(rf"\b{things.province}\b", _OTHER.province, text)


def _members(things: Things) -> list[str]:
    return [
        things.release,
        things.round,
        things.plan,
        things.receipt,
        things.delivery,
        things.destination,
        things.client,
        things.person,
        things.item,
        things.portal,
        things.unit,
        things.difficulty,
    ]


def _mend(hub: Offices, route: str) -> None:
    """Undo what the next role would stumble over."""
    if route.endswith("/revoke"):
        hub.change("UPDATE ingest.clients SET revoked_at = NULL WHERE client_id NOT LIKE '%-bang-%'")
    if route.endswith("/disable"):
        hub.change("UPDATE identity.people SET disabled_at = NULL")
    if route == "DELETE /v1/destinations/{identifier}":
        alive = f"removed_at = NULL, active = true, secret = '{SECRET}'"
        hub.change(f"UPDATE export.destinations SET {alive} WHERE id NOT LIKE '%-bang-%'")
    if route == "DELETE /v1/units/{unit}/contact":
        hub.change("UPDATE ingest.contacts SET mails = '{vanthu@example.gov.vn}'")
    if route == "DELETE /v1/portals/{portal}":
        hub.change("UPDATE ingest.portals SET removed_at = NULL")
    if route.endswith("/clients/{client}/keys"):
        hub.change("DELETE FROM ingest.client_keys WHERE kid <> 'khoa-1'")
    if route.endswith("/keys/{kid}"):
        hub.change("UPDATE ingest.client_keys SET ends_at = NULL")
    if route == "PUT /v1/units/{province}/boundaries":
        hub.change("DELETE FROM ingest.boundaries")


def _line(route: str, of: str, cells: list[str]) -> str:
    method, path = route.split(" ", 1)
    return f"{method:6} {path:55} {of:8} " + " ".join(f"{cell:>4}" for cell in cells)


@pytest.mark.parametrize("route", list(_routes()))
def test_a_route_answers_each_role_as_the_table_says(hub: Offices, route: str) -> None:
    objects = OBJECTS if _has_object(route, hub.things["own"]) else ("-",)
    answers = {of: _answers(hub, route, of) for of in objects}
    _nobody_comes_in_without_a_token(route, answers)
    _nothing_is_told_to_strangers(route, answers, hub)
    now = [_line(route, of, [seen.cell for seen in seen_by]) for of, seen_by in answers.items() if of != "missing"]
    stated = [_line(route, of, _table()[(route, of)]) for of in objects if of != "missing" and (route, of) in _table()]
    assert now == stated, "the hub answers\n" + "\n".join(now) + "\nand the table says\n" + "\n".join(stated)


def _nobody_comes_in_without_a_token(route: str, answers: Mapping[str, list[Seen]]) -> None:
    if route in OPEN:
        return
    for of, seen_by in answers.items():
        refused = {"no"} if route in BRAKED else {"401", "403"}
        assert {seen_by[0].cell, seen_by[1].cell} <= refused, f"{route} of {of} without a token that lives"


def _nothing_is_told_to_strangers(route: str, answers: Mapping[str, list[Seen]], hub: Offices) -> None:
    """Whoever is refused a thing is told what it would be told if there were none."""
    if route in MAKES or route in OPEN:
        return
    for of in set(answers) - {"missing", "-"}:
        for role, thing, nothing in zip(ROLES_ASKED, answers[of], answers["missing"], strict=True):
            if thing.cell != "ok":
                assert (thing.cell, thing.text) == (nothing.cell, nothing.text), f"{route} of {of} by {role}"
    for role, seen in zip(ROLES_ASKED, answers.get("-", ()), strict=False):
        if route not in FOR_ALL:
            names = [name for name in _hidden_from(role, hub) if _says(seen.text, name)]
            assert not names, f"{route} tells {role} of {names}"


def test_who_holds_no_scope_of_reading_is_told_of_nothing_that_units_sent(hub: Offices) -> None:
    """A province's client that pulls the feed alone: whichever route it asks, and whichever of its province's things.
    (What a release says is in the feed.)
    """
    feeds, own = replace(ROLES_ASKED["province+"], scopes=frozenset({"feed:read"})), hub.things["own"]
    for route in (route for route in _routes() if route.startswith("GET ") and not route.startswith("GET /v1/feed/")):
        _, answer = hub.ask(
            "GET", _path(route, own) + _ask(route, own, feeds, hub.report).query, token=hub.token(feeds)
        )
        told = _unasked(answer.decode("utf-8", "replace"), route)
        sent = {own.receipt, own.item, own.client, own.person, own.difficulty}
        assert not [name for name in sent if _says(told, name)], f"{route}: {told[:300]}"


def _unasked(text: str, route: str) -> str:
    """Without what a refusal repeats of the question."""
    return "" if '"errors":' in text and "{" in route else text


def _says(text: str, name: str) -> bool:
    """The whole name: the receipt 20-5 is not told by 20-57, nor by a piece of an identifier made by chance."""
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text) is not None


def _hidden_from(role: str, hub: Offices) -> list[str]:
    """What no list may name to the role: of other provinces, and of its province what isn't its commune's."""
    who = ROLES_ASKED[role]
    if who is None or who.province != "20":
        return []
    foreign, own = hub.things["foreign"], hub.things["own"]
    others = [foreign, *([own] if role in BOUND else [])]
    named = [
        (each.release, each.client, each.person, each.item, each.receipt, each.delivery, each.portal) for each in others
    ]
    return [foreign.destination, *(name for names in named for name in names)]


NAMING: Mapping[str, str] = {
    "unit": "{unit}",
    "via": "{unit}",
    "round": "{round}",
    "plan": "{plan}",
    "form": "{plan}.commune",
    "destination": "{destination}",
    "province": "{province}",
    "release": "{release}",
    "programme": "P99999",
    "period": "2031",
    "indicator": "I-999-99",
    "to": "{unit}",
    "act": "khong.co",
    "actor": "ai-do",
}
"""Query parameters that name a thing, and its name; where nothing of an office is in it, nobody has it."""
NAMING_NOTHING = """
q subject state since until on issuedFrom issuedTo day digest cursor limit level kind year format table bom
disabled revoked version id next failed code error iss
"""
"""Query parameters that say how much, when, in which form, or by which words."""


def _filters() -> Iterator[tuple[str, str]]:
    """(route, parameter that names something) of each that is read."""
    for path, operations in sorted(json.loads((ROOT / "docs" / "openapi.json").read_text("utf-8"))["paths"].items()):
        for each in operations.get("get", {}).get("parameters", ()):
            if each["in"] == "query" and each["name"] not in NAMING_NOTHING.split():
                yield f"GET {path}", each["name"]


@pytest.mark.parametrize(("route", "name"), list(_filters()))
def test_a_list_asked_for_what_is_not_there_says_so_and_never_is_empty(hub: Offices, route: str, name: str) -> None:
    own = hub.things["own"]
    path, given = _path(route, own), dict(parse_qsl(_ask(route, own, None, hub.report).query.removeprefix("?")))

    def asked(who: Principal, of: str) -> Seen:
        named = {} if of == "own" else {name: NAMING[name].format(**_attributes(hub.things[of]))}
        status, answer = hub.ask("GET", f"{path}?{urlencode(given | named)}", token=hub.token(who))
        return Seen(str(status), _unnamed(answer.decode(), hub.things[of]))

    callers = [who for who in ROLES_ASKED.values() if who is not None and asked(who, "own").cell == "200"]
    assert callers, "nobody can ask that at all"
    for who in callers:
        missing, foreign = (asked(who, of) for of in ("missing", "foreign" if "{" in NAMING[name] else "missing"))
        assert missing.cell == "404", f"{who.role} is told {missing.text[:300]}"
        assert foreign == missing or (foreign.cell, who.province) == ("200", "VN"), f"{who.role}: {foreign.text[:300]}"


def _attributes(things: Things) -> Mapping[str, str]:
    return {name: getattr(things, name) for name in ("unit", "round", "plan", "destination", "province", "release")}


def test_the_table_names_no_route_that_is_gone() -> None:
    assert {route for route, _ in _table()} <= set(_routes())
