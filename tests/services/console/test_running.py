"""Running the hub in the browser: clients, people, units, plans, destinations, the log; and that nobody else may."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import httpx
import pytest

from lienthong.calendar import VIETNAM
from lienthong.shipped import schemas_folder
from services.console.pages import PAGES
from services.console.running import overseen
from services.identity.people.person import Bound
from tests.builders.console import DRAFTER, MINISTRY, OPERATOR, REPORTER, Browser, Site, people
from tests.services.console.conftest import served
from tests.services.console.test_pages import CELL, FIGURE, counted
from tests.services.console.test_sealing import opened

RUNNING = [page for page in PAGES if page.national is None]
LISTS = [page.paths[0] for page in RUNNING if "{" not in page.paths[0]]


@pytest.fixture(scope="module")
def office(postgres: str, lived: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with served(postgres, lived, tmp_path_factory.mktemp("running")) as made:
        yield made


@pytest.fixture(scope="module")
def operator(office: Site) -> Iterator[Browser]:
    with office.enrolled(OPERATOR) as made:
        yield made


def shown(answer: httpx.Response, status: int = 200) -> str:
    assert answer.status_code == status, answer.text[:3000]
    return html.unescape(answer.text)


def once(text: str) -> list[str]:
    """What stands in the box of things shown once."""
    return re.findall(r"<dd><code>([^<]+)</code></dd>", text)


def client(name: str, units: str, **more: str) -> dict[str, str]:
    """units: what no other test's client reports for, as the source is theirs."""
    return {"client_id": name, "name": "Xã thử", "province": "20", "role": "unit", "units": units, **more}


# ---------------------------------------------------------------- everybody's pages


@pytest.mark.parametrize("path", LISTS)
def test_every_page_of_an_operator_has_its_json_and_its_tables_as_files(operator: Browser, path: str) -> None:
    text = operator.get(path).text
    assert not re.search(r"\sstyle=|<script(?! src)|\son\w+=", text)
    assert isinstance(operator.json(path), dict)
    if path not in ("/registry", "/borders"):
        assert operator.get(f"{path}.csv").content.startswith(b"\xef\xbb\xbf")
        assert operator.get(f"{path}.xlsx").content.startswith(b"PK")


def test_who_may_not_operate_is_told_so_and_changes_nothing(office: Site, operator: Browser) -> None:
    acts = {
        "/clients": client("ld-nope", "06001"),
        "/people": {"person": "x.y"},
        "/publishing": {"do": "publish"},
        "/registry": {"do": "write", "rows": "{}"},
        "/destinations": {"id": "x"},
        "/deliveries": {"delivery": "01"},
        "/portals": {"portal": "nope"},
        "/contacts": {"do": "set", "unit": "06040", "mails": "a@langson.gov.vn"},
        "/single-person": {"do": "allow", "unit": "06040", "reason": "thử"},
        "/borders": {"province": "20", "key": "code"},
    }
    for name in (DRAFTER, REPORTER, MINISTRY):
        with office.person(name) as other:
            assert "/running" not in other.client.get("/", follow_redirects=True).text
            home = other.client.get("/nation" if name == MINISTRY else "/units")
            word = other.word(home.headers.get("location", home.request.url.path))
            for path in LISTS:
                assert other.client.get(path).status_code == 403, (name, path)
            for path, form in acts.items():
                given = {**form, "csrf": word, "document": '{"plan": {}, "programme": {}}'}
                assert other.send(path, given).status_code in (403, 404), (name, path)
    assert "ld-nope" not in operator.get("/clients").text


def test_a_form_without_the_sessions_word_does_nothing(operator: Browser) -> None:
    formless = ("/running", "/audit", "/opening")
    for path in (*(path for path in LISTS if path not in formless), "/opening/P119-LS", "/deliveries", "/content"):
        assert operator.send(path, {"csrf": "x"}).status_code == 403


# ---------------------------------------------------------------- clients


def test_a_client_is_registered_gets_a_new_secret_and_is_ended(office: Site, operator: Browser) -> None:
    word = operator.word("/clients")
    name, secret = once(shown(operator.send("/clients", client("ld-06040-a", "06040", csrf=word))))
    assert name == "ld-06040-a" and token(office, name, secret) == 200
    _, newer = once(shown(operator.send(f"/clients/{name}", {"csrf": word, "do": "rotate", "overlapHours": "0"})))
    assert (token(office, name, secret), token(office, name, newer)) == (401, 200)
    assert newer not in operator.get(f"/clients/{name}").text
    ended = operator.send(f"/clients/{name}", {"csrf": word, "do": "revoke", "reason": "thử"})
    assert ended.status_code == 422 or ended.headers["location"] == f"/clients/{name}"
    assert token(office, name, newer) == 401
    assert "Đã thu hồi" in operator.get(f"/clients/{name}").text


def token(office: Site, name: str, secret: str) -> int:
    given = {"grant_type": "client_credentials", "client_id": name, "client_secret": secret}
    return httpx.post(f"{office.address}/oauth/token", data=given, trust_env=False, timeout=60).status_code


def test_what_is_wrong_with_a_client_stands_at_its_field_and_what_was_typed_stays(operator: Browser) -> None:
    word = operator.word("/clients")
    text = shown(operator.send("/clients", client("LD 06040", "99999", csrf=word)), 422)
    assert "<title>Lỗi: " in text and 'href="#client_id"' in text and 'href="#units"' in text
    assert 'value="LD 06040"' in text and 'id="client_id" name="client_id" type="text"' in text


def test_many_clients_come_from_a_file_and_their_secrets_go_in_one_sealed_file(office: Site, operator: Browser) -> None:
    word = operator.word("/clients")
    rows = "client_id;name;province;units\nld-a1;Xã A;20;05977\nld-a2;Xã B;20;05986\n"
    text = shown(operator.upload("/clients/import", {"csrf": word}, file=("xa.csv", rows.encode())))
    [phrase] = once(text)
    match = re.search(r'href="data:application/zip;base64,([^"]+)"', text)
    assert match is not None
    lines = opened(base64.b64decode(match[1]), phrase).decode().splitlines()
    assert [line.split(",")[0] for line in lines] == ["client_id", "ld-a1", "ld-a2"]
    assert lines[1].split(",")[1] not in text
    assert token(office, *lines[2].split(",")) == 200


def test_a_file_with_one_wrong_line_registers_nobody_and_tells_the_line(operator: Browser) -> None:
    word = operator.word("/clients")
    rows = "client_id,name,province,units\nld-b1,Xã A,20,05977\nld-b2,Xã B,20,99999\n"
    text = shown(operator.upload("/clients/import", {"csrf": word}, file=("xa.csv", rows.encode())), 422)
    assert 'href="#file"' in text and "Dòng 3: " in text
    assert "ld-b1" not in operator.get("/clients").text
    assert "Chưa chọn tệp" in shown(operator.upload("/clients/import", {"csrf": word}), 422)


# ---------------------------------------------------------------- people


def test_a_person_is_added_given_roles_logged_out_and_ended(office: Site, operator: Browser) -> None:
    word = operator.word("/people")
    given = {
        "csrf": word,
        "person": "thu.nv",
        "name": "Nguyễn Văn Thử",
        "province": "20",
        "role": "reporter",
        "units": "05977",
        "local": "yes",
    }
    person, password = once(shown(operator.send("/people", given)))
    with office.browser() as somebody:
        assert "/login/password" in somebody.log_in(person, password).headers["location"]
    page = f"/people/{person}"
    assert [role["role"] for role in operator.json(page)["person"]["roles"]] == ["reporter"]
    roles = {
        "csrf": word,
        "do": "roles",
        "role-0": "reporter",
        "province-0": "20",
        "units-0": "05977 05986",
        "role-1": "drafter",
        "province-1": "20",
        "units-1": "",
    }
    assert operator.send(page, roles).headers["location"] == page
    kept = {role["role"]: role["units"] for role in operator.json(page)["person"]["roles"]}
    assert kept == {"reporter": ["05977", "05986"], "drafter": []}
    _, newer = once(shown(operator.send(page, {"csrf": word, "do": "password"})))
    assert newer != password
    assert operator.send(page, {"csrf": word, "do": "disable", "reason": "nghỉ việc"}).headers["location"] == page
    with office.browser() as somebody:
        assert somebody.log_in(person, newer).status_code == 422
    assert operator.json(page)["person"]["disabled"] is not None


def test_a_role_without_its_units_is_refused_at_the_form(operator: Browser) -> None:
    given = {
        "csrf": operator.word("/people"),
        "person": "thu.hai",
        "name": "Thử",
        "province": "20",
        "role": "reporter",
        "units": "",
        "local": "yes",
    }
    assert "Có 1 chỗ cần sửa" in shown(operator.send("/people", given), 422)


# ---------------------------------------------------------------- units picked by name

PICKED = {"/clients": "units", "/people": "units", "/portals": "unit", "/single-person": "unit", "/contacts": "unit"}
OPTION = '<option value="05986">Phường Tam Thanh</option>'


@pytest.mark.parametrize("path", PICKED)
def test_where_a_units_code_is_typed_the_provinces_units_are_offered_by_name(operator: Browser, path: str) -> None:
    page = operator.get(path).text
    offered = page.partition('<datalist id="known-units">')[2].partition("</datalist>")[0]
    assert OPTION in offered and '<option value="20">' in offered and 65 < offered.count("<option") <= overseen.MOST
    assert page.count('id="known-units"') == 1
    fields = re.findall(rf'<input id="{PICKED[path]}[^>]*list="known-units"', page)
    assert len(fields) == (3 if PICKED[path] == "units" else 1)
    assert not any("autocomplete" in field for field in fields)


def test_a_person_gets_the_units_that_were_picked_beside_those_typed(operator: Browser) -> None:
    word = operator.word("/people")
    given = {"csrf": word, "person": "thu.chon", "name": "Lý Thị Chọn", "province": "20", "role": "reporter"}
    picked = {**given, "local": "yes", "units": ["05983", "05986", ""]}
    shown(operator.send("/people", picked))  # type: ignore[arg-type]
    page = operator.get("/people/thu.chon").text
    assert OPTION in page and 'id="units-0" name="units-0" type="text" value="05983 05986"' in page
    unknown = {"csrf": word, "do": "roles", "role-0": "reporter", "province-0": "20", "units-0": ["05983", "99999"]}
    again = shown(operator.send("/people/thu.chon", unknown), 422)  # type: ignore[arg-type]
    assert 'value="05983 99999"' in again and "99999" in again.partition('class="summary"')[2].partition("</ul>")[0]


def test_who_is_over_some_units_picks_among_these_and_who_is_over_the_nation_types(
    office: Site, operator: Browser
) -> None:
    people(
        office.conninfo,
        {
            "hanh.xa": ("Vi Văn Hành", Bound(role="operator", province="20", units=("05986", "05983"))),
            "hanh.vn": ("Lã Văn Hành", Bound(role="operator", province="VN")),
        },
    )
    with office.enrolled("hanh.xa") as some:
        assert [code for code, _ in some.json("/clients")["known"]] == ["05983", "05986"]
    with office.enrolled("hanh.vn") as nation:
        assert "known-units" not in nation.get("/clients").text


def test_units_too_many_to_be_a_list_are_none() -> None:
    assert overseen.by_name({"2": "Xã Ba Sơn", "1": "Phường Kỳ Lừa"}) == (("1", "Phường Kỳ Lừa"), ("2", "Xã Ba Sơn"))
    assert overseen.by_name({f"{n:05}": f"Xã {n}" for n in range(overseen.MOST + 1)}) == ()


# ---------------------------------------------------------------- plans and units


PLAN = schemas_folder() / "programmes" / "p119"


def test_a_plan_is_shown_with_its_changes_and_rounds_before_it_is_published(operator: Browser) -> None:
    word, before = operator.word("/publishing"), version(operator)
    text = (PLAN / "lang-son.yaml").read_text("utf-8")
    edited = re.sub(r"(?m)^title:\n  vi: .*$", "title:\n  vi: Kế hoạch đã sửa tên", text, count=1)
    assert edited != text
    files = {
        "plan": ("lang-son.yaml", edited.encode()),
        "programme": ("programme.yaml", (PLAN / "programme.yaml").read_bytes()),
    }
    looked = shown(operator.upload("/publishing", {"csrf": word, "do": "check"}, **files))
    assert (
        f"P119-LS sẽ là phiên bản {before + 1}" in looked
        and "sửa kế hoạch P119-LS (Kế hoạch đã sửa tên): tên" in looked
    )
    assert version(operator) == before
    raw = operator.upload("/publishing", {"csrf": word, "do": "check"}, **files).text
    carried = re.search(r'name="document" value="([^"]*)"', raw)
    assert carried is not None
    given = {"csrf": word, "do": "publish", "document": html.unescape(carried[1]), "past": ""}
    assert f"Đã ban hành P119-LS phiên bản {before + 1}" in shown(operator.send("/publishing", given))
    assert version(operator) == before + 1


def version(operator: Browser) -> int:
    [one] = [plan for plan in operator.json("/publishing")["plans"] if plan["code"] == "P119-LS"]
    return int(one["version"])


def test_a_plan_with_faults_or_without_its_programme_is_refused_with_its_lines(operator: Browser) -> None:
    word = operator.word("/publishing")
    plan = ("lang-son.yaml", (PLAN / "lang-son.yaml").read_bytes())
    twice = operator.upload("/publishing", {"csrf": word, "do": "check"}, plan=plan, programme=plan)
    assert "Cần hai tệp" in shown(twice, 422)
    broken = ("lang-son.yaml", plan[1].replace(b"\nreports", b"\nreportz", 1) + b"\nstrange: 1\n")
    programme = ("programme.yaml", (PLAN / "programme.yaml").read_bytes())
    text = shown(operator.upload("/publishing", {"csrf": word, "do": "check"}, plan=broken, programme=programme), 422)
    assert "lang-son.yaml" in text and "/tmp" not in text


def test_units_are_shown_with_what_changes_before_they_are_written(operator: Browser) -> None:
    word = operator.word("/registry")
    file = ("dan-so.csv", "unit,year,value,certainty,source\n05977,2024,4321,general knowledge,thử\n".encode())
    answer = operator.upload("/registry", {"csrf": word, "do": "check", "kind": "populations"}, file=file)
    text = shown(answer)
    assert "1 thay đổi, chưa ghi" in text
    rows = re.search(r'name="rows" value="([^"]*)"', answer.text)
    assert rows is not None
    given = {"csrf": word, "do": "write", "rows": html.unescape(rows[1])}
    assert "Đã ghi 1 thay đổi" in shown(operator.send("/registry", given))
    again = operator.upload("/registry", {"csrf": word, "do": "check", "kind": "populations"}, file=file)
    assert "0 thay đổi" in shown(again)


def test_borders_of_a_file_are_drawn_on_the_map_and_a_file_of_others_is_refused(operator: Browser) -> None:
    word, square = operator.word("/borders"), [[106.7, 21.8], [106.8, 21.8], [106.8, 21.9], [106.7, 21.8]]
    area = {"type": "Polygon", "coordinates": [square]}

    def sent(code: str) -> httpx.Response:
        feature = {"type": "Feature", "properties": {"ma_xa": code}, "geometry": area}
        document = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
        return operator.upload(
            "/borders", {"csrf": word, "key": "ma_xa", "province": "20"}, file=("xa.geojson", document)
        )

    assert "Đã ghi ranh giới của 1 xã, phường. Chưa có ranh giới: " in shown(sent("05977"))
    assert operator.json("/borders")["drawn"] == 1
    assert "Có 1 chỗ cần sửa" in shown(sent("99999"), 422)
    assert "GeoJSON" in shown(
        operator.upload("/borders", {"csrf": word, "province": "20"}, file=("x.geojson", b"[1")), 422
    )


def test_a_commune_is_allowed_one_person_with_a_reason_and_it_is_taken_back(operator: Browser) -> None:
    word = operator.word("/single-person")
    given = {"csrf": word, "do": "allow", "unit": "06040", "reason": "Xã có một cán bộ", "number": "5/QĐ-UBND"}
    assert operator.send("/single-person", given).headers["location"] == "/single-person"
    back = {**given, "do": "take_back", "reason": "Đã có người thứ hai"}
    assert operator.send("/single-person", back).headers["location"] == "/single-person"
    decided = [each for each in operator.json("/single-person")["decisions"] if each["unit"] == "06040"]
    assert [(each["allowed"], each["stands"]) for each in decided] == [(False, True), (True, False)]
    for wrong in ({"unit": "99999"}, {"unit": ""}, {"reason": ""}, {"date": "31/02/2026"}):
        [field] = wrong
        assert f'href="#{field}"' in shown(operator.send("/single-person", {**given, **wrong}), 422), wrong


# ---------------------------------------------------------------- contacts


def test_a_contact_is_set_by_form_and_file_shown_once_with_its_secret_and_forgotten(operator: Browser) -> None:
    word, page = operator.word("/contacts"), "/contacts/05977"
    before = operator.json("/contacts")
    assert before["missing"] == before["all"] > 60
    given = {"csrf": word, "do": "set", "unit": "05977", "mails": "vanthu@langson.gov.vn"}
    assert "Đã ghi địa chỉ của 1 đơn vị." in shown(operator.send("/contacts", given))
    system = "https://ioffice.langson.example/nhac"
    both = {"csrf": word, "do": "set", "mails": "a@langson.gov.vn\r\nb@langson.gov.vn", "webhook": system}
    [secret] = once(shown(operator.send(page, both)))
    assert secret.startswith("whsec_")
    assert secret not in operator.get(page).text
    file = ("lien-he.csv", b"unit;mails\n05977;c@langson.gov.vn\n20.SKHCN;d@langson.gov.vn e@langson.gov.vn\n")
    assert "Đã ghi địa chỉ của 2 đơn vị." in shown(
        operator.upload("/contacts", {"csrf": word, "do": "import"}, file=file)
    )
    now = {unit["unit"]: (unit["mails"], unit["webhook"]) for unit in operator.json("/contacts?state=set")["units"]}
    assert now == {
        "05977": (["c@langson.gov.vn"], system),
        "20.SKHCN": (["d@langson.gov.vn", "e@langson.gov.vn"], None),
    }
    assert "e@langson.gov.vn" in operator.get("/contacts.csv?table=contacts&q=skhcn").text
    for unit in now:
        gone = operator.send(f"/contacts/{unit}", {"csrf": word, "do": "forget"})
        assert gone.headers["location"] == "/contacts"
    assert operator.json("/contacts") == before


def test_what_is_wrong_with_contacts_is_told_at_its_place_and_nothing_is_written(operator: Browser) -> None:
    word = operator.word("/contacts")
    wrong = {"csrf": word, "do": "set", "unit": "33", "mails": "x"}
    text = shown(operator.send("/contacts", wrong), 422)
    assert '<a href="#unit">' in text and '<a href="#mails">' in text
    assert '<a href="#mails">' in shown(operator.send("/contacts", wrong | {"unit": "05977"}), 422)
    file = (
        "lien-he.csv",
        b"unit,mails\n05977,c@langson.gov.vn\n06001,sai\n05977,d@langson.gov.vn\n33,e@langson.gov.vn\n",
    )
    text = shown(operator.upload("/contacts", {"csrf": word, "do": "import"}, file=file), 422)
    assert all(f"Dòng {line}: " in text for line in (3, 4, 5)) and "Dòng 2: " not in text
    assert operator.json("/contacts?state=set")["units"] == []
    plain = {"csrf": word, "do": "set", "mails": "", "webhook": "http://ioffice.langson.example/"}
    assert '<a href="#webhook">' in shown(operator.send("/contacts/05977", plain), 422)
    assert operator.client.get("/contacts/33").status_code == 404


# ---------------------------------------------------------------- somebody was faster


def seen(text: str) -> str:
    """The version in a page's edit form."""
    match = re.search(r'name="seen" value="([^"]*)"', text)
    assert match is not None
    return html.unescape(match[1])


OVERTAKEN = {
    "/contacts/05986": ({"do": "set", "mails": "a@langson.gov.vn"}, {"mails": "b@langson.gov.vn"}),
    "/destinations/20-sua": ({"do": "edit", "name": "Tên một"}, {"name": "Tên hai"}),
    "/people/thu.ng": (
        {"do": "roles", "role-0": "reporter", "province-0": "20", "units-0": "05986"},
        {"units-0": "05983"},
    ),
}


@pytest.mark.parametrize("page", OVERTAKEN)
def test_a_form_of_what_somebody_changed_meanwhile_shows_both_and_overwrites_nothing(
    operator: Browser, page: str
) -> None:
    word = operator.word("/contacts")
    if page.startswith("/destinations"):
        made = {"id": "20-sua", "province": "20", "url": "https://nhan.example/hub", "reach": "public"}
        shown(operator.send("/destinations", {"csrf": word, "mapping": "platform", "name": "Nơi nhận", **made}))
    if page.startswith("/people"):
        made = {"person": "thu.ng", "name": "Ngô Thu", "province": "20", "role": "reporter", "units": "06040"}
        shown(operator.send("/people", {"csrf": word, "local": "yes", **made}))
    first, other = OVERTAKEN[page]
    mine = {**first, **other}
    [(field, theirs)] = [(name, first[name]) for name in other]
    tag = seen(operator.get(page).text)
    assert operator.send(page, {"csrf": word, "seen": tag, **first}).status_code < 400
    stands = operator.json(page)["version"]
    text = shown(operator.send(page, {"csrf": word, "seen": tag, **mine}), 422)
    assert f"đã được người dùng {OPERATOR} sửa lúc" in text
    both = text[text.index('id="both"') :]
    assert theirs in both and mine[field] in both and "khác" in both
    assert f'value="{mine[field]}"' in text or f">{mine[field]}</textarea>" in text  # what was typed stays
    assert operator.json(page)["version"] == stands
    assert operator.send(page, {"csrf": word, "seen": seen(text), **mine}).status_code < 400
    kept = re.sub(r"<datalist.*?</datalist>", "", operator.get(page).text, flags=re.DOTALL)
    assert mine[field] in kept and theirs not in kept
    if page.startswith("/destinations"):
        assert operator.send(page, {"csrf": word, "do": "remove", "again": "20-sua"}).status_code == 303
    if page.startswith("/contacts"):
        assert operator.send(page, {"csrf": word, "do": "forget"}).status_code == 303


def test_a_list_of_units_overwrites_no_contact_that_was_set_since_it_was_shown(operator: Browser) -> None:
    word, page = operator.word("/contacts"), "/contacts"
    tag = seen(operator.get(page).text)
    first = {"csrf": word, "do": "set", "unit": "05986", "mails": "a@langson.gov.vn"}
    assert operator.send(page, {**first, "seen": tag}).status_code == 200
    other = {**first, "unit": "05983", "seen": tag}
    assert operator.send(page, other).status_code == 200, "another unit's contact is as it was shown"
    mine = {**first, "mails": "b@langson.gov.vn"}
    text = shown(operator.send(page, {**mine, "seen": tag}), 422)
    assert f"đã được người dùng {OPERATOR} sửa lúc" in text and ">b@langson.gov.vn</textarea>" in text
    file = ("lien-he.csv", b"unit;mails\n05977;c@langson.gov.vn\n05986;d@langson.gov.vn\n")
    brought = {"csrf": word, "do": "import", "seen": tag}
    assert "Dòng 3: " in shown(operator.upload(page, brought, file=file), 422)
    set_ = {unit["unit"]: unit["mails"] for unit in operator.json("/contacts?state=set")["units"]}
    assert set_ == {"05986": ["a@langson.gov.vn"], "05983": ["a@langson.gov.vn"]}
    assert operator.send(page, {**mine, "seen": seen(text)}).status_code == 200
    for unit in set_:
        assert operator.send(f"/contacts/{unit}", {"csrf": word, "do": "forget"}).status_code == 303


def test_a_decision_on_one_person_is_not_put_aside_unseen(operator: Browser) -> None:
    word, page = operator.word("/single-person"), "/single-person"
    tag = seen(operator.get(page).text)
    allow = {"csrf": word, "do": "allow", "unit": "05977", "reason": "Phường có một cán bộ"}
    assert operator.send(page, {**allow, "seen": tag}).status_code == 303
    assert operator.send(page, {**allow, "unit": "05983", "seen": tag}).status_code == 303, "of another unit"
    back = {**allow, "do": "take_back", "reason": "Đã có người thứ hai"}
    text = shown(operator.send(page, {**back, "seen": tag}), 422)
    assert f"đã được người dùng {OPERATOR} sửa lúc" in text and "Đã có người thứ hai" in text
    standing = {each["unit"]: each["allowed"] for each in operator.json(page)["decisions"] if each["stands"]}
    assert standing["05977"] and standing["05983"]
    for unit in ("05977", "05983"):
        assert operator.send(page, {**back, "unit": unit, "seen": seen(text)}).status_code == 303


# ---------------------------------------------------------------- portals


def a_portal(word: str, **changed: str) -> dict[str, str]:
    given = {"portal": "langson", "url": "https://langson.example/rss", "client": "ld-cong", "unit": "20.SVHTTDL"}
    more = {"kind": "news", "licence": "CC-BY-4.0", "language": "vi", "everySeconds": "30", "programmes": ""}
    return {"csrf": word, **given, **more, "categories": "Chuyển đổi số: P119 video", **changed}


@pytest.fixture(scope="module")
def reader(operator: Browser) -> Browser:
    """The operator of a hub with a client that portals are read for."""
    given = client("ld-cong", "20.SVHTTDL", csrf=operator.word("/clients"))
    assert operator.send("/clients", given).status_code == 200
    return operator


def test_a_portal_is_added_paused_read_again_and_removed(reader: Browser) -> None:
    operator, word = reader, reader.word("/portals")
    page = "/portals/langson"
    assert operator.send("/portals", a_portal(word)).headers["location"] == page
    portal = operator.json(page)["portal"]
    assert (portal["every"], portal["active"], portal["read"]) == (30, True, None)
    assert portal["categories"] == {"chuyển đổi số": {"programmes": ["P119"], "kind": "video"}}
    assert operator.send(page, {"csrf": word, "do": "pause"}).headers["location"] == page
    assert [portal["active"] for portal in operator.json("/portals")["portals"]] == [False]
    assert operator.send(page, {"csrf": word, "do": "resume"}).headers["location"] == page
    assert 'href="#again"' in shown(operator.send(page, {"csrf": word, "do": "remove", "again": "khác"}), 422)
    assert operator.send(page, {"csrf": word, "do": "remove", "again": "langson"}).headers["location"] == "/portals"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("portal", "Lạng Sơn"),
        ("client", "khong-co"),
        ("unit", "99999"),
        ("url", "ftp://langson.example"),
        ("categories", "Chuyển đổi số"),
        ("everySeconds", "ba mươi"),
    ],
)
def test_what_is_wrong_with_a_portal_stands_at_its_field(reader: Browser, field: str, value: str) -> None:
    text = shown(reader.send("/portals", a_portal(reader.word("/portals"), **{field: value})), 422)
    assert f'href="#{field}"' in text and html.escape(value, quote=False) in text


# ---------------------------------------------------------------- destinations, audit, health


def test_a_destination_is_added_edited_paused_given_a_new_key_and_removed(operator: Browser) -> None:
    word = operator.word("/destinations")
    given = {
        "csrf": word,
        "id": "20-thu",
        "province": "20",
        "url": "https://nhan.example/hub",
        "reach": "public",
        "mapping": "platform",
        "name": "Nơi nhận thử",
        "sender": "",
    }
    name, secret = once(shown(operator.send("/destinations", given)))
    page = f"/destinations/{name}"
    waits = counted(operator, "/running", FIGURE, CELL)
    assert waits["/deliveries?state=pending"] == waits[f"/deliveries?state=pending&destination={name}"] == 1
    assert operator.send(page, {"csrf": word, "do": "edit", "perMinute": "30"}).headers["location"] == page
    assert operator.json(page)["destination"]["per_minute"] == 30
    assert operator.send(page, {"csrf": word, "do": "pause", "reason": "bảo trì"}).headers["location"] == page
    assert operator.json(page)["destination"]["active"] is False and "bảo trì" in operator.get(page).text
    assert operator.send(page, {"csrf": word, "do": "resume"}).headers["location"] == page
    _, newer = once(shown(operator.send(page, {"csrf": word, "do": "rotate", "overlapDays": "1"})))
    assert newer != secret and newer not in operator.get(page).text
    assert "Nơi nhận" in shown(operator.send(page, {"csrf": word, "do": "compare"}), 422)
    assert 'href="#again"' in shown(operator.send(page, {"csrf": word, "do": "remove", "again": "khác"}), 422)
    assert operator.send(page, {"csrf": word, "do": "remove", "again": name}).headers["location"] == "/destinations"
    assert name not in [destination["id"] for destination in operator.json("/destinations")["destinations"]]


def test_every_act_stands_in_the_audit_log_under_the_persons_name(operator: Browser) -> None:
    word = operator.word("/clients")
    shown(operator.send("/clients", client("ld-audit", "06004", csrf=word)))
    acts = operator.json("/audit?subject=ld-audit")["acts"]
    assert [act["actor"] for act in acts] == [f"person:{OPERATOR}"]
    assert acts[0]["act"].startswith("client.")
    for actor in (OPERATOR, f"person:{OPERATOR}"):
        assert operator.json(f"/audit?subject=ld-audit&actor={actor}")["acts"] == acts
    rows = operator.get("/audit.csv?subject=ld-audit").content.decode("utf-8-sig").splitlines()
    assert len(rows) == 2 and "ld-audit" in rows[1]
    day = datetime.fromisoformat(acts[0]["at"]).astimezone(VIETNAM).date()
    here, before = f"/audit?subject=ld-audit&since={day:%d/%m/%Y}", day - timedelta(days=1)
    assert operator.json(f"{here}&until={day:%d/%m/%Y}")["acts"] == acts, "to the end of the day"
    assert operator.json(f"{here}&until={before:%d/%m/%Y}")["acts"] == []


def test_details_of_an_act_are_read_without_the_spelling_of_a_program(operator: Browser) -> None:
    word = operator.word("/people")
    given = {
        "csrf": word,
        "person": "ke.toan",
        "name": "Kế Toán",
        "email": "",
        "province": "20",
        "role": "drafter",
        "units": "",
        "login": "local",
    }
    operator.send("/people", given)
    [row] = [
        splitline
        for splitline in operator.get("/audit.csv?subject=ke.toan").text.splitlines()
        if "Thêm người dùng" in splitline
    ]
    assert "vai trò: " in row and "drafter" in row and not re.search(r"[\[\]{}]|True|False", row), row


def test_health_says_whether_the_hub_is_ready_and_leads_to_every_desk(operator: Browser) -> None:
    answer, page = operator.json("/running"), operator.get("/running").text
    assert answer["ready"] is True and answer["stopped"] == []
    assert answer["behind"] == operator.json("/")["behind"], "as the overview says it; the tests before this one wrote"
    for name in answer["desks"]:
        assert f'href="/{name}"' in page
        operator.get(f"/{name}")
    assert {f"/{name}" for name in answer["desks"]} == {*LISTS, "/deliveries"} - {"/running"}


def test_sending_again_needs_a_choice(operator: Browser) -> None:
    answer = operator.send("/deliveries", {"csrf": operator.word("/clients")})
    assert "Chưa chọn mục nào" in shown(answer, 422)


def test_what_is_not_there_is_not_found(operator: Browser) -> None:
    for path in ("/clients/khong-co", "/people/khong.co", "/destinations/khong-co", "/portals/khong-co"):
        operator.get(path, 404)
