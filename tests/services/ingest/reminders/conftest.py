"""A mailbox for all tests of reminders, and a worker that sends to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lienthong.postgres.pool import Pool
from services.ingest.reminders.worker import Reminding
from tests.builders.hub import Hub
from tests.builders.mailbox import Mailbox, a_mailbox
from tests.builders.reminding import reminding_with
from tests.builders.running_platform import free_port


@pytest.fixture(scope="session")
def served() -> Iterator[Mailbox]:
    with a_mailbox(free_port()) as found:
        yield found


@pytest.fixture
def mailbox(served: Mailbox) -> Mailbox:
    served.letters.clear()
    served.refuses, served.silent = None, False
    return served


@pytest.fixture
def pool(hub: Hub) -> Iterator[Pool]:
    with Pool(hub.conninfo, role="lienthong_ingest", max_size=4) as found:
        yield found


@pytest.fixture
def reminding(hub: Hub, pool: Pool, mailbox: Mailbox) -> Reminding:
    return reminding_with(hub, pool, mailbox.settings)
