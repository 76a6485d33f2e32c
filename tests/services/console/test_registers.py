"""Directives and shared materials in the console: entered, corrected, taken off, found, exported."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any

import pytest

from services.console.pages.registering import field_of
from tests.builders.console import DRAFTER, ELSEWHERE, REPORTER, Browser, Site
from tests.builders.living_hub import UNITS
from tests.services.console.conftest import DIRECTIVE, MATERIAL

UNIT = UNITS[0]
NEW = {
    "unit": UNIT,
    "number": "15/CT-UBND",
    "issued": "1/10/2026",
    "issuer": "UBND phường Đông Kinh",
    "programmes": "P119",
    "title": "Chỉ thị về truyền thông",
    "posted-site-day": "2/10/2026",
    "posted-site-url": "https://dongkinh.langson.example/15",
    "shared-zalo-day": "03/10/2026",
}


@pytest.fixture(scope="module")
def reporter(office: Site) -> Iterator[Browser]:
    with office.person(REPORTER) as made:
        yield made


def sent(person: Browser, path: str, **form: str) -> Any:
    return person.send(path, {"csrf": person.word(path), **form})


def test_a_directive_is_registered_corrected_and_taken_off(reporter: Browser) -> None:
    path = "/directives/05977/2026.15-ct-ubnd"
    assert sent(reporter, "/directives", **NEW).headers["location"] == path
    made = reporter.json(path)["directive"]
    assert (made["number"], made["issued"], made["revision"]) == ("15/CT-UBND", "2026-10-01", 1)
    assert [each["place"] for each in (*made["posted"], *made["shared"])] == ["site", "zalo"]
    more = {**NEW, "shared-facebook-day": "4/10/2026", "shared-facebook-url": "https://facebook.example/15"}
    assert sent(reporter, path, do="save", **more).headers["location"] == path
    listed = {directive["number"]: directive for directive in reporter.json("/directives")["directives"]}
    assert [each["place"] for each in listed["15/CT-UBND"]["shared"]] == ["facebook", "zalo"]
    assert list(listed) == ["15/CT-UBND", DIRECTIVE["number"]], "the newest first"
    kept = sent(reporter, path, do="remove", again="sai")
    assert kept.status_code == 422
    assert sent(reporter, path, do="remove", again="15/CT-UBND").headers["location"] == "/directives"
    reporter.get(path, 404)


def test_what_is_wrong_stands_at_its_field_and_what_was_typed_stays(reporter: Browser) -> None:
    wrong = {"title": "", "shared-zalo-day": "31/02/2026", "number": "9/A"}
    wrong |= {"posted-portal-url": "http://cong.example", "posted-portal-day": ""}
    answer = sent(reporter, "/directives", **{**NEW, **wrong})
    page = html.unescape(answer.text)
    assert answer.status_code == 422 and "<title>Lỗi: " in page
    for field in ("title", "posted-portal-day", "posted-portal-url", "shared-zalo-day"):
        assert f'<li><a href="#{field}">' in page, field
    assert 'value="31/02/2026"' in page and 'value="9/A"' in page


def test_directives_are_found_and_files_hold_what_is_filtered(office: Site) -> None:
    with office.person(DRAFTER) as drafter:
        text = html.unescape(drafter.get("/directives?q=nang+luong").text)
        assert DIRECTIVE["number"] in text and "Zalo 12/09/2026" in text and "Ghi vào sổ" not in text
        assert drafter.json("/directives?q=khong-co")["directives"] == []
        assert drafter.json("/directives?from=11/09/2026")["directives"] == []
        assert len(drafter.json("/directives?from=10/09/2026&until=10/09/2026&programme=P119")["directives"]) == 1
        sheet = drafter.get("/directives.csv?q=nang+luong").text
        assert DIRECTIVE["number"] in sheet and "Trang thông tin của cơ quan 11/09/2026" in sheet
        refused = drafter.send("/directives", {**NEW, "csrf": drafter.word("/directives")})
        assert refused.status_code in (403, 422)


def test_a_material_is_shared_seen_by_whom_it_is_for_and_shared_no_more(office: Site, reporter: Browser) -> None:
    form = {"unit": UNIT, "kind": "data", "title": "Bảng số liệu cấp phép", "subject": "Cấp phép", "programmes": "P119"}
    link = "https://dongkinh.langson.example/so-lieu.xlsx"
    wrong = sent(reporter, "/materials", **form, link="http://x.example")
    assert wrong.status_code == 422 and '<li><a href="#link">' in wrong.text
    assert '<option value="05983">' in reporter.get("/materials").text
    path = sent(reporter, "/materials", **form, link=link, visibleTo="05983").headers["location"]
    assert reporter.json(path)["material"]["visible_to"] == ["05983"]
    with office.person(DRAFTER) as drafter:
        answer = drafter.json("/materials?q=so+tay")
        assert [material["title"] for material in answer["materials"]] == [MATERIAL["title"]]
        assert drafter.json("/materials?subject=Cấp+phép")["counts"] == [["Cấp phép", 1]]
        assert "Phường Tam Thanh" in html.unescape(drafter.get("/materials.csv").text)
    with office.person(ELSEWHERE) as other:
        assert other.json("/materials")["materials"] == []
        other.get(path, 404)
    assert sent(reporter, path, do="save", **form, link=link).headers["location"] == path
    assert reporter.json(path)["material"]["visible_to"] == []
    assert sent(reporter, path, do="remove").headers["location"] == "/materials"
    reporter.get(path, 404)


# ---------------------------------------------------------------- pure


def test_a_problem_of_the_event_leads_to_the_field_it_was_typed_in() -> None:
    told = {"posted": [{"place": "portal"}], "shared": [{"channel": "zalo"}, {"channel": "other"}]}
    places = {
        "/data/posted/0/day": "posted-portal-day",
        "/data/posted/0/url": "posted-portal-url",
        "/data/shared/1": "shared-other-day",
        "/data/title": "title",
        "/data/directive": "number",
        "/data": "act",
        "/source": "act",
    }
    assert {pointer: field_of(pointer, told) for pointer in places} == places
