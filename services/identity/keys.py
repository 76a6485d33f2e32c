"""The keys that sign access tokens: made, published, rotated, retired.

A new key is published first and signs after PUBLISHED_BEFORE, when every verifier has read it; the old one
is trusted until its last token has expired. So a rotation is noticed by nobody. A key that leaked is dropped
at once, and with it every token it signed: clients simply get new ones.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from lienthong.access import audit
from lienthong.access.keys import SigningKey
from lienthong.access.principals import Principal
from lienthong.access.tokens import LIFETIME
from lienthong.instants import wire_or_none
from lienthong.postgres.answers import value
from lienthong.postgres.pool import Connection
from services.identity.clients import NATION
from services.identity.store import SQL

MAX_AGE = timedelta(days=90)
PUBLISHED_BEFORE = timedelta(seconds=30)  # verifiers read every second; outside ones cache a JWKS for a while
_GRACE = PUBLISHED_BEFORE + timedelta(seconds=LIFETIME + 60)


def ensure(conn: Connection) -> None:
    """Make the first key, or the next when the newest has signed for MAX_AGE. Safe in several processes."""
    with conn.transaction():
        conn.execute(SQL.lock_signing_keys)
        is_due = value(conn, bool, SQL.newest_signing_key, {"max_age": MAX_AGE})
        if is_due is None:
            _add(conn, timedelta(0), _GRACE, by="system:ingest", reason="first")
        elif is_due:
            _add(conn, PUBLISHED_BEFORE, _GRACE, by="system:ingest", reason="age")


def rotate(conn: Connection, *, by: Principal | str, leaked: bool = False, address: str | None = None) -> str:
    """Replace the signing key now; the new kid. leaked: the old ones, and all their tokens, end at once."""
    with conn.transaction():
        conn.execute(SQL.lock_signing_keys)
        delay, grace = (timedelta(0), timedelta(0)) if leaked else (PUBLISHED_BEFORE, _GRACE)
        reason = "leaked" if leaked else "asked"
        return _add(conn, delay, grace, by=by, reason=reason, address=address)


def current_key(conn: Connection) -> SigningKey:
    """The key that signs now, made or replaced first where that is due."""
    private, is_due = conn.execute(SQL.signing_key, {"max_age": MAX_AGE}).fetchone() or (b"", True)
    if is_due:
        ensure(conn)
        row = conn.execute(SQL.signing_key, {"max_age": MAX_AGE}).fetchone()
        assert row is not None  # ensure has just made one that signs at once
        private, _ = row
    return SigningKey.from_raw(private)


def jwks(conn: Connection) -> dict[str, Any]:
    """The public keys as a JWK set (RFC 7517 §5)."""
    return {"keys": [json.loads(jwk) for (jwk,) in conn.execute(SQL.public_keys)]}


def _add(
    conn: Connection,
    delay: timedelta,
    grace: timedelta,
    *,
    by: Principal | str,
    reason: str,
    address: str | None = None,
) -> str:
    key = SigningKey.generate()
    conn.execute(
        SQL.add_signing_key,
        {"kid": key.kid, "public_jwk": json.dumps(key.jwk, sort_keys=True), "private_key": key.raw, "delay": delay},
    )
    ends = value(conn, datetime, SQL.retire_signing_keys, {"kid": key.kid, "grace": grace})
    details = {"reason": reason, "formerUntil": wire_or_none(ends)}
    audit.record(conn, by, "signing_key.made", key.kid, details, address=address, province=NATION)
    return key.kid
