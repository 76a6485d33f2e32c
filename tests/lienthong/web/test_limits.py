"""How much one sender may ask: a bucket for each, and nobody pays for what another at the same address does."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import httpx
from starlette.responses import PlainTextResponse

from lienthong.access.principals import Principal
from lienthong.web.limits import Buckets, Limited


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Guests:
    """Lets in whoever says `Bearer` and a name, as a verifier of tokens lets in whom it knows."""

    def bearer(self, authorization: str | None, *scopes: str) -> Principal:
        name = (authorization or "").removeprefix("Bearer ")
        empty = frozenset[str]()
        return Principal(
            client_id=name, name=name, province="20", units=empty, sources=empty, scopes=empty, role="unit"
        )


def answers(clock: Clock, *asked: Mapping[str, str]) -> list[httpx.Response]:
    """To requests with these headers, one after the other, all from one address: three at once, one in two seconds."""
    clients, strangers = (Buckets(rate=0.5, burst=3, clock=clock) for _ in range(2))
    app = Limited(PlainTextResponse("ok"), verifier=Guests(), clients=clients, strangers=strangers)  # type: ignore[arg-type]

    async def go() -> list[httpx.Response]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hub") as client:
            return [await client.get("/v1/units", headers=headers) for headers in asked]

    return asyncio.run(go())


def test_one_request_too_many_is_told_how_long_to_wait_and_at_what_rate() -> None:
    *good, last = answers(Clock(), *[{}] * 4)
    assert [answer.status_code for answer in good] == [200, 200, 200]
    assert (last.status_code, last.headers["Retry-After"]) == (429, "2")
    [told] = last.json()["errors"]
    assert told["code"] == "too_many_requests" and "0.5" in told["message_vi"] and "3" in told["message_vi"]


def test_who_shows_a_good_token_pays_for_nobody_else_at_its_address() -> None:
    lan = {"Authorization": "Bearer lan"}
    found = answers(Clock(), *[{}] * 4, lan, {"Authorization": "Bearer hoa"})
    assert [answer.status_code for answer in found] == [200, 200, 200, 429, 200, 200]


def test_a_bucket_fills_again_with_time_and_never_above_its_brim() -> None:
    clock = Clock()
    bucket = Buckets(rate=0.5, burst=3, clock=clock)
    assert [bucket.take("a") for _ in range(4)] == [0, 0, 0, 2]
    clock.now = 2
    assert [bucket.take("a"), bucket.take("a")] == [0, 2]
    clock.now = 1000
    assert [bucket.take("a") for _ in range(4)] == [0, 0, 0, 2]


def test_a_full_table_forgets_who_was_silent_longest() -> None:
    buckets = Buckets(rate=1, burst=1, capacity=2, clock=Clock())
    for key in ("a", "b", "c"):
        buckets.take(key)
    assert len(buckets) == 2 and buckets.take("c") > 0 and buckets.take("a") == 0
