"""What no service answers: a page for people, a problem document for who meant the API."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from services.hub import front
from services.hub.front import Front


@pytest.fixture(scope="module")
def client() -> TestClient:
    made = Front([FastAPI(openapi_url=None)], ready=dict, degraded=dict, behind=dict, metrics=bytes)
    made.pages = PlainTextResponse("a page")
    return TestClient(made)


@pytest.mark.parametrize(
    "path", ["/v1", "/v1/", "/v1/nothing", "//v1/events", "/V1/events", "/oauth", "/OAuth/token", "/.well-known"]
)
def test_a_misspelled_address_of_the_api_is_told_a_problem(client: TestClient, path: str) -> None:
    answer = client.post(f"http://testserver{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_what_is_no_path_is_told_a_problem() -> None:
    assert not front._for_people("*")


@pytest.mark.parametrize("path", ["/", "/rounds/v1", "/v12", "/oauthors"])
def test_other_addresses_are_pages(client: TestClient, path: str) -> None:
    assert client.get(path).text == "a page"
