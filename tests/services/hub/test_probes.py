"""A probe is answered in time whatever does not answer it."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import Any

import pytest

from services.hub import probes
from services.hub.probes import Description, Probes


def _probes(ready: Any) -> Probes:
    return Probes(ready=ready, degraded=dict, behind=dict, metrics=bytes, described={}, watcher=lambda scope: True)


async def _asked(one: Probes) -> tuple[int, dict[str, Any]]:
    answer = await one.answer({"type": "http", "method": "GET", "path": "/readyz", "headers": []})
    assert answer is not None
    return answer.status_code, json.loads(bytes(answer.body))


def test_a_database_that_never_answers_is_told_in_time_and_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "PATIENCE", 0.05)
    answers, looks = threading.Event(), list[int]()

    def ready() -> dict[str, str]:
        looks.append(1)
        assert answers.wait(60)
        return {}

    async def watched() -> None:
        one = _probes(ready)
        for status, told in await asyncio.gather(*(_asked(one) for _ in range(20))):
            assert status == 503
            assert list(told["wrong"]) == ["database"] and told["wrong"]["database"].startswith("database_away")
        assert (await _asked(one))[0] == 503
        assert len(looks) == 1
        answers.set()
        while (await _asked(one))[0] != 200:
            await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(watched(), 60))


def test_what_fails_within_a_look_fails_the_probe_and_not_the_next_one() -> None:
    failures = [ValueError("x")]

    def ready() -> dict[str, str]:
        if failures:
            raise failures.pop()
        return {}

    async def watched() -> None:
        one = _probes(ready)
        with pytest.raises(ValueError, match="x"):
            await _asked(one)
        assert (await _asked(one))[0] == 200

    asyncio.run(watched())


def test_a_description_is_made_once_and_others_have_their_turn_meanwhile() -> None:
    made, turns = list[int](), threading.Event()

    def make() -> bytes:
        made.append(1)
        assert turns.wait(60), "the loop stood still"
        return b"{}"

    async def asked() -> None:
        described = {"/openapi.json": Description(make=make)}
        one = Probes(
            ready=dict, degraded=dict, behind=dict, metrics=bytes, described=described, watcher=lambda scope: True
        )
        scope = {"type": "http", "method": "GET", "path": "/openapi.json", "headers": []}
        answers = [asyncio.create_task(one.answer(scope)) for _ in range(5)]
        await asyncio.sleep(0)
        turns.set()
        bodies = {bytes(answer.body) for answer in await asyncio.gather(*answers) if answer is not None}
        assert bodies == {b"{}"} and made == [1]

    asyncio.run(asked())
