"""Nobody overwrites what he has not seen: whatever is edited is told with its version, and an edit that names another
one than stands changes nothing and says who was before.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from lienthong.programmes import files
from tests.builders.ingest_http import Answer
from tests.builders.plans import shipped
from tests.builders.whole_hub import Whole

Wanted = tuple[str, str, Any]
"""Method, path and body of a request."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A thing that is edited. made: what has to be there first; read: tells it with its version; edits: two of it."""

    made: tuple[Wanted, ...] = ()
    read: Wanted
    edits: tuple[Wanted, Wanted]


def _get(path: str) -> Wanted:
    return "GET", path, None


def _person(path: str, *units: str) -> Wanted:
    return "PUT", f"{path}/roles", {"bindings": [{"role": "reporter", "province": "20", "units": list(units)}]}


def _client(name: str, unit: str) -> Wanted:
    new = {"client_id": name, "name": "Xã thử", "province": "20", "role": "unit", "units": [unit]}
    return "POST", "/v1/clients", {"clients": [new]}


def _plan(title: str | None = None) -> dict[str, Any]:
    read = shipped()
    document = json.loads(json.dumps(files.published_documents(read)["P119-LS"]))
    if title is not None:
        document["plan"]["title"] = {"vi": title, "en": title}
    return document


def _alias(name: str) -> dict[str, Any]:
    row = {"code": "06040", "alias": name, "kind": "abbreviation", "certainty": "known", "source": "Công văn"}
    return {"aliases": [row]}


def _borders(east: float) -> dict[str, Any]:
    ring = [[[106, 21], [east, 21], [east, 22], [106, 21]]]
    place = {"type": "Polygon", "coordinates": ring}
    return {
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "properties": {"code": "06040"}, "geometry": place}],
    }


RECEIVER = {"id": "20-nhan", "province": "20", "url": "https://nhan.example/"}
ADDED = {"person": "lan.nt", "name": "Nông Thị Lan", "province": "20", "bindings": _person("", "06040")[2]["bindings"]}
READ = {
    "portal": "langson",
    "client": "ld-cong",
    "unit": "05983",
    "url": "https://langson.example/rss",
    "licence": "CC0",
    "programmes": ["P119"],
}
KINDS = {
    "contact": Kind(
        read=_get("/v1/units/06040/contact"),
        edits=(
            ("PUT", "/v1/units/06040/contact", {"mails": ["a@langson.gov.vn"]}),
            ("PUT", "/v1/units/06040/contact", {"mails": ["b@langson.gov.vn"]}),
        ),
    ),
    "destination": Kind(
        made=(("POST", "/v1/destinations", RECEIVER),),
        read=_get("/v1/destinations/20-nhan"),
        edits=(
            ("PATCH", "/v1/destinations/20-nhan", {"name": "Nơi nhận"}),
            ("PATCH", "/v1/destinations/20-nhan", {"perMinute": 7}),
        ),
    ),
    "secret of a destination": Kind(
        made=(("POST", "/v1/destinations", {**RECEIVER, "id": "20-khoa"}),),
        read=_get("/v1/destinations/20-khoa"),
        edits=(("POST", "/v1/destinations/20-khoa/rotate", {}), ("POST", "/v1/destinations/20-khoa/rotate", {})),
    ),
    "person": Kind(
        made=(("POST", "/v1/people", ADDED),),
        read=_get("/v1/people/lan.nt"),
        edits=(_person("/v1/people/lan.nt", "06040", "05977"), _person("/v1/people/lan.nt", "05977")),
    ),
    "account": Kind(
        made=(("POST", "/v1/people", {**ADDED, "person": "hoa.lv"}),),
        read=_get("/v1/people/hoa.lv"),
        edits=(
            ("POST", "/v1/people/hoa.lv/disable", {"reason": "chuyển công tác"}),
            ("POST", "/v1/people/hoa.lv/enable", {"reason": "về lại"}),
        ),
    ),
    "client": Kind(
        made=(_client("ld-thu", "06040"),),
        read=_get("/v1/clients/ld-thu"),
        edits=(("POST", "/v1/clients/ld-thu/rotate", {}), ("POST", "/v1/clients/ld-thu/rotate", {})),
    ),
    "portal": Kind(
        made=(_client("ld-cong", "05983"), ("POST", "/v1/portals", READ)),
        read=_get("/v1/portals/langson"),
        edits=(("POST", "/v1/portals/langson/pause", None), ("POST", "/v1/portals/langson/resume", None)),
    ),
    "boundaries": Kind(
        made=(("PUT", "/v1/units/20/boundaries", _borders(106.5)),),
        read=_get("/v1/units/20/boundaries"),
        edits=(
            ("PUT", "/v1/units/20/boundaries", _borders(106.6)),
            ("PUT", "/v1/units/20/boundaries", _borders(106.7)),
        ),
    ),
    "one person allowed": Kind(
        read=_get("/v1/units/05983/single-person"),
        edits=(
            ("PUT", "/v1/units/05983/single-person", {"allowed": False, "reason": "chưa đủ người"}),
            ("PUT", "/v1/units/05983/single-person", {"allowed": False, "reason": "đã đủ người"}),
        ),
    ),
    "registry": Kind(
        read=("POST", "/v1/units?dryRun=true", _alias("x-1")),
        edits=(("POST", "/v1/units", _alias("x-1")), ("POST", "/v1/units", _alias("x-1"))),
    ),
    "plan": Kind(
        read=("POST", "/v1/plans?dryRun=true", _plan("Bản hai")),
        edits=(("POST", "/v1/plans", _plan("Bản hai")), ("POST", "/v1/plans", _plan("Bản ba"))),
    ),
}


def ask(whole: Whole, wanted: Wanted, seen: str | None = None, *, client: str = "dh-20") -> Answer:
    method, path, body = wanted
    headers = {} if seen is None else {"If-Match": seen}
    token = whole.token(client=client, units=() if path.startswith("/v1/people") else ("*",))
    return whole.request(method, path, body, token=token, headers=headers)


def done(answer: Answer) -> Answer:
    assert answer.status < 300, answer.body[:2000]
    return answer


@pytest.mark.parametrize("name", KINDS)
def test_an_edit_of_what_somebody_changed_meanwhile_changes_nothing_and_says_who_it_was(
    whole: Whole, name: str
) -> None:
    kind = KINDS[name]
    for wanted in kind.made:
        done(ask(whole, wanted))
    first, second = kind.edits
    before = done(ask(whole, kind.read))
    tag = before.headers["etag"]
    assert (tag.startswith('"') and before.headers["cache-control"] == "no-store") or name == "boundaries"
    done(ask(whole, first, tag, client="chi-lan"))
    stands = done(ask(whole, kind.read))
    assert stands.headers["etag"] != tag
    refused = ask(whole, second, tag, client="anh-hung")
    assert (refused.status, refused.codes) == (412, {"changed_meanwhile"}), refused.body
    [error] = refused.json["errors"]
    assert error["params"]["who"]["vi"] == "ứng dụng chi-lan" and error["params"]["at"]
    assert "chi-lan" in error["message_vi"] and "chi-lan" in error["message_en"]
    again = done(ask(whole, kind.read))
    assert (again.headers["etag"], again.json) == (stands.headers["etag"], stands.json)
    done(ask(whole, second, f'"other", {again.headers["etag"]}', client="anh-hung"))


def test_an_edit_that_says_nothing_of_what_it_saw_goes_on_as_it_did(whole: Whole) -> None:
    path = "/v1/units/05977/contact"
    for mail in ("a@langson.gov.vn", "b@langson.gov.vn"):
        done(ask(whole, ("PUT", path, {"mails": [mail]})))
    assert done(ask(whole, ("PUT", path, {"mails": ["c@langson.gov.vn"]}), "*")).status == 200
    assert ask(whole, _get(path)).json["mails"] == ["c@langson.gov.vn"]


def test_of_many_contacts_each_is_held_against_what_was_seen_of_it(whole: Whole) -> None:
    done(ask(whole, ("PUT", "/v1/units/05986/contact", {"mails": ["a@langson.gov.vn"]})))
    listed = done(ask(whole, _get("/v1/contacts"))).json
    seen = {contact["unit"]: contact["version"] for contact in listed["contacts"]}
    done(ask(whole, ("PUT", "/v1/units/05986/contact", {"mails": ["b@langson.gov.vn"]}), client="chi-lan"))
    rows = [
        {"unit": unit, "mails": ["c@langson.gov.vn"], "version": seen.get(unit, listed["unset"])}
        for unit in ("06085", "05986")
    ]
    refused = ask(whole, ("POST", "/v1/contacts", {"contacts": rows}), client="anh-hung")
    assert (refused.status, refused.codes) == (412, {"changed_meanwhile"}), refused.body
    [error] = refused.json["errors"]
    assert error["pointer"] == "/contacts/1" and "chi-lan" in error["message_vi"]
    stands = {each["unit"]: each for each in done(ask(whole, _get("/v1/contacts"))).json["contacts"]}
    assert stands["05986"]["mails"] == ["b@langson.gov.vn"] and "06085" not in stands
    rows[1]["version"] = stands["05986"]["version"]
    done(ask(whole, ("POST", "/v1/contacts", {"contacts": rows}), client="anh-hung"))
    done(ask(whole, ("POST", "/v1/contacts", {"contacts": [{"unit": "05986", "mails": ["d@langson.gov.vn"]}]})))
    for unit in ("06085", "05986"):
        done(ask(whole, ("DELETE", f"/v1/units/{unit}/contact", None)))


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.read[0] == "GET"])
def test_who_holds_what_is_told_is_told_that_nothing_changed(whole: Whole, name: str) -> None:
    for wanted in KINDS[name].made:
        ask(whole, wanted)  # it may stand already
    _, path, _ = KINDS[name].read
    token = whole.token(units=() if path.startswith("/v1/people") else ("*",))
    first = done(whole.request("GET", path, token=token))
    tag = first.headers["etag"]
    for known, status in ((tag, 304), (f'"x", W/{tag}', 304), (tag.replace(".", "") + '"', 200), ('"x"', 200)):
        held = whole.request("GET", path, token=token, headers={"If-None-Match": known})
        assert (held.status, held.headers["etag"]) == (status, tag)
        assert held.body == (b"" if status == 304 else first.body)


@pytest.mark.parametrize("said", ['W/"{tag}"', '"{tag}x"', '""'])
def test_a_version_is_compared_to_the_letter(whole: Whole, said: str) -> None:
    path = "/v1/units/05983/contact"
    tag = done(ask(whole, _get(path))).headers["etag"].strip('"')
    refused = ask(whole, ("PUT", path, {"mails": ["a@langson.gov.vn"]}), said.format(tag=tag))
    assert refused.status == 412


@pytest.mark.parametrize("said", ["{tag}", '"a" "b"', '"a', "", "W/*", '"\x01"', '"á"'])
def test_what_is_no_version_is_refused_before_anything_is_done(whole: Whole, said: str) -> None:
    refused = ask(whole, ("PUT", "/v1/units/05983/contact", {"mails": ["a@langson.gov.vn"]}), said)
    assert refused.status == 400


def test_who_may_not_read_of_acts_is_told_no_name(whole: Whole) -> None:
    wanted: Wanted = ("PUT", "/v1/units/06004/contact", {"mails": ["a@langson.gov.vn"]})
    tag = done(ask(whole, _get("/v1/units/06004/contact"))).headers["etag"]
    done(ask(whole, wanted, tag, client="chi-lan"))
    blind = whole.token(client="anh-hung", scopes=("operate:units",))
    refused = whole.request(*wanted, token=blind, headers={"If-Match": tag})
    assert (refused.status, refused.codes) == (412, {"changed_by_somebody"})
    assert "chi-lan" not in refused.body.decode()


def test_of_many_who_saw_the_same_one_alone_edits(whole: Whole) -> None:
    path = "/v1/units/06001/contact"
    tag = done(ask(whole, _get(path))).headers["etag"]
    answers: dict[int, int] = {}

    def edit(number: int) -> Callable[[], None]:
        def act() -> None:
            wanted = ("PUT", path, {"mails": [f"m{number}@langson.gov.vn"]})
            answers[number] = ask(whole, wanted, tag).status

        return act

    runs = [threading.Thread(target=edit(number)) for number in range(6)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert sorted(answers.values()) == [200, 412, 412, 412, 412, 412]
    [winner] = [number for number, status in answers.items() if status == 200]
    assert ask(whole, _get(path)).json["mails"] == [f"m{winner}@langson.gov.vn"]


def test_every_route_that_edits_one_thing_takes_the_version_that_was_seen(whole: Whole) -> None:
    """As the OpenAPI document says it: one that is left out here says why."""
    asked = set()
    for path, routes in whole.described["paths"].items():
        for method, route in routes.items():
            names = {parameter["name"] for parameter in route.get("parameters", ()) if "name" in parameter}
            if method.upper() in ("PUT", "PATCH", "DELETE") and "If-Match" not in names:
                asked.add(f"{method.upper()} {path}")
    assert asked == {
        "DELETE /v1/session",  # one's own, ended or not
        "PUT /v1/session/province",
        "DELETE /v1/sessions/{session_id}",
        "DELETE /v1/people/{person}/sessions",  # ends what there is, and changes nothing of the person
    }
