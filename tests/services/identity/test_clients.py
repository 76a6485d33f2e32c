"""What a client may be registered as, secrets, and braking: the pure part of identity."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lienthong.access.principals import SCOPES
from services.identity.clients import ROLES, Registration, StoredSecret, new_secret, secret_matches
from services.identity.registering import check
from services.identity.throttle import Throttle

NOW = datetime(2026, 10, 10, tzinfo=UTC)
PROVINCES = {"20": "20", "20.SKHCN": "20", "06040": "20", "06041": "20", "12345": "33", "VN": "VN"}


def a_registration(**changes: Any) -> Registration:
    settings: dict[str, Any] = {"client_id": "ld-06040", "name": "UBND xã", "province": "20", "units": ("06040",)}
    return Registration(**{**settings, **changes})


def faults(*wanted: Registration) -> set[tuple[str, str]]:
    return {(p.pointer, p.code) for p in check(wanted, province_of=PROVINCES.get)}


@pytest.mark.parametrize(
    "good",
    [
        a_registration(),
        a_registration(units=("20.SKHCN",)),
        a_registration(units=("06040", "06041"), sources=("/20/06040", "/20/06041")),
        a_registration(scopes=("report:submit", "content:approve")),
        a_registration(role="province", units=("*",)),
        a_registration(role="ministry", province="VN", units=()),
        a_registration(role="hub", province="VN", units=()),
        a_registration(scopes=()),
    ],
)
def test_these_may_be_registered(good: Registration) -> None:
    assert faults(good) == set()


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"client_id": "UBND"}, "/0/client_id", "client_id_malformed"),
        ({"client_id": "ab\n"}, "/0/client_id", "client_id_malformed"),
        ({"client_id": "xã-1"}, "/0/client_id", "client_id_malformed"),
        ({"name": " "}, "/0/name", "client_name_malformed"),
        ({"role": "admin"}, "/0/role", "role_unknown"),
        ({"province": "VN", "units": ("VN",)}, "/0/province", "role_provincial"),
        ({"role": "ministry", "units": ()}, "/0/province", "role_national"),
        ({"scopes": ("report:sumbit",)}, "/0/scopes", "scope_unknown"),
        ({"scopes": ("operate:rounds",)}, "/0/scopes", "scope_not_for_role"),
        (
            {"role": "ministry", "province": "VN", "units": (), "scopes": ("read:national",)},
            "/0/scopes",
            "scope_not_for_role",
        ),
        ({"units": ()}, "/0/units", "units_missing"),
        ({"units": ("*",)}, "/0/units/0", "all_units_not_for_role"),
        ({"units": ("06040", "12345")}, "/0/units/1", "unit_elsewhere"),
        ({"units": ("99999",)}, "/0/units/0", "unit_unknown"),
        ({"units": ("06 040",)}, "/0/units/0", "unit_malformed"),
        ({"sources": ("/33/06040",)}, "/0/sources/0", "source_elsewhere"),
        ({"sources": ("/200/x",)}, "/0/sources/0", "source_elsewhere"),
        ({"sources": ("https://x/20",)}, "/0/sources/0", "source_malformed"),
        ({"sources": ("/20/../33",)}, "/0/sources/0", "source_malformed"),
        ({"sources": ("/20/",)}, "/0/sources/0", "source_malformed"),
        ({"kafka_principal": "x\ny"}, "/0/kafka_principal", "kafka_principal_malformed"),
    ],
)
def test_these_may_not(changes: dict[str, Any], pointer: str, code: str) -> None:
    assert faults(a_registration(**changes)) == {(pointer, code)}


@pytest.mark.parametrize(
    ("names", "wrong"),
    [
        ({}, set()),
        ({"sources": ("/20/06040/may-2", "/20/clients/ld-06040")}, set()),
        ({"kafka_principal": "User:ld-06040"}, set()),
        ({"sources": ("/20",)}, {("/0/sources/0", "source_not_of_units")}),
        ({"sources": ("/20/06040", "/20/06041")}, {("/0/sources/1", "source_not_of_units")}),
        ({"sources": ("/20/060401",)}, {("/0/sources/0", "source_not_of_units")}),
        ({"kafka_principal": "User:tinh-20"}, {("/0/kafka_principal", "kafka_principal_not_of_client")}),
    ],
)
def test_an_operator_of_some_units_gives_no_name_by_which_another_is_known(
    names: dict[str, Any], wrong: set[tuple[str, str]]
) -> None:
    found = check([a_registration(**names)], province_of=PROVINCES.get, bound=True)
    assert {(fault.pointer, fault.code) for fault in found} == wrong


def test_no_client_is_given_the_source_of_a_person() -> None:
    for source in ("/20/people", "/20/people/canbo"):
        assert faults(a_registration(sources=(source,))) == {("/0/sources/0", "source_of_people")}


def test_everything_wrong_with_a_list_is_said_at_once() -> None:
    pairs = faults(a_registration(), a_registration(role="x"), a_registration(client_id="b-1", units=("99999",)))
    assert pairs == {("/1/client_id", "client_repeated"), ("/1/role", "role_unknown"), ("/2/units/0", "unit_unknown")}


@pytest.mark.parametrize(
    ("units", "source"),
    [
        (("06040",), "/20/06040"),
        (("20",), "/20"),
        (("20.SKHCN",), "/20/20.SKHCN"),
        (("06040", "06041"), "/20/clients/ld-06040"),
        (("*",), "/20/clients/ld-06040"),
        ((), "/20/clients/ld-06040"),
    ],
)
def test_the_default_source_follows_from_the_units(units: tuple[str, ...], source: str) -> None:
    assert a_registration(units=units).used_sources == (source,)


def test_a_province_never_holds_a_national_right_and_the_ministry_sees_releases_alone() -> None:
    for role in ROLES.values():
        assert role.scopes | role.extra <= SCOPES.keys()
        assert role.national or "read:national" not in role.scopes | role.extra
    assert ROLES["ministry"].scopes | ROLES["ministry"].extra == {"feed:read"}


def test_a_secret_matches_itself_alone() -> None:
    plain, stored = new_secret()
    other, _ = new_secret()
    assert secret_matches(plain, [stored], NOW)
    for wrong in (other, "", plain[:-1], plain + "a", "\udc80"):
        assert not secret_matches(wrong, [stored], NOW)


def test_secrets_are_long_random_and_never_printed() -> None:
    plain, stored = new_secret()
    assert plain.startswith("lts_") and len(plain) >= 40
    assert new_secret()[0] != plain
    assert stored.digest.hex() not in repr(stored) and str(stored.digest) not in repr(stored)


def test_a_secret_that_has_ended_matches_no_more() -> None:
    plain, stored = new_secret()
    ending = StoredSecret(salt=stored.salt, digest=stored.digest, ends_at=NOW)
    assert secret_matches(plain, [ending], NOW - timedelta(seconds=1))
    assert not secret_matches(plain, [ending], NOW)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_whoever_fails_too_often_waits_until_the_window_ends() -> None:
    clock = Clock()
    brake = Throttle(limit=3, window=60, clock=clock)
    assert [brake.count("a") for _ in range(4)] == [True, True, True, False]
    clock.now = 20
    assert brake.wait("a") == 40 and brake.wait("b") == 0
    clock.now = 60
    assert brake.wait("a") == 0
    assert brake.count("a")


def test_braking_takes_bounded_memory_and_forgets_the_oldest() -> None:
    brake = Throttle(limit=1, window=60, capacity=100, clock=Clock())
    for n in range(10_000):
        brake.count(n)
    assert len(brake) == 100
    assert brake.wait(9_999) > 0 and brake.wait(0) == 0
