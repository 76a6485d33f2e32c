"""Clients in the database: add, list, revoke. What routes and commands call; what clients prove themselves with
afterwards is in `proofs`.

Every change is one transaction with its entry in the audit log, and takes `by`: the actor of that entry. A secret
leaves this module once, in what `add` returns; it is stored as a digest only. What a client proves
itself with is named in acts by its proofs: a public key by its id, a secret by a mark of what is stored of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from lienthong.access import audit, edits
from lienthong.access.edits import UNSAID, Edited, Seen
from lienthong.access.principals import Principal
from lienthong.errors import Rejected
from lienthong.eventlog.installation import installation
from lienthong.instants import wire_or_none
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.refusals import problem, refused
from services.identity.assertions import public_jwk
from services.identity.client_rows import client_of, client_row, key_row, proof_of, secret_row
from services.identity.clients import NATION, Client, Registration, is_client_id, new_secret
from services.identity.registering import ProvinceOf, require_valid

MANAGE = "operate:clients"
CHANGES = ("client.added", "client.revoked", "client.rotated", "client.key_added", "client.key_removed")
SQL = Queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Issued:
    """What a client's owner gets, once. secret: None for a client that proves itself with a key."""

    client_id: str
    secret: str | None = field(default=None, repr=False)


def add(
    conn: Connection,
    wanted: Sequence[Registration],
    *,
    by: Principal | str,
    address: str | None = None,
    province_of: ProvinceOf | None = None,
) -> tuple[Issued, ...]:
    """Register clients, all or none, in one transaction; their secrets in the same order.

    province_of: the registry's answer for a unit code; None checks the form of codes only. Raises Rejected
    with everything wrong, when an id, a source or a Kafka principal is taken (409), and when `by` is an
    operator of another province (403).
    """
    _only_own(by, wanted)
    provinces = frozenset(key for (key,) in conn.execute(SQL.provinces))
    require_valid(wanted, province_of=province_of, provinces=provinces, bound=_is_bound(by))
    keys = {registration.client_id: [public_jwk(jwk) for jwk in registration.jwks] for registration in wanted}
    secrets = {client.client_id: new_secret() for client in wanted if not client.jwks}
    try:
        with conn.transaction(), conn.cursor() as cursor:
            cursor.executemany(SQL.add_client, [client_row(client) for client in wanted])
            cursor.executemany(
                SQL.add_source,
                [
                    {"client_id": client.client_id, "source": source}
                    for client in wanted
                    for source in dict.fromkeys(client.used_sources)
                ],
            )
            cursor.executemany(SQL.add_secret, [secret_row(name, stored) for name, (_, stored) in secrets.items()])
            cursor.executemany(SQL.add_key, [key_row(name, jwk) for name, some in keys.items() for jwk in some])
            here = installation(conn)
            proofs = {name: [key["kid"] for key in some] for name, some in keys.items()}
            proofs |= {name: [proof_of(here, stored)] for name, (_, stored) in secrets.items()}
            audit.record_many(
                conn, [_act_of_adding(client, proofs[client.client_id], by, address) for client in wanted]
            )
    except psycopg.errors.UniqueViolation as exc:
        raise _taken(exc) from exc
    return tuple(
        Issued(client_id=client.client_id, secret=secrets.get(client.client_id, (None,))[0]) for client in wanted
    )


def list_clients(conn: Connection, *, province: str | None = None, revoked: bool = False) -> tuple[Client, ...]:
    """Clients by province and id; revoked: those too."""
    rows = conn.execute(SQL.clients, {"province": province, "client_id": None, "revoked": revoked})
    return tuple(client_of(row) for row in rows)


def clients_seen_by(conn: Connection, *, by: Principal, revoked: bool = False) -> tuple[Client, ...]:
    """The clients that an operator has a say over."""
    clients = list_clients(conn, province=None if by.province == NATION else by.province, revoked=revoked)
    return tuple(client for client in clients if _has_say(by, client.province, client.units))


def find_managed(conn: Connection, client_id: str, *, by: Principal | str) -> Client:
    """One client, revoked or not. Raises Rejected (404) as if there were none when `by` has no say over it."""
    client = find(conn, client_id)
    if client is None or not _has_say(by, client.province, client.units):
        raise refused("client_unknown", client=client_id)
    return client


def find(conn: Connection, client_id: str) -> Client | None:
    """A client by id, revoked or not."""
    if not is_client_id(client_id):
        return None
    row = conn.execute(SQL.clients, {"province": None, "client_id": client_id, "revoked": True}).fetchone()
    return client_of(row) if row else None


def revoke(
    conn: Connection,
    client_id: str,
    *,
    by: Principal | str,
    reason: str,
    address: str | None = None,
    seen: Seen = UNSAID,
) -> None:
    """End a client for good: no new tokens, living ones refused within seconds, its sources free again.

    Raises Rejected when there is no such living client, or it is of a province that `by` has no say in.
    """
    with conn.transaction():
        province = lock(conn, client_id, by, seen)
        conn.execute(SQL.revoke_client, {"client_id": client_id})
        conn.execute(SQL.release_sources, {"client_id": client_id})
        audit.record(conn, by, "client.revoked", client_id, {"reason": reason}, address=address, province=province)


def edited_state(conn: Connection, client: Client) -> dict[str, Any]:
    """What operators edit of a client: whether it lives, and what it proves itself with."""
    proofs = [[proof, ends] for proof, ends in conn.execute(SQL.proofs, {"client_id": client.client_id})]
    return {"revoked": wire_or_none(client.revoked_at), "proofs": proofs}


def lock(conn: Connection, client_id: str, by: Principal | str, seen: Seen = UNSAID) -> str:
    """The client's province, held until the transaction ends. An operator has no say in another province.

    Raises Rejected: 404, and 412 where another client stands than was seen.
    """
    row = None
    if is_client_id(client_id):
        row = conn.execute(SQL.lock_client, {"client_id": client_id}).fetchone()
    if row is None:
        raise refused("client_unknown", client=client_id)
    province, revoked_at, units = row
    if revoked_at is not None or not _has_say(by, province, units):
        raise refused("client_unknown", client=client_id)
    edits.require_unchanged(conn, seen, _edited(conn, find_managed(conn, client_id, by=by)))
    return str(province)


def _edited(conn: Connection, client: Client) -> Edited:
    return Edited(
        subject=client.client_id,
        acts=CHANGES,
        province=client.province,
        issuer=None,
        standing=edited_state(conn, client),
    )


def _has_say(by: Principal | str, province: str, units: Iterable[str]) -> bool:
    """Who operates units alone has a say over the clients of these units and no others."""
    return not isinstance(by, Principal) or by.has_say_over(MANAGE, units, province=province)


def _is_bound(by: Principal | str) -> bool:
    """Whether somebody operates units alone."""
    return isinstance(by, Principal) and by.province != NATION and by.reach(MANAGE) is not None


def _only_own(by: Principal | str, wanted: Sequence[Registration]) -> None:
    elsewhere = [
        problem(f"/{index}/province", "province_elsewhere", province=registration.province)
        for index, registration in enumerate(wanted)
        if not _has_say(by, registration.province, registration.units)
    ]
    if elsewhere:
        raise Rejected(elsewhere, status=403)


def _act_of_adding(
    registration: Registration, proofs: Sequence[str], by: Principal | str, address: str | None
) -> audit.Act:
    details = {
        "name": registration.name,
        "role": registration.role,
        "units": list(registration.units),
        "scopes": list(registration.granted),
        "sources": list(registration.used_sources),
        "kafka_principal": registration.kafka_principal,
        "proofs": list(proofs),
    }
    return audit.Act(
        actor=by,
        act="client.added",
        subject=registration.client_id,
        details=details,
        address=address,
        province=registration.province,
    )


_TAKEN = {
    "clients_pkey": "client_exists",
    "client_sources_one_holder": "source_taken",
    "clients_kafka_principal": "kafka_principal_taken",
}


def _taken(exc: psycopg.errors.UniqueViolation) -> Rejected:
    code = _TAKEN.get(exc.diag.constraint_name or "")
    if code is None:
        raise exc
    # DETAIL names the value that is taken: an id or a source, which the operator gave.
    match = re.search(r"=\((.*?)\)", exc.diag.message_detail or "")
    return refused(code, value=match.group(1) if match else "")
