"""The signed token that says who is calling and what it may do. No HTTP and no database in here.

An access token is a JWT (RFC 9068 profile, EdDSA over Ed25519) that carries the whole Principal, so that a
service which knows the public keys needs nobody else to judge a request:

    {"alg": "EdDSA", "typ": "at+jwt", "kid": …}
    {"iss", "aud", "sub", "client_id", "iat", "exp", "jti", "scope": "report:submit report:read",
     "name", "province", "units": […], "sources": […], "role", "gen": 1}

A person's token says `"typ": "person+jwt"` and carries `bindings` besides: [{"role", "scopes": […], "units": […]}].

`gen` is the client's or person's generation. Revoking or changing one raises it; a token with a lower one than the
trust list demands is refused. Tokens live in real time, never in hub time: the set clock of a sample must
not make a token last.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt
import jwt.utils
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from jwt.types import Options

from lienthong.access.keys import ALGORITHM, SigningKey
from lienthong.access.principals import PERSON, Principal, Unauthenticated
from lienthong.access.roles import Binding
from lienthong.refusals import problem

LIFETIME = 600  # seconds an access token lives: also how long a trust list must remember a revocation
LEEWAY = 5  # seconds that two machines' clocks may differ before a fresh token looks not yet issued
MAX_TOKEN = 16_384  # characters: 200 units with their sources need about 6,000

_CLIENT_TYPE, _PERSON_TYPE = "at+jwt", "person+jwt"
_CLOCK_IS_OURS: Options = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}


def issue(
    principal: Principal,
    *,
    key: SigningKey,
    issuer: str,
    now: float | None = None,
    generation: int = 1,
    lifetime: int = LIFETIME,
) -> str:
    """A signed access token. now: real time in seconds since 1970 (default: this moment)."""
    issued = int(time.time() if now is None else now)
    claims = {
        "iss": issuer,
        "aud": issuer,
        "sub": principal.client_id,
        "client_id": principal.client_id,
        "iat": issued,
        "exp": issued + min(lifetime, LIFETIME),
        "jti": secrets.token_urlsafe(12),
        "scope": " ".join(sorted(principal.scopes)),
        "name": principal.name,
        "province": principal.province,
        "units": sorted(principal.units),
        "sources": sorted(principal.sources),
        "role": principal.role,
        "gen": generation,
    }
    if principal.is_person:
        claims["bindings"] = [
            {"role": b.role, "scopes": sorted(b.scopes), "units": sorted(b.units)} for b in principal.bindings
        ]
    kind = _PERSON_TYPE if principal.is_person else _CLIENT_TYPE
    return jwt.encode(claims, key.private, algorithm=ALGORITHM, headers={"kid": key.kid, "typ": kind})


@dataclass(frozen=True, kw_only=True, slots=True)
class Trust:
    """What a verifier believes at one moment.

    keys: public keys by kid. generations: the lowest generation still accepted, for clients that were changed
    within the last LIFETIME; a client not named here has not changed since its oldest living token.
    """

    keys: Mapping[str, Ed25519PublicKey]
    generations: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, *signing: SigningKey, generations: Mapping[str, int] | None = None) -> Trust:
        """Trust in keys held in the same process (tests, tools)."""
        return cls(keys={k.kid: k.private.public_key() for k in signing}, generations=dict(generations or {}))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Verified:
    principal: Principal
    kid: str
    expires: float
    generation: int


class Verifier:
    """Turns a token into its Principal. Safe to share between threads and event loops.

    Verified tokens are remembered by digest until they expire, in two tables of `capacity` entries each: when
    the young one is full it becomes the old one, and the old one is forgotten. So memory is bounded, and a
    hit needs no lock. A hit still asks the trust list: a revoked client or a withdrawn key ends at once.
    """

    def __init__(
        self, *, issuer: str, trust: Callable[[], Trust], clock: Callable[[], float] = time.time, capacity: int = 4096
    ) -> None:
        """trust: gives the current Trust, without waiting (lienthong.access.trust.TrustWatch.current)."""
        self._issuer = issuer
        self._trust = trust
        self._clock = clock
        self._capacity = capacity
        self._young: dict[bytes, _Verified] = {}
        self._old: dict[bytes, _Verified] = {}

    def verify(self, token: str) -> Principal:
        """The principal of a valid token. Raises Unauthenticated, and Transient when trust is out of date."""
        trust = self._trust()
        digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        verified = self._young.get(digest)
        if verified is None:
            verified = self._old.get(digest) or self._check(token, trust)
            self._remember(digest, verified)
        if verified.expires <= self._clock():
            raise _invalid("token_expired")
        lowest = trust.generations.get(verified.principal.client_id, 0)
        if verified.kid not in trust.keys or verified.generation < lowest:
            raise _invalid("token_revoked")
        return verified.principal

    def bearer(self, authorization: str | None, *scopes: str) -> Principal:
        """The principal of an `Authorization: Bearer …` header value, holding all the scopes.

        Raises Unauthenticated or Forbidden. For code that has no FastAPI dependency at hand (raw ASGI).
        """
        if not authorization:
            raise Unauthenticated(problem("", "token_missing"))
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise _invalid("token_malformed")
        principal = self.verify(token.strip())
        for scope in scopes:
            principal.require(scope)
        return principal.narrowed(scopes)

    def bearer_of_one(self, authorization: str | None, *scopes: str) -> Principal:
        """The same, holding one of the scopes. Not narrowed: the act asks by which of them it is within sight."""
        principal = self.bearer(authorization)
        principal.require(next((scope for scope in scopes if scope in principal.scopes), scopes[0]))
        return principal

    def _check(self, token: str, trust: Trust) -> _Verified:
        if len(token) > MAX_TOKEN or not token.isascii():
            raise _not_valid()
        try:
            header = jwt.get_unverified_header(token)
            key = trust.keys.get(header.get("kid", ""))
            if key is None or header.get("typ") not in _READERS:
                raise _not_valid()
            claims = jwt.decode(
                token, key, algorithms=[ALGORITHM], audience=self._issuer, issuer=self._issuer, options=_CLOCK_IS_OURS
            )
            verified = _Verified(
                principal=_READERS[header["typ"]](claims),
                kid=header["kid"],
                expires=float(claims["exp"]),
                generation=int(claims["gen"]),
            )
            issued = float(claims["iat"])
        except (jwt.PyJWTError, KeyError, TypeError, ValueError) as exc:
            raise _not_valid() from exc
        if issued > self._clock() + LEEWAY or verified.expires - issued > LIFETIME:
            raise _not_valid()
        return verified

    def _remember(self, digest: bytes, verified: _Verified) -> None:
        if len(self._young) >= self._capacity:
            self._old, self._young = self._young, {}
        self._young[digest] = verified


def _client(claims: Mapping[str, Any]) -> Principal:
    return Principal(
        client_id=str(claims["sub"]),
        name=str(claims["name"]),
        province=str(claims["province"]),
        units=frozenset(claims["units"]),
        sources=frozenset(claims["sources"]),
        scopes=frozenset(str(claims["scope"]).split()),
        role=str(claims["role"]),
    )


def _person(claims: Mapping[str, Any]) -> Principal:
    # A type of its own: a process that knows nothing of bindings must not read scopes and units as one rectangle.
    subject = str(claims["sub"])
    if not subject.startswith(PERSON):
        raise _not_valid()
    return Principal.of_person(
        subject.removeprefix(PERSON),
        name=str(claims["name"]),
        province=str(claims["province"]),
        bindings=[
            Binding(role=str(b["role"]), scopes=frozenset(b["scopes"]), units=frozenset(b["units"]))
            for b in claims["bindings"]
        ],
    )


_READERS: Mapping[str, Callable[[Mapping[str, Any]], Principal]] = {_CLIENT_TYPE: _client, _PERSON_TYPE: _person}


def _invalid(code: str) -> Unauthenticated:
    reason = problem("", code)
    return Unauthenticated(reason, challenge=f', error="invalid_token", error_description="{reason.message.en}"')


def _not_valid() -> Unauthenticated:
    return _invalid("token_invalid")
