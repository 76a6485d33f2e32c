"""Logging in and out, the second factor, sessions: over HTTP against a real PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import httpx
import pyotp
import pytest
from starlette.testclient import TestClient

from lienthong.access import audit
from lienthong.access.principals import Unauthenticated
from services.identity.sessions.braking import AT_ADDRESS, CODES, FROM_ANYWHERE
from services.identity.sessions.session import csrf_of
from tests.builders.people import PASSWORD, Browser, Identity, an_identity, bound
from tests.builders.running_platform import until

REPORTER = bound("reporter", "06040")
SIGNER = bound("signer")


@pytest.fixture
def identity(database: str) -> Iterator[Identity]:
    with an_identity(database) as made:
        yield made


@pytest.fixture
def lan(identity: Identity) -> Browser:
    """A reporter at a browser, not yet logged in."""
    identity.add("lan.nt", REPORTER)
    return identity.browser()


# ---- logging in


def test_a_person_logs_in_and_sees_what_it_may_do(lan: Browser) -> None:
    answer = lan.login()
    assert (answer.status_code, answer.json()["state"]) == (201, "complete")
    body = lan.get().json()
    assert body["person"] == {"id": "lan.nt", "name": "Nông Thị Lan"} and body["province"] == "20"
    assert body["bindings"][0]["units"] == ["06040"] and "report:submit" in body["scopes"]
    assert "no-store" in answer.headers["Cache-Control"]


def test_an_unknown_name_and_a_wrong_password_get_the_same_answer(identity: Identity, lan: Browser) -> None:
    answers = [lan.login(name, "không phải mật khẩu") for name in ("lan.nt", "nobody-here", "không phải tên")]
    assert {a.status_code for a in answers} == {401}
    assert len({a.json()["detail"] for a in answers}) == 1
    with identity.pool.connection() as conn:
        [entry] = audit.read(conn, "20", act="session")
    assert (entry.act, entry.actor, entry.details) == ("session.refused", "person:lan.nt", {"why": "wrong"})


def test_a_password_is_the_same_by_whatever_input_method(lan: Browser) -> None:
    import unicodedata  # noqa: PLC0415

    assert lan.login(password=unicodedata.normalize("NFD", PASSWORD)).status_code == 201


def test_a_login_is_json_from_our_own_pages(lan: Browser) -> None:
    form = {"person": "lan.nt", "password": PASSWORD}
    assert lan.client.post("/v1/session", data=form).status_code == 415
    elsewhere = lan.client.post("/v1/session", json=form, headers={"Sec-Fetch-Site": "cross-site"})
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (403, "request_from_elsewhere")
    assert lan.client.post("/v1/session", json={**form, "more": 1}).status_code == 400
    assert lan.client.post("/v1/session", json={**form, "person": "x" * 70_000}).status_code == 413


def test_cookies_are_for_this_host_over_https_and_no_script(identity: Identity, lan: Browser) -> None:
    cookies = [c.lower() for c in lan.login().headers.get_list("set-cookie")]
    assert len(cookies) == 2 and all(c.startswith("__host-lienthong") for c in cookies)
    assert all("; secure" in c and "; httponly" in c and "samesite=lax" in c and "path=/" in c for c in cookies)
    plain = identity.browser("127.0.0.1", scheme="http").login().headers.get_list("set-cookie")
    assert plain[0].startswith("lienthong=") and "secure" not in plain[0].lower() and "HttpOnly" in plain[0]


def test_the_database_holds_nothing_that_opens_a_session(identity: Identity, lan: Browser) -> None:
    lan.login()
    stored = str(identity.rows("SELECT * FROM identity.sessions")) + str(
        identity.rows("SELECT * FROM identity.passwords")
    )
    assert PASSWORD not in stored and all(value not in stored for value in lan.client.cookies.values())


# ---- braking


def test_failures_of_one_person_lock_nobody_else_at_the_same_address(identity: Identity, lan: Browser) -> None:
    identity.add("hoa.lv", bound("reporter", "06043"))
    colleague = identity.browser()
    answers = [lan.login(password="không phải mật khẩu") for _ in range(AT_ADDRESS.limit + 1)]
    assert [a.status_code for a in answers] == [401] * AT_ADDRESS.limit + [429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 300
    assert lan.login().status_code == 429  # not even the right one: otherwise guessing would go on
    assert colleague.login("hoa.lv").status_code == 201


def test_a_browser_that_is_known_is_not_braked_by_strangers(identity: Identity, lan: Browser) -> None:
    lan.login()
    stranger = identity.browser()
    for _ in range(AT_ADDRESS.limit + 1):
        stranger.login(password="không phải mật khẩu")
    assert identity.browser().login().status_code == 429
    assert lan.login().status_code == 201


def test_one_name_guessed_from_many_addresses_is_braked(identity: Identity, lan: Browser) -> None:
    with identity.pool.connection() as conn:
        from services.identity.sessions import braking  # noqa: PLC0415

        for _ in range(FROM_ANYWHERE.limit):
            braking.count(conn, [FROM_ANYWHERE.of("lan.nt")])
    assert identity.browser("198.51.100.3").login().status_code == 429


def test_failures_are_recorded_ten_times_a_minute_at_most(identity: Identity, lan: Browser) -> None:
    for n in range(12):
        identity.browser(f"198.51.100.{n}").login(password="không phải mật khẩu")
    with identity.pool.connection() as conn:
        assert len(audit.read(conn, "20", act="session.refused")) == 10


# ---- the word against forgery


def test_nothing_is_changed_without_the_sessions_word(lan: Browser) -> None:
    lan.login()
    for word in ("", csrf_of("another cookie"), lan.csrf[:-1], "ơ"):
        headers = {"X-CSRF-Token": word.encode()}
        answer = lan.client.request("DELETE", "/v1/session", headers=headers)  # type: ignore[arg-type]
        assert (answer.status_code, answer.json()["code"]) == (403, "csrf_missing")
    assert lan.get().status_code == 200
    assert lan.delete("/v1/session").status_code == 204


# ---- the second factor


def test_a_signer_may_nothing_before_the_second_factor_is_set_up(identity: Identity) -> None:
    identity.add("ky.hv", SIGNER)
    signer = identity.browser()
    assert signer.login("ky.hv").json()["state"] == "enrolment"
    assert "bindings" not in signer.get().json()
    refused = signer.post("/v1/session/token")
    assert (refused.status_code, refused.json()["code"]) == (403, "session_incomplete")
    made = signer.post("/v1/session/enrolment").json()
    assert (
        made["svg"].startswith("<svg") and made["uri"].startswith("otpauth://totp/") and made["secret"] in made["uri"]
    )
    done = signer.enrol(identity.clock)
    assert done.json()["state"] == "complete" and len(done.json()["recoveryCodes"]) == 10
    assert "operate:releases" in identity.principal(signer.token()).scopes


def test_a_code_works_once_and_a_wrong_one_five_times(identity: Identity) -> None:
    identity.add("ky.hv", SIGNER)
    first = identity.browser()
    first.login("ky.hv")
    first.enrol(identity.clock)
    again = identity.browser()
    again.secret = first.secret
    assert again.login("ky.hv").json()["state"] == "second_factor"
    identity.clock.ahead -= 30
    assert again.give_code(identity.clock).json()["code"] == "code_wrong"  # the very code that first gave
    assert again.give_code(identity.clock).json()["state"] == "complete"
    third = identity.browser()
    third.login("ky.hv")
    statuses = [third.post("/v1/session/totp", code="000000").status_code for _ in range(6)]
    assert statuses == [422] * 5 + [401]  # the session has ended


def test_of_two_logins_at_the_same_moment_with_one_code_one_succeeds(identity: Identity) -> None:
    identity.add("ky.hv", SIGNER)
    first = identity.browser()
    first.login("ky.hv")
    first.enrol(identity.clock)
    rivals = [identity.browser() for _ in range(4)]
    for rival in rivals:
        rival.login("ky.hv")
    identity.clock.ahead += 30
    code = pyotp.TOTP(first.secret).at(int(identity.clock()))
    answers = at_once([partial(rival.post, "/v1/session/totp", code=code) for rival in rivals])
    assert sorted(answer.status_code for answer in answers) == [200, 422, 422, 422]


def test_sessions_that_end_each_other_and_change_the_password_never_wait_for_each_other(identity: Identity) -> None:
    """Neither does an operator who ends them all: each takes the person first, then the sessions."""
    identity.add("lan.nt", REPORTER)
    one, other = identity.browser(), identity.browser()
    for browser in (one, other):
        browser.login()
    names = [browser.get().json()["session"] for browser in (one, other)]
    changed = {"old": PASSWORD, "password": "năm con bò vàng qua suối"}
    with ThreadPoolExecutor(2) as threads, identity.pool.connection() as operator:
        with operator.transaction():
            operator.execute("SET LOCAL lock_timeout = '5s'")
            operator.execute("SELECT 1 FROM identity.people WHERE person = 'lan.nt' FOR UPDATE")
            ending = threads.submit(one.delete, f"/v1/sessions/{names[1]}")
            changing = threads.submit(partial(other.post, "/v1/session/password", **changed))
            until(lambda: _waiting(identity) == 2)
            operator.execute("UPDATE identity.sessions SET ended_at = clock_timestamp() WHERE person = 'lan.nt'")
        statuses = {ending.result(30).status_code, changing.result(30).status_code}
    assert statuses <= {204, 200, 401, 404}


def _waiting(identity: Identity) -> int:
    [(count,)] = identity.rows("SELECT count(*) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()")
    return int(count)


def at_once(asks: list[Callable[[], httpx.Response]]) -> list[httpx.Response]:
    """The answers, all asked at the same moment."""
    begin = threading.Barrier(len(asks))

    def asked(ask: Callable[[], httpx.Response]) -> httpx.Response:
        begin.wait()
        return ask()

    with ThreadPoolExecutor(len(asks)) as threads:
        return list(threads.map(asked, asks))


def test_guessing_codes_over_many_sessions_is_braked(identity: Identity) -> None:
    identity.add("ky.hv", SIGNER)
    first = identity.browser()
    first.login("ky.hv")
    first.enrol(identity.clock)
    seen = set()
    for _ in range(CODES.limit // 5 + 1):
        guesser = identity.browser()
        guesser.login("ky.hv")
        seen |= {guesser.post("/v1/session/totp", code="000000").status_code for _ in range(5)}
    assert 429 in seen


def test_a_recovery_code_stands_in_once_for_a_lost_telephone(identity: Identity) -> None:
    identity.add("ky.hv", SIGNER)
    first = identity.browser()
    first.login("ky.hv")
    code = first.enrol(identity.clock).json()["recoveryCodes"][3]
    for expected in ("complete", None):
        other = identity.browser()
        other.login("ky.hv")
        assert other.post("/v1/session/totp", code=code.upper().replace("-", " ")).json().get("state") == expected
    fresh = first.post("/v1/session/recovery-codes").json()["recoveryCodes"]
    assert len(fresh) == 10 and code not in fresh


def test_a_role_that_needs_a_second_factor_counts_in_sessions_that_run(identity: Identity, lan: Browser) -> None:
    lan.login()
    with identity.pool.connection() as conn:
        identity.office.set_roles(conn, "lan.nt", [REPORTER, SIGNER], by="cli:test")
    assert lan.get().json()["state"] == "enrolment"


def test_a_proof_changes_the_cookie(identity: Identity) -> None:
    identity.add("ky.hv", SIGNER)
    signer = identity.browser()
    signer.login("ky.hv")
    before = dict(signer.client.cookies)
    signer.enrol(identity.clock)
    thief = TestClient(identity.app, base_url="https://hub.example", cookies=before)
    assert thief.get("/v1/session").status_code == 401


# ---- the password


def test_a_temporary_password_is_changed_before_anything_else(identity: Identity) -> None:
    with identity.pool.connection() as conn:
        from services.identity.people.person import PersonToAdd  # noqa: PLC0415

        wanted = PersonToAdd(person="lan.nt", name="Nông Thị Lan", province="20", bindings=(REPORTER,))
        temporary = identity.office.add(conn, wanted, by="cli:test").password or ""
    lan = identity.browser()
    assert lan.login(password=temporary).json()["state"] == "password"
    assert lan.post("/v1/session/token").status_code == 403
    weak = lan.post("/v1/session/password", old=temporary, password="matkhau123456")
    assert (weak.status_code, weak.json()["code"]) == (422, "password_guessable")
    assert lan.post("/v1/session/password", old=temporary, password=PASSWORD).json()["state"] == "complete"
    assert identity.browser().login(password=temporary).status_code == 401
    assert identity.browser().login().json()["state"] == "complete"


def test_changing_the_password_ends_every_other_session_and_token(identity: Identity, lan: Browser) -> None:
    other = identity.browser()
    other.login()
    token = other.token()
    lan.login()
    assert lan.post("/v1/session/password", old="không phải mật khẩu", password="một câu khác hẳn").status_code == 422
    assert lan.post("/v1/session/password", old=PASSWORD, password="một câu khác hẳn").status_code == 200
    assert other.get().status_code == 401 and lan.get().status_code == 200
    with pytest.raises(Unauthenticated):
        identity.principal(token)


# ---- sessions


def test_a_session_ends_after_idleness_and_in_any_case_after_its_hours(database: str) -> None:
    with an_identity(database, idle_minutes=30, hours=8) as identity:
        identity.add("lan.nt", REPORTER)
        for change, status in (
            ("seen_at = seen_at - interval '29 minutes'", 200),
            ("seen_at = seen_at - interval '31 minutes'", 401),
            ("ends_at = ends_at - interval '7 hours 59 minutes'", 200),
            ("ends_at = ends_at - interval '8 hours'", 401),
        ):
            lan = identity.browser()
            lan.login()
            with identity.pool.connection() as conn:
                conn.execute(f"UPDATE identity.sessions SET {change}")
            assert lan.get().status_code == status, change


def test_a_person_lists_its_sessions_and_ends_one(identity: Identity, lan: Browser) -> None:
    lan.login()
    other = identity.browser("198.51.100.9")
    other.login()
    token = other.token()
    sessions = {session["current"]: session for session in lan.get("/v1/sessions").json()["sessions"]}
    assert sessions[False]["address"] == "198.51.100.9"
    assert lan.delete(f"/v1/sessions/{sessions[False]['session']}").status_code == 204
    assert lan.delete(f"/v1/sessions/{sessions[False]['session']}").status_code == 404
    assert other.get().status_code == 401
    with pytest.raises(Unauthenticated):
        identity.principal(token)
    assert identity.principal(lan.token()).actor == "person:lan.nt"


def test_nobody_ends_anothers_session(identity: Identity, lan: Browser) -> None:
    identity.add("hoa.lv", bound("reporter", "06043"))
    hoa = identity.browser()
    hoa.login("hoa.lv")
    lan.login()
    theirs = hoa.get().json()["session"]
    assert lan.delete(f"/v1/sessions/{theirs}").status_code == 404
    assert hoa.get().status_code == 200


def test_a_token_carries_the_persons_own_rights(identity: Identity) -> None:
    identity.add("lan.nt", REPORTER, bound("drafter", "06043"))
    lan = identity.browser()
    lan.login()
    principal = identity.principal(lan.token())
    assert principal.actor == "person:lan.nt" and principal.sources == {"/20/people/lan.nt"}
    assert principal.may_act_for("06040", province="20") and not principal.may_act_for("06043", province="20")
    assert principal.holds("release:draft", "06043", province="20")


def test_who_has_roles_in_two_provinces_acts_in_one_at_a_time(identity: Identity) -> None:
    identity.add("hub.op", bound("ministry", province="VN"), bound("drafter", province="33"))
    person = identity.browser()
    assert person.login("hub.op").json()["province"] == "VN"
    assert person.put("/v1/session/province", province="33").json()["province"] == "33"
    assert identity.principal(person.token()).may_read_province("33")
    assert person.put("/v1/session/province", province="20").status_code == 404


def test_what_a_person_does_to_its_account_is_recorded_under_its_name(identity: Identity) -> None:
    identity.add("ky.hv", SIGNER)
    signer = identity.browser()
    signer.login("ky.hv")
    signer.enrol(identity.clock)
    signer.post("/v1/session/password", old=PASSWORD, password="một câu khác hẳn")
    signer.delete("/v1/session")
    with identity.pool.connection() as conn:
        acts = [entry.act for entry in audit.read(conn, "20", actor="person:ky.hv")]
        assert audit.first_broken(conn, "20") is None
    assert acts == ["session.ended", "person.password_changed", "session.begun", "person.second_factor_set"]
