"""People: who may log in as what, adding somebody, roles, a forgotten password, a lost telephone, the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import FormData
from starlette.routing import Route

from lienthong.access.roles import PEOPLE
from services.console import acting
from services.console.asking import Answer
from services.console.formats import instant
from services.console.frame import Frame
from services.console.page import Visit
from services.console.paging import ROWS
from services.console.running import doing, overseen
from services.console.running.doing import Outcome
from services.console.running.overseen import UnitChoices
from services.console.showing import segment
from services.console.tables import Cell, Column, Table, Tone, row

ROLES = tuple(PEOPLE)
SCOPE = "operate:people"
_MOST_ROLES = 20  # of one person, as the route takes


@dataclass(frozen=True, kw_only=True, slots=True)
class Role:
    """A role in a province (or VN). units: for these alone; empty: for all of it."""

    role: str
    province: str
    units: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Somebody:
    """A person as operators see it. local: has a password here. waits: what the next login asks for first (`password`,
    `second_factor`), empty for nothing.
    """

    id: str
    name: str
    email: str | None
    province: str
    roles: tuple[Role, ...]
    created: datetime
    disabled: datetime | None
    local: bool
    second_factor: bool
    waits: tuple[str, ...]

    @property
    def path(self) -> str:
        return f"/people/{segment(self.id)}"


@dataclass(frozen=True, kw_only=True, slots=True)
class People:
    """people: by login name. more: the cursor of the next page. disabled: whether those who may no longer log in stand
    among them. known: the units to pick from.
    """

    people: tuple[Somebody, ...]
    more: str | None
    disabled: bool
    known: UnitChoices
    roles: tuple[str, ...] = ROLES


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonSession:
    """A session of somebody. seen: when it was used last."""

    address: str | None
    agent: str | None
    state: str
    created: datetime
    seen: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class OnePerson:
    """A person with the sessions that live. lines: the roles as the form has them, with one empty line to fill in.
    known: the units to pick from.
    """

    person: Somebody
    version: str
    sessions: tuple[PersonSession, ...]
    lines: tuple[Role, ...]
    known: UnitChoices
    roles: tuple[str, ...] = ROLES


async def gather_list(visit: Visit) -> People:
    disabled = visit.filter("disabled") == "yes"
    answer = await visit.list_of("/v1/people", "people", at_once=ROWS, disabled="true" if disabled else None)
    links = answer["links"]
    more = parse_qs(urlsplit(links["next"]).query)["cursor"][0] if "next" in links else None
    units = await overseen.choices(visit, SCOPE)
    return People(people=tuple(map(somebody, answer["people"])), more=more, disabled=disabled, known=units)


async def gather(visit: Visit) -> OnePerson:
    path = f"/v1/people/{visit.path['person']}"
    body, version = await visit.hub.with_version(path)
    sessions = await visit.hub.get(f"{path}/sessions")
    person = somebody(body)
    empty = Role(role="", province=person.province, units=())
    return OnePerson(
        person=person,
        version=version,
        lines=(*person.roles, empty)[:_MOST_ROLES],
        sessions=tuple(_session(session) for session in sessions["sessions"]),
        known=await overseen.choices(visit, SCOPE),
    )


def somebody(body: Answer) -> Somebody:
    """From an answer of /v1/people."""
    steps = [
        ("password", body["mustChangePassword"]),
        ("second_factor", body["needsSecondFactor"] and not body["secondFactor"]),
    ]
    return Somebody(
        id=body["person"],
        name=body["name"],
        email=body["email"],
        province=body["province"],
        roles=tuple(
            Role(role=binding["role"], province=binding["province"], units=tuple(binding["units"]))
            for binding in body["bindings"]
        ),
        created=datetime.fromisoformat(body["createdAt"]),
        disabled=instant(body["disabledAt"]),
        local=body["local"],
        second_factor=body["secondFactor"],
        waits=tuple(step for step, needed in steps if needed),
    )


def _session(body: Mapping[str, Any]) -> PersonSession:
    return PersonSession(
        address=body["address"],
        agent=body["agent"],
        state=body["state"],
        created=datetime.fromisoformat(body["createdAt"]),
        seen=datetime.fromisoformat(body["seenAt"]),
    )


def tables(data: People, visit: Visit) -> Sequence[Table]:
    t = visit.words
    return (
        Table(
            name="people",
            title=t("people.title"),
            empty=t("people.none"),
            columns=(
                Column(name="person", title=t("people.login"), kind="code", heading=True),
                Column(name="name", title=t("people.name")),
                Column(name="roles", title=t("people.roles")),
                Column(name="state", title=t("column.state")),
                Column(name="second_factor", title=t("people.second_factor")),
                Column(name="created", title=t("people.created"), kind="when"),
            ),
            rows=tuple(
                row(
                    Cell(value=person.id, href=person.path),
                    person.name,
                    "; ".join(_role_text(role, visit) for role in person.roles),
                    _state(person, visit),
                    t("people.set_up") if person.second_factor else None,
                    person.created,
                )
                for person in data.people
            ),
        ),
    )


def _role_text(role: Role, visit: Visit) -> str:
    units = f": {', '.join(role.units)}" if role.units else ""
    return f"{visit.words.name('person_role', role.role)} ({role.province}{units})"


def _state(person: Somebody, visit: Visit) -> Cell:
    key: str = "disabled" if person.disabled else "waits" if person.waits else "live"
    tones: dict[str, Tone] = {"disabled": "plain", "waits": "info", "live": "good"}
    return Cell(value=visit.words.name("person_state", key), tone=tones[key])


LIST = doing.operators_page(
    name="people",
    paths=("/people",),
    gather=gather_list,
    tables=tables,
    scope=SCOPE,
    filters=frozenset({"disabled", "cursor"}),
)
PAGE = doing.operators_page(name="person", paths=("/people/{person}",), gather=gather, scope=SCOPE)


# ---------------------------------------------------------------- the acts


def routes(frame: Frame) -> list[Route]:
    """Adding somebody, and what is done to one."""
    return [doing.route(frame, LIST, add), doing.route(frame, PAGE, change)]


async def add(visit: Visit, form: FormData) -> Outcome:
    """A person with one role; the first password is shown once. More roles stand on the person's own page."""
    province = doing.text(form, "province")
    bound = {"role": doing.text(form, "role"), "province": province, "units": doing.words(form, "units")}
    local = doing.text(form, "local") == "yes"
    body = {
        "person": doing.text(form, "person"),
        "name": doing.text(form, "name"),
        "province": province,
        "email": doing.text(form, "email") or None,
        "bindings": [bound],
        "local": local,
    }
    answer = (await visit.hub.send("POST", "/v1/people", body)).json()
    if answer["password"] is None:
        return Outcome(to=f"/people/{segment(answer['person'])}")
    return Outcome(result={"person": answer["person"], "password": answer["password"]})


_REASONED = {"disable": "disable", "enable": "enable", "reset": "second-factor/reset"}
"""What needs a reason, and the route that does it."""


async def change(visit: Visit, form: FormData) -> Outcome:
    """do: `roles`, `password` (shown once), `sessions` (ended), `disable`, `enable`, `reset` (the second factor)."""
    person, path = visit.path["person"], f"/v1/people/{visit.path['person']}"
    do = acting.button(form, "roles", "password", "sessions", *_REASONED)
    if do == "password":
        answer = (await visit.hub.send("POST", f"{path}/password")).json()
        return Outcome(result={"person": answer["person"], "password": answer["password"]})
    if do == "roles":
        await visit.hub.send("PUT", f"{path}/roles", {"bindings": bindings(form)}, version=doing.version(form))
    elif do == "sessions":
        await visit.hub.send("DELETE", f"{path}/sessions")
    else:
        reason = {"reason": doing.text(form, "reason")}
        await visit.hub.send("POST", f"{path}/{_REASONED[do]}", reason, version=doing.version(form))
    return Outcome(to=f"/people/{person}")


def bindings(form: FormData) -> list[dict[str, Any]]:
    """The lines of the form of which a role was chosen."""
    return [
        {
            "role": doing.text(form, f"role-{n}"),
            "province": doing.text(form, f"province-{n}"),
            "units": doing.words(form, f"units-{n}"),
        }
        for n in range(_MOST_ROLES)
        if doing.text(form, f"role-{n}")
    ]
