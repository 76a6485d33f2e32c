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


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_bug_is_told_in_words_with_the_way_to_the_first_page(lang: str) -> None:
    parts: dict[str, Any] = {"hub": None, "sessions": Buggy(), "drafts": None}
    client = TestClient(app(**parts, sample=False), raise_server_exceptions=False, cookies={"lang": lang})
    answer = client.get("/")
    assert answer.status_code == 500
    assert f'<a href="/">{Words.load(lang)("refused.home")}</a>' in answer.text  # type: ignore[arg-type]
    assert "refused." not in answer.text and "a bug" not in answer.text
