"""How the people of the demonstration use lienthong.client.

It raises Refused where the hub says no; in the demonstration that is one of the answers that are expected.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import httpx

from lienthong.client import Event, Hub, Receipt, Refused, Result


@dataclass(frozen=True, kw_only=True, slots=True)
class EventAnswer:
    """What the hub said to one event. verdict: accepted, repeated, refused or would_accept.

    status: of HTTP. codes: stable codes of a refusal, in order. receipt: None for a refusal and a try-out.
    """

    verdict: str
    status: int
    receipt: Receipt | None = None
    codes: tuple[str, ...] = ()


def send(hub: Hub, event: Event, *, binary: bool = False) -> EventAnswer:
    """One event, in structured or binary mode."""
    try:
        receipt = hub.submit(event, binary=binary)
    except Refused as refused:
        return EventAnswer(verdict="refused", status=refused.status, codes=refused.codes)
    if receipt.repeated:
        return EventAnswer(verdict="repeated", status=200, receipt=receipt)
    return EventAnswer(verdict="accepted", status=201, receipt=receipt)


def try_out(hub: Hub, event: Event) -> EventAnswer:
    """One event that is only checked."""
    try:
        hub.try_out(event)
    except Refused as refused:
        return EventAnswer(verdict="refused", status=refused.status, codes=refused.codes)
    return EventAnswer(verdict="would_accept", status=200)


def send_all(hub: Hub, events: Iterable[Event], *, batch: bool = False) -> list[EventAnswer]:
    """Several events, as NDJSON or as a batch; an answer for each."""
    return [_answer_of(result) for result in hub.submit_all(events, batch=batch)]


def connect(address: str, *, connections: int) -> httpx.Client:
    """One pool of connections to the hub for many clients; no proxy of the environment is used."""
    return httpx.Client(
        base_url=address,
        timeout=30,
        trust_env=False,
        limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
    )


def _answer_of(result: Result) -> EventAnswer:
    return EventAnswer(verdict=result.verdict, status=200, receipt=result.receipt, codes=result.codes)
