"""What calls itself pure talks to nobody: no database, network, process, clock of its own, or thread."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
WORLD = frozenset(
    {"psycopg", "psycopg_pool", "confluent_kafka", "httpx", "fastapi", "starlette", "uvicorn", "typer", "sqlite3"}
    | {"socket", "ssl", "subprocess", "threading", "multiprocessing", "asyncio", "time", "tempfile", "shutil"}
)


def reached(source: str) -> frozenset[str]:
    """What a module that says `Pure.` imports of the world; nothing of one that does not say so."""
    tree = ast.parse(source)
    said = ast.get_docstring(tree) or ""
    return WORLD & set(_imported(tree)) if "Pure." in said else frozenset()


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name.partition(".")[0] for alias in names)
            case ast.ImportFrom(module=str(module)):
                yield module.partition(".")[0]


def test_it_is_seen() -> None:
    assert reached('"""Sums. Pure."""\nimport time, math\n') == {"time"}
    assert reached('"""Sums. Pure."""\ndef f():\n    from psycopg.rows import x\n') == {"psycopg"}
    assert reached('"""Sums. Pure, but for a file."""\nimport time\n') == frozenset()


@pytest.mark.parametrize("folder", ["lienthong", "services"])
def test_no_pure_module_reaches_the_world(folder: str) -> None:
    found = {str(path.relative_to(ROOT)): reached(path.read_text()) for path in (ROOT / folder).rglob("*.py")}
    assert {path: names for path, names in found.items() if names} == {}
