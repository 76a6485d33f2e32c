"""What is asked of a registration before it is taken: every fault by its place. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence

from lienthong.access.principals import SCOPES
from lienthong.access.roles import ALL_UNITS
from lienthong.contracts.collected import refuse
from lienthong.errors import Problem
from lienthong.refusals import problem
from services.identity.clients import NATION, ROLES, ClientRole, Registration, is_client_id

MAX_UNITS = 200  # the largest province has 168 communes; a token has to carry the list
MAX_SOURCES = 20  # a sender needs one, or one for each of its systems

ProvinceOf = Callable[[str], str | None]  # the registry: unit code → its province, None when unknown

_UNIT = re.compile(r"[A-Z0-9][A-Z0-9.-]{1,31}")
_SOURCE = re.compile(r"(/(?!\.{1,2}(/|$))[A-Za-z0-9._~-]+)+")
_PROVINCE = re.compile(r"[0-9]{2}")
_KAFKA = re.compile(r"[A-Za-z0-9:._,=@/ -]{1,200}")


def check(
    wanted: Sequence[Registration],
    *,
    province_of: ProvinceOf | None = None,
    provinces: Collection[str] | None = None,
    bound: bool = False,
) -> tuple[Problem, ...]:
    """Everything wrong with a list of registrations, by JSON Pointer (`/3/units/0`).

    province_of: the registry's answer for a unit code (None: unknown); provinces: those that there are. Without them
    only forms are checked. bound: whoever registers operates some units alone, and gives no names of others.
    """
    problems: list[Problem] = []
    seen: dict[str, int] = {}
    for index, registration in enumerate(wanted):
        if registration.client_id in seen:
            problems.append(problem(f"/{index}/client_id", "client_repeated", client=registration.client_id))
        seen[registration.client_id] = index
        if provinces is not None and registration.province not in provinces:
            problems.append(problem(f"/{index}/province", "no_such_province", province=registration.province))
            continue
        problems.extend(_check_one(f"/{index}", registration, province_of))
        if bound:
            problems.extend(_names_of_others(f"/{index}", registration))
    return tuple(problems)


def require_valid(
    wanted: Sequence[Registration],
    *,
    province_of: ProvinceOf | None = None,
    provinces: Collection[str] | None = None,
    bound: bool = False,
) -> None:
    """Raises Rejected with everything `check` finds."""
    # of a list: a unit in it that is not known is no 404
    refuse(check(wanted, province_of=province_of, provinces=provinces, bound=bound), status=422)


def _check_one(at: str, registration: Registration, province_of: ProvinceOf | None) -> Iterator[Problem]:
    if not is_client_id(registration.client_id):
        yield problem(f"{at}/client_id", "client_id_malformed")
    if not registration.name.strip() or len(registration.name) > 200 or not registration.name.isprintable():
        yield problem(f"{at}/name", "client_name_malformed")
    if registration.kafka_principal is not None and not _KAFKA.fullmatch(registration.kafka_principal):
        yield problem(f"{at}/kafka_principal", "kafka_principal_malformed")
    role = ROLES.get(registration.role)
    if role is None:
        yield problem(f"{at}/role", "role_unknown", role=registration.role, known=", ".join(ROLES))
        return
    yield from _check_province(at, registration, role)
    yield from _check_scopes(at, registration, role)
    yield from _check_units(at, registration, role, province_of)
    yield from _check_sources(at, registration)


def _check_province(at: str, registration: Registration, role: ClientRole) -> Iterator[Problem]:
    if role.national != (registration.province == NATION) or not (
        role.national or _PROVINCE.fullmatch(registration.province)
    ):
        yield problem(f"{at}/province", "role_national" if role.national else "role_provincial", role=registration.role)


def _check_scopes(at: str, registration: Registration, role: ClientRole) -> Iterator[Problem]:
    for scope in registration.granted:
        if scope not in SCOPES:
            yield problem(f"{at}/scopes", "scope_unknown", scope=scope)
        elif scope not in role.scopes | role.extra:
            yield problem(f"{at}/scopes", "scope_not_for_role", scope=scope, role=registration.role)


def _check_units(
    at: str, registration: Registration, role: ClientRole, province_of: ProvinceOf | None
) -> Iterator[Problem]:
    if registration.role == "unit" and not registration.units:
        yield problem(f"{at}/units", "units_missing", role=registration.role)
    if len(registration.units) > MAX_UNITS:
        yield problem(f"{at}/units", "units_too_many", most=MAX_UNITS)
    for index, unit in enumerate(registration.units):
        fault = _unit_fault(unit, registration, role, province_of)
        if fault:
            yield problem(f"{at}/units/{index}", fault, unit=unit, province=registration.province)


def _unit_fault(unit: str, registration: Registration, role: ClientRole, province_of: ProvinceOf | None) -> str | None:
    if unit == ALL_UNITS:
        return None if role.all_units else "all_units_not_for_role"
    if not _UNIT.fullmatch(unit):
        return "unit_malformed"
    province = province_of(unit) if province_of else _province_by_form(unit, registration.province)
    if province is None:
        return "unit_unknown"
    return None if province == registration.province else "unit_elsewhere"


def _province_by_form(unit: str, assumed: str) -> str:
    """`20` and `20.SKHCN` say their province; a commune's code does not."""
    head = unit.split(".", maxsplit=1)[0]
    return head if _PROVINCE.fullmatch(head) or head == NATION else assumed


def _check_sources(at: str, registration: Registration) -> Iterator[Problem]:
    below = f"/{registration.province}"
    if len(registration.sources) > MAX_SOURCES:
        yield problem(f"{at}/sources", "sources_too_many", most=MAX_SOURCES)
    for index, source in enumerate(registration.sources):
        if not _SOURCE.fullmatch(source) or len(source) > 200:
            yield problem(f"{at}/sources/{index}", "source_malformed", source=source)
        elif source != below and not source.startswith(below + "/"):
            yield problem(f"{at}/sources/{index}", "source_elsewhere", source=source, below=below)
        elif _is_below(source, f"{below}/people"):
            yield problem(f"{at}/sources/{index}", "source_of_people", source=source)


def _names_of_others(at: str, registration: Registration) -> Iterator[Problem]:
    """Sources by which another might be known, or become known: whoever sends by one stands where that one stood."""
    named = f"/{registration.province}/clients/{registration.client_id}"
    own = (*(f"/{registration.province}/{unit}" for unit in registration.units if unit != ALL_UNITS), named)
    for index, source in enumerate(registration.used_sources):
        if not any(_is_below(source, each) for each in own):
            yield problem(f"{at}/sources/{index}", "source_not_of_units", source=source, own=", ".join(own))
    principal = f"User:{registration.client_id}"
    if registration.kafka_principal not in (None, principal):
        yield problem(f"{at}/kafka_principal", "kafka_principal_not_of_client", own=principal)


def _is_below(source: str, other: str) -> bool:
    return source == other or source.startswith(other + "/")
