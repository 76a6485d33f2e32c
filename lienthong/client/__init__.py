"""What an integrator imports: one hub, asked and told things over HTTP, with threads or with asyncio.

    from lienthong.client import Hub, Secret, report_for

    with Hub("https://lienthong.example.vn", Secret(client_id="dv-06463", secret="…"), source="/20/06463") as hub:
        duty = next(duty for duty in hub.obligations() if duty.round == "P119-LS.2026")
        receipt = hub.submit(hub.event(report_for(duty, figures={"events_commune": 2}), id="bc-2026-1"))

`exchange` and `flows` decide everything and do no I/O; `hub` and `async_hub` carry it out. Nothing of the hub's own
engines is imported: this package needs httpx alone (and PyJWT where a `Key` proves who asks).
"""

from __future__ import annotations

from lienthong.client.access import Credentials, Key, Secret
from lienthong.client.answers import Fault, Obligation, Receipt, Refusal, Result
from lienthong.client.async_hub import AsyncHub
from lienthong.client.errors import ClientError, NotAnswered, NotUnderstood, Problem, Refused
from lienthong.client.events import (
    Data,
    Event,
    difficulty,
    directive,
    explanation,
    item,
    item_withdrawal,
    material,
    reach,
    report,
    report_for,
    supplied,
    task,
    withdrawal,
)
from lienthong.client.hub import Hub
from lienthong.client.patience import Patience

__all__ = [
    "AsyncHub",
    "ClientError",
    "Credentials",
    "Data",
    "Event",
    "Fault",
    "Hub",
    "Key",
    "NotAnswered",
    "NotUnderstood",
    "Obligation",
    "Patience",
    "Problem",
    "Receipt",
    "Refusal",
    "Refused",
    "Result",
    "Secret",
    "difficulty",
    "directive",
    "explanation",
    "item",
    "item_withdrawal",
    "material",
    "reach",
    "report",
    "report_for",
    "supplied",
    "task",
    "withdrawal",
]
