"""Rights held against the acts that gave them: nobody may do what no recorded act lets them, nor prove itself by what
none of them made. For `lienthong verify`.

No act tells a secret. A public key is told by its id, a client's secret and a person's address by a mark that only the
hub can make; passwords, second factors and recovery codes stand in no act, and are not compared.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from psycopg.rows import dict_row

from lienthong.access import audit
from lienthong.access.audit import RecordedAct
from lienthong.access.evidence import UNSAID, Standing, not_as_told, standings_of
from lienthong.errors import Problem, Rejected
from lienthong.eventlog.installation import Installation, installation
from lienthong.events import NATION
from lienthong.instants import read, wire_or_none
from lienthong.postgres.answers import certain
from lienthong.postgres.pool import Connection
from services.identity.assertions import public_jwk
from services.identity.client_rows import proof_of
from services.identity.clients import StoredSecret
from services.identity.people.rows import SQL as PEOPLE
from services.identity.store import SQL as CLIENTS

Details = Mapping[str, Any]
Ends = Mapping[str, str | None]
"""When each key or secret ends, by what acts call it; None: not yet decided."""


def findings(conn: Connection, key: str) -> Iterator[Problem]:
    """Of the clients and people that a province keeps; of the nation also the keys that sign everybody's tokens.

    conn: in a transaction that sees one moment.
    """
    here, now = installation(conn), certain(conn, datetime, CLIENTS.real_time)
    standings = standings_of(audit.of_nouns(conn, key, ("client", "person")), _rights_given)
    held = {**_clients(conn, here, key), **_people(conn, here, key)}
    yield from not_as_told(key, _with_living(held, now), _with_living(standings, now))
    if key == NATION:
        yield from not_as_told(key, _signing_keys(conn, now), _signing_told(conn, now))


def _people(conn: Connection, here: Installation, key: str) -> dict[str, Standing]:
    people = _rights_held(conn, PEOPLE.rights, "person", key)
    return {who: {**person, "email": person["email"] and here.mark(person["email"])} for who, person in people.items()}


def _clients(conn: Connection, here: Installation, key: str) -> dict[str, Standing]:
    clients, proofs = _rights_held(conn, CLIENTS.rights, "client", key), _proofs(conn, here, key)
    return {who: {**client, "proofs": proofs.get(who, {})} for who, client in clients.items()}


def _rights_held(conn: Connection, query: str, noun: str, key: str) -> dict[str, Standing]:
    rows = conn.cursor(row_factory=dict_row).execute(query, {"key": key})
    return {f"{noun} {row.pop('id')}": row for row in rows}


def _proofs(conn: Connection, here: Installation, key: str) -> dict[str, dict[str, str | None]]:
    """By client, what it proves itself with."""
    proofs: dict[str, dict[str, str | None]] = {}
    for client, salt, digest, until in conn.execute(CLIENTS.secrets_of_province, {"key": key}):
        name = proof_of(here, StoredSecret(salt=salt, digest=digest))
        proofs.setdefault(f"client {client}", {})[name] = wire_or_none(until)
    for client, kid, jwk, until in conn.execute(CLIENTS.keys_of_province, {"key": key}):
        proofs.setdefault(f"client {client}", {})[_named(kid, jwk)] = wire_or_none(until)
    return proofs


def _signing_keys(conn: Connection, now: datetime) -> dict[str, Standing]:
    ends = {_named(kid, jwk): wire_or_none(until) for kid, jwk, until in conn.execute(CLIENTS.all_signing_keys)}
    return _trusted(_living(ends, now))


def _signing_told(conn: Connection, now: datetime) -> dict[str, Standing]:
    """By the acts: each new key says until when the ones before it are trusted, unless they end sooner anyhow."""
    ends: dict[str, str | None] = {}
    untold: set[str] = set()  # a version of before made the next key, and did not say until when these are trusted
    for act in audit.of_nouns(conn, NATION, ("signing_key",)):
        untold |= ends.keys() if "formerUntil" not in act.details else set()
        until = act.details.get("formerUntil")
        ends = {kid: min(end or until, until, key=read) if until else end for kid, end in ends.items()}
        ends[act.subject] = None
    told = {kid: until for kid, until in ends.items() if kid not in untold}
    return {**_trusted(_living(told, now)), **{f"signing_key {kid}": {} for kid in untold}}


def _trusted(ends: Ends) -> dict[str, Standing]:
    return {f"signing_key {kid}": {"state": "trusted", "until": until} for kid, until in ends.items()}


def _with_living(standings: Mapping[str, Standing], now: datetime) -> dict[str, Standing]:
    """What ended is nobody's proof any more, however long its row stays."""
    return {who: _with_living_proofs(standing, now) for who, standing in standings.items()}


def _with_living_proofs(standing: Standing, now: datetime) -> Standing:
    proofs = standing.get("proofs", UNSAID)
    return standing if proofs is UNSAID else {**standing, "proofs": _living(proofs, now)}


def _living(ends: Ends, now: datetime) -> Ends:
    return {name: until for name, until in ends.items() if until is None or read(until) > now}


def _named(kid: str, jwk: str) -> str:
    """A public key as acts call it; one that is another than it is called is called so by none."""
    try:
        thumbprint = public_jwk(json.loads(jwk))["kid"]
    except (ValueError, AttributeError, Rejected):
        thumbprint = "?"
    return kid if kid == thumbprint else f"{kid} ({thumbprint})"


def _rights_given(act: RecordedAct, before: Standing) -> Standing:
    """What an act changes of whom it was done to."""
    change = _CHANGES.get(act.act)
    return {} if change is None else change(act.details, before)


def _client_added(details: Details, before: Standing) -> Standing:
    named = {right: details[right] for right in ("role", "kafka_principal") if right in details}
    lists = {right: sorted(set(details[right])) for right in ("units", "scopes", "sources") if right in details}
    proofs = {"proofs": dict.fromkeys(details["proofs"])} if "proofs" in details else {}
    return {"state": "living", "released": [], **_name(details), **named, **lists, **proofs}


def _client_revoked(details: Details, before: Standing) -> Standing:
    return {"state": "revoked", "released": before.get("sources", UNSAID)}


def _rotated(details: Details, before: Standing) -> Standing:
    """Where acts of before did not say what the client proved itself with this one does: it ends all that lives."""
    if "proof" not in details:
        return {"proofs": UNSAID}
    ends = dict(details["ends"])
    known = before.get("proofs", UNSAID)
    told = ends if known is UNSAID else known
    # One that was slipped in is no client's because a rotation ended it too.
    ended = {name: until for name, until in ends.items() if name in told}
    return {"proofs": {**told, **ended, details["proof"]: None}}


def _key_added(details: Details, before: Standing) -> Standing:
    known = before.get("proofs", UNSAID)
    return {} if known is UNSAID else {"proofs": {**known, details["kid"]: None}}


def _key_removed(details: Details, before: Standing) -> Standing:
    known = before.get("proofs", UNSAID)
    return {} if known is UNSAID else {"proofs": {n: until for n, until in known.items() if n != details["kid"]}}


def _person_added(details: Details, before: Standing) -> Standing:
    email = {"email": details["email_mark"]} if "email_mark" in details else {}
    return {"state": "living", **_name(details), **email, **_roles(details, before), **_subject(details, {})}


def _person_linked(details: Details, before: Standing) -> Standing:
    return _subject(details, before.get("subjects"))


def _name(details: Details) -> Standing:
    return {"name": details["name"].strip()} if "name" in details else {}


def _roles(details: Details, before: Standing) -> Standing:
    return {"roles": sorted([each["role"], each["province"], sorted(set(each["units"]))] for each in details["roles"])}


def _subject(details: Details, before: Mapping[str, str] | None) -> Standing:
    """Who a person is at a provider, one subject each. before: None where an act of before did not tell it."""
    if before is None or "subject" not in details:
        return {}
    known = details["subject"] is not None and details.get("issuer") is not None
    named = {details["issuer"]: details["subject"]} if known else {}
    return {"subjects": {**before, **named}}


_CHANGES: Final[Mapping[str, Callable[[Details, Standing], Standing]]] = {
    "client.added": _client_added,
    "client.revoked": _client_revoked,
    "client.rotated": _rotated,
    "client.key_added": _key_added,
    "client.key_removed": _key_removed,
    "person.added": _person_added,
    "person.roles_changed": _roles,
    "person.linked": _person_linked,
    "person.disabled": lambda details, before: {"state": "disabled"},
    "person.enabled": lambda details, before: {"state": "living"},
}
