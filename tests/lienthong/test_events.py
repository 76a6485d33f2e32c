"""Events and their seals."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from lienthong import events
from lienthong.events import (
    ACCEPTED,
    CLAIMS,
    FACTS,
    PREFIX,
    REPORT_ACCEPTED,
    Event,
    link,
    seal_of,
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


def test_every_type_that_has_a_name_is_a_claim_or_a_fact() -> None:
    """A fact that FACTS lacks is in no topic; a claim that ACCEPTED lacks is not taken."""
    named = {value for value in vars(events).values() if isinstance(value, str) and value.startswith(PREFIX)}
    assert named - {PREFIX} == CLAIMS | FACTS


def test_no_two_claims_become_the_same_fact() -> None:
    """What is sealed of a fact is looked up by its type."""
    assert len({made.fact for made in ACCEPTED.values()}) == len(ACCEPTED)
