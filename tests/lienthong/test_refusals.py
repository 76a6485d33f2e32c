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
from lienthong.refusals import KnownProblem, problem
from lienthong.web.problems import document
from tests.conftest import ROOT

SAYING = {"problem", "refused", "misconfigured", "unprocessable", "not_found", "fault"} | {
    "_refused",
    "_refuse",
    "_gone",
    "_conflict",
}
CATALOGUE = sorted(refusals.catalogue().values(), key=lambda entry: entry.code)


@cache
def _sources() -> tuple[ast.Module, ...]:
    paths = (path for folder in ("lienthong", "services") for path in sorted((ROOT / folder).rglob("*.py")))
    return tuple(ast.parse(path.read_text("utf-8")) for path in paths)


def _texts() -> set[str]:
    return {
        node.value
        for tree in _sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def _fields(words: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(words) if name}


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.code)
def test_both_languages_name_the_same_things(entry: KnownProblem) -> None:
    assert entry.words.vi.strip() and entry.words.en.strip()
    if entry.code != "signature_refused":  # why a signature failed is for programmers, in English alone
        assert _fields(entry.words.vi) == _fields(entry.words.en)


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.code)
def test_advice_can_be_said(entry: KnownProblem) -> None:
    """What stands in braces is a parameter: a piece of JSON in an advice would make the refusal an error of ours."""
    if entry.advice is not None:
        assert all(name.isidentifier() for name in _fields(entry.advice.vi) | _fields(entry.advice.en))


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
    told = document(Transient("broker kafka-3.internal: connection refused", code="kafka_away"))
    assert [one["code"] for one in told["errors"]] == ["kafka_away"] and "kafka-3" not in str(told)


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
    said = problem("", "plan_unknown", plan="A\n\x1b[31m" + "x" * 10_000).message
    assert len(said.vi) < 300 and said.vi.isprintable() and said.en.isprintable()


def test_a_code_outside_the_catalogue_is_a_fault_of_ours() -> None:
    with pytest.raises(Misconfigured, match="no file of schemas/problems"):
        problem("", "no_such_code")


def test_a_code_in_two_files_is_refused(tmp_path: Path) -> None:
    for room in ("a", "b"):
        (tmp_path / f"{room}.yaml").write_text("some_code:\n  vi: một\n  en: one\n", "utf-8")
    with pytest.raises(Misconfigured, match="some_code"):
        refusals.read(tmp_path)
