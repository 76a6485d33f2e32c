"""How a unit is told that it owes a report: mail addresses, or a webhook of its own system, signed with its secret."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.headerregistry import Address as Mailbox
from typing import Any, Final

from psycopg.rows import class_row

from lienthong.access.edits import version_of
from lienthong.access.sight import Sight
from lienthong.errors import Problem, Rejected
from lienthong.eventlog.installation import Installation
from lienthong.postgres.pool import Connection
from lienthong.pushes import addresses
from lienthong.refusals import problem, refused
from services.ingest.reminders import SQL

MOST_MAILS = 5
LONGEST_MAIL = 254  # characters (RFC 5321 §4.5.3.1.3)
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Contact:
    """mails: in ASCII. webhook, secret: both or none. reach: where the webhook may lie, as for destinations."""

    unit: str
    province: str
    mails: list[str]
    webhook: str | None = None
    reach: str = "public"
    secret: str | None = None

    @property
    def editable_values(self) -> dict[str, Any]:
        """What is edited of it."""
        return {"mails": self.mails, "webhook": self.webhook, "reach": self.reach}

    @property
    def version(self) -> str:
        return version_of(self.editable_values)

    @property
    def channels(self) -> tuple[str, ...]:
        """The ways it is told; each of them is used."""
        return (*(("mail",) if self.mails else ()), *(("webhook",) if self.webhook else ()))


NOBODY_SAID: Final = Contact(unit="", province="", mails=[])
"""What is edited of a unit of which nobody said how it is told."""


def check_contact(wanted: Contact) -> Contact:
    """As it is kept. Raises Rejected with every problem."""
    problems = mail_faults(wanted.mails)
    if not wanted.channels:
        problems.append(problem("", "contact_empty"))
    if wanted.webhook is not None:
        problems += _webhook_faults(wanted.webhook, wanted.reach)
    if problems:
        raise Rejected(problems)
    return wanted


def mail_faults(mails: Sequence[str]) -> list[Problem]:
    """What is wrong with addresses, whosever they are."""
    problems = [fault for place, mail in enumerate(mails) if (fault := _mail_fault(mail, f"/mails/{place}"))]
    return problems + ([problem("/mails", "contact_too_many", most=MOST_MAILS)] if len(mails) > MOST_MAILS else [])


def _mail_fault(mail: str, pointer: str) -> Problem | None:
    """A plain address that any mail server takes: no display name, no comment, no line end, a domain with a dot."""
    try:
        mailbox = Mailbox(addr_spec=mail)
    except (HeaderParseError, ValueError, IndexError):
        return problem(pointer, "contact_mail", mail=mail)
    plain = mail.isascii() and mail == mailbox.addr_spec and len(mail) <= LONGEST_MAIL
    odd = (
        any(char in mail for char in ' "<>(),;:\\[]') or not mail.isprintable() or not _DOMAIN.fullmatch(mailbox.domain)
    )
    return None if plain and not odd else problem(pointer, "contact_mail", mail=mail)


def _webhook_faults(url: str, reach: str) -> list[Problem]:
    try:
        addresses.read(url, reach)
    except Rejected as error:
        return [
            Problem(pointer=_pointer(fault.pointer), code=fault.code, message=fault.message) for fault in error.problems
        ]
    return []


def _pointer(pointer: str) -> str:
    return "/webhook" if pointer == "/url" else pointer


def told(contact: Contact, here: Installation) -> dict[str, Any]:
    """What an act tells of it: addresses by their marks, since the audit log is kept for ever and a contact is not."""
    webhook = contact.webhook and here.mark(contact.webhook)
    return {"mails": [here.mark(mail) for mail in contact.mails], "webhook": webhook, "reach": contact.reach}


def contact_of(conn: Connection, unit: str) -> Contact | None:
    """How a unit is told, or None."""
    return conn.cursor(row_factory=class_row(Contact)).execute(SQL.contact, {"unit": unit}).fetchone()


def hold_contact(tx: Connection, unit: str, province: str) -> Contact:
    """The same, held until the transaction ends; an empty one where nobody said."""
    tx.execute(SQL.hold_contact, {"unit": unit})
    return contact_of(tx, unit) or Contact(unit=unit, province=province, mails=[])


def get_contact(conn: Connection, unit: str) -> Contact:
    """The same. Raises Rejected (404) where nobody said."""
    contact = contact_of(conn, unit)
    if contact is None:
        raise refused("contact_unknown", unit=unit)
    return contact


def of_units(conn: Connection, units: Sequence[str]) -> Mapping[str, Contact]:
    """How some units are told, by unit; those that nobody can tell are missing."""
    parameters = {"province": None, "units": list(units), "after": "", "limit": len(units)}
    contacts = conn.cursor(row_factory=class_row(Contact)).execute(SQL.contacts, parameters)
    return {contact.unit: contact for contact in contacts}


def list_contacts(conn: Connection, seen: Sight, *, after: str = "", limit: int = 5000) -> list[Contact]:
    """Contacts within sight, by unit."""
    parameters = {"province": seen.province, "units": seen.listed, "after": after, "limit": limit}
    return conn.cursor(row_factory=class_row(Contact)).execute(SQL.contacts, parameters).fetchall()
