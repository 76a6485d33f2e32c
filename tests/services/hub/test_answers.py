"""What every address answers alike, whoever serves it: HEAD as GET without the body, no other spelling of an address,
headers that keep browsers and caches from guessing. A new route is asked by itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.routing import iter_route_contexts
from jsonschema import Draft202012Validator
from pydantic import BaseModel
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from services.identity import bodies
from tests.builders.whole_hub import Whole
from tests.services.hub.test_hostile import KNOWN, _address, _operations

PUBLIC = "/oauth/jwks"  # keys that everybody may have, for a quarter of a minute
PROBES = ("/livez", "/readyz", "/openapi.json")


def _asked(whole: Whole) -> Iterator[tuple[str, str]]:
    """(method, address) of every route, with values that are well written."""
    for method, path, operation in _operations(whole):
        given = {
            parameter["name"]: KNOWN[parameter["name"]]
            for parameter in operation.get("parameters", ())
            if parameter["in"] == "path"
        }
        yield method, _address(path, given, {})


def test_head_is_get_without_its_body(whole: Whole) -> None:
    wrong, token = [], whole.token()
    for address in [*(address for method, address in _asked(whole) if method == "GET"), *PROBES]:
        got, head = (whole.request(method, address, token=token) for method in ("GET", "HEAD"))
        same = all(got.headers.get(name) == head.headers.get(name) for name in ("content-type", "vary", "etag"))
        if head.status != got.status or head.body or not same:
            wrong.append((address, got.status, head.status, len(head.body), dict(got.headers), dict(head.headers)))
    assert wrong == []


def test_what_is_read_keeps_what_the_document_says(whole: Whole) -> None:
    """Of every address that answers here: the description is of what comes, not of what was once meant."""
    resource = Resource.from_contents(whole.described, default_specification=DRAFT202012)
    registry: Registry[Any] = Registry().with_resource("urn:api", resource)
    wrong, held, token = [], 0, whole.token()
    for method, path, operation in _operations(whole):
        if method != "GET":
            continue
        given = {
            parameter["name"]: KNOWN[parameter["name"]]
            for parameter in operation.get("parameters", ())
            if parameter["in"] == "path"
        }
        answer = whole.get(_address(path, given, {}), token=token)
        media = answer.headers.get("content-type", "").split(";")[0]
        if answer.status != 200 or not media.endswith("json"):
            continue
        place = "/".join(
            part.replace("~", "~0").replace("/", "~1")
            for part in ("#", "paths", path, "get", "responses", "200", "content", media, "schema")
        )
        held += 1
        checked = Draft202012Validator({"$ref": f"urn:api{quote(place, safe='#/~')}"}, registry=registry)
        wrong += [(path, error.json_path, error.message) for error in checked.iter_errors(json.loads(answer.body))]
    assert wrong == []
    assert held > 15


def test_no_answer_may_be_guessed_at_or_kept_by_a_cache_for_others(whole: Whole) -> None:
    wrong, token = [], whole.token()
    for method, address in [
        *_asked(whole),
        *(("GET", probe) for probe in PROBES),
        ("GET", "/khong-co"),
        ("GET", "/v1/khong-co"),
        ("DELETE", "/v1/rounds"),
    ]:
        for given in (token, None):
            answer = whole.request(method, address, {} if method in ("POST", "PATCH", "PUT") else None, token=given)
            kept = answer.headers.get("cache-control", "")
            closed = address == PUBLIC or any(word in kept for word in ("no-store", "private", "no-cache"))
            if answer.headers.get("x-content-type-options") != "nosniff" or not closed:
                wrong.append((method, address, answer.status, kept))
    assert wrong == []


def test_a_trailing_slash_is_another_address_and_leads_nowhere(whole: Whole) -> None:
    """A redirect would be built from the Host header, which a stranger writes."""
    wrong, token = [], whole.token()
    for method, address in _asked(whole):
        body = {} if method in ("POST", "PATCH", "PUT") else None
        answer = whole.request(method, f"{address}/", body, token=token, headers={"Host": "la.example"})
        if 300 <= answer.status < 400 or "location" in answer.headers:
            wrong.append((method, address, answer.status, answer.headers.get("location")))
    assert wrong == []


def test_every_answer_says_alike_what_it_depends_on(whole: Whole) -> None:
    """Of one address a cache keeps what a right, a language or a format was answered with for nobody else."""
    wrong = []
    for method, address in [*_asked(whole), ("GET", "/readyz"), ("GET", "/v1/khong-co"), ("DELETE", "/v1/rounds")]:
        for given in (whole.token(), None):
            answer = whole.request(method, address, {} if method in ("POST", "PATCH", "PUT") else None, token=given)
            varies = {word.strip().lower() for word in answer.headers.get("vary", "").split(",")}
            if not varies >= {"accept", "accept-language", "authorization", "cookie"} and address != PUBLIC:
                wrong.append((method, address, answer.status, varies))
    assert wrong == []
    assert "vary" not in whole.request("GET", PUBLIC).headers


@pytest.mark.parametrize("address", ["/v1/rounds", "/v1/khong-co", "/v1/events"])
def test_a_problem_says_that_it_depends_on_the_language_asked_for(whole: Whole, address: str) -> None:
    answer = whole.request("GET", address, token=None)
    assert answer.status >= 400
    assert "accept-language" in answer.headers.get("vary", "").lower()


def test_a_body_takes_no_text_for_a_number_and_no_word_for_true_or_false(whole: Whole) -> None:
    """Whatever a route's body holds, at any depth: `"yes"` in one place would turn a decision round."""
    models = _bodies(whole)
    assert len(models) > 30
    assert {(model.__name__, kind) for model in models for kind in _lax(model.__pydantic_core_schema__)} == set()


@pytest.mark.parametrize(
    ("given", "says"),
    [("yes", "true hoặc false"), ("true", "true hoặc false"), (1, "true hoặc false"), (None, "true hoặc false")],
)
def test_a_decision_spelled_otherwise_is_refused_in_the_words_of_its_place(whole: Whole, given: Any, says: str) -> None:
    body = {"allowed": given, "reason": "thử chữ thay cho giá trị"}
    answer = whole.request("PUT", "/v1/units/20/single-person", body=body)
    assert answer.status == 400
    [error] = answer.json["errors"]
    assert error["pointer"] == "/allowed" and says in error["message_vi"]


def _bodies(whole: Whole) -> set[type[BaseModel]]:
    """Those that the framework reads, and those that identity reads itself."""
    routes = [route for app in whole.apps for route in iter_route_contexts(app.routes)]
    fields = [field for route in routes if (field := getattr(route, "body_field", None)) is not None]
    models = {field.field_info.annotation for field in fields}
    return {model for model in models if isinstance(model, type) and issubclass(model, BaseModel)} | set(
        bodies.RequestBody.__subclasses__()
    )


def _lax(schema: Any) -> Iterator[str]:
    """The kinds of values in a model's schema that would be read from another kind."""
    parts = list(schema.values()) if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    if isinstance(schema, dict) and schema.get("type") in ("bool", "int", "float") and not schema.get("strict"):
        yield schema["type"]
    for part in parts:
        yield from _lax(part)
