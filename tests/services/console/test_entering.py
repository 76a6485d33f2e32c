"""A report filled in by hand and by a sheet: the same ingest, the same receipt, every fault at its field or cell."""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import httpx
import openpyxl
import pytest

from lienthong.calendar import VIETNAM
from lienthong.errors import Rejected
from services.console.entering import sheet, spelling
from services.ingest.rounds.acts import open_special
from tests.builders.console import DRAFTER, ELSEWHERE, REPORTER, Browser, Site
from tests.builders.hub import SOURCE, a_hub
from tests.builders.living_hub import UNITS, consume
from tests.services.console.conftest import served

ROUND = "P119-LS.2026"
REPORT = f"/units/{UNITS[0]}/reports/{ROUND}/P119-LS.commune"
NUMBERS = (
    "events_commune",
    "event_attendances_commune",
    "training_turns_commune",
    "news_items_commune",
    "loudspeaker_minutes_commune",
    "social_posts_commune",
    "residents_reached",
    "questions_received_commune",
    "questions_answered_commune",
)


@pytest.fixture(scope="module")
def entered(postgres: str, lived: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One hub for all of them: each begins with what the others left, as a commune would."""
    with served(postgres, lived, tmp_path_factory.mktemp("entered")) as made:
        yield made


def filled(browser: Browser, **typed: str) -> dict[str, str]:
    """Every field answered; a name with a value of its own as given, `_` for `-`."""
    found = {f"figure-{code}": "7" for code in NUMBERS} | {"figure-qa_channel_commune": "-"}
    page = browser.get(f"{REPORT}/entry").text
    found |= {name: _hidden(page, name) for name in ("csrf", "by", "revision", "seen")}
    found |= {"narrative-results": "Đã tổ chức 7 hội nghị"}
    found |= {"document-number": "15/BC-UBND", "document-date": "9/10/2026"}
    return found | {"do": "send"} | typed


def _hidden(page: str, name: str, *, after: str = 'id="entry"') -> str:
    match = re.search(rf'name="{name}" value="([^"]*)"', page.partition(after)[2])
    assert match is not None, name
    return match[1]


def faults(answer: httpx.Response) -> list[str]:
    """What the summary says, and where each line leads."""
    match = re.search(r'<div class="summary".*?</div>', answer.text, re.DOTALL)
    lines = re.findall(r'<li><a href="#([^"]+)">(.*?)</a>', match[0]) if match else []
    assert all(f'id="{place}"' in answer.text for place, _ in lines)
    return [f"{place}: {html.unescape(said)}" for place, said in lines]


def test_a_report_typed_in_gets_the_receipt_of_any_other(entered: Site) -> None:
    with entered.person(REPORTER) as reporter:
        answer = reporter.send(f"{REPORT}/entry", filled(reporter, **{"figure-residents_reached": "1.234"}))
        assert answer.status_code == 303, answer.text
        receipt = reporter.json(answer.headers["location"])
        known = reporter.json(REPORT)
    assert receipt["revision"] == known["revisions"][-1]
    assert receipt["revision"]["document"] == ["15/BC-UBND", "2026-10-09"]
    values = {figure["code"]: figure["value"] for figure in receipt["figures"]}
    assert values["residents_reached"] == "1234" and values["qa_channel_commune"] is None


def test_the_signed_document_is_named_as_the_document_exchange_knows_it(entered: Site) -> None:
    more = {"document-agency": "UBND phường Đông Kinh", "document-electronic-id": "000.07.37.H37,2026/10/09,15/BC-UBND"}
    with entered.person(REPORTER) as reporter:
        asked = filled(reporter, **more, **{"document-file-hash": "abc", "figure-qa_channel_commune": ""})
        wrong = reporter.send(f"{REPORT}/entry", asked)
        unchosen, no_hash = faults(wrong)
        assert unchosen.startswith("figure-qa_channel_commune:") and "chưa chọn" in unchosen and "ghi 0" not in unchosen
        assert no_hash.startswith("document-file-hash:") and "64 chữ số" in no_hash and "^" not in no_hash
        typed = filled(reporter, **more, **{"document-file-hash": "AB" * 32, "figure-events_commune": "31"})
        sent = reporter.send(f"{REPORT}/entry", typed)
        assert sent.status_code == 303, sent.text
        document_more = reporter.json(REPORT)["revisions"][-1]["document_more"]
        again = reporter.get(f"{REPORT}/entry").text
    assert document_more == {
        "agency": more["document-agency"],
        "electronicId": more["document-electronic-id"],
        "fileHash": f"sha256:{'ab' * 32}",
    }
    assert f'value="sha256:{"ab" * 32}"' in again, "a correction begins with what was said"


def test_the_page_of_a_form_states_regime_close_recipient_and_way_of_sending(entered: Site) -> None:
    with entered.person(REPORTER) as reporter:
        page = html.unescape(reporter.get(f"{REPORT}/entry").text)
    for said in (
        "định kỳ hằng năm",
        "UBND tỉnh Lạng Sơn",
        "Sở Khoa học và Công nghệ",
        "30/09/2026",
        "14/10/2026",
        "trục liên thông văn bản",
    ):
        assert said in page, said


def test_pressing_twice_sends_once(entered: Site) -> None:
    with entered.person(REPORTER) as reporter:
        before = len(reporter.json(REPORT)["revisions"])
        form = filled(reporter, **{"figure-events_commune": "8"})
        [place] = {reporter.send(f"{REPORT}/entry", form).headers["location"] for _ in range(2)}
        assert len(reporter.json(REPORT)["revisions"]) == before + 1
        assert reporter.json(place)["latest"]


def test_a_correction_that_came_from_elsewhere_is_not_overwritten_unseen(entered: Site) -> None:
    with entered.person(REPORTER) as reporter:
        begun = filled(reporter, **{"figure-events_commune": "21"})
        elsewhere = reporter.send(f"{REPORT}/entry", filled(reporter, **{"figure-events_commune": "20"}))
        assert elsewhere.status_code == 303
        typing = reporter.send(f"{REPORT}/entry", begun | {"do": "check"}, **{"HX-Request": "true"})
        assert (
            "Nội dung vừa nhập chưa được lưu" in typing.text
            and "bản nháp lưu lúc" not in reporter.get(f"{REPORT}/entry").text
        )
        late = reporter.send(f"{REPORT}/entry", begun)
        assert late.status_code == 422 and faults(late) == []
        said = html.unescape(late.text)
        number = int(begun["revision"])
        assert f"Lần báo cáo {number} đã được gửi từ cửa sổ hoặc hệ thống khác" in said
        assert f"thành lần báo cáo {number + 1}, là đính chính" in said
        told = said[said.index('id="both"') :]
        assert ">20<" in told and ">21 <" in told and 'value="21"' in said
        again = {**begun, "revision": _hidden(late.text, "revision")}
        assert reporter.send(f"{REPORT}/entry", again).status_code == 303


def test_every_fault_is_named_at_its_field_in_the_words_of_the_hub(entered: Site) -> None:
    with entered.person(REPORTER) as reporter:
        wrong = {
            "figure-events_commune": "",
            "figure-news_items_commune": "1.5",
            "figure-social_posts_commune": "-3",
            "figure-questions_answered_commune": "9",
            "document-date": "31/02/2026",
        }
        answer = reporter.send(f"{REPORT}/entry", filled(reporter, **wrong))
        again = reporter.get(f"{REPORT}/entry").text
    assert answer.status_code == 422
    said = faults(answer)
    assert [line.split(":")[0] for line in said] == [
        "figure-events_commune",
        "figure-news_items_commune",
        "figure-social_posts_commune",
        "figure-questions_answered_commune",
        "document-date",
    ]
    assert "chưa điền" in said[0] and "“1.5” không đọc được thành số; dùng dấu phẩy" in said[1] and ": 1,5." in said[1]
    assert "không được âm; đã nhận -3" in said[2]
    assert "không được lớn hơn số câu hỏi tiếp nhận (9 lớn hơn 7)" in said[3]
    assert answer.text.count("<title>Lỗi: ") == 1
    assert 'value="31/02/2026"' in answer.text and 'value="31/02/2026"' in again  # kept as it was typed, and as a draft


def test_a_query_is_shown_before_it_is_sent_and_sent_when_seen(entered: Site) -> None:
    with entered.person(REPORTER) as reporter:
        form = filled(reporter, **{"figure-event_attendances_commune": "", "none-event_attendances_commune": "-"})
        asked = reporter.send(f"{REPORT}/entry", form)
        assert asked.status_code == 200 and "cần báo số lượt người dự" in asked.text
        seen = re.search(r'name="seen" value="([0-9a-f]+)"', asked.text)
        assert seen is not None
        sent = reporter.send(f"{REPORT}/entry", {**form, "seen": seen[1]})
        assert sent.status_code == 303
        [query] = reporter.json(sent.headers["location"])["revision"]["queries"]
    assert "cần báo số lượt người dự" in query["message"]["vi"] and query["explanation"] is None


def test_a_query_is_answered_in_place_and_what_was_said_goes_with_the_report(entered: Site) -> None:
    field = "explain-attendances_for_events"
    with entered.person(REPORTER) as reporter:
        form = filled(reporter, **{"figure-event_attendances_commune": "", "none-event_attendances_commune": "-"})
        asked = reporter.send(f"{REPORT}/entry", form)
        assert f'name="{field}" form="entry"' in asked.text
        seen = {"seen": _hidden(asked.text, "seen")}
        sent = reporter.send(f"{REPORT}/entry", {**form, **seen, field: "Hội nghị trực tuyến, không điểm danh"})
        assert sent.status_code == 303, faults(sent)
        [query] = reporter.json(sent.headers["location"])["revision"]["queries"]
        assert query["explanation"] == "Hội nghị trực tuyến, không điểm danh"
        assert "Hội nghị trực tuyến" in reporter.get(REPORT).text
        mended = reporter.send(f"{REPORT}/entry", filled(reporter, **{field: "Hội nghị trực tuyến, không điểm danh"}))
        assert reporter.json(mended.headers["location"])["revision"]["queries"] == []


def test_a_query_is_explained_afterwards_on_the_reports_page_and_counted_until_then(entered: Site) -> None:
    field = "explain-attendances_for_events"
    with entered.person(REPORTER) as reporter, entered.person(DRAFTER) as drafter:
        form = filled(reporter, **{"figure-event_attendances_commune": "", "none-event_attendances_commune": "-"})
        asked = reporter.send(f"{REPORT}/entry", form)
        assert reporter.send(f"{REPORT}/entry", {**form, "seen": _hidden(asked.text, "seen")}).status_code == 303
        before, page = _open(drafter), reporter.get(REPORT).text
        assert before == drafter.json("/queries")["open"] == len(drafter.json("/queries")["queries"]) > 0
        said = {"csrf": reporter.word(REPORT), "revision": _hidden(page, "revision", after='id="explain"')}
        late = reporter.send(f"{REPORT}/explanations", {**said, "revision": "1", field: "Họp trực tuyến"})
        assert late.status_code == 422 and faults(late)[0].startswith(f"{field}: ")
        assert "Họp trực tuyến" in late.text
        older = {**said, "csrf": "of-a-session-before", "by": _hidden(page, "by", after='id="explain"')}
        held = reporter.send(f"{REPORT}/explanations", {**older, field: "Họp từ xa"}, Origin=entered.address)
        assert held.status_code == 200 and ">Họp từ xa</textarea>" in held.text and _open(drafter) == before
        assert reporter.send(f"{REPORT}/explanations", {**said, field: "Họp trực tuyến"}).status_code == 303
        assert reporter.send(f"{REPORT}/explanations", {**said, field: "Họp trực tuyến"}).status_code == 303
        assert (_open(drafter), drafter.json("/queries")["open"]) == (before - 1, before - 1)
        [told] = [one for one in drafter.json(f"/rounds/{ROUND}/signing")["queries"] if one["unit"] == UNITS[0]]
        assert told["query"]["explanation"] == "Họp trực tuyến"
        assert "Họp trực tuyến" in drafter.get(f"/rounds/{ROUND}/consolidation").text
        assert reporter.send(f"{REPORT}/entry", filled(reporter, **{field: ""})).status_code == 303


def _open(drafter: Browser) -> int:
    """What the overview counts."""
    [one] = [one for one in drafter.json("/overview")["open"] if one["round"]["code"] == ROUND]
    queries: int = one["queries"]
    return queries


def test_what_is_typed_is_kept_for_this_person_until_it_is_sent(entered: Site) -> None:
    with entered.person(REPORTER) as reporter:
        typing = filled(reporter, **{"figure-events_commune": "41", "do": "check"})
        said = reporter.send(f"{REPORT}/entry", typing, **{"HX-Request": "true"})
        assert said.status_code == 200 and "Đã lưu nháp" in said.text and "<html" not in said.text
        assert 'value="41"' in reporter.get(f"{REPORT}/entry").text
        assert reporter.send(f"{REPORT}/entry", {**typing, "do": "send"}).status_code == 303
        assert "bản nháp" not in reporter.get(f"{REPORT}/entry").text


def test_a_form_sent_after_the_session_ended_is_held_and_shown_again_to_the_same_person_alone(entered: Site) -> None:
    """Without scripts: nothing typed is lost, nothing is done by the old word, and no other site fills a form in."""
    ours = {"Origin": entered.address}
    with entered.person(REPORTER) as reporter, entered.browser() as nobody, entered.person(DRAFTER) as other:
        typed = {"figure-events_commune": "61", "narrative-results": "Dòng một\nDòng <hai>"}
        form = filled(reporter, **typed) | {"kept": ""}
        before = len(reporter.json(REPORT)["revisions"])
        assert nobody.send(f"{REPORT}/entry", form, Origin="https://elsewhere.example").status_code == 303
        held = nobody.send(f"{REPORT}/entry", form, **ours)
        assert held.status_code == 401 and "Phiên làm việc đã hết" in held.text and "ended=1" in held.text
        kept = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', held.text)
        sent_again = {name: html.unescape(text) for name, text in kept}
        assert sent_again == form
        assert other.send(f"{REPORT}/entry", sent_again, **ours).status_code == 403
        nobody.log_in(REPORTER)
        refused = nobody.send(f"{REPORT}/entry", sent_again, Origin="https://elsewhere.example")
        assert refused.status_code == 403 and "61" not in refused.text
        shown = nobody.send(f"{REPORT}/entry", sent_again, **ours)
        assert "Đã đăng nhập lại" in shown.text and 'value="61"' in shown.text and "Dòng &lt;hai&gt;" in shown.text
        assert len(reporter.json(REPORT)["revisions"]) == before
        last = sent_again | {"csrf": _hidden(shown.text, "csrf"), "seen": _hidden(shown.text, "seen")}
        assert nobody.send(f"{REPORT}/entry", last).status_code == 303


def test_a_session_that_ended_is_said_at_the_login(entered: Site) -> None:
    with entered.browser() as nobody:
        assert nobody.get("/units", 303).headers["location"] == "/login?next=%2Funits"
        nobody.client.cookies.set("lienthong", "ended")
        place = nobody.get("/units", 303).headers["location"]
        assert "Phiên làm việc đã hết" in nobody.get(place).text
        assert "Phiên làm việc đã hết" not in nobody.get("/login").text


def test_a_draft_of_a_second_window_is_shown_beside_what_is_typed_and_not_overwritten(entered: Site) -> None:
    with entered.person(REPORTER) as reporter:
        kept = _hidden(reporter.get(f"{REPORT}/entry").text, "kept")
        page = filled(reporter, **{"figure-events_commune": "51", "do": "check", "kept": kept})
        assert "Đã lưu nháp" in reporter.send(f"{REPORT}/entry", page).text
        other = {**page, "figure-events_commune": "52"}
        typing = reporter.send(f"{REPORT}/entry", other, **{"HX-Request": "true"})
        assert "Chưa lưu" in typing.text and "Đã lưu nháp" not in typing.text and 'id="kept"' not in typing.text
        both = reporter.send(f"{REPORT}/entry", other).text
        told = both[both.index('id="both"') :]
        assert ">51<" in told and ">52 <" in told and 'value="52"' in both
        assert 'value="51"' in reporter.get(f"{REPORT}/entry").text
        again = {**other, "kept": _hidden(both, "kept")}
        assert "Đã lưu nháp" in reporter.send(f"{REPORT}/entry", again).text
        assert 'value="52"' in reporter.get(f"{REPORT}/entry").text
        reporter.send(f"{REPORT}/entry", {**again, "do": "discard"})


def test_nothing_to_report_is_one_statement_and_no_row_of_zeros(entered: Site) -> None:
    with entered.person(REPORTER) as reporter:
        form = filled(reporter)
        both = reporter.send(f"{REPORT}/entry", {**form, "nil": "-"})
        assert both.status_code == 422 and faults(both)[0].startswith("nil: ")
        bare = {name: text for name, text in form.items() if not name.startswith("figure-")}
        sent = reporter.send(f"{REPORT}/entry", {**bare, "nil": "-"})
        assert sent.status_code == 303, faults(sent)
        assert "Không phát sinh" in reporter.get(sent.headers["location"]).text
        assert reporter.json(sent.headers["location"])["figures"] == []
        assert 'id="nil" name="nil" value="-" checked' in reporter.get(f"{REPORT}/entry").text
        assert reporter.send(f"{REPORT}/entry", filled(reporter, nil="")).status_code == 303


def test_a_report_taken_back_is_owed_again(entered: Site) -> None:
    with entered.person(REPORTER) as reporter:
        word = reporter.word(f"{REPORT}/withdrawal")
        assert reporter.send(f"{REPORT}/withdrawal", {"csrf": word, "reason": ""}).status_code == 422
        sent = reporter.send(f"{REPORT}/withdrawal", {"csrf": word, "reason": "Nhập nhầm số liệu của xã khác"})
        assert sent.status_code == 303
        assert reporter.json(sent.headers["location"])["revision"]["withdrawal"] is True
        owed = [one["duty"] for one in reporter.json(f"/units/{UNITS[0]}")["owed"]]
        assert [duty["state"] for duty in owed if duty["round"] == ROUND] == ["missing"]
        assert reporter.send(f"{REPORT}/entry", filled(reporter)).status_code == 303


@pytest.mark.parametrize("path", [f"{REPORT}/entry", f"{REPORT}/withdrawal", f"{REPORT}/sheet"])
def test_nobody_else_fills_in_for_a_unit(site: Site, path: str) -> None:
    for person, status in ((ELSEWHERE, 403), (DRAFTER, 403)):
        with site.person(person) as other:
            assert other.client.get(path).status_code == status
            assert other.send(path, {"csrf": "x", "do": "send"}).status_code == 403
    with site.person(REPORTER) as reporter:
        assert reporter.client.get(path.replace(UNITS[0], UNITS[1])).status_code == 404
        assert reporter.send(path, {"csrf": "x", "do": "send"}).status_code == 403
    with site.browser() as nobody:
        assert nobody.client.get(path).headers["location"].startswith("/login")


def test_the_round_before_stands_beside_each_field_and_in_the_sheet(entered: Site) -> None:
    with a_hub(entered.conninfo) as hub, hub.desk.act() as act:
        code = open_special(
            act,
            plan="P119-LS",
            period="2026-DX1",
            first=date(2026, 10, 1),
            last=date(2026, 10, 5),
            deadline=datetime(2026, 10, 20, tzinfo=VIETNAM),
            reason="Đoàn kiểm tra",
        )
    with entered.person(REPORTER) as reporter:
        assert (
            reporter.send(f"{REPORT}/entry", filled(reporter, **{"figure-events_commune": "1.234"})).status_code == 303
        )
        path = REPORT.replace("P119-LS.2026", code)
        page = reporter.get(f"{path}/entry").text
        book = openpyxl.load_workbook(io.BytesIO(reporter.get(f"{path}/sheet").content))
    shown = re.findall(r'<p class="earlier"><span class="what">Kỳ trước:</span> (.*?)</p>', page)
    assert shown[0] == "1.234" and shown[1] == "7" and shown[7] == "Chưa có số liệu"
    assert (book["Số liệu"]["D9"].value, book["Số liệu"]["E9"].value) == ("1.234", None)
    assert 'id="figure-events_commune" name="figure-events_commune" inputmode="numeric" value=""' in page


def test_a_round_that_asks_for_some_figures_shows_these_alone(entered: Site) -> None:
    with a_hub(entered.conninfo) as hub, hub.desk.act() as act:
        code = open_special(
            act,
            plan="P119-LS",
            period="2026-DX2",
            first=date(2026, 10, 1),
            last=date(2026, 10, 5),
            deadline=datetime(2026, 10, 20, tzinfo=VIETNAM),
            reason="Đoàn kiểm tra",
            figures=["events_commune"],
        )
    with entered.person(REPORTER) as reporter:
        path = REPORT.replace("P119-LS.2026", code)
        page = reporter.get(f"{path}/entry").text
        assert re.findall(r'name="figure-([a-z_]+)"', page) == ["events_commune"]


def test_a_returned_report_says_why_where_it_is_corrected_then_it_is_passed_on(entered: Site) -> None:
    def reviewed(browser: Browser, do: str, reason: str) -> httpx.Response:
        page = browser.get(REPORT).text
        revision = re.search(r'name="revision" value="(\d+)"', page)
        assert revision is not None
        given = {"csrf": browser.word(REPORT), "revision": revision[1], "do": do, "reason": reason}
        return browser.send(REPORT, given)

    with entered.person(REPORTER) as reporter, entered.person(DRAFTER) as drafter:
        assert reporter.send(f"{REPORT}/entry", filled(reporter)).status_code == 303
        assert 'value="return"' not in reporter.get(REPORT).text
        empty = reviewed(drafter, "return", "")
        assert empty.status_code == 422 and faults(empty)[0].startswith("reason: ")
        assert reviewed(drafter, "return", "Số hội nghị chưa khớp văn bản").status_code == 303
        assert drafter.json(REPORT)["state"] == "returned"
        assert "Số hội nghị chưa khớp văn bản" in reporter.get(f"{REPORT}/entry").text
        sent = reporter.send(f"{REPORT}/entry", filled(reporter, **{"figure-events_commune": "6"}))
        assert sent.status_code == 303
        assert "chưa khớp" not in reporter.get(f"{REPORT}/entry").text
        waiting = drafter.json("/reviews")["reports"]
        [own] = [one for one in waiting if one["unit"] == UNITS[0]]
        key = f"{own['round']}|{own['form']}|{own['unit']}|{own['revision']}"
        stale = {"csrf": drafter.word("/reviews"), "do": "pass", "report": key.rpartition("|")[0] + "|1"}
        assert "lần cao nhất" in drafter.send("/reviews", stale).text
        assert drafter.send("/reviews", {**stale, "report": key, "do": "other"}).status_code == 400
        assert drafter.send("/reviews", {**stale, "report": key}).status_code == 303
        assert drafter.json(REPORT)["state"] == "passed_on"
        assert len(drafter.json("/reviews")["reports"]) == len(waiting) - 1
        assert UNITS[0] in {report["unit"] for report in drafter.json("/reviews?state=passed_on")["reports"]}
        forged = {"csrf": reporter.word(f"{REPORT}/entry"), "revision": "1", "do": "return", "reason": "abc"}
        assert reporter.send(REPORT, forged).status_code == 403


# ---------------------------------------------------------------- by a sheet


def a_sheet(browser: Browser, **typed: str) -> Any:
    """The sheet of a report that was just sent, so that it is made out with these figures."""
    sent = browser.send(f"{REPORT}/entry", filled(browser, **typed))
    assert sent.status_code == 303, faults(sent)
    return openpyxl.load_workbook(io.BytesIO(browser.get(f"{REPORT}/sheet").content))


def uploaded(browser: Browser, book: Any, name: str = "bao-cao.xlsx") -> httpx.Response:
    raw = book
    if not isinstance(book, bytes):
        out = io.BytesIO()
        book.save(out)
        raw = out.getvalue()
    word = browser.word(f"{REPORT}/entry")
    return browser.client.post(f"{REPORT}/sheet", data={"csrf": word}, files={"file": (name, raw)})


def test_a_sheet_comes_made_out_and_goes_the_way_of_the_form(entered: Site) -> None:
    with entered.person(REPORTER) as reporter:
        book = a_sheet(reporter)
        figures = book["Số liệu"]
        assert [figures[f"E{row}"].value for row in range(3, 6)] == [UNITS[0], "P119-LS.2026", "P119-LS.commune"]
        assert figures["E9"].value == 7 and figures.protection.sheet and not figures["E9"].protection.locked
        figures["E9"], figures["E10"], figures["F10"] = 12, None, "x"
        book["Thuyết minh"]["C1"] = "Đã tổ chức 12 hội nghị"
        read = uploaded(reporter, book)
        assert read.status_code == 200 and 'value="12"' in read.text
        assert "cần báo số lượt người dự" in read.text and "Ô Số liệu!E9: " in read.text
        sent = reporter.send(f"{REPORT}/entry", filled(reporter, **{"figure-events_commune": "12"}))
        assert sent.status_code == 303


def test_every_fault_of_a_sheet_names_its_cell(entered: Site) -> None:
    with entered.person(REPORTER) as reporter:
        book = a_sheet(reporter)
        figures = book["Số liệu"]
        figures["E4"], figures["E9"], figures["E10"], figures["E11"] = "P119-LS.2025", "=1+1", "nhiều", True
        figures["F12"], figures["E16"] = "có", "Đang chờ"
        answer = uploaded(reporter, book)
    assert answer.status_code == 422
    cells = [re.search(r"Ô (Số liệu!\w+)", line) for line in faults(answer)]
    assert sorted(cell[1] for cell in cells if cell) == [
        f"Số liệu!{cell}" for cell in ("E10", "E11", "E16", "E4", "E9", "F12")
    ]


def test_what_is_read_but_wrong_for_the_hub_names_its_cell_too(entered: Site) -> None:
    with entered.person(REPORTER) as reporter:
        book = a_sheet(reporter)
        book["Số liệu"]["E18"] = 99
        answer = uploaded(reporter, book)
    assert answer.status_code == 422
    assert "lớn hơn 7" in faults(answer)[0] and "Ô Số liệu!E18: " in faults(answer)[0]


# ---------------------------------------------------------------- pure: what is typed


@pytest.mark.parametrize(
    ("text", "lang", "value"),
    [
        ("1.234,5", "vi", Decimal("1234.5")),
        ("1,234.5", "en", Decimal("1234.5")),
        ("1234", "vi", 1234),
        ("0", "vi", 0),
        (" 12 345 ", "vi", 12345),
        ("1.5", "vi", None),
        ("1,5", "en", None),
        ("1,5", "vi", Decimal("1.5")),
        ("", "vi", None),
        ("1.2.3", "vi", None),
        ("12.34.567", "vi", None),
        ("−3", "vi", -3),
        ("1e9", "vi", None),
        ("٣", "vi", None),
        ("NaN", "vi", None),
        ("9" * 41, "vi", None),
        ("=1", "vi", None),
    ],
)
def test_a_number_is_read_exactly_or_not_at_all(text: str, lang: Any, value: object) -> None:
    assert spelling.number(text, lang) == value


@pytest.mark.parametrize("value", [0, 7, 1234567, Decimal("1234.50"), Decimal("0.001"), -3])
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_a_number_is_spelled_so_that_it_is_read_again(value: Any, lang: Any) -> None:
    assert spelling.number(spelling.spell(value, lang), lang) == value


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("15/10/2026", date(2026, 10, 15)),
        ("5-1-2026", date(2026, 1, 5)),
        ("2026-10-15", date(2026, 10, 15)),
        ("31/02/2026", None),
        ("10/2026", None),
        ("15/10/26", None),
    ],
)
def test_a_day_is_read_as_it_is_written_here(text: str, found: date | None) -> None:
    assert spelling.day(text) == found


# ---------------------------------------------------------------- pure: files of strangers


def packed(**parts: bytes) -> bytes:
    """The parts of a workbook of ours in a new zip, some replaced or added (`__` for `/`)."""
    book = openpyxl.Workbook()
    book.active.title = "Số liệu"  # type: ignore[union-attr]
    book.create_sheet("Thuyết minh")
    plain = io.BytesIO()
    book.save(plain)
    changed = {name.replace("__", "/"): body for name, body in parts.items()}
    out = io.BytesIO()
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(part.filename, changed.pop(part.filename, old.read(part)))
        for name, body in changed.items():
            new.writestr(name, body)
    return out.getvalue()


BOMB = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>'


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", "sheet_unreadable"),
        (b"PK\x03\x04 no", "sheet_unreadable"),
        (b"%PDF-1.7", "sheet_unreadable"),
        (b"x" * (sheet.LARGEST + 1), "sheet_too_large"),
        (packed(**{"xl/vbaProject.bin": b"x"}), "sheet_with_macro"),
        (packed(xl__embeddings__a=b"x"), "sheet_with_macro"),
        (packed(xl__externalLinks__a=b"x"), "sheet_with_macro"),
        (packed(**{"xl/sharedStrings.xml": BOMB}), "sheet_unreadable"),
        (packed(**{"xl/sharedStrings.xml": BOMB.decode().encode("utf-16")}), "sheet_unreadable"),
        (packed(**{"xl/media/a.bin": bytes(sheet.LARGEST_SWOLLEN + 1)}), "sheet_too_large"),
        (packed(**{f"xl/{n}": b"" for n in range(200)}), "sheet_too_large"),
        (packed(**{"xl/worksheets/sheet1.xml": b"<worksheet"}), "sheet_unreadable"),
        (packed(**{"xl/workbook.xml": b"<workbook/>"}), "sheet_missing"),
    ],
)
def test_a_hostile_file_is_refused_whole(content: bytes, refusal: str) -> None:
    with pytest.raises(Rejected) as told:
        sheet.sheets(content)
    assert told.value.problems[0].code == refusal


def supply(number: int, system: str, **data: Any) -> dict[str, Any]:
    told = {"unit": UNITS[0], "round": ROUND, "form": "P119-LS.commune", "system": system, **data}
    kind = "vn.lienthong.figures.supplied.v1"
    return {"specversion": "1.0", "type": kind, "source": SOURCE, "id": f"sl-{number}", "data": told}


def test_what_systems_supplied_is_offered_taken_over_and_told_of_with_the_report(entered: Site) -> None:
    with a_hub(entered.conninfo) as hub:
        first = supply(1, "truyen-thanh", figures={"loudspeaker_minutes_commune": 20, "social_posts_commune": 3})
        second = supply(2, "cong-thong-tin", figures={"social_posts_commune": 4}, asOf="2026-10-01")
        receipts = [one.receipt for one in hub.send(first, second)]
    known = [receipt["receipt"] for receipt in receipts if receipt is not None]
    with entered.person(REPORTER) as reporter:
        page = html.unescape(reporter.get(f"{REPORT}/entry").text)
        assert (
            "đã cung cấp 2/10 số liệu" in page and "truyen-thanh: 3" in page and "cong-thong-tin: 4, 01/10/2026" in page
        )
        form = filled(reporter, do="take", **{"figure-residents_reached": "12"})
        assert reporter.send(f"{REPORT}/entry", form).headers["location"] == f"{REPORT}/entry#offered"
        page = reporter.get(f"{REPORT}/entry").text
        assert 'value="12"' in page, "what was typed stays"
        assert page.count("Đã nhận từ hệ thống") == 2
        taken = {"figure-social_posts_commune": "7", "figure-loudspeaker_minutes_commune": "21"}
        marks = {"taken-social_posts_commune": "1", "taken-loudspeaker_minutes_commune": "1"}
        sent = reporter.send(f"{REPORT}/entry", filled(reporter, **taken, **marks))
        assert sent.status_code == 303, sent.text
        revisions = reporter.json(REPORT)["revisions"][-1]
        again = reporter.get(f"{REPORT}/entry").text
        assert "Lấy từ hệ thống" in html.unescape(reporter.get(REPORT).text)
    assert [one["receipt"] for one in revisions["assembled"]] == known, "social posts were taken of both"
    assert again.count("Đã nhận từ hệ thống") == 1, "a correction knows what was taken; 21 was typed by hand"
    with entered.person(DRAFTER) as drafter:
        consume(entered.conninfo)
        [figure] = drafter.json(f"/provenance/{ROUND}/social_posts_commune")["figures"]
        [source] = [source for source in figure["sources"] if source["unit"] == UNITS[0]]
        assert source["systems"] == [["truyen-thanh", "3"], ["cong-thong-tin", "4"]]
        assert "truyen-thanh: 3; cong-thong-tin: 4" in drafter.get(f"/provenance/{ROUND}/social_posts_commune").text
