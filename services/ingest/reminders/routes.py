"""Routes of reminders: how units are told, who was reminded, and reminding now."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from lienthong import samples
from lienthong.access.edits import version_of
from lienthong.access.principals import Principal
from lienthong.access.sight import Sight, sight
from lienthong.cursors import NEWEST
from lienthong.eventlog.installation import hub_now
from lienthong.postgres.pool import Connection, Pool
from lienthong.web.answers import gives
from lienthong.web.authorization import authorize
from lienthong.web.etags import ActsTold, Editing, seen_of, tag_version, tagged_answer
from lienthong.web.guard import TABLE
from lienthong.web.lists import Cursor, Most, listing, page
from lienthong.web.parameters import Code, Day, Unit
from lienthong.web.routes import Routes
from lienthong.web.tables import TableRoute
from services.ingest.definitions.current import Current
from services.ingest.definitions.loading import whole_round
from services.ingest.definitions.snapshot import Definitions
from services.ingest.office.desk import Office
from services.ingest.office.wire import actor_of, actor_with
from services.ingest.readers import ProvinceReader, RoundCode, UnitCode
from services.ingest.reminders import acts, contacts, reading
from services.ingest.reminders.acts import WantedMails
from services.ingest.reminders.bodies import (
    ContactOf,
    Contacts,
    ContactSet,
    ContactsSet,
    ListedContact,
    NewContact,
    NewContacts,
    Remind,
    Reminded,
    ReminderOf,
    RemindersFound,
)
from services.ingest.reminders.contacts import Contact
from services.ingest.reminders.reading import ReminderRow
from services.ingest.rights import seeing
from services.ingest.rights.acting import Actor
from services.ingest.rights.requiring import require_unit, seen_round


async def _asker(request: Request, who: Annotated[Principal, Depends(authorize())]) -> Actor:
    """Who may ask that units be reminded: by either right."""
    if not who.scopes & set(acts.ASK_SCOPES):
        who.require(acts.ASK_SCOPES[-1])  # says what is missing
    return actor_of(who, request.client.host if request.client else None)


# Of the module: annotations are resolved by its names.
Setting = Annotated[Actor, Depends(actor_with(acts.CONTACT_SCOPE))]
Asking = Annotated[Actor, Depends(_asker)]
ContactReader = Annotated[Principal, Depends(authorize(acts.CONTACT_SCOPE))]
State = Annotated[str | None, Query(pattern=f"^({'|'.join(reading.STATES)})$")]


MOST_VALUES = 50_000  # of one request: 5,000 units with five addresses each have 40,000


def read_routes(pool: Pool, current: Current) -> APIRouter:
    """Who was reminded, and how units are told."""
    routes = Routes(prefix="/v1", tags=["operate"])
    _reminder_list(routes, pool, current)
    _contact_list(routes, pool)
    return routes


def _reminder_list(routes: APIRouter, pool: Pool, current: Current) -> None:
    sample_mark = samples.sample_mark(current.sample)

    @routes.get("/reminders", summary="Who was reminded of what, newest first", **gives(RemindersFound))
    def reminders(
        *,
        who: ProvinceReader,
        response: Response,
        round: RoundCode = None,
        unit: UnitCode = None,
        state: State = None,
        digest: bool | None = None,
        day: Day | None = None,
        cursor: Cursor = None,
        limit: Most = 200,
    ) -> dict[str, Any]:
        seen = sight(who, ["read:province"])
        lower = None if digest is None else str(digest).lower()
        given = {"round": round, "unit": unit, "state": state, "digest": lower, "day": day}
        with pool.connection() as conn:
            _require_seen_round(conn, current.get(conn), seen, round)
            require_unit(unit, current.get(conn), seen.province, hub_now(conn))
            paging = listing(conn, "/v1/reminders", whose=seeing.mark(who), cursor=cursor, limit=limit, asked=given)
            before = paging.begin(NEWEST)
            rows = reading.list_reminders(
                conn,
                seen,
                round_=round,
                unit=unit,
                state=state,
                digest=digest,
                day=day,
                before=before,
                limit=limit + 1,
            )
        shown = page(response, paging, "reminders", rows, lambda row: row.number)
        return sample_mark | shown | {"reminders": [body(reminder) for reminder in shown["reminders"]]}


def _contact_list(routes: APIRouter, pool: Pool) -> None:
    @routes.get("/contacts", summary="How units are told, by unit")
    def all_contacts(who: ContactReader) -> Contacts:
        with pool.connection() as conn:
            reached = contacts.list_contacts(conn, sight(who, [acts.CONTACT_SCOPE]))
        listed = [ListedContact.model_validate(contact, from_attributes=True) for contact in reached]
        return Contacts(contacts=listed, unset=contacts.NOBODY_SAID.version)


def _require_seen_round(conn: Connection, definitions: Definitions, seen: Sight, code: str | None) -> None:
    """Raises Rejected (404) for a round that there is not, or that is not within sight."""
    if code is not None:
        seen_round(whole_round(conn, code), code, definitions, seen)


def act_routes(office: Office) -> APIRouter:
    """Saying how a unit is told; having units reminded."""
    routes = Routes(prefix="/v1", tags=["operate"], route_class=TableRoute)
    _contact_routes(routes, office)
    _contacts_route(routes, office)
    _reminding_route(routes, office)
    return routes


def _contact_routes(routes: APIRouter, office: Office) -> None:
    """The contact of one unit."""

    @routes.get(
        "/units/{unit}/contact",
        summary="How a unit is told; by nothing where nobody said",
        response_model=ContactOf,
    )
    def one_contact(unit: Unit, by: Setting, request: Request, response: Response) -> ContactOf | Response:
        with office.act(by) as act:
            contact = acts.contact(act, unit)
        shown = ContactOf.model_validate(contact, from_attributes=True)
        return tagged_answer(request, response, version_of(contact.editable_values), shown)

    @routes.put("/units/{unit}/contact", summary="Tell a unit so from now on")
    def set_contact(unit: Unit, wanted: NewContact, by: Setting, seen: Editing, response: Response) -> ContactSet:
        new_contact = Contact(unit=unit, province="", mails=wanted.mails, webhook=wanted.webhook, reach=wanted.reach)
        with office.act(by) as act:
            kept, fresh = acts.set_contact(act, new_contact, seen)
        tag_version(response, version_of(kept.editable_values))
        shown = ContactSet.model_validate(kept, from_attributes=True)
        return shown if fresh else shown.model_copy(update={"secret": None})

    @routes.delete("/units/{unit}/contact", status_code=204, summary="Tell a unit no more")
    def remove_contact(unit: Unit, by: Setting, seen: Editing) -> None:
        with office.act(by) as act:
            acts.remove_contact(act, unit, seen)


def _contacts_route(routes: APIRouter, office: Office) -> None:
    """Those of many units at once."""

    @routes.post(
        "/contacts",
        summary="Tell many units by these mail addresses from now on, all or none",
        openapi_extra={TABLE: MOST_VALUES},
    )
    def set_contacts(wanted: NewContacts, by: Setting, may_be_told: ActsTold) -> ContactsSet:
        rows = [
            WantedMails(unit=row.unit, mails=row.mails, seen=seen_of(row.version, may_be_told))
            for row in wanted.contacts
        ]
        with office.act(by) as act:
            acts.set_mails(act, rows)
        return ContactsSet(units=len(wanted.contacts))


def _reminding_route(routes: APIRouter, office: Office) -> None:
    @routes.post(
        "/rounds/{round}/reminders",
        status_code=202,
        summary="Remind units now of what they owe; each at most once a day",
    )
    def remind(round: Code, wanted: Remind, by: Asking) -> Reminded:
        with office.act(by) as act:
            done = acts.ask(act, round, wanted.units)
        return Reminded(
            round=round,
            reminded=list(done.reminded),
            already=list(done.already_reminded),
            without_contact=list(done.without_contact),
        )


def body(row: ReminderRow) -> dict[str, Any]:
    """A reminder as it goes out."""
    return ReminderOf.model_validate(row, from_attributes=True).model_dump(mode="json", by_alias=True)
