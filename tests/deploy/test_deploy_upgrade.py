"""Migrations expand first and contract a version later: what takes something away says since when nobody uses it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import ROOT

MIGRATIONS = sorted((*ROOT.glob("lienthong/*/migrations/*.sql"), *ROOT.glob("services/*/migrations/*.sql")))

# What a process of the version before would stumble over.
CONTRACTS = re.compile(
    r"\bDROP\s+(?:TABLE|COLUMN|SCHEMA|VIEW|FUNCTION|TYPE)\b|\bRENAME\b|\bALTER\s+COLUMN\s+\w+\s+(?:SET\s+NOT\s+NULL|TYPE)\b"
    r"|\bADD\s+COLUMN\s+(?:IF\s+NOT\s+EXISTS\s+)?\w+(?:(?!DEFAULT|,|;).)*\bNOT\s+NULL\b(?:(?!DEFAULT|,|;).)*[,;]",
    re.IGNORECASE | re.DOTALL,
)
SAID = re.compile(r"^-- Contract: nothing since \d+\.\d+ ", re.MULTILINE)


def fault(text: str) -> str | None:
    """The statement that old processes would stumble over without notice."""
    statements = re.sub(r"--[^\n]*", "", text)
    match = CONTRACTS.search(statements)
    return match.group(0) if match and not SAID.search(text) else None


@pytest.mark.parametrize("path", MIGRATIONS, ids=lambda path: f"{path.parents[1].name}/{path.stem}")
def test_a_migration_takes_nothing_away_from_the_version_before(path: Path) -> None:
    assert fault(path.read_text("utf-8")) is None


@pytest.mark.parametrize(
    "text",
    [
        "ALTER TABLE a DROP COLUMN b;",
        "ALTER TABLE a RENAME b TO c;",
        "ALTER TABLE a ALTER COLUMN b SET NOT NULL;",
        "ALTER TABLE a ALTER COLUMN b TYPE bigint;",
        "ALTER TABLE a ADD COLUMN b text NOT NULL;",
        "DROP TABLE a;",
    ],
)
def test_taking_away_is_recognised(text: str) -> None:
    assert fault(text) is not None
    assert fault(f"-- Contract: nothing since 0.3 reads it.\n{text}") is None


@pytest.mark.parametrize(
    "text",
    [
        "ALTER TABLE a ADD COLUMN b text;",
        "ALTER TABLE a ADD COLUMN b text NOT NULL DEFAULT 'x';",
        "ALTER TABLE a ADD COLUMN b text DEFAULT 'x' NOT NULL;",
        "CREATE TABLE a (b text NOT NULL);",
        "-- DROP TABLE a comes a version later.\nCREATE TABLE c (d int);",
    ],
)
def test_expanding_is_free(text: str) -> None:
    assert fault(text) is None
