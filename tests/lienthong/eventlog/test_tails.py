"""What a reader delivers next: Kafka where it continues, the table for all else, nothing twice, nothing skipped."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from lienthong.eventlog.tails import Stretch, Tail
from lienthong.events import Event, Recorded

NOW = datetime(2026, 10, 10, tzinfo=UTC)


def at(position: int, data: str = "{}") -> Recorded:
    event = Event(type="t", source="s", id=str(position), time=NOW, partition_key="20", data=data)
    return Recorded(event=event, partition=9, position=position, recorded_at=NOW, seal=b"", link=b"")


def positions(events: list[Recorded]) -> list[int]:
    return [event.position for event in events]


def heard(tail: Tail, *found: int) -> Tail:
    for position in found:
        tail.hear(at(position))
    return tail


def test_what_continues_is_taken_from_kafka() -> None:
    tail = heard(Tail(5), 6, 7, 8)
    assert tail.missing() is None
    assert positions(tail.take(10, 1000)) == [6, 7, 8]
    assert tail.position == 8


def test_repetitions_are_forgotten() -> None:
    tail = heard(Tail(5), 4, 5, 6, 7, 6, 7, 8)
    assert positions(tail.take(10, 1000)) == [6, 7, 8]


def test_a_gap_is_read_from_the_table_before_kafka_goes_on() -> None:
    tail = heard(Tail(5), 6, 9)
    assert positions(tail.take(10, 1000)) == [6]
    assert tail.missing() == Stretch(after=6, last=8)
    tail.advance(1)
    assert tail.missing() == Stretch(after=7, last=8)
    tail.advance(1)
    assert tail.missing() is None
    assert positions(tail.take(10, 1000)) == [9]


def test_a_new_reader_first_reads_the_table_up_to_what_is_known() -> None:
    tail = Tail(0)
    tail.know(3)
    assert tail.missing() == Stretch(after=0, last=3)
    tail.advance(3)
    assert tail.missing() is None


def test_a_rewound_reader_gets_again_what_it_had() -> None:
    tail = heard(Tail(0), 1, 2, 3, 4)
    tail.take(3, 1000)
    tail.rewind(1)
    assert tail.missing() == Stretch(after=1, last=3)
    tail.advance(2)
    assert positions(tail.take(10, 1000)) == [4]


def test_a_rewound_reader_gets_it_again_even_if_kafka_says_no_more() -> None:
    tail = heard(Tail(0), 1, 2)
    tail.take(10, 1000)
    tail.rewind(0)
    assert tail.missing() == Stretch(after=0, last=2)


def test_only_the_second_look_without_progress_turns_to_the_table() -> None:
    tail = Tail(5)
    tail.look(6)
    assert tail.missing() is None
    tail.look(6)
    assert tail.missing() == Stretch(after=5, last=6)


def test_looks_do_not_disturb_a_reader_that_moves() -> None:
    tail = Tail(5)
    tail.look(6)
    heard(tail, 6)
    assert positions(tail.take(10, 1000)) == [6]
    tail.look(7)
    assert tail.missing() is None


def test_a_batch_is_limited_by_events_and_bytes_but_holds_one() -> None:
    tail = Tail(0)
    for position in range(1, 6):
        tail.hear(at(position, "x" * 100))
    assert positions(tail.take(2, 1000)) == [1, 2]
    assert positions(tail.take(10, 250)) == [3, 4]
    assert positions(tail.take(10, 1)) == [5]


Step = tuple[str, int]


@given(
    st.lists(st.tuples(st.sampled_from(["hear", "look", "take", "rewind", "know"]), st.integers(1, 30)), max_size=60)
)
def test_whatever_kafka_says_every_event_is_delivered_in_order_and_none_skipped(steps: list[Step]) -> None:
    """The table holds 30 events; between rewinds each delivery continues the last, and all arrive in the end."""
    tail, expected = Tail(0), 1

    def deliver(limit: int) -> int:
        missing = tail.missing()
        if missing is None:
            taken = positions(tail.take(limit, 10**9))
        else:
            assert missing.last <= 30
            taken = list(range(missing.after + 1, min(missing.last, missing.after + limit) + 1))
            tail.advance(len(taken))
        assert taken == list(range(expected, expected + len(taken)))
        return expected + len(taken)

    for what, number in steps:
        if what == "hear":
            tail.hear(at(number))
        elif what == "look":
            tail.look(30)
        elif what == "know":
            tail.know(number)
        elif what == "rewind":
            expected = min(expected, number)
            tail.rewind(expected - 1)
        else:
            expected = deliver(number)
    tail.know(30)
    while expected <= 30:
        expected = deliver(7)
    assert expected == 31
