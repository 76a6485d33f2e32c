"""Rows of eventlog.events, to and from `Recorded`. The column order is that of the queries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lienthong.events import Event, Recorded

TYPES = (
    "int4",
    "int8",
    "timestamptz",
    "timestamptz",
    "text",
    "text",
    "text",
    "text",
    "text",
    "text",
    "text",
    "bytea",
    "bytea",
    "text",
)
"""Of the columns of `to_row`; a binary COPY has to be told them."""


def to_row(recorded: Recorded) -> tuple[Any, ...]:
    """The row that COPY writes."""
    event = recorded.event
    return (
        recorded.partition,
        recorded.position,
        recorded.recorded_at,
        event.time,
        event.type,
        event.source,
        event.id,
        event.subject,
        event.correlation_id,
        event.causation_id,
        event.traceparent,
        recorded.seal,
        recorded.link,
        event.data,
    )


def from_row(key: str, partition: int, row: Sequence[Any]) -> Recorded:
    """From a row without its partition: position first."""
    (
        position,
        recorded_at,
        time,
        kind,
        source,
        event_id,
        subject,
        correlation,
        causation,
        trace,
        seal,
        link,
        data,
    ) = row
    event = Event(
        type=kind,
        source=source,
        id=event_id,
        time=time,
        partition_key=key,
        data=data,
        subject=subject,
        correlation_id=correlation,
        causation_id=causation,
        traceparent=trace,
    )
    return Recorded(event=event, partition=partition, position=position, recorded_at=recorded_at, seal=seal, link=link)
