"""Whose an address is: the same route that the framework finds by asking all of them, one after the other."""

from __future__ import annotations

import json

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import iter_route_contexts
from starlette.testclient import TestClient

from lienthong.web.addresses import Addresses, RouteAddress, append_routes
from tests.conftest import ROOT


def an_app() -> FastAPI:
    """Its routes say their own names; `/{word}` and `/v1/{word}` come before what they hide."""
    rounds, plans, app = APIRouter(prefix="/v1/rounds"), APIRouter(prefix="/v1/plans"), FastAPI(openapi_url=None)
    for router, method, path in (
        (rounds, "GET", "/{round}"),
        (rounds, "GET", "/due"),
        (rounds, "PUT", "/{round}"),
        (rounds, "GET", "/{round}/files/{file:path}"),
        (plans, "GET", ""),
        (plans, "POST", ""),
    ):
        name = f"{method} {router.prefix}{path}"
        router.add_api_route(path, lambda name=name: name, methods=[method], name=name)
    for path in ("/", "/{word}", "/v1/{word}/hidden", "/v1/plans/hidden"):
        app.add_api_route(path, lambda name=path: f"GET {name}", methods=["GET"], name=f"GET {path}")
    append_routes(app.router, (rounds, plans))
    return app


def known(app: FastAPI) -> Addresses[str]:
    return Addresses(RouteAddress.of(route, route.name or "") for route in iter_route_contexts(app.routes))


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/x",
        "/v1",
        "/v1/plans",
        "/v1/plans/",
        "/v1/plans/hidden",
        "/v1/other/hidden",
        "/v1/rounds",
        "/v1/rounds/P1.2026",
        "/v1/rounds/due",
        "/v1/rounds/due/",
        "/v1/rounds/P1.2026/files/a/b.csv",
        "//v1/plans",
        "/v1//plans",
        "/V1/plans",
    ],
)
def test_an_address_is_the_one_that_the_framework_finds(path: str) -> None:
    app = an_app()
    with TestClient(app, follow_redirects=False) as client:
        for method in ("GET", "PUT", "POST", "DELETE"):
            found = known(app).find(method, path)
            answer = client.request(method, f"http://hub{path}")
            assert found == (answer.json() if answer.status_code == 200 else None), method


def test_where_only_the_method_is_wrong_those_that_there_are_are_told() -> None:
    addresses = known(an_app())
    assert addresses.methods("/v1/plans") == {"GET", "POST"}
    assert addresses.methods("/v1/rounds/x") == {"GET", "PUT"}
    assert addresses.methods("/v1/nix/x") == set()


def test_no_router_is_included_which_makes_its_routes_anew() -> None:
    written = [path for folder in ("lienthong", "services") for path in (ROOT / folder).rglob("*.py")]
    assert written and [path for path in written if ".include_router(" in path.read_text("utf-8")] == []


def test_every_route_of_the_hub_begins_with_fixed_words_so_that_few_are_asked() -> None:
    paths = json.loads((ROOT / "docs" / "openapi.json").read_text("utf-8"))["paths"]
    assert [path for path in paths if "{" in "/".join(path.split("/", 3)[:3])] == []
