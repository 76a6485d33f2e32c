"""One lived-in hub with the console for the tests that read it, and one of its own for a test that changes it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo

from tests.builders.console import Site, a_site, people
from tests.builders.hub import a_hub, a_report
from tests.builders.living_hub import UNITS, consume, live
from tests.conftest import _temporary_database


@pytest.fixture(scope="session")
def lived(postgres: str, filled: str) -> Iterator[str]:
    """Name of a database in which three communes have reported (one corrected, one withdrew), a release was made, and
    one more has corrected since.
    """
    with _temporary_database(postgres, filled) as name:
        conninfo = make_conninfo(postgres, dbname=name)
        with a_hub(conninfo) as hub:
            live(hub)
            hub.send(a_report(hub, unit=UNITS[2], revision=2, figures={"events_commune": 9}))
            consume(conninfo)
        people(conninfo)
        yield name


@pytest.fixture(scope="session")
def site(postgres: str, lived: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """For tests that only read."""
    with served(postgres, lived, tmp_path_factory.mktemp("site")) as made:
        yield made


@pytest.fixture
def own_site(postgres: str, lived: str, tmp_path: Path) -> Iterator[Site]:
    """For a test that changes something."""
    with served(postgres, lived, tmp_path) as made:
        yield made


@contextmanager
def served(postgres: str, lived: str, folder: Path) -> Iterator[Site]:
    """A copy of the lived-in hub, with the console."""
    with (
        _temporary_database(postgres, lived) as name,
        a_site(make_conninfo(postgres, dbname=name), folder) as made,
    ):
        yield made
