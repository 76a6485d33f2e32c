"""Every code that the hub says, collected from its source: what docs/errors.md lists.

Run `python -m tests.unit.error_codes` to write the list anew; tests/unit/test_error_codes.py fails when it is old.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from services.ingest.claims import http

ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENT = ROOT / "docs" / "errors.md"
CODE = re.compile(r"^[a-z][a-z0-9]*(_[a-z0-9]+)+$")
ERRORS = {"Transient": "503", "Misconfigured": "", "Unprocessable": "", "Conflict": "", "HubError": "500"}

HEAD = """# Mã lỗi · Error codes

Every answer that refuses is `application/problem+json` (RFC 9457): `code` and `errors[]`, each with a JSON Pointer, a
stable code, and a message in Vietnamese and English. Programs go by the code; the words may be bettered. `…` stands
for what is named in the case at hand. HTTP: the status when this is the only reason (empty: 422, or as the other
reasons say). A report with several faults is told all of them at once.

Codes from the framework: `http_404`, `http_405` and so on. `check_at_most`, `check_equals_sum`, `check_requires`,
`check_change` are checks that a form declares; `params.check` names the one, its words come from the plan.

503 means: nothing was written, or it is not known whether it was (the connection broke in the commit). Send the same
event with the same id again: it takes effect once and gets its receipt.

<!-- Made by python -m tests.unit.error_codes; don't edit below. -->

"""


@dataclass(frozen=True)
class Said:
    """One code with its words (… where they name something) and its status, as far as the place tells."""

    code: str
    vi: str
    en: str
    status: str


def collected() -> dict[str, Said]:
    """By code, in order; where a code is said in several places, the first words."""
    found: dict[str, Said] = {}
    for folder in ("lienthong", "services"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for said in _in(ast.parse(path.read_text("utf-8"))):
                known = found.get(said.code)
                if known is None or (not known.status and said.status):
                    found[said.code] = said
    return dict(sorted(found.items()))


def text() -> str:
    """The document."""
    lines = ["| code | HTTP | Tiếng Việt | English |", "|---|---|---|---|"]
    lines += [f"| `{one.code}` | {one.status} | {one.vi} | {one.en} |" for one in collected().values()]
    return HEAD + "\n".join(lines) + "\n"


def _in(tree: ast.Module) -> Iterator[Said]:
    statuses = dict(_statuses(tree))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        for code, vi, en in zip(node.args, node.args[1:], node.args[2:], strict=False):
            if _is_code(code) and _is_text(vi) and _is_text(en):
                name = str(code.value)  # type: ignore[attr-defined]
                yield Said(name, _words(vi), _words(en), statuses.get(id(node)) or _status(node, name))
        yield from _raised(node)


def _raised(node: ast.Call) -> Iterator[Said]:
    """Errors of the tree that carry a code of their own: Transient("…", code="database_away")."""
    kind = _name(node)
    for keyword in node.keywords:
        if kind in ERRORS and keyword.arg == "code" and _is_code(keyword.value) and node.args:
            words = _words(node.args[0]) if _is_text(node.args[0]) else ""
            yield Said(str(keyword.value.value), "", words, ERRORS[kind])  # type: ignore[attr-defined]


def _statuses(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """The status of each problem that stands in a Rejected with one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node) == "Rejected":
            given = [k.value.value for k in node.keywords if k.arg == "status" and isinstance(k.value, ast.Constant)]
            for inner in ast.walk(node) if given else ():
                yield id(inner), str(given[0])


def _status(node: ast.Call, code: str) -> str:
    if code in http._CONFLICTS:
        return "409"
    if code in http._FORBIDDEN:
        return "403"
    return {"not_found": "404", "_invalid": "401", "Unauthenticated": "401", "Forbidden": "403"}.get(_name(node), "")


def _name(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _is_code(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(CODE.match(node.value))


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value
    )


def _words(node: ast.expr) -> str:
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    said = "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in parts)
    return " ".join(said.split()).replace("|", "\\|")


if __name__ == "__main__":
    DOCUMENT.write_text(text(), "utf-8")
