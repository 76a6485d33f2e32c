"""What the hub notes of an event in the chain, besides what was said: when it came, and what was decided. Pure.

    link = sha256(link before ‖ seal ‖ noted)

`noted` is a list as JSON without white space, in UTF-8. Of a sender's claim it is what the receipt tells, so that who
holds one can recompute its link from the link before (docs/canonical-form.md); of any other fact its two times:

    [partition, position, source, id, client, unit, round, form, revision, receivedAt, deadline, late, [query, …]]
    [time, recordedAt]

Instants as `2026-10-09T08:00:00Z`, with the fraction that they have; a query by its Vietnamese words; `null` where
there is nothing. A redaction leaves all of it.

An event that a process of a version of before recorded has nothing noted: `link = sha256(link before ‖ seal)`. Both
rules may alternate while versions run side by side, and which one an event follows is not kept: it is the one that
gives its link. Who forges an event and calls it an old one gives it another link, and so all behind it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

import orjson

from lienthong.events import Recorded, link
from lienthong.instants import wire, wire_or_none
from lienthong.proof.seals import of_claim

_SEAL: Final = 32
"""Bytes of a seal. With what was noted written behind it, it would give the same link by the rule of before: of a
redacted event, whose seal nobody can recompute, the times could then be changed."""


def noted_of_claim(
    *,
    partition: str,
    position: int,
    source: str,
    id: str,
    client: str,
    unit: str,
    round: str | None,
    form: str | None,
    revision: int | None,
    received_at: datetime,
    deadline: datetime | str | None,
    late: bool,
    queries: Iterable[str],
) -> bytes:
    """What a receipt tells. deadline: an instant, or its text as the fact has it. queries: in Vietnamese."""
    until = deadline if isinstance(deadline, str) else wire_or_none(deadline)
    place, claim = (partition, position), (source, id, client, unit, round, form, revision)
    return orjson.dumps((*place, *claim, wire(received_at), until, late, [*queries]))


def noted_of_fact(time: datetime, recorded_at: datetime) -> bytes:
    """Its times: the seal of what is no claim covers all the rest."""
    return orjson.dumps((wire(time), wire(recorded_at)))


def note_of(recorded: Recorded, data: Any) -> bytes:
    """What must have been noted of an event. data: the event's, read strictly; None where it can't be.

    Raises LookupError, TypeError or AttributeError where a claim's fact lacks what it must have.
    """
    event = recorded.event
    if not of_claim(event, data):
        return noted_of_fact(event.time, recorded.recorded_at)
    return noted_of_claim(
        partition=event.partition_key,
        position=recorded.position,
        source=data["claim"]["source"],
        id=data["claim"]["id"],
        client=data["client"],
        unit=data["unit"],
        round=data.get("round"),
        form=data.get("form"),
        revision=data.get("revision"),
        received_at=event.time,
        deadline=data.get("deadline"),
        late=data["late"],
        queries=[query["message"]["vi"] for query in data.get("queries") or ()],
    )


def is_noted(before: bytes, recorded: Recorded, data: Any) -> bool:
    """Whether its link continues the chain over what the hub noted of it."""
    try:
        return len(recorded.seal) == _SEAL and recorded.link == link(before, recorded.seal, note_of(recorded, data))
    except (AttributeError, LookupError, TypeError):
        return False


def is_old(before: bytes, recorded: Recorded) -> bool:
    """Whether its link continues the chain over the seal alone."""
    return len(recorded.seal) == _SEAL and recorded.link == link(before, recorded.seal)


def continues(before: bytes, recorded: Recorded, data: Any) -> bool:
    """Whether its link continues the chain by either rule."""
    return is_noted(before, recorded, data) or is_old(before, recorded)
