"""A difficulty on its page: forwarded along its route, answered, closed; by whom it lies with, and by nobody else."""

from __future__ import annotations

import html
from typing import Any

import pytest

from lienthong.errors import Rejected
from services.console.pages.difficulties import Difficulties, build
from services.console.paging import TEXTS
from tests.builders.console import DRAFTER, ELSEWHERE, REPORTER, Site
from tests.services.console.conftest import DIFFICULTY, RAISED

PAGE = f"/difficulties/{DIFFICULTY}"


def test_a_difficulty_is_forwarded_answered_and_closed(office: Site) -> None:
    with office.person(DRAFTER) as drafter:
        assert drafter.json("/difficulties")["waiting"] == 1
        word, (ahead, _) = drafter.word(PAGE), drafter.json(PAGE)["ahead"][0]
        given = {"csrf": word, "do": "forward", "to": ahead, "note": "Kính chuyển", "due": "20/12/2026"}
        wrong = drafter.send(PAGE, {**given, "due": "31/02/2026"})
        assert wrong.status_code == 422 and 'href="#due"' in wrong.text and "31/02/2026" in wrong.text
        assert drafter.send(PAGE, given).headers["location"] == PAGE
        early = drafter.send(PAGE, {"csrf": word, "do": "close", "note": ""})
        assert early.status_code == 422 and "<title>Lỗi: " in early.text
        short = drafter.send(PAGE, {"csrf": word, "do": "answer", "text": ""})
        assert short.status_code == 422 and 'href="#text"' in short.text
        assert drafter.send(PAGE, {"csrf": word, "do": "answer", "text": "Đã đề nghị nhà mạng."}).status_code == 303
        assert drafter.json("/difficulties")["waiting"] == drafter.json("/overview")["difficulties"] == 0
        assert drafter.send(PAGE, {"csrf": word, "do": "close", "note": "Xong"}).status_code == 303
        answer = drafter.json(PAGE)
    assert [(step["state"], step["text"], step["due"]) for step in answer["steps"]] == [
        ("forwarded", "Kính chuyển", "2026-12-20"),
        ("answered", "Đã đề nghị nhà mạng.", None),
        ("closed", "Xong", None),
    ]
    assert answer["acts"] == []


def test_who_raised_it_sees_the_road_and_does_nothing_another_province_sees_nothing(office: Site) -> None:
    with office.person(REPORTER) as reporter:
        text = html.unescape(reporter.get(PAGE).text)
        assert RAISED["text"] in text and 'name="do"' not in text
        assert PAGE in reporter.get(f"/units/{RAISED['unit']}").text
        assert (
            reporter.send(PAGE, {"csrf": reporter.word(PAGE), "do": "answer", "text": "Tự trả lời"}).status_code == 403
        )
    with office.person(ELSEWHERE) as other:
        assert other.client.get(PAGE).status_code == 404
        assert other.send(PAGE, {"csrf": other.word("/"), "do": "answer", "text": "Không"}).status_code == 404


def listed(answered: range = range(0), cursor: str | None = None, count: int = 250) -> Difficulties:
    """The list of so many difficulties, some of them answered."""
    held = [a_held(place, "answered" if place in answered else "raised") for place in range(1, count + 1)]
    return build(held, {}, everyone=False, text=None, cursor=cursor)


def a_held(place: int, state: str) -> dict[str, Any]:
    """As /v1/difficulties has it."""
    return {
        "receipt": f"20-{place}",
        "unit": "05977",
        "receivedAt": "2026-10-10T02:00:00Z",
        "difficulty": {"data": {"plan": "P119-LS", "title": f"Khó khăn {place}", "text": "", "proposal": ""}},
        "state": state,
        "holder": "20",
    }


def test_a_long_list_has_pages_and_its_files_have_all_of_it() -> None:
    first = listed()
    assert (first.begin, first.end, first.earlier, first.later) == (0, TEXTS, None, f"20-{TEXTS + 1}")
    second = listed(cursor=first.later)
    at = (second.begin, second.end, second.earlier, second.later)
    assert at == (TEXTS, 2 * TEXTS, "", f"20-{2 * TEXTS + 1}")
    last = listed(cursor="20-250")
    assert (last.begin, last.end, last.earlier, last.later) == (249, 250, f"20-{250 - TEXTS}", None)
    assert len(first.difficulties) == len(last.difficulties) == first.waiting == 250


def test_a_page_goes_on_behind_what_was_answered_meanwhile() -> None:
    """Nothing is skipped: the cursor names a difficulty, not a count."""
    page = listed(answered=range(98, 104), cursor="20-101")
    assert page.difficulties[page.begin].receipt == "20-104" and page.earlier == f"20-{98 - TEXTS}"
    assert listed(answered=range(30, 251), cursor="20-201").begin == 0, "nothing is left there: the last page"
    assert listed(cursor="20-9", count=0).later is None


def test_a_cursor_that_no_page_gave_is_refused() -> None:
    with pytest.raises(Rejected) as refusal:
        listed(cursor="hôm qua")
    assert refusal.value.status == 400
