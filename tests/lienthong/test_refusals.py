"""The catalogue of problems: every code that the source says, in two languages, once; and no code that nobody says."""

from __future__ import annotations

import ast
import string
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from lienthong import refusals
from lienthong.errors import Message, Misconfigured, Transient
from lienthong.refusals import NEAREST, KnownProblem, nearest_codes, phrase, problem
from lienthong.web.problems import document
from tests.conftest import ROOT

SAYING = {"problem", "refused", "misconfigured", "unprocessable", "not_found", "fault"} | {
    "NotSent",
    "Unreachable",
    "NotAFeed",
    "Unread",
    "_refused",
    "_refuse",
    "_gone",
    "_conflict",
}
CATALOGUE = sorted(refusals.catalogue().values(), key=lambda entry: entry.code)


def _paths() -> tuple[Path, ...]:
    return tuple(path for folder in ("lienthong", "services") for path in sorted((ROOT / folder).rglob("*.py")))


@cache
def _sources() -> tuple[ast.Module, ...]:
    return tuple(ast.parse(path.read_text("utf-8")) for path in _paths())


@cache
def _texts() -> frozenset[str]:
    return frozenset(
        node.value
        for tree in _sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


PHRASES = sorted(refusals.phrases().items())
WORDED = {
    "lienthong/access/roles.py": "what a role is called",
    "lienthong/access/principals.py": "what a right is called",
    "lienthong/contents.py": "what a kind of content is called",
    "lienthong/forms/pages.py": "the page of a form, a document of its own",
    "lienthong/forms/regime.py": "the regime of reporting on that page",
    "lienthong/forms/differences.py": "what a change of a form is called",
    "lienthong/indicators/nation.py": "why a figure is not in the nation's",
    "lienthong/indicators/reasons.py": "why an indicator has no value",
    "lienthong/indicators/verdicts.py": "what a verdict is called",
    "lienthong/lint/rendering.py": "what a severity is called",
    "lienthong/units/levels.py": "what a level is called",
    "lienthong/web/problems.py": "what a status of HTTP is called",
    "services/ingest/kit/judging.py": "what a package cannot judge",
    "services/ingest/plans/changes.py": "what a change of a plan is called",
    "services/ingest/reminders/letters.py": "what a letter says, a document of its own",
}
"""Where words stand in a module, because it is the one home of what they are the name of. What is said of a fault
stands in schemas/problems, what stands within such a sentence in schemas/phrases.yaml, what a page says in
services/console/languages.
"""


def _fields(words: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(words) if name}


def test_both_languages_name_the_same_things() -> None:
    assert [entry.code for entry in CATALOGUE if not (entry.words.vi.strip() and entry.words.en.strip())] == []
    apart = [entry.code for entry in CATALOGUE if _fields(entry.words.vi) != _fields(entry.words.en)]
    assert apart == ["signature_refused"]  # why a signature failed is for programmers, in English alone


def test_advice_can_be_said() -> None:
    """What stands in braces is a parameter: a piece of JSON in an advice would make the refusal an error of ours."""
    assert [entry.code for entry in CATALOGUE if not all(map(str.isidentifier, _named_in(entry)))] == []


def _named_in(entry: KnownProblem) -> set[str]:
    return _fields(entry.advice.vi) | _fields(entry.advice.en)


def test_phrases_name_the_same_things_in_both_languages() -> None:
    assert [name for name, words in PHRASES if not (words.vi and words.en)] == []
    assert [name for name, words in PHRASES if _fields(words.vi) != _fields(words.en)] == []


def test_no_phrase_is_unused_and_none_is_unknown() -> None:
    said = {
        argument.value
        for tree in _sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _name(node) == "phrase"
        for argument in ast.walk(node.args[0])
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }
    whole = {text for text in said if text in refusals.phrases()}
    begun = tuple(said - whole)  # f"type_{name}"
    assert [text for text in begun if not any(name.startswith(text) for name, _ in PHRASES)] == []
    assert [name for name, _ in PHRASES if name not in _texts() and not name.startswith(begun)] == []


def test_words_stand_in_a_module_only_where_they_name_what_it_is_the_home_of() -> None:
    inline = {
        str(path.relative_to(ROOT))
        for path, tree in zip(_paths(), _sources(), strict=True)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "vi" and _says_something(keyword.value)
    }
    assert inline == set(WORDED)


def _says_something(node: ast.AST) -> bool:
    """Of Vietnamese: what is of names and signs alone reads alike in both languages."""
    return any(
        isinstance(x, ast.Constant) and isinstance(x.value, str) and not x.value.isascii() for x in ast.walk(node)
    )


def test_no_code_is_unused() -> None:
    said = _texts()
    assert [entry.code for entry in CATALOGUE if entry.code not in said] == []


def test_every_code_said_is_in_the_catalogue() -> None:
    unknown = {
        argument.value
        for tree in _sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _name(node) in SAYING and len(node.args) < 3
        for argument in node.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
        if "_" in argument.value and argument.value.isidentifier() and argument.value not in refusals.catalogue()
    }
    assert unknown == set()


def test_what_fails_for_now_has_words_that_name_nothing() -> None:
    """They go to whoever asked; why it failed (a server's name, a driver's sentence) is for the log."""
    codes = {
        keyword.value.value
        for tree in _sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _name(node) == "Transient"
        for keyword in node.keywords
        if keyword.arg == "code" and isinstance(keyword.value, ast.Constant)
    }
    assert codes - refusals.catalogue().keys() == set()
    named = {code: _fields(refusals.entry(code).words.vi) for code in codes}
    assert {code: fields for code, fields in named.items() if fields} == {}
    body = document(Transient("broker kafka-3.internal: connection refused", code="kafka_away"))
    assert [error["code"] for error in body["errors"]] == ["kafka_away"] and "kafka-3" not in str(body)


def test_what_stops_the_hub_says_what_to_do_in_both_languages() -> None:
    said = refusals.misconfigured("database_empty")
    assert str(said) == "the database is empty → Run `lienthong migrate`."
    assert said.problems[0].message.vi == "Cơ sở dữ liệu chưa có bảng nào của hệ thống."
    assert refusals.unprocessable("backup_damaged", why="half of it").problems[0].params == {"why": "half of it"}


def _name(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def test_a_day_and_a_message_speak_the_language_of_the_sentence() -> None:
    words = refusals.say(
        Message(vi="{what}: {day}", en="{what}: {day}"),
        {"what": Message(vi="hạn", en="deadline"), "day": date(2026, 12, 31)},
    )
    assert words == Message(vi="hạn: 31/12/2026", en="deadline: 2026-12-31")


def test_what_a_sender_wrote_is_shortened_and_kept_on_one_line() -> None:
    said = problem("", "unit_unknown", unit="A\n\x1b[31m" + "x" * 10_000).message
    assert len(said.vi) < 300 and said.vi.isprintable() and said.en.isprintable()


def test_a_code_outside_the_catalogue_is_a_fault_of_ours() -> None:
    with pytest.raises(Misconfigured, match="no file of schemas/problems"):
        problem("", "no_such_code")


def test_a_code_in_two_files_is_refused(tmp_path: Path) -> None:
    for room in ("a", "b"):
        (tmp_path / f"{room}.yaml").write_text("some_code:\n  vi: một\n  en: one\n", "utf-8")
    with pytest.raises(Misconfigured, match="some_code"):
        refusals.read(tmp_path)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ("P119-LS.2028", "P119-LS.2025, P119-LS.2026, P119-LS.2027, P1169-LS.2026"),
        ("p119-ls.2025", "P119-LS.2025, P119-LS.2026"),
        ("", "P119-LS.2025"),
        ("ZZ", "P438-LS.2026"),
    ],
)
def test_the_codes_nearest_to_a_wrong_one_are_named_and_never_more_than_a_few(given: str, named: str) -> None:
    years = (f"P119-LS.{year}" for year in (2027, 2025, 2026))
    there = ["P438-LS.2026", *years, "P1169-LS.2026", "A-LS.2026", "B-LS.2026"]
    told = str(nearest_codes(given, there)).split(", ")
    assert len(told) == NEAREST and set(named.split(", ")) <= set(told)
    assert str(nearest_codes(given, ["P119-LS"])) == "P119-LS"
    assert nearest_codes(given, ()) == phrase("none_yet")
