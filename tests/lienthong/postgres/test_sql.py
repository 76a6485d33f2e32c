"""Named queries: each has a name, a sentence and one statement."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lienthong.errors import Misconfigured
from lienthong.postgres.sql import Queries, parse
from tests.conftest import ROOT
from tests.query_names import names_of

TEXT = """-- name: one
-- The first sentence,
-- in two lines.
SELECT 1  -- a reason
FROM t;

-- name: two
-- The second.
SELECT 2;
"""


def test_a_statement_is_what_follows_its_sentence() -> None:
    assert parse(TEXT) == {"one": "SELECT 1  -- a reason\nFROM t", "two": "SELECT 2"}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("SELECT 1;", "no query found"),
        ("-- name: one\nSELECT 1;", "lacks its sentence"),
        ("-- name: one\n-- A sentence.\n", "is empty"),
        ("-- name: o-ne\n-- A sentence.\nSELECT 1;", "is no name"),
        (TEXT + TEXT, "two queries are named 'one'"),
    ],
)
def test_a_malformed_file_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(Misconfigured, match=complaint):
        parse(text)


def test_an_unknown_query_is_named_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "queries.sql").write_text(TEXT)
    queries = Queries(tmp_path / "queries.sql")
    assert queries.names() == ("one", "two")
    assert queries.two == "SELECT 2"
    with pytest.raises(AttributeError, match=r"queries.sql has no query named 'three'"):
        _ = queries.three


def test_the_file_is_read_at_the_first_use_only(tmp_path: Path) -> None:
    late = Queries(tmp_path / "late.sql")
    with pytest.raises(FileNotFoundError):
        late.names()
    (tmp_path / "late.sql").write_text(TEXT)
    assert late.two == "SELECT 2"


def _files() -> list[Path]:
    """Migrations and the schema of the receiving platform's own store are scripts, not named queries."""
    scripts = ("migrations/", "platform/schema.sql")
    paths = [path for folder in ("lienthong", "services") for path in (ROOT / folder).rglob("*.sql")]
    return [path for path in paths if not any(script in str(path) for script in scripts)]


def test_every_query_file_of_the_project_is_well_formed() -> None:
    assert _files()
    assert all(parse(path.read_text(encoding="utf-8"), origin=str(path)) for path in _files())


def test_no_query_is_unused() -> None:
    sources = [path for folder in ("lienthong", "services") for path in (ROOT / folder).rglob("*.py")]
    said = {word for path in sources for word in re.findall(r"\w+", path.read_text("utf-8"))}
    named = {(path.name, name) for path in _files() for name in parse(path.read_text("utf-8"))}
    assert {one for one in named if one[1] not in said} == set()


def test_the_names_that_mypy_holds_a_module_against_are_those_of_its_file() -> None:
    store = ROOT / "services" / "aggregate" / "store" / "queries.py"
    assert names_of(store, "SQL") == set(parse(store.with_name("queries.sql").read_text("utf-8")))
    assert names_of(store, "CONSUMER") == frozenset()
