"""Issues access tokens: reads the client, asks `grant`, remembers the assertion, signs, records.

What is recorded: a refusal of a client that exists, at most REFUSALS_RECORDED a minute for each client; and
that a client got a token, once in ten minutes for each client and address. Another token within that time
gives nobody anything new, and a sender that gets one for every report would write the log full.

Failures are braked, right secrets never: 256 random bits need no lockout, and a province may sit behind one address,
where one mistyped setting must not keep the others out. So a proof is looked at first, which costs a read and a
SHA-256; a wrong one is then told to slow down, and no longer recorded.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from lienthong.access import audit
from lienthong.access.keys import SigningKey
from lienthong.access.tokens import LIFETIME, issue
from lienthong.postgres.pool import Connection, Pool
from services.identity import grant, keys, proofs, store
from services.identity.grant import Granted, NotGranted, TokenRequest
from services.identity.throttle import Throttle

FAILURES_OF_ADDRESS = 120  # a minute; after them a wrong proof from there gets 429
FAILURES_OF_CLIENT = 10  # a minute, of one client from one address
TOKENS_OF_CLIENT = 120  # a minute; a token lasts ten, so a sender that keeps its own needs far fewer
REFUSALS_RECORDED = 10  # a minute for each client


@dataclass(frozen=True, kw_only=True, slots=True)
class IssuedToken:
    """An access token, for how many seconds, with which scopes."""

    value: str
    expires_in: int
    scopes: frozenset[str]


class TokenIssuer:
    """The decision of the token endpoint, for one process. Safe to share between threads."""

    def __init__(
        self,
        pool: Pool,
        *,
        issuer: str,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """issuer: the hub's public base URL, without a slash at the end. clock: real time."""
        self.issuer = issuer
        self._pool = pool
        self._clock = clock
        self._audiences = frozenset({issuer, f"{issuer}/oauth/token"})
        self._of_address = Throttle(limit=FAILURES_OF_ADDRESS, window=60, clock=monotonic)
        self._of_client = Throttle(limit=FAILURES_OF_CLIENT, window=60, clock=monotonic)
        self._refusals = Throttle(limit=REFUSALS_RECORDED, window=60, clock=monotonic)
        self._tokens = Throttle(limit=TOKENS_OF_CLIENT, window=60, clock=monotonic)
        self._issued = Throttle(limit=1, window=LIFETIME, clock=monotonic)

    def token(self, content_type: str | None, body: bytes, authorization: str | None, *, address: str) -> IssuedToken:
        """Answer one token request. Raises NotGranted (RFC 6749 §5.2) and Transient."""
        request: TokenRequest | None = None
        try:
            request = grant.read(content_type, body, authorization)
            return self._grant(request, address)
        except NotGranted as refused:
            wait = self._brake(request, refused, address)
            if wait:
                raise grant.slow_down(wait) from refused
            if request is not None:
                self._record_refusal(request, refused, address)
            raise

    def jwks(self) -> dict[str, object]:
        """The JWK set of all keys to be trusted now."""
        with self._pool.connection() as conn:
            return keys.jwks(conn)

    def _grant(self, request: TokenRequest, address: str) -> IssuedToken:
        now = self._clock()
        with self._pool.connection() as conn:
            credentials = proofs.credentials(conn, request.client_id)
            granted = grant.decide(
                request, credentials, audiences=self._audiences, now=datetime.fromtimestamp(now, UTC)
            )
            self._limit(granted.client.client_id)
            key = keys.current_key(conn)
            self._record_issue(conn, granted, address)
        return self._sign(granted, key, now)

    def _limit(self, client_id: str) -> None:
        """Counted once the client has proven itself: nobody uses up another's tokens. Raises NotGranted (429)."""
        wait = self._tokens.wait(client_id)
        if wait:
            raise grant.too_many_tokens(wait, TOKENS_OF_CLIENT)
        self._tokens.count(client_id)

    def _record_issue(self, conn: Connection, granted: Granted, address: str) -> None:
        """Remember the assertion, and say in the audit log that the client was here."""
        client = granted.client
        here = (client.client_id, address)
        is_new = not self._issued.wait(here)
        if granted.used is None and not is_new:
            return
        with conn.transaction():
            if granted.used is not None and not proofs.use_assertion(conn, client.client_id, granted.used):
                raise grant.used_before()
            if is_new:
                audit.record(
                    conn,
                    client.principal(),
                    "token.issued",
                    client.client_id,
                    {"scopes": sorted(granted.scopes), "by": "key" if granted.used else "shared"},
                    address=address,
                )
        self._issued.count(here)  # only now: what was rolled back was not recorded

    def _sign(self, granted: Granted, key: SigningKey, now: float) -> IssuedToken:
        principal = granted.client.principal(granted.scopes)
        value = issue(principal, key=key, issuer=self.issuer, now=now, generation=granted.client.generation)
        return IssuedToken(value=value, expires_in=LIFETIME, scopes=principal.scopes)

    def _record_refusal(self, request: TokenRequest, refused: NotGranted, address: str) -> None:
        if not self._refusals.count(request.client_id[:64]):
            return
        with self._pool.transaction() as tx:
            client = store.find(tx, request.client_id)
            if client is not None:
                audit.record(
                    tx,
                    client.principal(),
                    "token.refused",
                    client.client_id,
                    {"error": refused.error, "why": refused.why},
                    address=address,
                )

    def _brake(self, request: TokenRequest | None, refused: NotGranted, address: str) -> float:
        """Count a failure; seconds to wait when there were too many before it, else 0."""
        if request is not None and refused.error != "invalid_client":
            return 0.0  # it is who it says it is, and asked for what it has not
        pair = (request.client_id[:64] if request is not None else "", address)
        wait = max(self._of_client.wait(pair), self._of_address.wait(address))
        if not wait:
            self._of_client.count(pair)
            self._of_address.count(address)
        return wait
