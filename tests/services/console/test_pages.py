"""Pages over a real hub: what they show is what the routes answer, to those who may see it, in every format."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator
from datetime import datetime

import openpyxl
import pytest

from lienthong.calendar import VIETNAM
from services.console.pages import PAGES
from services.identity.people.person import Bound
from tests.builders.console import DRAFTER, ELSEWHERE, MINISTRY, REPORTER, Browser, Site, code, people
from tests.builders.hub import PARTITIONS, a_hub, a_report
from tests.builders.living_hub import UNITS, consume
from tests.services.console.conftest import DIFFICULTY, DIRECTIVE, MATERIAL

ROUND = "P119-LS.2026"
PROVINCES = len(PARTITIONS) - 1  # the nation has one too
OWN = {
    "round": ROUND,
    "plan": "P119-LS",
    "unit": UNITS[0],
    "form": "P119-LS.commune",
    "code": "I-119-06",
    "version": "1",
    "receipt": "20-5",
    "difficulty": DIFFICULTY,
    "directive": DIRECTIVE["directive"],
    "material": MATERIAL["material"],
}
"""What the addresses of pages are filled with."""


def address(path: str) -> str:
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: OWN[found[1]], path)


PROVINCIAL = [address(page.paths[0]) for page in PAGES if page.national is False] + ["/units/20.SKHCN/tasks"]
"""Of the page of a unit's tasks also one with its form: OWN's unit leads none."""


@pytest.fixture(scope="module")
def drafter(site: Site) -> Iterator[Browser]:
    with site.person(DRAFTER) as made:
        yield made


@pytest.fixture(scope="module")
def reporter(site: Site) -> Iterator[Browser]:
    with site.person(REPORTER) as made:
        yield made


# ---------------------------------------------------------------- what is shown


def test_every_number_of_the_overview_equals_the_list_that_it_links_to(drafter: Browser) -> None:
    [one] = drafter.json("/overview")["open"]
    assert one["counts"]["missing"] == len(one["missing"]) > 50
    page = drafter.get("/").text
    for group, count in one["counts"].items():
        listed = drafter.json(f"/rounds/{ROUND}?state={group}")
        assert len(listed["lines"]) == count == listed["counts"][group]
        if count:
            assert f'href="/rounds/{ROUND}?state={group}"' in page
    assert one["queries"] == len(drafter.json(f"/queries?round={ROUND}")["queries"])
    assert sum(one["counts"].values()) == len(drafter.json(f"/rounds/{ROUND}")["lines"])


FIGURE = re.compile(r'<a [^>]*href="([^"]+)"[^>]*><span class="figure">([\d.]+)</span>')
CELL = re.compile(r'<td [^>]*class="number"[^>]*><div><a href="([^"]+)">([\d.]+)</a>')


def counted(person: Browser, page: str, *ways: re.Pattern[str]) -> dict[str, int]:
    """Numbers of a page by where they lead, each equal to the rows of the list that stands there."""
    text, found = person.get(page).text, {}
    for link, figure in (one for way in ways for one in way.findall(text)):
        head, mark, query = html.unescape(link).partition("?")
        rows = person.get(f"{head}.csv{mark}{query}").content.decode("utf-8-sig").splitlines()
        found[html.unescape(link)] = int(figure.replace(".", ""))
        assert len(rows) - 1 == found[html.unescape(link)], f"{page}: {figure} leads to {link}"
    return found


def test_every_number_equals_the_list_that_it_leads_to(own_site: Site) -> None:
    """Whatever stands on the pages: a number that a later version adds is followed too."""
    here = f"/rounds/{ROUND}"
    with own_site.person(DRAFTER) as drafter, a_hub(own_site.conninfo) as hub:
        hub.send(a_report(hub, unit="06040", figures={"event_attendances_commune": None}))
        consume(own_site.conninfo)
        found = counted(drafter, "/", FIGURE)
        assert (found[f"{here}?state=reported"], found[f"/queries?round={ROUND}"], found["/difficulties"]) == (3, 1, 1)
        assert counted(drafter, here, FIGURE)[here] > 50
        hub.set_clock(datetime(2026, 11, 20, tzinfo=VIETNAM))
        hub.send(a_report(hub, unit="05986", revision=2))
        hub.send(a_report(hub, unit="06073"))
        consume(own_site.conninfo)
        past = counted(drafter, "/", FIGURE, CELL)  # a round that is released, and whose deadline is over
        assert (past[f"{here}?state=reported"], past[f"{here}?state=late"]) == (4, 1)


def test_what_is_sent_to_a_unit_is_listed_as_it_is_counted(drafter: Browser) -> None:
    """P119-LS is sent to the province."""
    here = f"/units/20/received?round={ROUND}"
    found = counted(drafter, "/units/20", CELL)
    page = counted(drafter, here, FIGURE)
    assert found[here] == sum(page.values()) > 60
    assert page[f"{here}&state=missing"] == len(drafter.json(f"/rounds/{ROUND}?state=missing")["lines"])
    assert "bao-cao-den" not in drafter.get(f"/units/{UNITS[0]}").text  # nothing is sent to a commune


def test_a_fragment_is_the_pages_main_part_alone(drafter: Browser) -> None:
    answer = drafter.client.get("/overview", headers={"HX-Request": "true"})
    assert answer.text.lstrip().startswith("<div") and "<html" not in answer.text and 'id="live"' in answer.text


def test_units_are_found_without_marks_and_sorted_the_vietnamese_way(drafter: Browser) -> None:
    [line] = drafter.json(f"/rounds/{ROUND}?q=tam+thanh")["lines"]
    assert (line["unit"], line["name"]) == ("05986", "Phường Tam Thanh")
    names = [line["name"] for line in drafter.json("/units?level=commune")["lines"]]
    assert len(names) == 65
    assert names.index("Phường Đông Kinh") < names.index("Phường Kỳ Lừa") < names.index("Xã Ba Sơn")
    assert names.index("Xã Điềm He") < names.index("Xã Hội Hoan")  # đ stands between d and e


def test_a_units_page_shows_its_grade_with_the_arithmetic_and_the_list_of_units_sorts_by_it(drafter: Browser) -> None:
    [grade] = drafter.json(f"/units/{UNITS[0]}")["quality"]
    assert grade["points"] == sum(row["earned"] for row in grade["criteria"]) and grade["best"] == 100
    text = html.unescape(drafter.get(f"/units/{UNITS[0]}").text)
    assert f"{grade['points']}/100 điểm" in text and "Câu hỏi số liệu chưa giải trình" in text
    sheet = drafter.get(f"/units/{UNITS[0]}.csv?table=quality").text
    assert sheet.lstrip("\ufeff").startswith("Kỳ báo cáo;Điểm của kỳ;")
    for sort, turn in (("lowest", 1), ("highest", -1)):
        points = [line["points"] for line in drafter.json(f"/units?sort={sort}")["lines"]]
        known = [point for point in points if point is not None]
        assert known and known == sorted(known, key=lambda one: turn * one)
        assert points[: len(known)] == known, "who is not graded comes last"
    graded = drafter.get(f"/units.csv?sort=lowest&q={UNITS[0]}").text
    assert "Chất lượng báo cáo" in graded and f";{grade['points']}" in graded


def test_a_plan_shows_its_tasks_and_how_many_stand_where(drafter: Browser) -> None:
    tasks = drafter.json("/plans/P119-LS")["tasks"]
    whole, *leads = tasks["counts"]
    assert whole["total"] == len(tasks["tasks"]) == sum(whole["counts"][:-1]) > 10
    assert sum(lead["total"] for lead in leads) == whole["total"]
    text = html.unescape(drafter.get("/plans/P119-LS").text)
    assert "Nhiệm vụ của kế hoạch" in text and "T-119-LS-2.3" in text and "Chưa báo cáo" in text
    assert "T-119-LS-2.3" in drafter.get("/plans/P119-LS.csv?table=tasks").text
    [led] = drafter.json("/units/20.BPTTH")["tasks"]["tasks"]
    assert led["code"] == "T-119-LS-2.5"


def test_a_plan_shows_value_gap_arithmetic_and_the_quoted_phrase(drafter: Browser) -> None:
    answer = drafter.json("/plans/P119-LS")
    [one] = [i for i in answer["indicators"] if i["code"] == "I-119-01"]
    assert one["value"] is None and one["targets"][0]["quote"]
    text = html.unescape(drafter.get("/plans/P119-LS").text)
    assert one["quote"] in text
    assert "Không đánh giá được" in text


def test_the_report_shows_what_changed_between_revisions(drafter: Browser) -> None:
    answer = drafter.json(f"/units/{UNITS[2]}/reports/{ROUND}/P119-LS.commune")
    changed = {figure["code"]: figure["values"] for figure in answer["figures"] if figure["changed"]}
    assert changed == {"events_commune": ["3", "9"]}
    assert [revision["content_hash"][:7] for revision in answer["revisions"]] == ["sha256:", "sha256:"]


def test_a_withdrawn_report_is_owed_again_and_its_history_stays(drafter: Browser) -> None:
    unit = drafter.json(f"/units/{UNITS[1]}")
    assert [line["duty"]["state"] for line in unit["owed"]] == ["missing"]
    [line] = unit["lines"]
    assert [revision["withdrawal"] for revision in line["revisions"]] == [False, True]


def test_provenance_leads_from_a_sum_to_the_revisions_it_is_made_of(drafter: Browser) -> None:
    answer = drafter.json(f"/provenance/{ROUND}/events_commune")
    [figure] = answer["figures"]
    counted = [source for source in figure["sources"] if source["counted"]]
    assert sum(int(source["value"]) for source in counted) == int(figure["sum"]) == 12
    released = drafter.json(f"/provenance/{ROUND}/events_commune?release={ROUND}/1")
    assert released["figures"][0]["sum"] == "6"


def test_a_release_tells_what_came_after_it(drafter: Browser) -> None:
    answer = drafter.json(f"/releases/{ROUND}/1")
    assert [(one["unit"], one["revision"]) for one in answer["pending"]] == [(UNITS[2], 2)]
    assert answer["digest"].startswith("sha256:") and answer["latest"]


CODE_ALONE = re.compile(r"<(?!dd class=.code|span class=.code)[^>]*>[\s:·]*P119-LS\.2026[\s:]*<")


@pytest.mark.parametrize("path", PROVINCIAL)
def test_no_page_names_a_round_by_its_code_alone(path: str, drafter: Browser) -> None:
    """In columns, filters, choosers and headings; where the code itself is told, it is marked as one."""
    assert not CODE_ALONE.findall(drafter.get(path).text)


def test_rounds_are_chosen_by_their_words_and_keep_their_codes(drafter: Browser) -> None:
    for path in ("/plans/P119-LS", "/units", "/queries", "/units/20/received"):
        option = re.search(rf'<option value="{ROUND}"[^>]*>([^<]+)<', drafter.get(path).text)
        assert option is not None and option[1] == "Năm 2026 (P119-LS)", path
    page = drafter.get(f"/rounds/{ROUND}").text
    assert "<h1>Kỳ báo cáo năm 2026 (P119-LS) " in page and f'<dd class="code">{ROUND}</dd>' in page
    english = drafter.client.get(f"/rounds/{ROUND}", headers={"Accept-Language": "en"}).text
    assert "<h1>Round: 2026 (P119-LS) " in english
    assert f";{ROUND};" in drafter.get("/units/20/received.csv").text, "files are joined by codes"


# ---------------------------------------------------------------- formats


def test_files_hold_exactly_what_is_filtered(drafter: Browser) -> None:
    query = "?state=reported"
    shown = drafter.json(f"/rounds/{ROUND}{query}")["lines"]
    rows = drafter.get(f"/rounds/{ROUND}.csv{query}").content.decode("utf-8-sig").splitlines()
    assert len(rows) == len(shown) + 1
    assert rows[0].startswith("Đơn vị;Mã;Biểu mẫu;") and rows[1].startswith(shown[0]["name"])
    book = openpyxl.load_workbook(io.BytesIO(drafter.get(f"/rounds/{ROUND}.xlsx{query}").content))
    assert book.active.max_row == len(shown) + 4


@pytest.mark.parametrize("path", PROVINCIAL)
def test_every_page_has_its_json_and_its_tables_as_files(drafter: Browser, path: str) -> None:
    suffixed = "/overview" if path == "/" else path
    assert isinstance(drafter.json(suffixed), dict)
    assert drafter.get(f"{suffixed}.csv").content.startswith(b"\xef\xbb\xbf")
    assert drafter.get(f"{suffixed}.xlsx").content.startswith(b"PK")
    text = drafter.get(path).text
    assert not re.search(r"\sstyle=|<script(?! src)|\son\w+=", text)


def test_a_filter_that_is_not_known_is_refused_and_never_lost(drafter: Browser) -> None:
    assert "stat" in drafter.get(f"/rounds/{ROUND}?stat=late", 400).text
    assert drafter.get(f"/rounds/{ROUND}.json?stat=late", 400).json()["code"] == "page_parameter_unknown"
    assert drafter.get(f"/rounds/{ROUND}.csv?table=other", 404).json()["code"] == "table_unknown"


def test_a_day_that_is_none_is_told_at_its_field_and_the_page_stays(drafter: Browser) -> None:
    wrong = "/directives?from=31/02/2026&until=mai&q=nang+luong"
    text = html.unescape(drafter.get(wrong, 400).text)
    assert "<title>Lỗi: " in text and DIRECTIVE["title"] in text, "the rest of the filters still counts"
    for name, typed in (("from", "31/02/2026"), ("until", "mai")):
        message = f"“{typed}” không phải là một ngày; ghi ngày/tháng/năm, ví dụ 15/10/2026."
        assert f'<a href="#filter-{name}">{message}</a>' in text and text.count(message) == 2
        assert re.search(rf'name="{name}" value="{typed}" aria-invalid="true"', text)
    assert "from=" not in text.partition('class="exports"')[2], "a file is of what is shown"
    assert drafter.get(wrong.replace("?", ".csv?"), 400).json()["code"] == "day_unreadable"


@pytest.mark.parametrize(
    "path",
    [
        f"/rounds/{ROUND}?state=muon",
        f"/rounds/{ROUND}?form=P119-LS.media2",
        "/plans/P119-LS?round=P119-LS.1999",
        f"/units?round={ROUND}&indicator=I-1169-01",
        "/units?round=P1169-LS.2026-H1",
        "/units?level=xa",
        "/units?sort=ten",
        "/materials?subject=khong-co",
        "/deliveries?state=zzz",
        "/units/05977?year=abc",
    ],
)
def test_what_a_list_does_not_offer_is_told_at_it_and_never_something_else_is_shown(
    drafter: Browser, path: str
) -> None:
    *_, pair = path.partition("?")[2].split("&")
    name, _, given = pair.partition("=")
    text = html.unescape(drafter.get(path, 400).text)
    assert f'<a href="#filter-{name}">“{given}” không dùng được ở điều kiện lọc này.</a>' in text
    assert re.search(rf'<select id="filter-{name}" name="{name}" aria-invalid="true"', text)
    assert drafter.get(path.replace("?", ".json?"), 400).json()["errors"]


def test_what_cannot_be_shown_says_what_to_do_and_where_to_go(drafter: Browser) -> None:
    address = str(drafter.client.base_url)

    def said(path: str, came: str, status: int) -> tuple[str, list[str]]:
        answer = drafter.client.get(path, headers={"referer": came})
        assert answer.status_code == status, path
        text = html.unescape(answer.text.partition("<main")[2])
        return text, re.findall(r'<li><a href="([^"]*)"', text)

    text, ways = said("/units/99999", f"{address}/rounds/{ROUND}?state=late", 404)
    assert ways == [f"/rounds/{ROUND}?state=late", "/units", "/"] and "Đơn vị" in text
    text, ways = said(f"/rounds/{ROUND}?stat=late", "https://khac.example/", 400)
    assert ways == [f"/rounds/{ROUND}", "/"], "what another site says is nothing to go by"
    text, ways = said("/queries?round=P119-LS.1999", "", 404)
    assert "/queries" in ways and "GET /" not in text, "what a program would do is no advice"
    text, ways = said("/units/khong-co", "", 404)
    assert "Không có trang này" in text and "openapi" not in text and ways == ["/units", "/"]
    assert said("/plans/P119-LS?rows=t:9", f"{address}//khac.example", 400)[1] == [
        "/plans/P119-LS",
        "/plans",
        "/",
    ]


def test_a_page_to_print_holds_all_that_is_filtered(drafter: Browser) -> None:
    everything = drafter.json(f"/rounds/{ROUND}")["lines"]
    part = drafter.get(f"/rounds/{ROUND}").text
    whole = drafter.get(f"/rounds/{ROUND}?rows=all").text
    assert part.count('<tr role="row">') < whole.count('<tr role="row">') == len(everything) + 1
    assert f'href="/rounds/{ROUND}?rows=all#duties"' in part and 'rel="next"' not in whole
    folded, opened = (drafter.get(f"/rounds/{ROUND}/consolidation{query}").text for query in ("", "?rows=all"))
    assert '<details class="fold">' in folded and '<details class="fold">' not in opened
    assert opened.count('<details class="fold" open>') == folded.count('<details class="fold">')
    with pytest.raises(AssertionError, match="400"):
        drafter.get(f"/rounds/{ROUND}?rows=duties")


# ---------------------------------------------------------------- who sees what


@pytest.mark.parametrize("path", [path for path in PROVINCIAL if path.count("/") > 1])
def test_a_person_of_another_province_gets_nothing(site: Site, path: str) -> None:
    with site.person(ELSEWHERE) as other:
        answer = other.client.get(path)
        names = html.unescape(answer.text)
        # That there is a unit, anybody may know; nothing of what it owes, does or reported.
        assert answer.status_code == 404 or re.fullmatch(r"/units/[^/]+(/tasks|/received)?", path), path
        assert "hết ngày 14/10/2026" not in names and "sha256:" not in names and "T-119" not in names


def test_a_commune_sees_its_own_duties_and_no_others(reporter: Browser) -> None:
    assert reporter.get("/", 303).headers["location"] == "/units"
    assert reporter.get("/units", 303).headers["location"] == f"/units/{UNITS[0]}"
    own = reporter.get(f"/units/{UNITS[0]}").text
    assert "Bảng kê báo cáo năm 2026" in own
    reporter.get(f"/units/{UNITS[0]}/reports/{ROUND}/P119-LS.commune")
    assert "ngoài phạm vi của tài khoản" in reporter.get(f"/units/{UNITS[2]}", 404).text
    reporter.get(f"/units/{UNITS[2]}/reports/{ROUND}/P119-LS.commune", 404)
    for round_ in (ROUND, "P119-LS.1999"):
        reporter.get(f"/rounds/{round_}/computed", 404)
    reporter.get(f"/rounds/{ROUND}", 403)
    menu = re.search(r"<nav.*?</nav>", own, re.S)
    assert menu is not None and "/releases" not in menu[0] and "/units" in menu[0]


def test_a_rounds_name_leads_a_commune_to_its_own_report_and_never_to_what_it_may_not_read(
    site: Site, reporter: Browser
) -> None:
    own = reporter.get(f"/units/{UNITS[0]}").text
    assert f'<a href="/units/{UNITS[0]}/reports/{ROUND}/P119-LS.commune" title="{ROUND}">Năm 2026 (P119-LS)</a>' in own
    people(site.conninfo, {"chua.nop": ("Người Báo Cáo", Bound(role="reporter", province="20", units=("06463",)))})
    with site.person("chua.nop") as owing:
        page = owing.get("/units/06463").text
        entry = f"/units/06463/reports/{ROUND}/P119-LS.commune/entry"
        assert f'<strong><a href="{entry}">Năm 2026 (P119-LS)</a></strong>' in page
        assert 'href="/rounds/' not in own + page


def test_the_ministry_sees_releases_and_no_province_from_inside(site: Site) -> None:
    with site.person(MINISTRY) as ministry:
        assert ministry.get("/", 303).headers["location"] == "/nation"
        answer = ministry.json("/nation")
        assert (answer["programme"], answer["period"], answer["total"]) == ("P119", "2026", PROVINCES)
        assert [province["code"] for province in answer["provinces"] if province["releases"]] == ["20"]
        [events] = [figure for figure in answer["figures"] if figure["code"] == "events_commune"]
        assert events["sum"] == "6"  # as released, without what came since
        assert len(answer["map"]["fields"]) == PROVINCES
        ministry.get(f"/rounds/{ROUND}", 403)


def test_the_ministry_reads_a_release_with_indicators_sums_and_versions_from_its_feed(site: Site) -> None:
    with site.person(MINISTRY) as ministry:
        page = f"/nation/releases/{ROUND}/1"
        assert f'href="{page}"' in ministry.get("/nation").text
        body = ministry.json(page)
        [events] = [one for one in body["sums"] if one["code"] == "events_commune"]
        assert events["sum"] == "6" and body["indicators"] and body["versions"] == [1] and body["against"] is None
        answer = ministry.get(f"{page}.csv?table=sums")
        assert f'filename="nation-release_{ROUND}_1_sums.csv"' in answer.headers["content-disposition"]
        assert ministry.get(f"{page}.xlsx").content.startswith(b"PK")
        ministry.get(f"/nation/releases/{ROUND}/7", 404)
        signed = {one["name"]: one["document"] for one in body["signed"]}
        assert body["difficulties"] == [] and signed["Phường Đông Kinh"]["number"]
        assert "Văn bản đã ký của từng báo cáo" in html.unescape(ministry.get(page).text)
        sheet = ministry.get(f"{page}.csv?table=signed").content.decode("utf-8-sig")
        assert signed["Phường Đông Kinh"]["number"] in sheet
        text = html.unescape(ministry.get(page).text)
        why = {one["code"]: one["reasons"] for one in body["indicators"]}
        assert why["I-119-03"][0]["vi"] in text
        goals = {one["code"]: one["goals"] for one in body["indicators"]}
        assert goals["I-119-01"][0].startswith("tối thiểu 60% vào năm 2030: ") and goals["I-119-01"][0] in text
    with site.person(DRAFTER) as drafter:
        assert drafter.client.get("/nation/releases/P119-HY.2026/1").status_code in (403, 404)


def test_provinces_stand_side_by_side_by_an_indicator_or_a_figure_of_their_releases(site: Site) -> None:
    with site.person(MINISTRY) as ministry:
        answer = ministry.json("/nation?by=events_commune")
        assert answer["by"]["code"] == "events_commune" and answer["measures"][0]["indicator"]
        said = {province["code"]: province["measured"] for province in answer["provinces"] if province["measured"]}
        assert said == {"20": {"value": "6", "status": None}}
        rows = ministry.get("/nation.csv?by=events_commune&table=provinces").content.decode("utf-8-sig").splitlines()
        assert [line.split(";")[2] for line in rows if line.startswith("Tỉnh Lạng Sơn;")] == ["6"]
        assert "shade-" in ministry.get("/nation?by=events_commune").text


def test_what_no_province_has_released_is_not_found_and_never_another_period(site: Site) -> None:
    with site.person(MINISTRY) as ministry:
        assert "P119/2031" in ministry.get("/nation?of=P119/2031", 404).text
        ministry.get("/nation?of=P119/2026")


# ---------------------------------------------------------------- frame


def test_the_menu_marks_where_a_page_belongs(drafter: Browser) -> None:
    menu = {page.name for page in PAGES if page.menu}
    assert {page.name: page.under for page in PAGES if not page.menu and page.under not in menu} == {}
    for path, marked in (("/units", "page"), (f"/units/{UNITS[0]}", "true"), ("/queries", "true")):
        assert re.findall(r'aria-current="(\w+)"', drafter.get(path).text)[:1] == [marked], path


def test_nothing_from_elsewhere_runs_on_any_answer(drafter: Browser) -> None:
    for path, status in (("/", 200), ("/nowhere", 404), ("/static/console.css", 200), ("/overview.json", 200)):
        answer = drafter.get(path, status)
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert drafter.get("/").headers["cache-control"] == "no-store"


def test_addresses_of_the_api_stay_problem_documents(drafter: Browser) -> None:
    assert drafter.get("/v1/nowhere", 404).headers["content-type"] == "application/problem+json"
    assert "Không có trang này" in drafter.get("/nowhere", 404).text
    assert drafter.client.post("/rounds/x").status_code == 405


def test_the_language_is_chosen_once_and_kept(site: Site) -> None:
    with site.person(DRAFTER) as person:
        assert '<html lang="vi">' in person.get("/").text
        assert person.get("/language/en?to=/plans", 303).headers["location"] == "/plans"
        text = person.get("/plans").text
        assert '<html lang="en">' in text and "Plans of the province" in text
        for elsewhere in ("//evil.example", "https://evil.example", "/\\evil.example"):
            assert person.client.get("/language/vi", params={"to": elsewhere}).headers["location"] == "/"


def test_an_address_cannot_smuggle_anything_into_a_question_to_the_hub(drafter: Browser) -> None:
    for path in ("/rounds/x%3Fprogramme=P119", "/rounds/..%2Funits", "/units/05977%23", "/plans/%2e%2e"):
        assert drafter.client.get(path).status_code in (404, 400), path


def test_the_overview_is_quick_and_small(drafter: Browser) -> None:
    answer = drafter.client.get("/", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) < 60_000


# ---------------------------------------------------------------- logging in


def test_whoever_is_not_logged_in_is_led_to_the_login_and_back(site: Site) -> None:
    with site.browser() as nobody:
        target = nobody.get(f"/rounds/{ROUND}?state=late", 303).headers["location"]
        assert target == f"/login?next=%2Frounds%2F{ROUND}%3Fstate%3Dlate"
        assert 'value="/rounds/' in nobody.get(target).text
        assert nobody.log_in(DRAFTER, to=f"/rounds/{ROUND}?state=late").headers["location"].endswith("?state=late")
        assert nobody.get("/login", 303).headers["location"] == "/"
    with site.browser() as nobody:
        assert nobody.get("/overview.json", 401).json()["code"] == "login_missing"
        answer = nobody.client.get("/overview", headers={"HX-Request": "true"})
        assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/login?next=%2Foverview")


def test_a_wrong_password_is_told_above_the_form_and_at_its_field(site: Site) -> None:
    with site.browser() as nobody:
        answer = nobody.log_in(DRAFTER, "sai mật khẩu rồi nhé")
        assert answer.status_code == 422
        assert "<title>Lỗi: " in answer.text and 'class="summary"' in answer.text
        assert f'value="{DRAFTER}"' in answer.text and "sai mật khẩu" not in answer.text
        nobody.get("/", 303)


def test_a_login_leads_to_no_other_site(site: Site) -> None:
    with site.browser() as nobody:
        assert nobody.log_in(DRAFTER, to="//evil.example/x").headers["location"] == "/"


def test_a_signer_sets_a_second_factor_up_before_seeing_anything(site: Site) -> None:
    people(site.conninfo, {"ky.lan.dau": ("Ký Lần Đầu", Bound(role="signer", province="20"))})
    with site.browser() as person:
        assert person.log_in("ky.lan.dau").headers["location"] == "/login/enrolment"
        assert person.get("/", 303).headers["location"] == "/login"
        assert person.get("/login", 303).headers["location"] == "/login/enrolment"
        page = person.get("/login/enrolment").text
        secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page)
        word = re.search(r'name="csrf" value="([^"]+)"', page)
        assert secret is not None and word is not None and "data:image/svg+xml;base64," in page
        given = {"code": code(secret[1].replace(" ", "")), "csrf": word[1], "next": "/releases"}
        done = person.send("/login/enrolment", given)
        assert done.status_code == 200 and done.text.count('<li class="code">') == 10
        assert 'href="/releases"' in done.text
        person.get("/releases")


def test_logging_out_needs_the_forms_word(site: Site) -> None:
    with site.person(DRAFTER) as person:
        assert person.send("/logout", {"csrf": "x"}).status_code == 403
        assert person.get("/").status_code == 200
        assert person.send("/logout", {"csrf": person.word("/")}).headers["location"] == "/login"
        person.get("/", 303)


def test_a_form_of_another_site_logs_nobody_in(site: Site) -> None:
    with site.browser() as nobody:
        form = {"person": DRAFTER, "password": "bốn con ngựa trắng qua cầu", "next": "/"}
        assert nobody.send("/login", form, **{"Sec-Fetch-Site": "cross-site"}).status_code == 422
        nobody.get("/", 303)


MULTIPART = b'--b\r\nContent-Disposition: form-data; name="person"\r\n\r\n\\ud800\xff\r\n--b--\r\n'


@pytest.mark.parametrize(
    ("body", "media", "status"),
    [
        (MULTIPART, "multipart/form-data; boundary=b; charset=undefined", 400),
        (MULTIPART, "multipart/form-data; boundary=b; charset=unicode_escape", 400),
        (MULTIPART, "multipart/form-data; boundary=b; charset=punycode", 400),
        (MULTIPART, "multipart/form-data; boundary=b; charset=UTF-8", 422),
        (b"person=a&password=b&csrf=%ED%A0%80%C4%91", "application/x-www-form-urlencoded", 422),
        (b"person=" + b"a" * 100_000, "application/x-www-form-urlencoded", 413),
        (b"%00=%00&person=%00", "application/x-www-form-urlencoded", 422),
    ],
)
def test_no_form_of_a_stranger_breaks_the_login_or_is_read_beyond_its_size(
    site: Site, body: bytes, media: str, status: int
) -> None:
    with site.browser() as nobody:
        for path in ("/login", "/logout"):
            answer = nobody.client.post(path, content=body, headers={"Content-Type": media})
            assert answer.status_code in (status, 303, 403), f"{path}: {answer.status_code}"
            assert path == "/logout" or answer.status_code == status


def test_a_browser_that_writes_anything_into_its_headers_is_answered(site: Site) -> None:
    with site.browser() as nobody:
        sent = {
            "User-Agent": b"Tr\xec\x9bnh duy\xe1\xbb\x87t",
            "Cookie": b"a=\xff; lang=vi",
            "Accept-Language": b"\xff",
        }
        assert nobody.client.get("/login", headers=sent).status_code == 200


def test_no_address_of_the_console_leads_to_the_host_that_a_sender_names(site: Site) -> None:
    with site.browser() as nobody:
        answer = nobody.client.get("/rounds/", headers={"Host": "evil.example"})
        assert "evil.example" not in answer.headers.get("location", "")


def test_somebody_of_the_via_unit_alone_opens_the_report_that_the_list_leads_to(site: Site) -> None:
    bound = Bound(role="drafter", province="20", units=("20.SKHCN",))
    people(site.conninfo, {"qua.so": ("Chuyên viên Sở", bound)})
    with site.person("qua.so") as via:
        [waiting, *_] = via.json("/reviews")["reports"]
        page = via.json(f"/units/{waiting['unit']}/reports/{waiting['round']}/{waiting['form']}")
        assert (page["unit"], page["via"], page["state"]) == (waiting["unit"], "20.SKHCN", "under_review")


def test_who_is_bound_to_a_unit_is_told_of_its_reach_and_nothing_false_of_the_province(site: Site) -> None:
    bound = Bound(role="drafter", province="20", units=("20.SKHCN",))
    people(site.conninfo, {"so.khcn": ("Chuyên viên Sở", bound)})
    with site.person("so.khcn") as drafter:
        overview = html.unescape(drafter.get("/overview").text)
        assert "Sở Khoa học và Công nghệ tỉnh Lạng Sơn" in overview and "trong phạm vi của tài khoản" in overview
        assert "Hiện không có kỳ" not in overview and "Chưa có kỳ nào được phát hành" not in overview
        assert "Chưa nhận báo cáo nào" not in overview
        assert drafter.get("/units", 303).headers["location"] == "/units/20.SKHCN"
        assert "“05977”, hoặc đơn vị này ngoài phạm vi" in html.unescape(drafter.get("/units/05977", 404).text)
        assert "ngoài phạm vi" in html.unescape(drafter.get("/units/99999", 404).text)
        assert "ngoài phạm vi" in html.unescape(drafter.get("/units/05977/received", 404).text)
        plans = drafter.get("/plans").text
        assert "P119-LS" in plans and 'href="/plans/P119-LS"' not in plans
        for path in ("/nation", "/releases"):
            assert "trong phạm vi của tài khoản" in html.unescape(drafter.get(path).text), path


def test_an_operator_bound_to_a_unit_sees_its_contact_alone(own_site: Site) -> None:
    people(own_site.conninfo, {"xa.hanh": ("Vận hành xã", Bound(role="operator", province="20", units=("05977",)))})
    with own_site.enrolled("xa.hanh") as operator:
        contacts = operator.json("/contacts")
        assert [unit["unit"] for unit in contacts["units"]] == ["05977"] and contacts["all"] == 1
        assert "ngoài phạm vi của tài khoản" in html.unescape(operator.get("/contacts/06040", 404).text)
        operator.get("/contacts/99999", 404)
