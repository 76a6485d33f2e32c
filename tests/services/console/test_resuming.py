"""A form whose session ended: what was typed is held in the browser, shown again to the same person, never acted on."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping

import httpx
import pytest

from services.console.acting import LARGEST_FORM
from services.console.pages import PAGES
from tests.builders.console import DRAFTER, OPERATOR, REPORTER, Browser, Site
from tests.builders.living_hub import UNITS
from tests.services.console.conftest import served

ROUND = "P119-LS.2026"
REPORT = f"/units/{UNITS[0]}/reports/{ROUND}/P119-LS.commune"
OLD = "word-of-a-session-before"
BY_REPORTER, BY_DRAFTER, BY_OPERATOR = (f"person:{name}" for name in (REPORTER, DRAFTER, OPERATOR))
"""As forms say whose they are."""
ENDED, AGAIN = "Phiên làm việc đã hết", "Đã đăng nhập lại. Nội dung vừa nhập còn đủ nhưng chưa gửi"
OF_REPORTERS: dict[str, Mapping[str, str]] = {
    f"{REPORT}/withdrawal": {"reason": "Nhập nhầm <số liệu> của xã khác"},
    f"/units/{UNITS[0]}/difficulties": {
        "plan": "P119-LS",
        "title": "Thiếu loa",
        "text": "Hai thôn\nchưa có <loa>",
        "proposal": "Cấp thêm",
        "amends": "yes",
    },
}
OF_DRAFTERS: dict[str, Mapping[str, str]] = {
    f"/rounds/{ROUND}/signing": {
        "act": "draft",
        "number": "12/BC-UBND",
        "date": "9/10/2026",
        "note": "Bổ sung số liệu",
    },
    "/reviews": {"do": "return", "reason": "Thiếu số lượt người dự"},
}
OF_OPERATORS: dict[str, Mapping[str, str]] = {
    "/clients": {"client_id": "ld-held", "name": "Xã giữ", "province": "20", "role": "unit", "units": "05986"},
    "/destinations": {"id": "20-giu", "name": "Nơi giữ", "province": "20", "url": "https://giu.example/hub"},
    "/people": {"person": "giu.nv", "name": "Nguyễn Văn Giữ", "province": "20", "units": "05986 05983"},
    "/people/xa.05977": {"do": "roles", "role-0": "reporter", "province-0": "20", "units-0": "05977 05986"},
    "/opening/P119-LS": {"first": "1/10/2026", "last": "9/10/2026", "deadline": "20/10/2026", "reason": "Theo yêu cầu"},
    "/portals": {"portal": "giu", "url": "https://giu.example/rss", "client": "ld-giu", "unit": "20.SVHTTDL"},
    "/single-person": {"do": "allow", "unit": "06040", "number": "7/QĐ-UBND", "reason": "Một biên chế"},
    "/contacts": {"do": "set", "unit": "06040", "mails": "giu@langson.gov.vn"},
    "/contacts/06040": {"do": "set", "mails": "giu@langson.gov.vn", "webhook": "https://giu.example/nhan"},
    "/publishing/retirement": {"retired": "P119-LS", "again": "P119-LS", "number": "9/QĐ", "reason": "Hết hạn"},
}
WHERE = {"/publishing/retirement": "/publishing"}
"""The page of a form that is sent to another address."""


@pytest.fixture(scope="module")
def office(postgres: str, lived: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with served(postgres, lived, tmp_path_factory.mktemp("resuming")) as made:
        yield made


@pytest.fixture(scope="module")
def operator(office: Site) -> Iterator[Browser]:
    with office.enrolled(OPERATOR) as made:
        yield made


@pytest.fixture(scope="module")
def drafter(office: Site) -> Iterator[Browser]:
    with office.person(DRAFTER) as made:
        yield made


@pytest.fixture(scope="module")
def reporter(office: Site) -> Iterator[Browser]:
    with office.person(REPORTER) as made:
        yield made


def held(answer: httpx.Response) -> dict[str, str]:
    """What the page that says that the session ended has in its form."""
    assert answer.status_code == 401 and ENDED in answer.text and "ended=1" in answer.text
    kept = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', answer.text)
    return {name: html.unescape(text) for name, text in kept}


def here(site: Site) -> dict[str, str]:
    """As a browser says that a page of ours sends a form."""
    return {"Origin": site.address}


def is_shown(page: str, typed: Mapping[str, str]) -> None:
    """Whatever was typed stands in a field, chosen in a list, or ticked."""
    for name, text in typed.items():
        said = re.escape(html.escape(text, quote=False))
        field = rf'name="{name}"[^>]*value="{said}"|name="{name}"[^>]*>{said}</textarea>'
        choice = rf'<select[^>]*name="{name}"[^>]*>(?:(?!</select>).)*value="{said}" selected'
        assert name == "do" or re.search(rf"{field}|{choice}", page, re.DOTALL), f"{name}: {text}"


@pytest.mark.parametrize(("path", "typed"), [*OF_REPORTERS.items(), *OF_DRAFTERS.items(), *OF_OPERATORS.items()])
def test_what_was_typed_is_held_and_shown_again_to_the_same_person_and_nothing_is_done(
    path: str, typed: Mapping[str, str], office: Site, reporter: Browser, drafter: Browser, operator: Browser
) -> None:
    who = {**dict.fromkeys(OF_REPORTERS, (BY_REPORTER, reporter)), **dict.fromkeys(OF_DRAFTERS, (BY_DRAFTER, drafter))}
    login, person = who.get(path, (BY_OPERATOR, operator))
    form = {"csrf": OLD, "by": login, **typed}
    with office.browser() as nobody:
        assert nobody.send(path, form, Origin="https://elsewhere.example").status_code == 303
        kept = held(nobody.send(path, form, **here(office)))
        assert kept == form
    before = person.get(WHERE.get(path, path)).text
    shown = person.send(path, kept, **here(office))
    assert shown.status_code == 200 and AGAIN in shown.text
    is_shown(html.unescape(shown.text.replace("&lt;", "&amp;lt;").replace("&gt;", "&amp;gt;")), typed)
    assert person.get(WHERE.get(path, path)).text == before, "nothing was done"
    assert person.send(path, kept, Origin="https://elsewhere.example").status_code == 403
    refused = (drafter if person is operator else operator).send(path, kept, **here(office))
    assert refused.status_code == 403 and AGAIN not in refused.text


def test_what_is_folded_stands_open_where_something_was_typed_in_it(office: Site, operator: Browser) -> None:
    older = {"csrf": OLD, "by": BY_OPERATOR}
    folded = operator.send("/contacts", {**older, "unit": "06040"}, **here(office)).text
    assert (
        "<details open><summary>Ghi địa chỉ, nhập tệp" in folded
        and "<details open" not in operator.get("/contacts").text
    )
    ticked = operator.send("/opening/P119-LS", {**older, "unit-06040": "1"}, **here(office)).text
    assert ticked.count('<details class="notice" open>') == 1
    assert re.search(r'name="unit-06040" value="1" checked', ticked)


def test_the_next_press_sends_what_is_shown(office: Site, reporter: Browser) -> None:
    path = f"/units/{UNITS[0]}/difficulties"
    shown = reporter.send(path, {"csrf": OLD, "by": BY_REPORTER, **OF_REPORTERS[path]}, **here(office))
    word = re.search(rf'action="{path}">\s*<input type="hidden" name="csrf" value="([^"]+)"', shown.text)
    assert word is not None
    sent = reporter.send(path, {"csrf": word[1], "by": BY_REPORTER, **OF_REPORTERS[path]}, **here(office))
    assert sent.headers["location"].startswith("/difficulties/")


def test_what_somebody_changed_meanwhile_is_not_overwritten_unseen(office: Site, operator: Browser) -> None:
    page = "/contacts/05986"

    def seen(text: str) -> str:
        found = re.search(r'name="seen" value="([^"]*)"', text)
        assert found is not None
        return html.unescape(found[1])

    word, before = operator.word(page), seen(operator.get(page).text)
    first = {"do": "set", "mails": "mot@langson.gov.vn"}
    assert operator.send(page, {"csrf": word, "seen": before, **first}).status_code < 400
    mine = {"by": BY_OPERATOR, "seen": before, "do": "set", "mails": "hai@langson.gov.vn"}
    shown = operator.send(page, {"csrf": OLD, **mine}, **here(office)).text
    assert seen(shown) == before, "the form is still one of what was there then"
    again = operator.send(page, {"csrf": word, **mine})
    assert again.status_code == 422 and 'id="both"' in again.text and "mot@langson.gov.vn" in again.text


def test_no_secret_and_no_file_is_held_and_no_more_than_texts_can_be(office: Site, operator: Browser) -> None:
    given = {"csrf": OLD, "by": BY_OPERATOR, "kind": "units", "password": "mật-1", "secret": "bí-2", "token": "thẻ-3"}
    with office.browser() as nobody:
        sent = nobody.client.post("/registry", data=given, files={"file": ("a.csv", b"noi dung")}, headers=here(office))
        assert held(sent) == {"csrf": OLD, "by": BY_OPERATOR, "kind": "units"}
        assert not any(secret in sent.text for secret in ("mật-1", "bí-2", "thẻ-3", "noi dung"))
        much = {"file": ("a.csv", b"x" * (LARGEST_FORM + 1))}
        assert nobody.client.post("/registry", data=given, files=much, headers=here(office)).status_code == 303
        unnamed = {"csrf": OLD, "kind": "units"}
        assert nobody.send("/registry", unnamed, **here(office)).status_code == 303, "it could not be shown again"
    shown = operator.send("/registry", {"csrf": OLD, "by": BY_OPERATOR, "kind": "aliases"}, **here(office)).text
    assert "Tệp, nếu có, phải chọn lại." in shown and 'value="aliases" selected' in shown


FORM = re.compile(r'<form [^>]*method="post" action="([^"]+)".*?</form>', re.DOTALL)
FILES_ALONE = re.compile(r"/logout|.*/sheet")


@pytest.mark.parametrize("path", [page.paths[0] for page in PAGES if "{" not in page.paths[0]] + [*OF_OPERATORS])
def test_every_form_says_whose_it_is(path: str, operator: Browser) -> None:
    """Without it a form is not shown again."""
    page = operator.client.get(WHERE.get(path, path)).text
    for form in FORM.finditer(page):
        assert FILES_ALONE.fullmatch(form[1]) or f'name="by" value="{BY_OPERATOR}"' in form[0], form[1]


def test_every_form_of_a_unit_says_whose_it_is(reporter: Browser) -> None:
    for path in (*OF_REPORTERS, f"{REPORT}/entry", REPORT, "/materials", "/directives", "/content"):
        for form in FORM.finditer(reporter.client.get(path).text):
            assert FILES_ALONE.fullmatch(form[1]) or f'name="by" value="{BY_REPORTER}"' in form[0], form[1]
