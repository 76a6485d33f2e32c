"""One spelling of an instant, and one idea of a level and of a pause."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from lienthong import units
from lienthong.backoff import SHORTEST, Backoff
from lienthong.calendar import VIETNAM
from lienthong.instants import read, wire
from lienthong.shipped import schemas_folder


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (datetime(2026, 10, 15, tzinfo=VIETNAM), "2026-10-14T17:00:00Z"),
        (datetime(2026, 10, 15, 1, 2, 3, 4000, tzinfo=UTC), "2026-10-15T01:02:03.004000Z"),
    ],
)
def test_an_instant_is_written_in_utc_and_read_back_exactly(instant: datetime, text: str) -> None:
    assert wire(instant) == text
    assert read(text) == instant


def test_an_instant_without_its_offset_is_no_instant() -> None:
    with pytest.raises(ValueError, match="offset"):
        read("2026-10-15T00:00:00")
    with pytest.raises(ValueError, match="offset"):
        wire(datetime(2026, 10, 15))


def test_an_offset_of_the_reader_is_no_matter() -> None:
    assert wire(read("2026-10-15T00:00:00+07:00")) == "2026-10-14T17:00:00Z"


def test_every_shipped_unit_has_the_level_that_its_code_says() -> None:
    registry = units.load(schemas_folder() / "units")
    rows = registry.to_rows()["units"]
    assert len(rows) > 3_000
    assert {row["code"] for row in rows if units.of_code(row["code"]) != row["level"]} == set()


def test_pauses_grow_to_their_limit_and_begin_anew() -> None:
    backoff = Backoff(longest=1.0)
    assert all(SHORTEST <= backoff.failed() <= 1.0 for _ in range(2000))
    backoff.worked()
    assert backoff.failed() <= 0.2
