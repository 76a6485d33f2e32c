"""Rights held against the acts that gave them: nobody may do what no recorded act lets them. For `lienthong verify`.

What somebody proves itself with (secrets, keys, passwords) is no right and stands in no act; a client's revocation
and a person's roles do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from psycopg.rows import dict_row

from lienthong.access import audit
from lienthong.access.audit import RecordedAct
from lienthong.access.evidence import Standing, not_as_told, standings_of
from lienthong.errors import Problem
from lienthong.postgres.pool import Connection
from services.identity.people.rows import SQL as PEOPLE
from services.identity.store import SQL as CLIENTS


def findings(conn: Connection, key: str) -> Iterator[Problem]:
    """Of the clients and people that a province keeps. conn: in a transaction that sees one moment."""
    standings = standings_of(audit.of_nouns(conn, key, ("client", "person")), _rights_given)
    held = {**_rights_held(conn, CLIENTS.rights, "client", key), **_rights_held(conn, PEOPLE.rights, "person", key)}
    yield from not_as_told(key, held, standings)


def _rights_held(conn: Connection, query: str, noun: str, key: str) -> dict[str, Standing]:
    rows = conn.cursor(row_factory=dict_row).execute(query, {"key": key})
    return {f"{noun} {row.pop('name')}": row for row in rows}


def _rights_given(act: RecordedAct, before: Standing) -> Standing:
    """What an act changes of whom it was done to."""
    details = act.details
    match act.act:
        case "client.added":
            named = {right: details[right] for right in ("role", "kafka_principal") if right in details}
            lists = {right: sorted(set(details[right])) for right in ("units", "scopes", "sources") if right in details}
            return {"state": "living", **named, **lists}
        case "person.added":
            return {"state": "living", "roles": _roles(details), **_subject(details, {})}
        case "person.roles_changed":
            return {"roles": _roles(details)}
        case "person.linked":
            return _subject(details, before.get("subjects"))
    state = _ENDS.get(act.act)
    return {} if state is None else {"state": state}


_ENDS: Final = {"client.revoked": "revoked", "person.disabled": "disabled", "person.enabled": "living"}


def _roles(details: Mapping[str, Any]) -> list[list[Any]]:
    return sorted([each["role"], each["province"], sorted(set(each["units"]))] for each in details["roles"])


def _subject(details: Mapping[str, Any], before: Mapping[str, str] | None) -> Standing:
    """Who a person is at a provider, one subject each. before: None where an act of before did not tell it."""
    if before is None or "subject" not in details:
        return {}
    known = details["subject"] is not None and details.get("issuer") is not None
    named = {details["issuer"]: details["subject"]} if known else {}
    return {"subjects": {**before, **named}}
