"""Whatever the order and however often messages arrive, the same is in force at the end."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from services.platform.receiving import StoredMessage, judge

versions = st.integers(1, 4)
facts = st.lists(st.tuples(versions, st.booleans()), min_size=1, max_size=8, unique=True)


def a_message(version: int, withdraws: bool) -> StoredMessage:
    kind = "withdrawn" if withdraws else "published"
    return StoredMessage(
        webhook_id=f"{kind}-{version}",
        sender="s",
        type=f"content.{kind}",
        kind="content",
        id="x",
        version=version,
        digest=f"d-{kind}-{version}",
        title="",
        sample=False,
        body=f"{kind}-{version}".encode(),
    )


def in_force(messages: list[StoredMessage]) -> tuple[StoredMessage | None, list[str]]:
    """What a store that obeys `judge` holds in the end, and what it answered."""
    kept: list[StoredMessage] = []
    answers = []
    for message in messages:
        current = max(kept, key=lambda one: one.rank, default=None)
        seen = next((one for one in kept if one.webhook_id == message.webhook_id), None)
        same = next((one for one in kept if (one.type, one.version) == (message.type, message.version)), None)
        answers.append(judge(message, seen=seen, same_version=same, current=current))
        if answers[-1] != "repeated":
            kept.append(message)
        if answers[-1] == "stored":
            assert max(kept, key=lambda one: one.rank) is message
    return max(kept, key=lambda one: one.rank, default=None), answers


@given(facts, st.randoms())
def test_the_order_of_arrival_never_matters(given_facts: list[tuple[int, bool]], luck: random.Random) -> None:
    messages = [a_message(version, withdraws) for version, withdraws in given_facts]
    ordered, _ = in_force(sorted(messages, key=lambda message: message.rank))
    shuffled = [*messages, *messages]
    luck.shuffle(shuffled)
    found, answers = in_force(shuffled)
    assert found == ordered
    assert answers.count("repeated") == len(messages)
