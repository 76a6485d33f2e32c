"""Access tokens: whom a verifier believes, for how long, and what a principal may do."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import Annotated

import jwt
import jwt.utils
import pytest
from fastapi import Depends, FastAPI
from starlette.testclient import TestClient

from lienthong.access.keys import SigningKey, public_key
from lienthong.access.principals import SCOPES, Forbidden, Principal, Unauthenticated
from lienthong.access.roles import PEOPLE, Binding, scopes_of
from lienthong.access.tokens import LIFETIME, Trust, Verifier, issue
from lienthong.web import handling
from lienthong.web.authorization import authorize

ISSUER = "http://hub.example"
NOW = 1_780_000_000.0


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


class Trusting:
    """A trust list that a test changes."""

    def __init__(self, *keys: SigningKey) -> None:
        self.now = Trust.of(*keys)

    def __call__(self) -> Trust:
        return self.now


KEY = SigningKey.generate()


def a_principal(**changes: object) -> Principal:
    base = Principal(
        client_id="ld-06040",
        name="Hệ thống xã",
        province="20",
        units=frozenset({"06040"}),
        sources=frozenset({"/20/06040"}),
        scopes=frozenset({"report:submit", "report:read"}),
        role="unit",
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def a_token(key: SigningKey = KEY, **changes: object) -> str:
    settings: dict[str, object] = {"issuer": ISSUER, "now": NOW, **changes}
    return issue(a_principal(), key=key, **settings)  # type: ignore[arg-type]


def a_verifier(clock: Clock | None = None, trust: Trusting | None = None, capacity: int = 4096) -> Verifier:
    return Verifier(issuer=ISSUER, trust=trust or Trusting(KEY), clock=clock or Clock(), capacity=capacity)


def refused(verifier: Verifier, token: str) -> str:
    with pytest.raises(Unauthenticated) as caught:
        verifier.verify(token)
    return str(caught.value.code)


def test_a_token_gives_back_the_principal_it_was_issued_for() -> None:
    assert a_verifier().verify(a_token()) == a_principal()


def test_a_token_ends_after_ten_minutes_even_when_it_is_remembered() -> None:
    clock = Clock()
    verifier, token = a_verifier(clock), a_token()
    clock.now = NOW + LIFETIME - 1
    verifier.verify(token)
    clock.now = NOW + LIFETIME
    assert refused(verifier, token) == "token_expired"


def test_no_token_outlives_the_time_that_revocations_are_remembered() -> None:
    claims = jwt.decode(a_token(lifetime=86_400), options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == LIFETIME
    forged = jwt.encode(
        {**claims, "exp": NOW + 86_400}, KEY.private, algorithm="EdDSA", headers={"kid": KEY.kid, "typ": "at+jwt"}
    )
    assert refused(a_verifier(), forged) == "token_invalid"


def test_a_remembered_token_of_a_revoked_client_is_refused() -> None:
    trust = Trusting(KEY)
    verifier, old, new = a_verifier(trust=trust), a_token(), a_token(generation=2)
    verifier.verify(old)
    trust.now = Trust.of(KEY, generations={"ld-06040": 2})
    assert refused(verifier, old) == "token_revoked"
    assert verifier.verify(new).client_id == "ld-06040"


def test_a_withdrawn_key_ends_the_tokens_it_signed() -> None:
    trust = Trusting(KEY)
    verifier, token = a_verifier(trust=trust), a_token()
    verifier.verify(token)
    trust.now = Trust.of(SigningKey.generate())
    assert refused(verifier, token) == "token_revoked"


def test_both_keys_of_a_rotation_are_trusted() -> None:
    new = SigningKey.generate()
    verifier = a_verifier(trust=Trusting(KEY, new))
    assert verifier.verify(a_token(KEY)) == verifier.verify(a_token(new))


def _with_header(token: str, **header: object) -> str:
    _, payload, signature = token.split(".")
    head = jwt.utils.base64url_encode(json.dumps(header).encode()).decode()
    return f"{head}.{payload}.{signature}"


FOREIGN = SigningKey.generate()
BAD_TOKENS = {
    "another signer": a_token(FOREIGN),
    "another signer under our kid": jwt.encode(
        jwt.decode(a_token(), options={"verify_signature": False}),
        FOREIGN.private,
        algorithm="EdDSA",
        headers={"kid": KEY.kid, "typ": "at+jwt"},
    ),
    "no signature": _with_header(a_token(), alg="none", kid=KEY.kid, typ="at+jwt"),
    "our public key as an HMAC secret": jwt.encode(
        {"sub": "x"}, KEY.jwk["x"].ljust(64, "x"), algorithm="HS256", headers={"kid": KEY.kid, "typ": "at+jwt"}
    ),
    "another kind of token": jwt.encode(
        jwt.decode(a_token(), options={"verify_signature": False}),
        KEY.private,
        algorithm="EdDSA",
        headers={"kid": KEY.kid, "typ": "JWT"},
    ),
    "another hub": a_token(issuer="http://other.example"),
    "issued in the future": a_token(now=NOW + 60),
    "claims missing": jwt.encode(
        {"iss": ISSUER, "aud": ISSUER}, KEY.private, algorithm="EdDSA", headers={"kid": KEY.kid, "typ": "at+jwt"}
    ),
    "a kid that is no text": _with_header(a_token(), alg="EdDSA", kid=["x"], typ="at+jwt"),
    "not a JWT": "abc",
    "empty parts": "..",
    "not ASCII": "đ.đ.đ",
    "too long": "a" * 20_000,
    "deep nesting": jwt.utils.base64url_encode(b"[" * 5_000).decode() + ".e30.e30",
}


@pytest.mark.parametrize("token", BAD_TOKENS.values(), ids=BAD_TOKENS.keys())
def test_what_we_did_not_sign_for_ourselves_is_refused(token: str) -> None:
    assert refused(a_verifier(), token) == "token_invalid"


def test_remembered_tokens_take_bounded_memory() -> None:
    verifier = a_verifier(capacity=10)
    for _ in range(100):
        verifier.verify(a_token())
    assert len(verifier._young) + len(verifier._old) <= 20


def test_a_verifier_serves_many_threads() -> None:
    verifier, token, found = a_verifier(capacity=2), a_token(), []

    def work() -> None:
        found.extend(verifier.verify(t) for _ in range(50) for t in (token, a_token()))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [a_principal()] * 400


def test_the_private_key_is_not_in_what_is_published_or_printed() -> None:
    assert set(KEY.jwk) == {"kty", "crv", "x", "kid", "use", "alg"}
    assert "private" not in repr(KEY)
    assert public_key(KEY.jwk).public_bytes_raw() == KEY.private.public_key().public_bytes_raw()
    assert SigningKey.from_raw(KEY.raw).kid == KEY.kid


def test_only_exactly_its_own_sources_may_be_used() -> None:
    principal = a_principal()
    assert principal.may_use_source("/20/06040")
    for other in ("/20", "/20/06041", "/20/06040/", "/20/06040/a", "/20/06040/../06041", ""):
        assert not principal.may_use_source(other)


def test_a_unit_acts_for_itself_alone() -> None:
    assert a_principal().may_act_for("06040", province="20")
    assert not a_principal().may_act_for("06041", province="20")


def test_the_successor_of_a_dissolved_unit_acts_for_it() -> None:
    passed_on = {"06001": ["06040"], "06002": ["06050", "06060"]}
    successors = passed_on.__getitem__
    assert a_principal().may_act_for("06001", province="20", successors=successors)
    assert not a_principal().may_act_for("06002", province="20", successors=successors)


def test_all_units_means_those_of_the_own_province() -> None:
    operator = a_principal(units=frozenset({"*"}), role="province")
    assert operator.may_act_for("06041", province="20")
    assert not operator.may_act_for("12345", province="33")


def test_a_unit_reads_its_own_and_a_province_its_own() -> None:
    unit, operator = a_principal(), a_principal(units=frozenset(), scopes=frozenset({"read:province"}))
    assert unit.may_read_unit("06040", province="20") and not unit.may_read_unit("06041", province="20")
    assert operator.may_read_unit("06041", province="20")
    assert not operator.may_read_unit("12345", province="33")


def test_a_communes_operator_reads_its_commune_alone() -> None:
    operator = a_principal(units=frozenset({"06040"}), scopes=frozenset({"read:province", "report:read"}))
    assert operator.may_read_unit("06040", province="20") and not operator.may_read_unit("06041", province="20")


def test_a_missing_scope_is_named_in_both_languages() -> None:
    with pytest.raises(Forbidden) as caught:
        a_principal().require("operate:rounds")
    error = caught.value
    assert error.status == 403
    text = error.problems[0].message
    assert "operate:rounds" in text.vi and "operate:rounds" in text.en
    assert 'error="insufficient_scope"' in error.headers["WWW-Authenticate"]


def an_app() -> TestClient:
    app = FastAPI()
    handling.install(app)
    app.state.verifier = a_verifier()

    @app.get("/own")
    async def own(principal: Annotated[Principal, Depends(authorize("report:read"))]) -> str:
        return principal.client_id

    @app.get("/rounds")
    async def rounds(principal: Annotated[Principal, Depends(authorize("operate:rounds"))]) -> str:
        return principal.client_id

    return TestClient(app)


@pytest.mark.parametrize(
    ("header", "status", "challenge"),
    [
        (None, 401, 'Bearer realm="lienthong"'),
        ("Basic abc", 401, 'Bearer realm="lienthong", error="invalid_token"'),
        ("Bearer", 401, 'Bearer realm="lienthong", error="invalid_token"'),
        ("Bearer abc", 401, 'Bearer realm="lienthong", error="invalid_token"'),
    ],
)
def test_without_a_valid_token_the_answer_is_401_with_a_challenge(
    header: str | None, status: int, challenge: str
) -> None:
    answer = an_app().get("/own", headers={"Authorization": header} if header else {})
    assert answer.status_code == status
    assert answer.headers["WWW-Authenticate"].startswith(challenge)
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_token_opens_what_its_scopes_say_and_nothing_else() -> None:
    client, headers = an_app(), {"Authorization": f"bearer {a_token()}"}
    assert client.get("/own", headers=headers).json() == "ld-06040"
    assert client.get("/rounds", headers=headers).status_code == 403


def test_the_openapi_names_the_scope_of_each_route() -> None:
    document = an_app().get("/openapi.json").json()
    assert document["paths"]["/rounds"]["get"]["security"] == [{"client_credentials": ["operate:rounds"]}]


def test_a_scope_that_does_not_exist_is_found_when_the_route_is_declared() -> None:
    with pytest.raises(ValueError, match="no such scope"):
        authorize("report:sumbit")


# ---- people: each binding for its own units


def a_binding(role: str, *units: str) -> Binding:
    return Binding(role=role, scopes=scopes_of(role, national=False), units=frozenset(units))


def a_person(*bindings: Binding, province: str = "20") -> Principal:
    return Principal.of_person("lan.nt", name="Nông Thị Lan", province=province, bindings=bindings)


def test_a_persons_token_gives_back_its_bindings() -> None:
    person = a_person(a_binding("reporter", "06040"), a_binding("operator", "06043"))
    assert a_verifier().verify(issue(person, key=KEY, issuer=ISSUER, now=NOW)) == person
    assert person.actor == "person:lan.nt"


def test_what_is_bound_to_one_unit_gives_nothing_for_another() -> None:
    person = a_person(a_binding("reporter", "06040"), a_binding("operator", "06043"))
    assert person.may_act_for("06040", province="20") and not person.may_act_for("06043", province="20")
    assert person.holds("operate:rounds", "06043", province="20")
    assert not person.holds("operate:rounds", "06040", province="20")
    assert not person.holds("operate:rounds", "06043", province="33")
    assert not person.may_read_province("20")


def test_a_route_sees_only_what_the_bindings_with_its_scope_give() -> None:
    person = a_person(a_binding("reporter", "06040"), a_binding("operator", "06043"))
    token = issue(person, key=KEY, issuer=ISSUER, now=NOW)
    operating = a_verifier().bearer(f"Bearer {token}", "operate:rounds")
    assert operating.units == {"06043"}
    assert "report:submit" not in operating.scopes and operating.role == "operator"
    with pytest.raises(Forbidden):
        a_verifier().bearer(f"Bearer {token}", "operate:releases")
    with pytest.raises(Forbidden):  # each is held, but for different units
        a_verifier().bearer(f"Bearer {token}", "operate:rounds", "report:submit")


def test_a_binding_without_units_is_for_the_whole_province_and_speaks_for_no_unit() -> None:
    person = a_person(a_binding("drafter"), a_binding("reporter", "06040"))
    assert person.reach("read:province") is None and person.may_read_province("20")
    assert person.may_read_unit("05977", province="20") and not person.may_read_unit("12103", province="33")
    assert not person.may_act_for("05977", province="20")
    assert person.reach("report:submit") == {"06040"} and person.reach("operate:plans") == frozenset()


def test_a_person_without_any_binding_may_nothing() -> None:
    person = a_person()
    assert not person.scopes and not person.sources
    assert not person.may_act_for("06040", province="20") and not person.may_read_unit("06040", province="20")
    with pytest.raises(Forbidden):
        person.require("report:read")


def test_who_knows_nothing_of_bindings_believes_no_persons_token() -> None:
    token = issue(a_person(a_binding("drafter")), key=KEY, issuer=ISSUER, now=NOW)
    assert jwt.get_unverified_header(token)["typ"] != "at+jwt"
    claims = jwt.decode(token, options={"verify_signature": False})
    for forged in ({**claims, "sub": "lan.nt"}, {k: v for k, v in claims.items() if k != "bindings"}):
        signed = jwt.encode(forged, KEY.private, algorithm="EdDSA", headers={"kid": KEY.kid, "typ": "person+jwt"})
        assert refused(a_verifier(), signed) == "token_invalid"


@pytest.mark.parametrize("role", PEOPLE)
def test_a_role_of_people_holds_scopes_that_there_are(role: str) -> None:
    assert scopes_of(role, national=False) | scopes_of(role, national=True) <= SCOPES.keys()
    assert scopes_of("unheard-of", national=True) == frozenset()
