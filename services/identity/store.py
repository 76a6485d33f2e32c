"""Clients and their credentials in the database: add, list, revoke, rotate. What the CLI calls.

Every change is one transaction with its entry in the audit log, and takes `by`: the actor of that entry. A
secret leaves this module once, in what `add` or `rotate` returns; it is stored as a digest only. What a client proves
itself with is named in acts by its proofs: a public key by its id, a secret by a mark of what is stored of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg

from lienthong.access import audit, edits
from lienthong.access.edits import UNSAID, Edited, Seen
from lienthong.access.principals import Principal
from lienthong.errors import Rejected
from lienthong.eventlog.installation import Installation, installation
from lienthong.instants import wire, wire_or_none
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.refusals import problem, refused
from services.identity.assertions import Used, public_jwk
from services.identity.client_rows import client_of, client_row, key_row, secret_row
from services.identity.clients import (
    NATION,
    Client,
    ProvinceOf,
    Registration,
    Secret,
    checked,
    is_client_id,
    new_secret,
)
from services.identity.grant import Credentials

MAX_OVERLAP = timedelta(days=30)
MAX_KEYS = 5  # an assertion without a known kid is tried against each
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
    checked(wanted, province_of=province_of, provinces=provinces, bound=_is_bound(by))
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
            audit.record_many(conn, [_added(client, proofs[client.client_id], by, address) for client in wanted])
    except psycopg.errors.UniqueViolation as exc:
        raise _taken(exc) from exc
    return tuple(
        Issued(client_id=client.client_id, secret=secrets.get(client.client_id, (None,))[0]) for client in wanted
    )


def listed(conn: Connection, *, province: str | None = None, revoked: bool = False) -> tuple[Client, ...]:
    """Clients by province and id; revoked: those too."""
    rows = conn.execute(SQL.clients, {"province": province, "client_id": None, "revoked": revoked})
    return tuple(client_of(row) for row in rows)


def seen(conn: Connection, *, by: Principal, revoked: bool = False) -> tuple[Client, ...]:
    """The clients that an operator has a say over."""
    clients = listed(conn, province=None if by.province == NATION else by.province, revoked=revoked)
    return tuple(client for client in clients if _has_say(by, client.province, client.units))


def managed(conn: Connection, client_id: str, *, by: Principal | str) -> Client:
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
        province = _locked(conn, client_id, by, seen)
        conn.execute(SQL.revoke_client, {"client_id": client_id})
        conn.execute(SQL.release_sources, {"client_id": client_id})
        audit.record(conn, by, "client.revoked", client_id, {"reason": reason}, address=address, province=province)


def rotate(
    conn: Connection,
    client_id: str,
    *,
    by: Principal | str,
    overlap: timedelta = timedelta(days=1),
    jwk: Mapping[str, Any] | None = None,
    address: str | None = None,
    seen: Seen = UNSAID,
) -> Issued:
    """Give a client a new secret (or key: jwk). The newest of the old ones goes on for `overlap`, others end.

    overlap 0 is for a secret that leaked: the tokens got with it are refused too, within seconds. Raises
    Rejected as `revoke` does, and for an overlap above 30 days.
    """
    _check_overlap(overlap)
    key = public_jwk(jwk) if jwk is not None else None
    plain, stored = new_secret()
    with conn.transaction():
        province = _locked(conn, client_id, by, seen)
        here = installation(conn)
        ended = _end_proofs(conn, here, client_id, overlap, keep=[key["kid"]] if key else [])
        if key:
            conn.execute(SQL.add_key, key_row(client_id, key))
        else:
            conn.execute(SQL.add_secret, secret_row(client_id, stored))
        if not overlap:
            conn.execute(SQL.raise_generation, {"client_id": client_id})
        details = {
            "overlap_seconds": int(overlap.total_seconds()),
            "with": "key" if key else "shared",
            "proof": key["kid"] if key else proof_of(here, stored),
            "ends": ended,
        }
        audit.record(conn, by, "client.rotated", client_id, details, address=address, province=province)
    return Issued(client_id=client_id, secret=None if key else plain)


def keys_of(conn: Connection, client_id: str, *, by: Principal | str) -> tuple[Mapping[str, str], ...]:
    """A client's living public keys. Raises Rejected (404)."""
    managed(conn, client_id, by=by)
    return tuple(json.loads(jwk) for (jwk,) in conn.execute(SQL.live_keys, {"client_id": client_id}))


def add_key(
    conn: Connection,
    client_id: str,
    jwk: Mapping[str, Any],
    *,
    by: Principal | str,
    address: str | None = None,
    seen: Seen = UNSAID,
) -> str:
    """Register a public key beside what the client has; its kid. Raises Rejected: unfit, too many, no such client."""
    with conn.transaction():
        province = _locked(conn, client_id, by, seen)
        key = public_jwk(jwk)
        conn.execute(SQL.add_key, key_row(client_id, key))
        if len(conn.execute(SQL.live_keys, {"client_id": client_id}).fetchall()) > MAX_KEYS:
            raise refused("keys_too_many", "/jwk", most=MAX_KEYS)
        audit.record(conn, by, "client.key_added", client_id, {"kid": key["kid"]}, address=address, province=province)
    return key["kid"]


def drop_key(
    conn: Connection,
    client_id: str,
    kid: str,
    *,
    by: Principal | str,
    address: str | None = None,
    seen: Seen = UNSAID,
) -> None:
    """Believe a key no longer, nor the tokens got with it. Raises Rejected (404) when there is none such."""
    with conn.transaction():
        province = _locked(conn, client_id, by, seen)
        if not conn.execute(SQL.drop_key, {"client_id": client_id, "kid": kid}).rowcount:
            raise refused("key_unknown", client=client_id, key=kid)
        conn.execute(SQL.raise_generation, {"client_id": client_id})
        audit.record(conn, by, "client.key_removed", client_id, {"kid": kid}, address=address, province=province)


def credentials(conn: Connection, client_id: str) -> Credentials | None:
    """All that is needed to judge a token request; None for a client that never was."""
    client = find(conn, client_id)
    if client is None:
        return None
    named = {"client_id": client_id}
    secrets = [
        Secret(salt=salt, digest=digest, ends_at=ends_at)
        for salt, digest, ends_at in conn.execute(SQL.live_secrets, named)
    ]
    keys = [json.loads(jwk) for (jwk,) in conn.execute(SQL.live_keys, named)]
    return Credentials(client=client, secrets=secrets, keys=keys)


def proof_of(here: Installation, stored: Secret) -> str:
    """By what acts name a secret: it follows from salt and digest, so that another in its row is another."""
    return here.mark(stored.salt.hex() + stored.digest.hex())


def use_assertion(tx: Connection, client_id: str, used: Used) -> bool:
    """Remember an assertion for as long as it could come again. False when it was used before."""
    tx.execute(SQL.forget_assertions)
    row = tx.execute(SQL.use_assertion, {"client_id": client_id, "jti": used.jti, "expires": used.expires})
    return row.fetchone() is not None


def standing(conn: Connection, client: Client) -> dict[str, Any]:
    """What operators edit of a client: whether it lives, and what it proves itself with."""
    proofs = [[proof, ends] for proof, ends in conn.execute(SQL.proofs, {"client_id": client.client_id})]
    return {"revoked": wire_or_none(client.revoked_at), "proofs": proofs}


def _locked(conn: Connection, client_id: str, by: Principal | str, seen: Seen = UNSAID) -> str:
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
    edits.unchanged(conn, seen, _edited(conn, managed(conn, client_id, by=by)))
    return str(province)


def _end_proofs(
    conn: Connection, here: Installation, client_id: str, overlap: timedelta, *, keep: Sequence[str]
) -> list[tuple[str, str]]:
    """End what the client proved itself with until now; which of them ends when."""
    named = {"client_id": client_id, "overlap": overlap}
    secrets = [
        (proof_of(here, Secret(salt=salt, digest=digest)), wire(ends_at))
        for salt, digest, ends_at in conn.execute(SQL.end_secrets, named)
    ]
    ended_keys = conn.execute(SQL.end_keys, {**named, "keep": list(keep)})
    return secrets + [(kid, wire(ends_at)) for kid, ends_at in ended_keys]


def _edited(conn: Connection, client: Client) -> Edited:
    return Edited(
        subject=client.client_id,
        acts=CHANGES,
        province=client.province,
        issuer=None,
        standing=standing(conn, client),
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


def _check_overlap(overlap: timedelta) -> None:
    if not timedelta(0) <= overlap <= MAX_OVERLAP:
        raise refused("overlap_out_of_range")


def _added(registration: Registration, proofs: Sequence[str], by: Principal | str, address: str | None) -> audit.Act:
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
