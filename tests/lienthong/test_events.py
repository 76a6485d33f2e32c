"""Events and their CloudEvents envelope: nothing is lost on the way there and back."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from lienthong.events import (
    CLAIMS,
    FACTS,
    PREFIX,
    REPORT_ACCEPTED,
    Event,
    Recorded,
    from_cloudevent,
    link,
    recorded_from_cloudevent,
    recorded_to_cloudevent,
    seal_of,
    to_cloudevent,
)

EVENT = Event(
    type=REPORT_ACCEPTED,
    source="urn:lienthong:ingest",
    id="a1",
    time=datetime(2026, 10, 10, 1, 2, 3, 456789, tzinfo=UTC),
    partition_key="20",
    data='{"kết quả":[1,null,"đã làm"]}',
    subject="06040/P119-LS.2026",
    correlation_id="c",
    causation_id="d",
    traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
)


@pytest.mark.parametrize(
    "event",
    [EVENT, replace(EVENT, subject=None, correlation_id=None, causation_id=None, traceparent=None)],
    ids=["with all attributes", "with the required ones"],
)
def test_an_event_survives_its_envelope(event: Event) -> None:
    assert from_cloudevent(to_cloudevent(event)) == event


def test_a_recorded_event_survives_its_envelope_with_its_place() -> None:
    seal = seal_of(EVENT)
    recorded = Recorded(
        event=EVENT,
        partition=9,
        position=2**53 + 1,
        recorded_at=EVENT.time,
        seal=seal,
        link=link(b"\0" * 32, seal),
    )
    envelope = recorded_to_cloudevent(recorded)
    assert (envelope["sequence"], envelope["recordedtime"]) == ("9007199254740993", "2026-10-10T01:02:03.456789Z")
    assert recorded_from_cloudevent(envelope) == recorded


def test_extension_names_are_lower_case_letters_and_digits() -> None:
    assert all(name.isalnum() and name.islower() for name in to_cloudevent(EVENT))


def test_a_local_time_is_written_in_utc() -> None:
    in_hanoi = replace(EVENT, time=datetime(2026, 10, 10, 7, tzinfo=timezone(timedelta(hours=7))))
    assert to_cloudevent(in_hanoi)["time"] == "2026-10-10T00:00:00Z"


def test_a_time_without_its_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        from_cloudevent(to_cloudevent(EVENT) | {"time": "2026-10-10T00:00:00"})


def test_a_definition_fanned_out_has_an_id_of_its_own_in_each_partition() -> None:
    copies = [EVENT.addressed(key) for key in ("VN", "20")]
    assert [(copy.id, copy.partition_key) for copy in copies] == [("a1@VN", "VN"), ("a1@20", "20")]


@pytest.mark.parametrize("changed", ["type", "source", "id", "subject", "data"])
def test_the_seal_covers_what_the_event_says(changed: str) -> None:
    assert seal_of(replace(EVENT, **{changed: "other"})) != seal_of(EVENT)


def test_a_link_is_the_hash_of_the_link_before_and_the_seal() -> None:
    assert link(b"before", b"seal") == hashlib.sha256(b"beforeseal").digest()


def test_claims_and_facts_are_different_types_with_the_hubs_prefix() -> None:
    assert not CLAIMS & FACTS
    assert all(name.startswith(PREFIX) and name.endswith(".v1") for name in CLAIMS | FACTS)
