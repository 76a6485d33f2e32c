"""private_key_jwt (RFC 7523): which keys may be registered, and whether an assertion is good. Pure.

The algorithm follows from the registered key, never from the assertion's own header.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jwt
import jwt.utils

from lienthong.access.keys import thumbprint_of
from lienthong.errors import Rejected
from lienthong.refusals import refused

ALGORITHMS = {"OKP": "EdDSA", "EC": "ES256", "RSA": "RS256"}
MAX_LIFETIME = 300  # seconds between the moment of use and `exp`
LEEWAY = 30  # seconds a sender's clock may be ahead of or behind ours
MAX_ASSERTION = 8_192  # characters
MAX_JTI = 200
MIN_RSA_BITS = 2048
_PRIVATE_PARTS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_PUBLIC_PARTS = {"OKP": ("crv", "kty", "x"), "EC": ("crv", "kty", "x", "y"), "RSA": ("e", "kty", "n")}
_CURVES = {"OKP": "Ed25519", "EC": "P-256"}


class NotProven(Exception):
    """The assertion proves nothing. The text says why, for the log; the sender learns only invalid_client."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Used:
    """An assertion that was good: its jti must not come again before it expires (seconds since 1970)."""

    jti: str
    expires: float


def public_jwk(jwk: Mapping[str, Any]) -> dict[str, str]:
    """The bare public key with its RFC 7638 thumbprint as kid, ready to store.

    Takes Ed25519, P-256, and RSA from 2048 bits. Raises Rejected, also for a key that shows its private half:
    whoever sent it has to make a new one.
    """
    kty = str(jwk.get("kty"))
    if _PRIVATE_PARTS & jwk.keys():
        raise refused("jwk_private")
    parts = _PUBLIC_PARTS.get(kty, ())
    if not parts or jwk.get("crv") != _CURVES.get(kty) or not all(isinstance(jwk.get(p), str) for p in parts):
        raise _unfit()
    public = {name: str(jwk[name]) for name in parts}
    _load(public)
    return {**public, "kid": thumbprint_of(public)}


def claimed_client(assertion: str) -> str:
    """Who the assertion says it is from, before anything of it is believed. Raises NotProven."""
    if len(assertion) > MAX_ASSERTION:
        raise NotProven("longer than the limit")
    try:
        claims = jwt.decode(assertion, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, RecursionError) as exc:
        raise NotProven("not a JWT") from exc
    subject = claims.get("sub")
    if not isinstance(subject, str) or claims.get("iss") != subject:
        raise NotProven("iss and sub are not the same client")
    return subject


def verify(
    assertion: str, keys: Sequence[Mapping[str, str]], *, client_id: str, audiences: Collection[str], now: float
) -> Used:
    """The assertion's jti and end, if one of the registered keys signed it for us and it is fresh.

    audiences: token endpoint and issuer URL; either is accepted. Raises NotProven.
    """
    claims = _signed_by_any(assertion, keys)
    if claims.get("iss") != client_id or claims.get("sub") != client_id:
        raise NotProven("iss or sub is another client")
    audience = claims.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    if not any(isinstance(text, str) and text in audiences for text in named):
        raise NotProven("meant for another audience")
    expires = _expiry(claims, now)
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= MAX_JTI or not jti.isprintable():
        raise NotProven("jti is missing, too long, or not printable")
    return Used(jti=jti, expires=expires + LEEWAY)


def _expiry(claims: Mapping[str, Any], now: float) -> float:
    for name in ("iat", "nbf"):
        if name in claims and (not _is_time(claims[name]) or not claims[name] <= now + LEEWAY):
            raise NotProven(f"{name} is in the future")
    expires: Any = claims.get("exp")
    if not _is_time(expires) or not now - LEEWAY < expires <= now + MAX_LIFETIME + LEEWAY:
        raise NotProven("exp is missing, past, or more than five minutes away")
    return float(expires)


def _signed_by_any(assertion: str, keys: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    try:
        kid = jwt.get_unverified_header(assertion).get("kid")
    except (jwt.PyJWTError, ValueError, RecursionError) as exc:
        raise NotProven("not a JWT") from exc
    # A sender may use a kid of its own, which we never learnt: then every key is tried (two, at most a few).
    named = [key for key in keys if key["kid"] == kid] or list(keys)
    for key in named:
        try:
            claims: dict[str, Any] = jwt.decode(
                assertion,
                _load(key),
                algorithms=[ALGORITHMS[key["kty"]]],
                options={
                    "verify_aud": False,
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                    "verify_iss": False,
                    "verify_sub": False,
                    "verify_jti": False,
                },
            )
        except (jwt.PyJWTError, ValueError, RecursionError):
            continue
        return claims
    raise NotProven("signed by no registered key")


def _load(public: Mapping[str, str]) -> Any:
    try:
        key = jwt.PyJWK(dict(public), algorithm=ALGORITHMS[public["kty"]]).key
    except (jwt.PyJWTError, ValueError, TypeError) as exc:
        raise _unfit() from exc
    if public["kty"] == "RSA" and key.key_size < MIN_RSA_BITS:
        raise _unfit()
    return key


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _unfit() -> Rejected:
    return refused("jwk_unfit")
