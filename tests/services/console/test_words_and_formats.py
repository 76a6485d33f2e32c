"""The console's words in both languages, and how numbers, days and deadlines are written."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

import pytest

from lienthong.access.acts import ACTS
from services import console
from services.console.formats import Formats
from services.console.words import LANGUAGES, Words

HERE = Path(console.__file__).parent
VI, EN = Words.load("vi"), Words.load("en")
FAMILIES = (
    "group",
    "standing",
    "round",
    "sender",
    "assessment",
    "target",
    "task",
    "goal",
    "delivery",
    "kind",
    "level",
    "delivered",
    "narrative",
    "source",
    "recipient",
    "difficulty",
    "step",
    "released",
    "document",
    "desk",
    "client_role",
    "person_state",
    "person_waits",
    "reach",
    "opening",
    "unit_table",
    "portal_item",
    "content_state",
    "material_kind",
    "computed_source",
    "actor",
    "act",
    "detail",
    "reminder_kind",
    "reminder_channel",
    "reminder_state",
)
"""Keys that are put together of a family and a code of the hub."""


def texts(words: Words) -> dict[str, tuple[str, ...]]:
    return {k: tuple(v.values()) if isinstance(v, Mapping) else (v,) for k, v in words.entries.items()}


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def used() -> Iterator[str]:
    """Keys that templates and pages ask for by their whole name."""
    for path in (*HERE.rglob("*.py"), *HERE.rglob("*.html"), *HERE.rglob("*.svg")):
        yield from re.findall(r"""\b(?:t|words|_words)\(\s*["']([a-z_]+\.[a-z_0-9]+)["']""", path.read_text("utf-8"))


def test_both_languages_have_the_same_words_with_the_same_places() -> None:
    assert set(VI.entries) == set(EN.entries)
    for key, said in texts(VI).items():
        wanted = set().union(*(places(text) for text in said))
        for text in texts(EN)[key]:
            assert places(text) <= wanted | {"count"}, key
        assert all(text.strip() for text in (*said, *texts(EN)[key])), key


def test_every_word_that_is_asked_for_is_there_and_none_is_left_over() -> None:
    asked = set(used())
    assert asked <= set(VI.entries)
    composed = {key for key in VI.entries if key.split(".")[0] in FAMILIES or key.endswith(".menu")}
    assert set(VI.entries) - asked - composed == set()


@pytest.mark.parametrize("replaced", ['Trễ"', "trễ {", "xác thực lần hai", "Muối", "Mắt xích", "bị loại", "bị dừng"])
def test_the_console_and_the_commands_have_one_word_for_one_thing(replaced: str) -> None:
    commands = [path.read_text("utf-8") for path in (HERE.parent / "commands").glob("*.py")]
    said = [(HERE / "languages" / "vi.yaml").read_text("utf-8"), *commands]
    assert not [text for text in said if replaced.casefold() in text.casefold()]


def test_the_menu_and_the_page_of_releases_are_called_alike() -> None:
    assert VI("releases.menu") == VI("releases.title")


def acts_of(tree: ast.AST) -> Iterator[str]:
    """Codes that are handed to a function that records an act."""
    for node in ast.walk(tree):
        name = getattr(node.func, "attr", getattr(node.func, "id", "")) if isinstance(node, ast.Call) else ""
        if isinstance(node, ast.Call) and ("record" in name or name in ("_write", "_note", "Act", "note")):
            given = (one for part in (*node.args, *(word.value for word in node.keywords)) for one in ast.walk(part))
            said = (one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str))
            yield from (text for text in said if re.fullmatch(r"[a-z_]+\.[a-z_]+", text))


def test_every_act_that_the_audit_log_can_hold_has_its_word() -> None:
    sources = [path for part in ("lienthong", "services") for path in (HERE.parents[1] / part).rglob("*.py")]
    acts = {act for path in sources for act in acts_of(ast.parse(path.read_text("utf-8")))}
    assert len(acts) > 40
    assert {act for act in acts if not VI.knows("act", act)} == set()


def test_who_did_something_is_named_as_people_know_them() -> None:
    assert [VI.who(actor) for actor in ("person:lan.nt", "client:ld-20", "cli:root", "robot")] == [
        "lan.nt",
        "ứng dụng ld-20",
        "dòng lệnh (root)",
        "robot",
    ]


def test_vietnamese_is_written_as_an_official_would() -> None:
    for key, said in texts(VI).items():
        for text in said:
            assert not re.search(r"[«»]|\d %|khoá\b|hoá\b|xoá\b|luỹ", text), key


def test_counts_choose_their_form() -> None:
    assert EN("deadline.days_left", count=1) == "one day left"
    assert EN("deadline.days_left", count=3) == "3 days left"
    assert VI("deadline.days_left", count=1) == "còn 1 ngày"
    assert (VI("difficulties.waiting", count=1001)[:5], EN("difficulties.waiting", count=1001)[:5]) == (
        "1.001",
        "1,001",
    )


def test_a_code_of_a_newer_hub_is_shown_as_it_is() -> None:
    assert VI.name("standing", "half_way") == "half_way"


@pytest.mark.parametrize(
    ("value", "measure", "vi", "en"),
    [
        ("1234.5", "", "1.234,5", "1,234.5"),
        ("98.8", "%", "98,8%", "98.8%"),
        ("2.24", "máy", "2,24 máy", "2.24 máy"),
        ("-7", "", "−7", "−7"),
        (None, "%", "–", "–"),
        ("live", "", "live", "live"),
        (1000000, "người", "1.000.000 người", "1,000,000 người"),
    ],
)
def test_numbers_are_written_in_the_readers_way(value: str | None, measure: str, vi: str, en: str) -> None:
    assert Formats(VI).number(value, measure) == vi
    assert Formats(EN).number(value, measure) == en


def test_an_exclusive_midnight_is_told_as_the_last_day_in_time() -> None:
    f = Formats(VI)
    assert f.deadline(datetime.fromisoformat("2026-10-15T00:00:00+07:00")) == "hết ngày 14/10/2026"
    assert f.deadline(datetime.fromisoformat("2026-10-14T17:00:00+00:00")) == "hết ngày 14/10/2026"
    assert f.deadline(datetime.fromisoformat("2026-10-15T17:00:00+07:00")) == "trước 17:00 ngày 15/10/2026"
    assert f.deadline(None) == "không nêu hạn"


def test_the_countdown_ends_with_the_deadline() -> None:
    f, due = Formats(VI), datetime.fromisoformat("2026-10-15T00:00:00+07:00")
    said = [
        f.time_left(due, datetime.fromisoformat(now))
        for now in (
            "2026-10-11T12:00:00+07:00",
            "2026-10-14T21:00:00+07:00",
            "2026-10-14T23:30:00+07:00",
            "2026-10-15T00:00:00+07:00",
            "2026-10-17T01:00:00+07:00",
        )
    ]
    assert said == ["còn 3 ngày", "còn 3 giờ", "còn dưới 1 giờ", "đã quá hạn", "quá hạn 2 ngày"]


def test_moments_are_told_in_vietnam() -> None:
    f = Formats(EN)
    assert f.moment("2026-10-14T17:30:00Z") == "15/10/2026 00:30"
    assert f.day("2026-10-14T17:30:00Z") == "15/10/2026"
    assert f.day("2026-10-14") == "14/10/2026"


def test_every_act_of_the_audit_log_has_words() -> None:
    for language in LANGUAGES:
        assert {name for name, _ in Words.load(language).family("act")} == ACTS
