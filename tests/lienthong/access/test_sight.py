"""Over which provinces, and what of them, somebody holds a scope."""

from __future__ import annotations

import pytest

from lienthong.access.principals import Forbidden, Principal
from lienthong.access.roles import PEOPLE, Binding
from lienthong.access.sight import sight


def a_client(
    province: str = "20", units: tuple[str, ...] = (), scopes: tuple[str, ...] = ("read:province",)
) -> Principal:
    return Principal(
        client_id="x",
        name="x",
        province=province,
        units=frozenset(units),
        sources=frozenset(),
        scopes=frozenset(scopes),
        role="province",
    )


def test_a_provinces_operator_has_all_of_its_province_and_nothing_of_another() -> None:
    for units in ((), ("*",)):
        seen = sight(a_client(units=units), ["read:province"])
        assert (
            seen.covers(province="20", issuer="20")
            and seen.covers(province="20", issuer="05977")
            and seen.covers_whole("20")
        )
        assert not seen.covers(province="33", issuer="33") and not seen.covers_whole("33")
        assert seen.listed is None


def test_an_operator_of_a_unit_has_what_it_issues_and_nothing_else() -> None:
    seen = sight(a_client(units=("05977",)), ["read:province"])
    assert (
        seen.covers(province="20", issuer="05977")
        and not seen.covers(province="20", issuer="20")
        and not seen.covers_whole("20")
    )
    assert not seen.covers(province="33", issuer="05977")
    assert seen.listed == ["05977"]


def test_who_lacks_the_scope_is_refused() -> None:
    for province in ("20", "VN"):
        with pytest.raises(Forbidden):
            sight(a_client(province), ["operate:rounds"])


def test_any_of_the_scopes_will_do() -> None:
    seen = sight(a_client(scopes=("operate:deliveries",)), ["read:province", "operate:deliveries"])
    assert seen.covers_whole("20")


def test_who_acts_for_the_nation_has_every_province_by_its_scopes() -> None:
    seen = sight(a_client("VN", scopes=("operate:plans",)), ["operate:plans"])
    assert (
        seen.covers(province="20", issuer="20")
        and seen.covers(province="33", issuer="12103")
        and seen.covers_whole("33")
    )


def test_a_person_has_for_each_scope_what_its_own_bindings_give() -> None:
    def bound(role: str, *units: str) -> Binding:
        return Binding(role=role, scopes=PEOPLE[role].scopes, units=frozenset(units))

    lan = Principal.of_person("lan", name="Lan", province="20", bindings=[bound("operator", "05977"), bound("signer")])
    assert sight(lan, ["operate:rounds"]).listed == ["05977"]
    assert sight(lan, ["operate:releases"]).covers_whole("20")
    assert sight(lan, ["operate:plans"]).covers(province="20", issuer="05977") and not sight(
        lan, ["operate:plans"]
    ).covers(province="20", issuer="20")
