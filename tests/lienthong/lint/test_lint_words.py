"""The words of the lint: every rule and finding in two languages, none unused, each with what its words name."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator

from lienthong.lint import rules
from lienthong.lint.findings import Lack
from tests.conftest import ROOT

LACKS = {(code, name): lack for code, rule in rules().items() for name, lack in rule.lacks.items()}
SECRETS = ("LT-C07", "LT-C08")  # the same findings, by who issued the plan: their rule is computed


def _named(words: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(words) if field}


def _said() -> Iterator[tuple[str, str, set[str]]]:
    """(rule, name, parameters given) of every finding in the code."""
    for path in sorted((ROOT / "lienthong" / "lint").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and (texts := _texts(node)):
                given = {keyword.arg for keyword in node.keywords if keyword.arg} - {"quote"}
                yield from ((rule, texts[-1], given) for rule in (texts[:-1] or SECRETS))


def _texts(node: ast.Call) -> list[str]:
    """The rule's code, where it is written there, and the finding's name."""
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if called not in ("found", "finding"):
        return []
    texts = [item.value for item in node.args if isinstance(item, ast.Constant) and isinstance(item.value, str)]
    return [text for text in texts if not text.startswith("/")]


def test_rules_and_findings_speak_two_languages_that_name_the_same_things() -> None:
    assert [code for code, rule in rules().items() if not (rule.asks.vi and rule.asks.en != rule.asks.vi)] == []
    assert [name for name, lack in LACKS.items() if not (lack.words.vi and lack.words.en)] == []
    assert [name for name, lack in LACKS.items() if not _alike(lack)] == []


def _alike(lack: Lack) -> bool:
    return _named(lack.words.vi) == _named(lack.words.en)


def test_no_finding_is_unused_and_each_is_given_what_its_words_name() -> None:
    said = {(rule, name): given for rule, name, given in _said()}
    assert said.keys() == LACKS.keys()
    assert {key: given for key, given in said.items() if given != _named(LACKS[key].words.vi)} == {}
