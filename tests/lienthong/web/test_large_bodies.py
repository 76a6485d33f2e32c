"""A large body costs its sender time and nobody else: faults stop being collected, and the event loop goes on."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated, Any

import httpx
import orjson
import pytest
from fastapi import APIRouter, Body, FastAPI
from pydantic import BaseModel, ConfigDict

from lienthong.contracts import texts
from lienthong.web import bodies, guard, handling
from lienthong.web.guard import TABLE
from lienthong.web.tables import TableRoute


def members(count: int) -> dict[str, int]:
    return {f"k{number}": number for number in range(count)}


class Wanted(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = ""
    below: list[Wanted] = []


class Rows(BaseModel):
    rows: dict[str, int]


@pytest.fixture
def app() -> FastAPI:
    made = FastAPI()
    handling.install(made)

    @made.post("/strict")
    def strict(wanted: Wanted) -> str:
        return wanted.name

    @made.post("/table", openapi_extra={TABLE: True})
    def table(wanted: Rows) -> int:
        return len(wanted.rows)

    tables = APIRouter(prefix="/tables", route_class=TableRoute)

    @tables.put("/map", openapi_extra={TABLE: True})
    def drawn(document: Annotated[dict[str, Any], Body()]) -> int:
        return len(document["rings"])

    made.include_router(tables)
    return made


async def posted(app: FastAPI, path: str, body: Any, method: str = "POST") -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hub") as client:
        content = body if isinstance(body, bytes) else orjson.dumps(body)
        media = {"Content-Type": "application/json"}
        return await client.request(method, path, content=content, headers=media, timeout=60)


async def watched(app: FastAPI, path: str, body: Any, method: str = "POST") -> tuple[httpx.Response, float]:
    """The answer, and the longest that others waited for their turn meanwhile, in CPU time of the loop's thread."""
    longest = 0.0
    asked = asyncio.create_task(posted(app, path, body, method))
    while not asked.done():
        began = time.thread_time()
        await asyncio.sleep(0.001)
        longest = max(longest, time.thread_time() - began)
    return await asked, longest


HELD = 0.1


def quickest(app: FastAPI, path: str, body: Any, method: str = "POST") -> tuple[httpx.Response, float]:
    """The same, asked again where a busy machine made others wait for longer than HELD."""
    answer, held = asyncio.run(watched(app, path, body, method))
    for _ in range(2):
        if held >= HELD:
            answer, held = asyncio.run(watched(app, path, body, method))
    return answer, held


def test_of_many_faults_the_first_are_told_and_nobody_waits_for_the_others(app: FastAPI) -> None:
    body = {"below": [members(10)] * (bodies.MOST_VALUES // 11 - 1)}
    answer, held = quickest(app, "/strict", body)
    assert answer.status_code == 400
    assert len(answer.json()["errors"]) == texts.MOST_PROBLEMS
    assert held < HELD


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/strict", members(90_000)),
        ("/strict", [{"k": 1}] * 90_000),
        ("/strict", {"name": [1] * 90_000}),
        ("/table", members(90_000)),
    ],
)
def test_a_body_of_more_members_than_anybody_needs_is_refused_before_the_model_sees_it(
    app: FastAPI, path: str, body: Any
) -> None:
    answer = asyncio.run(posted(app, path, body))
    assert (answer.status_code, [error["code"] for error in answer.json()["errors"]]) == (400, ["too_many_values"])


def test_what_a_model_describes_may_not_be_as_large_as_a_table(app: FastAPI) -> None:
    long = orjson.dumps({"name": "a" * (guard.LARGEST_DESCRIBED - 20)})
    assert asyncio.run(posted(app, "/strict", long)).status_code == 200
    assert asyncio.run(posted(app, "/strict", long + b" " * 20)).status_code == 413
    rows = orjson.dumps({"rows": {}}) + b" " * guard.LARGEST_DESCRIBED
    assert asyncio.run(posted(app, "/table", rows)).json() == 0


def test_others_are_answered_while_a_large_body_is_read(app: FastAPI) -> None:
    answer, held = quickest(app, "/table", {"rows": members(60_000)})
    assert answer.json() == 60_000
    assert held < HELD, "the event loop reads none of it (a body of this size holds it for 0.15 s and more)"


def test_a_map_of_megabytes_is_not_read_on_the_event_loop(app: FastAPI) -> None:
    body = orjson.dumps({"rings": [[106.1 + number * 1e-7, 21.2] for number in range(330_000)]})
    answer, held = quickest(app, "/tables/map", body, "PUT")
    assert answer.json() == 330_000
    assert held < HELD


def test_a_whole_number_that_no_column_holds_is_read_all_the_same(app: FastAPI) -> None:
    async def sent() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hub") as client:
            return await client.put("/tables/map", json={"rings": [], "n": 2**70})

    assert asyncio.run(sent()).json() == 0


def test_who_sends_too_much_is_told_so_before_the_connection_ends(app: FastAPI) -> None:
    """Closing over bytes that nobody read resets the connection, and the sender never sees the answer."""
    piece, said, read = b" " * 65_536, list[dict[str, Any]](), list[int]()

    async def receive() -> dict[str, Any]:
        read.append(len(said))
        return {"type": "http.request", "body": piece, "more_body": len(read) * len(piece) < 2 * guard.LARGEST}

    async def send(message: dict[str, Any]) -> None:
        said.append(message)

    headers = [(b"content-type", b"application/json"), (b"content-length", str(2 * guard.LARGEST).encode())]
    scope = {"type": "http", "method": "POST", "path": "/table", "raw_path": b"/table", "query_string": b""}
    asyncio.run(app({**scope, "headers": headers, "http_version": "1.1"}, receive, send))  # type: ignore[arg-type]
    assert said[0]["status"] == 413
    assert (b"connection", b"close") in said[0]["headers"]
    told_first = [place for place in read if place >= 2]
    assert len(told_first) * len(piece) >= bodies.LINGER_BYTES, "what was under way is read after the answer"
    assert not said[-1].get("more_body", False)
