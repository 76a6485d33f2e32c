"""What a client proves itself with, in the database: secrets, public keys, assertions that were used.

Every change is one transaction with its entry in the audit log. A secret leaves this module once, in what `rotate`
returns; it is stored as a digest only. Acts name what a client proves itself with: a public key by its id, a secret by
a mark of what is stored of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from lienthong.access import audit
from lienthong.access.edits import UNSAID, Seen
from lienthong.access.principals import Principal
from lienthong.eventlog.installation import Installation, installation
from lienthong.instants import wire
from lienthong.postgres.pool import Connection
from lienthong.refusals import refused
from services.identity.assertions import Used, public_jwk
from services.identity.client_rows import key_row, proof_of, secret_row
from services.identity.clients import StoredSecret, new_secret
from services.identity.grant import StoredClient
from services.identity.store import SQL, Issued, find, find_managed, lock

MAX_OVERLAP = timedelta(days=30)
MAX_KEYS = 5  # an assertion without a known kid is tried against each


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
        province = lock(conn, client_id, by, seen)
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
    find_managed(conn, client_id, by=by)
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
        province = lock(conn, client_id, by, seen)
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
        province = lock(conn, client_id, by, seen)
        if not conn.execute(SQL.drop_key, {"client_id": client_id, "kid": kid}).rowcount:
            raise refused("key_unknown", client=client_id, key=kid)
        conn.execute(SQL.raise_generation, {"client_id": client_id})
        audit.record(conn, by, "client.key_removed", client_id, {"kid": kid}, address=address, province=province)


def credentials(conn: Connection, client_id: str) -> StoredClient | None:
    """All that is needed to judge a token request; None for a client that never was."""
    client = find(conn, client_id)
    if client is None:
        return None
    named = {"client_id": client_id}
    secrets = [
        StoredSecret(salt=salt, digest=digest, ends_at=ends_at)
        for salt, digest, ends_at in conn.execute(SQL.live_secrets, named)
    ]
    keys = [json.loads(jwk) for (jwk,) in conn.execute(SQL.live_keys, named)]
    return StoredClient(client=client, secrets=secrets, keys=keys)


def use_assertion(tx: Connection, client_id: str, used: Used) -> bool:
    """Remember an assertion for as long as it could come again. False when it was used before."""
    tx.execute(SQL.forget_assertions)
    row = tx.execute(SQL.use_assertion, {"client_id": client_id, "jti": used.jti, "expires": used.expires})
    return row.fetchone() is not None


def _end_proofs(
    conn: Connection, here: Installation, client_id: str, overlap: timedelta, *, keep: Sequence[str]
) -> list[tuple[str, str]]:
    """End what the client proved itself with until now; which of them ends when."""
    named = {"client_id": client_id, "overlap": overlap}
    secrets = [
        (proof_of(here, StoredSecret(salt=salt, digest=digest)), wire(ends_at))
        for salt, digest, ends_at in conn.execute(SQL.end_secrets, named)
    ]
    ended_keys = conn.execute(SQL.end_keys, {**named, "keep": list(keep)})
    return secrets + [(kid, wire(ends_at)) for kid, ends_at in ended_keys]


def _check_overlap(overlap: timedelta) -> None:
    if not timedelta(0) <= overlap <= MAX_OVERLAP:
        raise refused("overlap_out_of_range")
