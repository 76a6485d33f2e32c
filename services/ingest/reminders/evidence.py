"""Whom reminders go to, held against the acts that said so. For `lienthong verify`.

Acts tell addresses by their marks, and the secret of a webhook not at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from psycopg.rows import class_row

from lienthong.access import audit
from lienthong.access.audit import RecordedAct
from lienthong.access.evidence import UNSAID, Standing, not_as_told, standings_of
from lienthong.errors import Problem
from lienthong.eventlog.installation import installation
from lienthong.postgres.pool import Connection
from services.ingest.reminders import SQL, contacts
from services.ingest.reminders.contacts import Contact

_TOLD: Final = ("mails", "webhook", "reach")


def findings(conn: Connection, key: str) -> Iterator[Problem]:
    """Of the contacts that a province keeps: a unit that passed to another province has its contact there, once
    somebody there has set it. conn: in a transaction that sees one moment.
    """
    here = installation(conn)
    standings = standings_of(audit.of_nouns(conn, key, ("contact",)), _given)
    rows = conn.cursor(row_factory=class_row(Contact)).execute(SQL.all_contacts).fetchall()
    held = {f"contact {each.unit}": _standing(contacts.told(each, here)) for each in rows if each.province == key}
    elsewhere = {f"contact {each.unit}" for each in rows if each.province != key}
    yield from not_as_told(key, held, {who: each for who, each in standings.items() if who not in elsewhere})


def _standing(told: Standing) -> Standing:
    return {"state": "living" if told["mails"] or told["webhook"] else "removed", **told}


def _given(act: RecordedAct, before: Standing) -> Standing:
    """What an act makes of a contact; versions before counted its addresses."""
    if act.act == "contact.removed":
        return _standing({"mails": [], "webhook": None, "reach": "public"})
    return {"state": "living", **act.details.get("marks", dict.fromkeys(_TOLD, UNSAID))}
