"""A route is known by its address from the start, and made when somebody asks for it, once."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any

import pytest
from fastapi import FastAPI, Query
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from lienthong.web.addresses import append_routes
from lienthong.web.routes import OnDemand, Routes


def an_app() -> FastAPI:
    routes = Routes(prefix="/v1", tags=["operate"])

    @routes.get("/rounds/{round}", summary="One")
    def one(round: str, few: Annotated[int, Query(le=5)] = 1) -> dict[str, object]:
        return {"round": round, "few": few}

    @routes.post("/rounds", status_code=201)
    def open_(code: str) -> str:
        return code

    made = FastAPI()
    append_routes(made.router, [routes])
    return made


def routes_of(app: FastAPI) -> dict[str, OnDemand]:
    return {route.path: route for route in app.routes if isinstance(route, OnDemand)}


def is_made(route: APIRoute) -> bool:
    return "dependant" in vars(route)


def test_only_what_is_asked_for_is_made() -> None:
    app = an_app()
    client, routes = TestClient(app), routes_of(app)
    assert not any(map(is_made, routes.values()))
    assert client.get("/v1/rounds/P119?few=2").json() == {"round": "P119", "few": 2}
    assert client.get("/v1/rounds/P119?few=6").status_code == 422
    assert client.get("/v1/rounds").status_code == 405 and client.get("/v1/other").status_code == 404
    assert {path: is_made(route) for path, route in routes.items()} == {"/v1/rounds/{round}": True, "/v1/rounds": False}
    made = routes["/v1/rounds/{round}"].app
    client.get("/v1/rounds/P119")
    assert routes["/v1/rounds/{round}"].app is made


def test_a_description_is_of_all_routes() -> None:
    paths = an_app().openapi()["paths"]
    assert paths["/v1/rounds/{round}"]["get"]["summary"] == "One"
    assert set(paths["/v1/rounds"]["post"]["responses"]) == {"201", "422"}


def test_what_no_route_has_is_not_there() -> None:
    route = routes_of(an_app())["/v1/rounds"]
    assert not hasattr(route, "__something__")
    with pytest.raises(AttributeError, match="nothing"):
        _ = route.nothing


def test_a_route_is_made_once_however_many_ask_at_the_same_time() -> None:
    made = []

    class Slow(OnDemand):
        def get_route_handler(self) -> Any:  # asked for once in the making
            made.append(self.path)
            time.sleep(0.1)
            return super().get_route_handler()

    route = Slow("/v1/rounds", lambda: "", methods=["GET"])
    with ThreadPoolExecutor(8) as threads:
        apps = set(threads.map(lambda _: route.app, range(8)))
    assert made == ["/v1/rounds"] and len(apps) == 1
