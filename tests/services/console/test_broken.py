"""A bug of ours on the way to a page: what a person is told, in words, and where to go."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from services.console.app import app
from services.console.words import LANGUAGES, Words


class Buggy:
    """Sessions that fail as nobody foresaw."""

    async def person(self, request: object) -> None:
        raise RuntimeError("a bug")


class Nobody:
    """Nobody is signed in."""

    async def person(self, request: object) -> None:
        return None

    async def ended(self, request: object) -> bool:
        return False


@pytest.fixture
def strange() -> TestClient:
    parts: dict[str, Any] = {"hub": None, "sessions": Nobody(), "drafts": None}
    return TestClient(app(**parts, sample=False))


@pytest.mark.parametrize("accept", ["text/html", "application/json", "*/*"])
@pytest.mark.parametrize(
    ("method", "path", "takes"),
    [("POST", "/", {"GET", "HEAD"}), ("PUT", "/login", {"GET", "HEAD", "POST"}), ("POST", "/units", {"GET", "HEAD"})],
)
def test_a_method_that_is_not_taken_is_told_those_that_are(
    strange: TestClient, method: str, path: str, takes: set[str], accept: str
) -> None:
    answer = strange.request(method, path, headers={"Accept": accept})
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == takes


@pytest.mark.parametrize("accept", ["application/json", "application/problem+json, application/json;q=0.9"])
def test_who_takes_json_and_no_page_is_told_problems(strange: TestClient, accept: str) -> None:
    for method, path, status in (("GET", "/nowhere/at/all", 404), ("POST", "/", 405), ("GET", "/units", 401)):
        answer = strange.request(method, path, headers={"Accept": accept})
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_a_browser_is_shown_a_page(strange: TestClient) -> None:
    browsers = {"Accept": "text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8"}
    assert strange.get("/nowhere/at/all", headers=browsers).headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_bug_is_told_in_words_with_the_way_to_the_first_page(lang: str) -> None:
    parts: dict[str, Any] = {"hub": None, "sessions": Buggy(), "drafts": None}
    client = TestClient(app(**parts, sample=False), raise_server_exceptions=False, cookies={"lang": lang})
    answer = client.get("/")
    assert answer.status_code == 500
    assert f'<a href="/">{Words.load(lang)("refused.home")}</a>' in answer.text  # type: ignore[arg-type]
    assert "refused." not in answer.text and "a bug" not in answer.text
