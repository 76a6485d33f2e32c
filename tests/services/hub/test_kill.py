"""A real hub, kill -9 in the middle of a load. `make faults` does it two hundred times, and measures the pauses."""

from __future__ import annotations

from bench import faults


def test_what_has_a_receipt_survives_the_death_of_any_process() -> None:
    with faults.a_living_hub() as living:
        faults.run(living, ["http", "postgres", "backend", "aggregate", "nursery"], senders=6)
        assert faults.faults(living) == []
        assert len(living.receipts) > 50
