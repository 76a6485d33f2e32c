"""A database filled once for the run, cloned for each test that needs a hub with units and a plan."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from psycopg.conninfo import make_conninfo

from tests.builders import hub as hubs
from tests.builders.hub import Hub
from tests.conftest import _temporary_database


@pytest.fixture(scope="session")
def filled(postgres: str, template: str) -> Iterator[str]:
    """Name of a database with units and the plan P119-LS."""
    with _temporary_database(postgres, template) as name:
        hubs.fill(make_conninfo(postgres, dbname=name))
        yield name


@pytest.fixture
def hub(postgres: str, filled: str) -> Iterator[Hub]:
    """A running hub on a clone of it; the clock stands on 10/10/2026."""
    with _temporary_database(postgres, filled) as name, hubs.a_hub(make_conninfo(postgres, dbname=name)) as made:
        yield made
