"""Who a person is and which roles it may be given. Pure; what the roles allow stands in lienthong.access.roles."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from lienthong.access.principals import PERSON, Principal
from lienthong.access.roles import ALL_UNITS, PEOPLE, Binding, PersonRole, scopes_of
from lienthong.errors import Problem
from lienthong.refusals import problem

NATION = "VN"
MAX_BINDINGS = 20
MAX_UNITS = 200  # the largest province has 168 communes; a token has to carry the list
MANAGE = "operate:people"

ProvinceOf = Callable[[str], str | None]  # the registry: unit code → its province, None when unknown

_ID = re.compile(r"[a-z0-9][a-z0-9._-]{1,62}[a-z0-9]")
_EMAIL = re.compile(r"[^@\s<>\"]{1,64}@[A-Za-z0-9.-]{1,190}\.[A-Za-z0-9-]{2,63}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Bound:
    """A role in one province (or VN) for some units; no units: all of it."""

    role: str
    province: str
    units: tuple[str, ...] = ()

    @property
    def binding(self) -> Binding:
        """What it gives."""
        scopes = scopes_of(self.role, national=self.province == NATION)
        return Binding(role=self.role, scopes=scopes, units=frozenset(self.units))


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonToAdd:
    """A person to be added. province: who keeps it. subject: who it is at the OpenID provider, where known already."""

    person: str
    name: str
    province: str
    bindings: tuple[Bound, ...]
    email: str | None = None
    subject: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """A person as it is kept. generation rises when its living tokens must die."""

    person: str
    name: str
    email: str | None
    province: str
    bindings: tuple[Bound, ...]
    generation: int
    created_at: datetime
    disabled_at: datetime | None
    has_password: bool
    must_change_password: bool
    has_second_factor: bool

    @property
    def active(self) -> bool:
        return self.disabled_at is None

    @property
    def actor(self) -> str:
        """How the audit log names it."""
        return PERSON + self.person

    @property
    def provinces(self) -> tuple[str, ...]:
        """Where it may act: its own first."""
        return tuple(sorted({b.province for b in self.bindings}, key=lambda p: (p != self.province, p)))

    @property
    def needs_second_factor(self) -> bool:
        return any(PEOPLE[b.role].second_factor for b in self.bindings if b.role in PEOPLE)

    def principal(self, province: str) -> Principal:
        """The person acting in one of its provinces."""
        bindings = [b.binding for b in self.bindings if b.province == province]
        return Principal.of_person(self.person, name=self.name, province=province, bindings=bindings)


def is_person_id(text: str) -> bool:
    """Whether it has the form of a login name; anything else need not be looked up."""
    return _ID.fullmatch(text) is not None


def may_manage(by: Principal | str, province: str, bindings: Iterable[Bound]) -> bool:
    """Whether `by` has a say over a person of the province with these roles. A text is an actor of the command line.

    Who operates units alone has a say over those whose every role is for these units.
    """
    if not isinstance(by, Principal) or by.province == NATION:
        return True
    reach = by.reach(MANAGE)
    return by.province == province and (reach is None or all(b.units and set(b.units) <= reach for b in bindings))


def faults(wanted: PersonToAdd, *, provinces: Collection[str], province_of: ProvinceOf) -> tuple[Problem, ...]:
    """Everything wrong with a person to be added, by JSON Pointer."""
    problems: list[Problem] = []
    if not is_person_id(wanted.person):
        problems.append(problem("/person", "person_id_malformed"))
    problems.extend(_of_name(wanted.name, wanted.email))
    if wanted.province not in provinces:
        problems.append(problem("/province", "no_such_province", province=wanted.province))
    return (
        *problems,
        *faults_of_roles(wanted.bindings, of=wanted.province, provinces=provinces, province_of=province_of),
    )


def faults_of_roles(
    bindings: Sequence[Bound], *, of: str, provinces: Collection[str], province_of: ProvinceOf
) -> tuple[Problem, ...]:
    """Everything wrong with the roles of a person that the province `of` keeps."""
    if not 1 <= len(bindings) <= MAX_BINDINGS:
        return (problem("/bindings", "bindings_number", most=MAX_BINDINGS),)
    problems: list[Problem] = []
    seen: set[tuple[str, str]] = set()
    for index, bound in enumerate(bindings):
        if (bound.role, bound.province) in seen:
            problems.append(problem(f"/bindings/{index}", "binding_repeated", role=bound.role, province=bound.province))
        seen.add((bound.role, bound.province))
        problems.extend(_of_binding(f"/bindings/{index}", bound, of, provinces, province_of))
    return tuple(problems)


def _of_name(name: str, email: str | None) -> Iterator[Problem]:
    if not name.strip() or len(name) > 200 or not name.isprintable():
        yield problem("/name", "person_name_malformed")
    if email is not None and not _EMAIL.fullmatch(email):
        yield problem("/email", "email_malformed", email=email)


def _of_binding(
    at: str, bound: Bound, of: str, provinces: Collection[str], province_of: ProvinceOf
) -> Iterator[Problem]:
    role = PEOPLE.get(bound.role)
    if role is None:
        yield problem(f"{at}/role", "role_unknown", role=bound.role, known=", ".join(PEOPLE))
        return
    if bound.province == of and of not in provinces:
        return  # told of the person's own province, from which the roles have theirs
    if bound.province not in provinces or of not in (NATION, bound.province):
        yield problem(f"{at}/province", "binding_elsewhere", of=of, province=bound.province)
        return
    if not scopes_of(bound.role, national=bound.province == NATION):
        yield problem(f"{at}/province", "role_provincial" if role.provincial else "role_national", role=bound.role)
        return
    yield from _of_units(at, bound, role, province_of)


def _of_units(at: str, bound: Bound, role: PersonRole, province_of: ProvinceOf) -> Iterator[Problem]:
    if role.needs_units and not bound.units:
        yield problem(f"{at}/units", "units_missing", role=bound.role)
    if bound.units and bound.province == NATION:
        yield problem(f"{at}/units", "units_for_nation")
        return
    if len(bound.units) > MAX_UNITS:
        yield problem(f"{at}/units", "units_too_many", most=MAX_UNITS)
        return
    for index, unit in enumerate(bound.units):
        if unit == ALL_UNITS or province_of(unit) != bound.province:
            yield problem(f"{at}/units/{index}", "unit_not_in_province", unit=unit, province=bound.province)


def roles_as_data(bindings: Iterable[Bound]) -> list[Mapping[str, object]]:
    """Roles as the audit log and answers show them."""
    return [{"role": b.role, "province": b.province, "units": list(b.units)} for b in bindings]
