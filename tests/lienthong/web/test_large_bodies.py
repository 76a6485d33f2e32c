"""A large body costs its sender time and nobody else: faults stop being collected, and the event loop goes on."""

from __future__ import annotations

import asyncio

import httpx
import orjson
import pytest
from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict

from lienthong.contracts import texts
from lienthong.web import problems

MEMBERS = {f"k{number}": number for number in range(60_000)}


class Wanted(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = ""


class Free(BaseModel):
    model_config = ConfigDict(extra="ignore")


@pytest.fixture
def app() -> FastAPI:
    made = FastAPI()
    problems.install(made)

    @made.post("/strict")
    def strict(wanted: Wanted) -> str:
        return wanted.name

    @made.post("/free")
    def free(wanted: Free) -> str:
        return type(wanted).__name__

    return made


async def posted(app: FastAPI, path: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hub") as client:
        return await client.post(
            path, content=orjson.dumps(MEMBERS), headers={"Content-Type": "application/json"}, timeout=60
        )


def test_of_many_faults_the_first_are_told(app: FastAPI) -> None:
    answer = asyncio.run(posted(app, "/strict"))
    assert answer.status_code == 400
    assert len(answer.json()["errors"]) == texts.MOST_PROBLEMS


def test_others_are_answered_while_a_large_body_is_read(app: FastAPI) -> None:
    async def run() -> tuple[int, httpx.Response]:
        turns = 0
        asked = asyncio.create_task(posted(app, "/free"))
        while not asked.done():
            await asyncio.sleep(0.001)
            turns += 1
        return turns, await asked

    turns, answer = asyncio.run(run())
    assert answer.status_code == 200
    assert turns > 30, "the loop had its turn while the body was read, and not only before and after it"
