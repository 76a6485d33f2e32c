"""The whole hub behind its edge, once for a module of tests that leave it as they find it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from psycopg.conninfo import make_conninfo

from tests.builders import whole_hub
from tests.builders.whole_hub import Whole
from tests.conftest import _temporary_database


@pytest.fixture(scope="module")
def whole(postgres: str, filled: str) -> Iterator[Whole]:
    """A running hub on a clone of the filled database."""
    with (
        _temporary_database(postgres, filled) as name,
        whole_hub.serving(make_conninfo(postgres, dbname=name), address_burst=100_000, client_burst=100_000) as made,
    ):
        yield made
