"""Lists of the hub that are asked for page by page."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from lienthong.errors import Rejected
from services.console.asking import Answer, Asking, Hub

ROWS = 7


async def _acts(request: Request) -> JSONResponse:
    """A list of seven, two at a time, as the hub's routes give it."""
    begin, limit = int(request.query_params.get("cursor", 0)), int(request.query_params["limit"])
    end = min(begin + limit, ROWS)
    links = {"next": f"/v1/acts?cursor={end}&limit={limit}"} if end < ROWS else {}
    return JSONResponse({"acts": list(range(begin, end)), "links": links, "head": begin})


def asked(most: int | None) -> Answer:
    hub = Hub(Starlette(routes=[Route("/v1/acts", _acts)])).asking("", lang="vi", client=None)
    return asyncio.run(_closed(hub, hub.every("/v1/acts", "acts", {"limit": 2}, most=most)))


async def _closed(hub: Asking, answer: Coroutine[Any, Any, Answer]) -> Answer:
    try:
        return await answer
    finally:
        await hub.close()


def test_all_pages_of_a_list_come_as_one_with_what_the_first_says() -> None:
    found = asked(None)
    assert (found["acts"], found["head"]) == ([*range(ROWS)], 0)


def test_a_list_that_is_too_long_for_a_file_is_refused_and_never_cut() -> None:
    with pytest.raises(Rejected) as refusal:
        asked(most=4)
    assert refusal.value.problems[0].code == "file_too_long"
    assert asked(most=ROWS)["acts"] == [*range(ROWS)]
