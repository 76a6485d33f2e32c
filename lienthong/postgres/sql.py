"""Named queries from `.sql` files: SQL is read as SQL, with a name and a sentence each.

    -- name: head_of_partition
    -- Where a partition stands now, without locking it.
    SELECT position FROM eventlog.heads WHERE partition = %(partition)s;

    QUERIES = Queries(Path(__file__).with_name("queries.sql"))   # reads nothing yet
    conn.execute(QUERIES.head_of_partition, {"partition": 12})

Parameters are bound by the driver, identifiers are never formatted in. A literal percent sign in a query
with parameters is written %%.
"""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path

from lienthong.errors import Misconfigured

_HEADER = re.compile(r"^--\s*name:\s*(?P<name>\S+)\s*$", re.MULTILINE)


class Queries:
    """The queries of one file, as attributes. The file is read at the first use.

    An unknown name raises AttributeError; a malformed file raises Misconfigured.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @cached_property
    def _by_name(self) -> dict[str, str]:
        return parse(self._path.read_text(encoding="utf-8"), origin=str(self._path))

    def __getattr__(self, name: str) -> str:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self._by_name[name]
        except KeyError:
            raise AttributeError(f"{self._path} has no query named {name!r}") from None

    def names(self) -> tuple[str, ...]:
        """Every name in the order of the file."""
        return tuple(self._by_name)


def parse(text: str, *, origin: str = "<sql>") -> dict[str, str]:
    """Split a file into {name: statement}. Each query needs a name, a sentence, and one statement."""
    pieces = _HEADER.split(text)
    queries: dict[str, str] = {}
    for name, body in zip(pieces[1::2], pieces[2::2], strict=True):
        if not name.isidentifier():
            raise Misconfigured(f"{origin}: {name!r} is no name for a query (letters, digits, underscore)")
        if name in queries:
            raise Misconfigured(f"{origin}: two queries are named {name!r}")
        queries[name] = _statement(body, name, origin)
    if not queries:
        raise Misconfigured(f"{origin}: no query found (each starts with '-- name: …')")
    return queries


def _statement(body: str, name: str, origin: str) -> str:
    lines = body.strip().splitlines()
    if not lines or not lines[0].startswith("--"):
        raise Misconfigured(f"{origin}: query {name!r} lacks its sentence (a comment after the name)")
    while lines and (lines[0].startswith("--") or not lines[0].strip()):
        lines.pop(0)
    statement = "\n".join(lines).strip().rstrip(";").strip()
    if not statement:
        raise Misconfigured(f"{origin}: query {name!r} is empty")
    return statement
