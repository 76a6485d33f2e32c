"""No row of a query is read by position: a row of several columns has a type or is unpacked by name, an answer of one
column is asked for with its type (lienthong/postgres/answers.py).
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
_MAY = re.compile(r"\brow\[|fetch|\.execute\(")  # what has none of them is not parsed
_ASKED = {"execute", "fetchone", "fetchall", "fetchmany"}


def positional_reads(source: str) -> list[int]:
    """Lines that read what a query gave by a number: of the call itself, of a name given to it, of its loop's name."""
    tree = ast.parse(source)
    scopes = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return sorted({line for scope in scopes for line in _of(scope)})


def _of(scope: ast.AST) -> Iterator[int]:
    names = {"row"} | set(_names(scope))
    for node in ast.walk(scope):
        if isinstance(node, ast.Subscript) and _is_place(node.slice) and _is_row(node.value, names):
            yield node.lineno


def _names(scope: ast.AST) -> Iterator[str]:
    for node in ast.walk(scope):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if _asks(value):
                yield name
            case ast.For(target=ast.Name(id=name), iter=value) if _asks(value):
                yield name
            case ast.comprehension(target=ast.Name(id=name), iter=value) if _asks(value):
                yield name


def _asks(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _ASKED


def _is_place(node: ast.AST) -> bool:
    if isinstance(node, ast.UnaryOp):
        node = node.operand
    return isinstance(node, ast.Slice) or (isinstance(node, ast.Constant) and isinstance(node.value, int))


def _is_row(node: ast.AST, names: set[str]) -> bool:
    return (isinstance(node, ast.Name) and node.id in names) or _asks(node)


@pytest.mark.parametrize("folder", ["lienthong", "services", "bench", "deploy"])
def test_no_row_is_read_by_position(folder: str) -> None:
    texts = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in sorted((ROOT / folder).rglob("*.py"))
        if _MAY.search(source := path.read_text("utf-8"))
        for line in positional_reads(source)
    ]
    assert not texts, texts


@pytest.mark.parametrize(
    "body",
    [
        "found = conn.execute(SQL.head).fetchone()\n    return found[0]",
        "return conn.execute(SQL.head).fetchone()[0]",
        "return [one[1] for one in conn.execute(SQL.heads)]",
        "for row in rows:\n        print(row[2:])",
        "return row[-1]",
    ],
)
def test_a_positional_read_is_found(body: str) -> None:
    assert positional_reads(f"def f(conn):\n    {body}\n")
