"""A unit says in the console how far its tasks are; a drafter says it for a unit that has nobody at a browser."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import replace

import pytest
from starlette.datastructures import FormData

from lienthong.errors import Rejected
from services.console.pages.tasks import Task, Tasks
from services.console.pages.unit_tasks import UnitTasks, field, task_entries
from services.identity.people.person import Bound
from tests.builders.console import DRAFTER, ELSEWHERE, REPORTER, Browser, Site, people

PLAN, ONE, OTHER = "P119-LS", "T-119-LS-2.3", "T-119-LS-1.1"
PAGE, MEDIA = "/units/20.SKHCN/tasks", "/units/20.BPTTH/tasks"
DEPARTMENT = "so.khcn"


@pytest.fixture(scope="session")  # as long as its hub: a person is added once
def department(office: Site) -> Iterator[Browser]:
    """A reporter of the department that leads most of the plan's tasks."""
    people(office.conninfo, {DEPARTMENT: ("Vi Văn Sở", Bound(role="reporter", province="20", units=("20.SKHCN",)))})
    with office.person(DEPARTMENT) as made:
        yield made


def of(name: str, task: str = ONE) -> str:
    return field(name, PLAN, task)


def states(browser: Browser, page: str = PAGE) -> dict[str, tuple[str, str | None]]:
    return {task["code"]: (task["state"], task["note"]) for task in browser.json(page)["tasks"]["tasks"]}


def test_a_unit_reports_on_several_of_its_tasks_at_once(department: Browser) -> None:
    given = {
        "csrf": department.word(PAGE),
        of("status"): "done",
        of("as_of"): "09/10/2026",
        of("note"): "Đã đăng 12 tin, bài",
        of("status", OTHER): "in_hand",
    }
    assert department.send(PAGE, given).headers["location"] == PAGE
    found = states(department)
    assert (found[ONE], found[OTHER]) == (("done", "Đã đăng 12 tin, bài"), ("in_hand", ""))
    assert department.send(PAGE, given).status_code == 303, "pressed twice it is one report"
    assert found["T-119-LS-2.1"][0] == "not_reported", "what was left as it is does not change"
    text = html.unescape(department.get(PAGE).text)
    assert "Tính đến ngày" in text and "09/10/2026" in text and "Đã hoàn thành" in text


def test_a_form_of_a_session_before_keeps_what_it_was_made_from(office: Site, department: Browser) -> None:
    """Else the next press would put aside unseen what somebody reported meanwhile."""
    before = states(department)
    given = {"csrf": "of-a-session-before", "by": f"person:{DEPARTMENT}", of("note"): "Còn chờ", of("seen"): "20-1"}
    shown = html.unescape(department.send(PAGE, given, Origin=office.address).text)
    assert "Đã đăng nhập lại" in shown and ">Còn chờ</textarea>" in shown and states(department) == before
    assert f'name="{of("seen")}" value="20-1"' in shown


def test_what_is_wrong_is_said_at_its_task_and_nothing_is_sent(department: Browser) -> None:
    before = states(department)
    given = {
        "csrf": department.word(PAGE),
        of("status"): "in_hand",
        of("as_of"): "11/10/2026",
        of("status", OTHER): "done",
    }
    ahead = department.send(PAGE, given)
    assert ahead.status_code == 422 and f'href="#{of("as_of")}"' in ahead.text and "11/10/2026" in ahead.text
    assert "<title>Lỗi: " in ahead.text and 'value="done" selected' in ahead.text, "what was typed stays"
    no_day = department.send(PAGE, {**given, of("as_of"): "31/02/2026"})
    assert no_day.status_code == 422 and "31/02/2026" in no_day.text
    nothing = department.send(PAGE, {"csrf": department.word(PAGE)})
    assert nothing.status_code == 422 and "Chưa chọn mục nào" in html.unescape(nothing.text)
    assert states(department) == before


def test_a_drafter_records_for_a_unit_and_who_may_not_only_reads(office: Site, signer: Browser) -> None:
    given = {field("status", PLAN, "T-119-LS-2.5"): "in_hand", field("note", PLAN, "T-119-LS-2.5"): "Đã có chuyên mục"}
    with office.person(DRAFTER) as drafter:
        assert drafter.send(MEDIA, {**given, "csrf": drafter.word(MEDIA)}).status_code == 303
        assert states(drafter, MEDIA) == {"T-119-LS-2.5": ("in_hand", "Đã có chuyên mục")}
        assert f'href="{MEDIA}"' in drafter.get("/plans/P119-LS").text
    assert 'name="status.' not in signer.get(MEDIA).text
    assert signer.send(MEDIA, {**given, "csrf": signer.word("/")}).status_code == 403
    with office.person(REPORTER) as commune:
        assert 'name="status.' not in commune.get("/units/05977/tasks").text
        assert commune.send("/units/05977/tasks", {**given, "csrf": commune.word("/units/05977")}).status_code == 422
    with office.person(ELSEWHERE) as other:
        assert other.send(MEDIA, {**given, "csrf": other.word("/")}).status_code in (404, 422)


DATA = UnitTasks(
    unit="20.SKHCN",
    name="Sở",
    receipts={},
    may=True,
    tasks=Tasks(
        counts=(),
        tasks=(
            Task(
                plan=PLAN,
                code=ONE,
                title={"vi": "Cập nhật", "en": "Update"},
                lead=(),
                leads=("20.SKHCN",),
                names=("Sở",),
                partners=(),
                result=None,
                due=None,
                due_text=None,
                state="not_reported",
                late=False,
                as_of=None,
                note=None,
                by=None,
            ),
        ),
    ),
)


def test_a_note_without_a_state_is_refused_and_a_task_that_is_gone_is_nobodys() -> None:
    with pytest.raises(Rejected) as refusal:
        list(task_entries(DATA, FormData({of("note"): "Đã đăng"})))
    assert [(problem.pointer, problem.code) for problem in refusal.value.problems] == [
        (f"/{of('status')}", "task_status_missing")
    ]
    gone = replace(DATA, tasks=Tasks(counts=(), tasks=()))
    assert list(task_entries(gone, FormData({of("status"): "done"}))) == []
