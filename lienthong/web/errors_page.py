"""docs/errors.md: the catalogue of problems as a page."""

from __future__ import annotations

from lienthong.refusals import KnownProblem, catalogue

_HEAD = """# Mã lỗi · Error codes

Every answer that refuses is `application/problem+json` (RFC 9457): `code` and `errors[]`, each with a JSON Pointer, a
stable code, and a message in Vietnamese and English. Programs go by the code; the words may be bettered. `{…}` stands
for what is named in the case at hand. HTTP: the status when every reason of the answer has it, else 422. A report with
several faults is told all of them at once.

Codes from the framework: `http_404`, `http_405` and so on. `check_at_most`, `check_equals_sum`, `check_requires`,
`check_change` are checks that a form declares; `params.check` names the one, its words come from the plan.

503 means: nothing was written, or it is not known whether it was (the connection broke in the commit). Send the same
event with the same id again: it takes effect once and gets its receipt.

<!-- Made from schemas/problems by `make generate`; don't edit. -->

"""


def text() -> str:
    """The page, in Markdown."""
    lines = ["| code | HTTP | Tiếng Việt | English |", "|---|---|---|---|"]
    return _HEAD + "\n".join([*lines, *(_row(entry) for _, entry in sorted(catalogue().items()))]) + "\n"


def _row(entry: KnownProblem) -> str:
    vi, en = f"{entry.words.vi} → {entry.advice.vi}", f"{entry.words.en} → {entry.advice.en}"
    return f"| `{entry.code}` | {entry.status} | {_cell(vi)} | {_cell(en)} |"


def _cell(words: str) -> str:
    return " ".join(words.split()).replace("|", "\\|")
