"""`/v1/people`: an operator's people. Only those of its own province, or of the units that it is bound to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field
from starlette.responses import JSONResponse

from lienthong.access.edits import Seen, version_of
from lienthong.access.principals import Principal
from lienthong.access.sight import sight
from lienthong.cursors import header
from lienthong.eventlog.append import partitions_of
from lienthong.instants import wire
from lienthong.postgres.pool import Pool
from lienthong.web.answers import gives
from lienthong.web.authorization import authorize
from lienthong.web.etags import Editing, tag_version, tagged_answer
from lienthong.web.lists import Cursor, Most, listing
from lienthong.web.parameters import Truth
from lienthong.web.routes import Routes
from services.identity import answers
from services.identity.bodies import Reason, RequestBody, body, openapi_of_body
from services.identity.people.person import MANAGE, Bound, Person, PersonToAdd
from services.identity.people.store import Office, edited_state
from services.identity.sessions.login import Logins
from services.identity.sessions.routes import session_in_list as session_listed

Operator = Annotated[Principal, Depends(authorize(MANAGE))]
_NO_STORE = {"Cache-Control": "no-store"}


class Role(RequestBody):
    """A role in a province (or VN) for some units; no units: all of it."""

    role: str = Field(max_length=40, examples=["drafter"])
    province: str = Field(max_length=8, examples=["20"])
    units: list[str] = Field([], max_length=400)

    @property
    def as_bound(self) -> Bound:
        return Bound(role=self.role, province=self.province, units=tuple(self.units))


class NewPerson(RequestBody):
    """A person to add. local: with an account here, whose temporary password is in the answer, once."""

    person: str = Field(max_length=200, description="Login name", examples=["lan.nt"])
    name: str = Field(max_length=400, examples=["Nông Thị Lan"])
    province: str = Field(max_length=8, examples=["20"])
    bindings: list[Role] = Field(max_length=100)
    email: str | None = Field(None, max_length=400)
    subject: str | None = Field(None, min_length=1, max_length=255, description="Who it is at the OpenID provider")
    local: Truth = True


class Roles(RequestBody):
    """All roles of a person from now on."""

    bindings: list[Role] = Field(max_length=100)


def router(pool: Pool, office: Office, logins: Logins) -> APIRouter:
    """The routes. pool: acts as lienthong_identity."""
    routes = Routes(prefix="/v1/people", tags=["people"])
    _listing(routes, pool, office, logins)
    _adding(routes, pool, office)
    _giving_roles(routes, pool, office)
    _letting_in(routes, pool, office)
    _logging_in(routes, pool, office)
    return routes


def _listing(routes: APIRouter, pool: Pool, office: Office, logins: Logins) -> None:
    @routes.get("", summary="People", **gives(answers.People))
    def people(
        who: Operator,
        response: Response,
        province: Annotated[str | None, Query(max_length=8)] = None,
        disabled: bool = False,
        cursor: Cursor = None,
        limit: Most = 100,
    ) -> dict[str, Any]:
        with pool.connection() as conn:
            sight(who, [MANAGE]).narrowed(province, partitions_of(conn))
            words = {"province": province, "disabled": "true" if disabled else None}
            question = listing(
                conn, "/v1/people", whose=f"{who.province}/{who.client_id}", asked=words, cursor=cursor, limit=limit
            )
            page, more = office.page(
                conn, by=who, province=province, disabled=disabled, after=question.begin_after(), limit=limit
            )
        links = question.links(limit + 1 if more is not None else len(page), more)
        response.headers["Link"] = header(links)
        return {"people": [person_body(person) for person in page], "links": links}

    @routes.get("/{person}", summary="One person", **gives(answers.PersonOf))
    def one(person: str, who: Operator, request: Request, response: Response) -> dict[str, Any] | Response:
        with pool.connection() as conn:
            account = office.find(conn, person, by=who)
        return tagged_answer(request, response, version_of(edited_state(account)), person_body(account))

    @routes.get("/{person}/sessions", summary="A person's sessions", **gives(answers.Sessions))
    def sessions(person: str, who: Operator) -> dict[str, Any]:
        with pool.connection() as conn:
            managed = office.find_managed(conn, person, by=who)
        return {"sessions": [session_listed(session) for session in logins.sessions(managed)]}


def _adding(routes: APIRouter, pool: Pool, office: Office) -> None:
    @routes.post(
        "", summary="Add a person", openapi_extra=openapi_of_body(NewPerson), **gives(answers.PersonAdded, 201)
    )
    def add(request: Request, who: Operator, given: Annotated[NewPerson, Depends(body(NewPerson))]) -> Response:
        wanted = PersonToAdd(
            person=given.person,
            name=given.name,
            province=given.province,
            bindings=tuple(role.as_bound for role in given.bindings),
            email=given.email,
            subject=given.subject,
        )
        with pool.connection() as conn:
            added = office.add(conn, wanted, by=who, local=given.local, address=_address(request))
            person = person_body(office.find(conn, added.person, by=who))
        return JSONResponse({**person, "password": added.password}, status_code=201, headers=_NO_STORE)


def _giving_roles(routes: APIRouter, pool: Pool, office: Office) -> None:
    @routes.put(
        "/{person}/roles",
        summary="Change a person's roles",
        openapi_extra=openapi_of_body(Roles),
        **gives(answers.PersonOf),
    )
    def roles(
        person: str,
        request: Request,
        who: Operator,
        given: Annotated[Roles, Depends(body(Roles))],
        seen: Editing,
        response: Response,
    ) -> dict[str, Any]:
        bound = [role.as_bound for role in given.bindings]
        with pool.connection() as conn:
            office.set_roles(conn, person, bound, by=who, address=_address(request), seen=seen)
            return versioned(office.find(conn, person, by=who), response)


def _letting_in(routes: APIRouter, pool: Pool, office: Office) -> None:
    @routes.post(
        "/{person}/disable",
        summary="Let a person log in no longer",
        openapi_extra=openapi_of_body(Reason),
        **gives(answers.PersonOf),
    )
    def disable(
        person: str, request: Request, who: Operator, given: Annotated[Reason, Depends(body(Reason))], seen: Editing
    ) -> dict[str, Any]:
        return active(person, request, who, given.reason, False, seen)

    @routes.post(
        "/{person}/enable",
        summary="Let a person log in again",
        openapi_extra=openapi_of_body(Reason),
        **gives(answers.PersonOf),
    )
    def enable(
        person: str, request: Request, who: Operator, given: Annotated[Reason, Depends(body(Reason))], seen: Editing
    ) -> dict[str, Any]:
        return active(person, request, who, given.reason, True, seen)

    def active(person: str, request: Request, who: Principal, reason: str, wanted: bool, seen: Seen) -> dict[str, Any]:
        with pool.connection() as conn:
            office.set_active(conn, person, wanted, by=who, reason=reason, address=_address(request), seen=seen)
            return person_body(office.find(conn, person, by=who))


def _logging_in(routes: APIRouter, pool: Pool, office: Office) -> None:
    @routes.post("/{person}/password", summary="A temporary password, shown once", **gives(answers.PasswordReset))
    def password(person: str, request: Request, who: Operator) -> Response:
        with pool.connection() as conn:
            plain = office.reset_password(conn, person, by=who, address=_address(request))
        return JSONResponse({"person": person, "password": plain}, headers=_NO_STORE)

    @routes.post(
        "/{person}/second-factor/reset",
        summary="Forget a lost telephone",
        openapi_extra=openapi_of_body(Reason),
        **gives(answers.PersonOf),
    )
    def second_factor(
        person: str, request: Request, who: Operator, given: Annotated[Reason, Depends(body(Reason))]
    ) -> dict[str, Any]:
        with pool.connection() as conn:
            office.reset_second_factor(conn, person, by=who, reason=given.reason, address=_address(request))
            return person_body(office.find(conn, person, by=who))

    @routes.delete("/{person}/sessions", summary="Log a person out everywhere", status_code=204)
    def end_sessions(person: str, request: Request, who: Operator) -> Response:
        with pool.connection() as conn:
            office.end_sessions(conn, person, by=who, address=_address(request))
        return Response(status_code=204)


def versioned(person: Person, response: Response) -> dict[str, Any]:
    """The same with the version that edits name."""
    tag_version(response, version_of(edited_state(person)))
    return person_body(person)


def person_body(person: Person) -> dict[str, Any]:
    """A person as operators see it."""
    return {
        "person": person.person,
        "name": person.name,
        "email": person.email,
        "province": person.province,
        "bindings": [_role(b) for b in person.bindings],
        "createdAt": wire(person.created_at),
        "disabledAt": wire(person.disabled_at) if person.disabled_at else None,
        "local": person.has_password,
        "mustChangePassword": person.must_change_password,
        "secondFactor": person.has_second_factor,
        "needsSecondFactor": person.needs_second_factor,
    }


def _role(bound: Bound) -> Mapping[str, Any]:
    return {"role": bound.role, "province": bound.province, "units": list(bound.units)}


def _address(request: Request) -> str | None:
    return request.client.host if request.client else None
