"""A difficulty on its page: forwarded along its route, answered, closed; by whom it lies with, and by nobody else."""

from __future__ import annotations

import html

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


def test_a_commune_raises_a_difficulty_and_is_led_to_it(office: Site) -> None:
    unit = RAISED["unit"]
    path = f"/units/{unit}/difficulties"
    with office.person(REPORTER) as reporter:
        assert path in reporter.get(f"/units/{unit}").text
        given = {"csrf": reporter.word(path), "plan": "P119-LS", "title": "Thiếu loa", "text": "Ba thôn chưa có loa."}
        empty = reporter.send(path, {**given, "text": " ", "title": "a\nb"})
        assert empty.status_code == 422 and 'href="#text"' in empty.text and 'href="#title"' in empty.text
        made = reporter.send(path, {**given, "amends": "yes"})
        raised = reporter.json(made.headers["location"])
        assert (raised["difficulty"]["title"], raised["amends"]) == ("Thiếu loa", True)
        assert reporter.send(path, {**given, "amends": "yes"}).headers["location"] == made.headers["location"], "once"
        assert "Ba thôn chưa có loa." in html.unescape(reporter.get(path).text)
    with office.person(DRAFTER) as drafter:
        assert 'name="text"' not in drafter.get(path).text
        assert drafter.send(path, {**given, "csrf": drafter.word(path)}).status_code in (403, 422)


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
