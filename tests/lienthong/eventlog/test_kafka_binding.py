"""Events as Kafka messages: nothing is lost on the way, and what is no event of ours is named."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lienthong.eventlog.binding import Assembler, Unreadable, epoch_of, to_messages
from lienthong.events import RELEASE_MADE, Event, Recorded, seal_of
from lienthong.kafka.messages import OutgoingMessage, Received

NOW = datetime(2026, 10, 10, 1, 2, 3, 456789, tzinfo=UTC)


def a_recorded(data: str = '{"chữ":"ổn"}', position: int = 7, subject: str | None = None) -> Recorded:
    event = Event(
        type=RELEASE_MADE,
        source="urn:lienthong:aggregate",
        id="P119-LS.2026/1",
        time=NOW,
        partition_key="20",
        data=data,
        subject=subject,
        correlation_id="c",
        causation_id=None,
        traceparent="00-aa-bb-01",
    )
    return Recorded(
        event=event,
        partition=9,
        position=position,
        recorded_at=NOW + timedelta(seconds=1),
        seal=seal_of(event),
        link=bytes(32),
    )


def received(messages: Iterable[OutgoingMessage]) -> list[Received]:
    return [
        Received(topic="t", partition=message.partition, offset=n, headers=dict(message.headers), value=message.value)
        for n, message in enumerate(messages)
    ]


def assembled(messages: Iterable[Received]) -> list[Recorded]:
    assembler = Assembler()
    return [whole for message in messages if (whole := assembler.add(message)) is not None]


@given(
    data=st.dictionaries(st.text(), st.text() | st.integers() | st.none()),
    limit=st.integers(min_value=1, max_value=60),
    subject=st.none() | st.text(min_size=1),
)
def test_an_event_comes_back_as_it_went_whatever_the_size_of_a_message(
    data: dict[str, object], limit: int, subject: str | None
) -> None:
    recorded = a_recorded(json.dumps(data, ensure_ascii=False), subject=subject)
    messages = list(to_messages(recorded, epoch=3, limit=limit))
    assert assembled(received(messages)) == [recorded]
    assert all(len(message.value) <= limit for message in messages)


def test_the_attributes_and_the_place_of_an_event_are_headers() -> None:
    recorded = a_recorded(subject="s")
    event = recorded.event
    [message] = to_messages(recorded, epoch=3, limit=1000)
    headers = {name: value.decode() for name, value in message.headers}
    assert headers.pop("content-type") == "application/json"
    assert json.loads(message.value) == event.content()
    assert headers == {
        "ce_specversion": "1.0",
        "ce_type": event.type,
        "ce_source": event.source,
        "ce_id": event.id,
        "ce_time": "2026-10-10T01:02:03.456789Z",
        "ce_subject": "s",
        "ce_correlationid": "c",
        "ce_traceparent": "00-aa-bb-01",
        "ce_partitionkey": event.partition_key,
        "ce_partition": str(recorded.partition),
        "ce_sequence": str(recorded.position),
        "ce_recordedtime": "2026-10-10T01:02:04.456789Z",
        "ce_seal": recorded.seal.hex(),
        "ce_link": recorded.link.hex(),
        "ce_epoch": "3",
    }


def test_instants_are_written_in_utc() -> None:
    in_hanoi = replace(a_recorded(), recorded_at=NOW.astimezone(timezone(timedelta(hours=7))))
    [message] = to_messages(in_hanoi, epoch=1, limit=1000)
    assert dict(message.headers)["ce_recordedtime"] == b"2026-10-10T01:02:03.456789Z"


def test_a_repeated_beginning_starts_the_event_anew() -> None:
    parts = received(to_messages(a_recorded("x" * 50), epoch=1, limit=20))
    assert assembled([parts[0], parts[1], *parts]) == [a_recorded("x" * 50)]


def test_parts_of_two_events_are_never_mixed() -> None:
    one = received(to_messages(a_recorded("x" * 50), epoch=1, limit=20))
    other = received(to_messages(a_recorded("y" * 50), epoch=1, limit=20))
    assembler = Assembler()
    assert assembler.add(one[0]) is None
    with pytest.raises(Unreadable, match="does not continue"):
        assembler.add(other[1])
    with pytest.raises(Unreadable, match="does not continue"):
        assembler.add(one[2])


def test_a_whole_event_ends_what_was_begun() -> None:
    parts = received(to_messages(a_recorded("x" * 50), epoch=1, limit=20))
    [whole] = received(to_messages(a_recorded(position=8), epoch=1, limit=1000))
    assembler = Assembler()
    assembler.add(parts[0])
    assert assembler.add(whole) == a_recorded(position=8)
    with pytest.raises(Unreadable):
        assembler.add(parts[1])


def test_altered_parts_are_noticed() -> None:
    parts = received(to_messages(a_recorded("x" * 50), epoch=1, limit=25))
    altered = Received(topic="t", partition=9, offset=1, headers=parts[1].headers, value=b"y" * 25)
    assembler = Assembler()
    assembler.add(parts[0])
    with pytest.raises(Unreadable, match="whole"):
        assembler.add(altered)


@pytest.mark.parametrize(
    ("header", "value"),
    [("ce_type", None), ("ce_sequence", b"x"), ("ce_time", b"2026-10-10T01:02:03"), ("ce_seal", b"zz")],
)
def test_a_missing_or_malformed_attribute_is_named(header: str, value: bytes | None) -> None:
    [message] = received(to_messages(a_recorded(), epoch=1, limit=1000))
    headers = {name: kept for name, kept in message.headers.items() if name != header}
    if value is not None:
        headers[header] = value
    broken = Received(topic="t", partition=9, offset=0, headers=headers, value=message.value)
    with pytest.raises(Unreadable, match=header if value is None else "malformed"):
        Assembler().add(broken)


def test_a_message_without_an_epoch_is_not_ours() -> None:
    with pytest.raises(Unreadable, match="ce_epoch"):
        epoch_of(Received(topic="t", partition=0, offset=0, headers={}, value=b""))
