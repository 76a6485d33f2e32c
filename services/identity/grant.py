"""Whether a token request is granted: RFC 6749 §4.4 and §2.3, RFC 7523. Pure.

read(content_type, body, authorization)  → TokenRequest   who claims to be calling, with which proof
decide(request, client, …)               → Granted        or NotGranted, with the error codes of RFC 6749 §5.2
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from lienthong.errors import Rejected
from lienthong.refusals import entry, problem
from services.identity import assertions
from services.identity.clients import Client, StoredSecret, secret_matches

MAX_BODY = 16_384  # bytes: an assertion with an RSA signature is about 1,000
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class NotGranted(Rejected):
    """A token request that is not granted. error: the code of RFC 6749 §5.2. why: for the audit log."""

    def __init__(self, error: str, code: str, *, why: str = "", retry_after: int | None = None, **params: Any) -> None:
        reason = problem("", code, **params)
        status = entry(code).status
        super().__init__([reason], status=status)
        self.error = error
        self.why = why or reason.message.en
        self.headers: dict[str, str] = {"Cache-Control": "no-store", "Pragma": "no-cache"}
        if error == "invalid_client":
            self.headers["WWW-Authenticate"] = 'Basic realm="lienthong", charset="UTF-8"'
        if code in ("oauth_too_long", "oauth_too_slow"):
            self.headers["Connection"] = "close"  # what is left of the body is not read
        if retry_after is not None:
            self.headers["Retry-After"] = str(retry_after)

    def body(self) -> dict[str, Any]:
        """RFC 6749 §5.2. error_description is ASCII by that rule; the Vietnamese text stands beside it."""
        text = self.problems[0].message
        return {"error": self.error, "error_description": text.en, "error_description_vi": text.vi}


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenRequest:
    """Who claims to be calling, with a secret or an assertion. scopes: asked for, or None for all it has."""

    client_id: str
    secret: str | None = field(default=None, repr=False)
    assertion: str | None = field(default=None, repr=False)
    scopes: frozenset[str] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredClient:
    """What is stored of a client: itself, its secrets, its public keys."""

    client: Client
    secrets: Sequence[StoredSecret] = ()
    keys: Sequence[Mapping[str, str]] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Granted:
    """scopes: what the token shall carry. used: the assertion, which has to be remembered before granting."""

    client: Client
    scopes: frozenset[str]
    used: assertions.Used | None = None


def read(content_type: str | None, body: bytes, authorization: str | None) -> TokenRequest:
    """Read a token request. Raises NotGranted: invalid_request, unsupported_grant_type, invalid_client."""
    form = _form(content_type, body)
    if form.get("grant_type") != "client_credentials":
        error = "unsupported_grant_type" if "grant_type" in form else "invalid_request"
        raise NotGranted(error, "oauth_grant_type")
    scopes = frozenset(form["scope"].split()) if form.get("scope") else None
    basic = _basic_credentials(authorization) if authorization else None
    if sum((basic is not None, "client_secret" in form, "client_assertion" in form)) > 1:
        raise _bad_request("oauth_one_way")
    if basic is not None:
        _same_client(form, basic[0])
        return TokenRequest(client_id=basic[0], secret=basic[1], scopes=scopes)
    if "client_assertion" in form:
        return _by_assertion(form, scopes)
    if "client_id" not in form or "client_secret" not in form:
        raise _unknown_client("no credentials")
    return TokenRequest(client_id=form["client_id"], secret=form["client_secret"], scopes=scopes)


def decide(
    request: TokenRequest, credentials: StoredClient | None, *, audiences: Collection[str], now: datetime
) -> Granted:
    """Grant or refuse. credentials: None when there is no such client; the answer then is that of a wrong secret.

    now: real time, with its zone. Raises NotGranted: invalid_client, invalid_scope.
    """
    if credentials is None:
        secret_matches(request.secret or "", [_NOBODY], now)  # as long as for a known client
        raise _unknown_client("no such client")
    used = _prove(request, credentials, audiences, now)
    if not credentials.client.active:
        raise _unknown_client("the client is revoked")
    held = credentials.client.scopes
    if request.scopes is not None and not request.scopes <= held:
        missing = ", ".join(sorted(request.scopes - held))
        raise NotGranted("invalid_scope", "oauth_scope", why=f"asked for {missing[:200]}")
    return Granted(client=credentials.client, scopes=request.scopes or held, used=used)


def used_before() -> NotGranted:
    """The assertion's jti has been seen."""
    return _unknown_client("assertion used before")


def slow_down(seconds: float) -> NotGranted:
    """Too many failures; the sender is told when to come back."""
    wait = max(1, int(seconds + 0.999))
    return NotGranted("slow_down", "slow_down", retry_after=wait, seconds=wait)


def too_many_tokens(seconds: float, most: int) -> NotGranted:
    """The client gets a token for every request instead of keeping one."""
    wait = max(1, int(seconds + 0.999))
    return NotGranted("slow_down", "tokens_too_many", retry_after=wait, most=most, seconds=wait)


def too_long() -> NotGranted:
    """The body exceeds MAX_BODY."""
    return NotGranted("invalid_request", "oauth_too_long", most=MAX_BODY)


def too_slow(seconds: float) -> NotGranted:
    """The body did not arrive in time."""
    return NotGranted("invalid_request", "oauth_too_slow", seconds=int(seconds))


_NOBODY = StoredSecret(salt=bytes(16), digest=bytes(32))


def _prove(
    request: TokenRequest, credentials: StoredClient, audiences: Collection[str], now: datetime
) -> assertions.Used | None:
    if request.assertion is not None:
        try:
            return assertions.verify(
                request.assertion,
                credentials.keys,
                client_id=request.client_id,
                audiences=audiences,
                now=now.timestamp(),
            )
        except assertions.NotProven as exc:
            raise _unknown_client(f"assertion: {exc}") from exc
    if not secret_matches(request.secret or "", credentials.secrets or [_NOBODY], now):
        raise _unknown_client("wrong or ended secret")
    return None


def _form(content_type: str | None, body: bytes) -> dict[str, str]:
    media = (content_type or "").split(";")[0].strip().lower()
    if media != "application/x-www-form-urlencoded":
        raise _bad_request("oauth_media_type")
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=20, errors="strict")
    except ValueError as exc:
        raise _bad_request("oauth_unreadable") from exc
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise _bad_request("oauth_repeated")
    return dict(pairs)


def _basic_credentials(authorization: str) -> tuple[str, str]:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        raise _unknown_client("Authorization is not Basic")
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
    except (binascii.Error, ValueError) as exc:
        raise _unknown_client("Authorization can't be read") from exc
    client_id, colon, secret = text.partition(":")
    if not colon:
        raise _unknown_client("Authorization has no secret")
    return unquote_plus(client_id), unquote_plus(secret)  # RFC 6749 §2.3.1: both are form-encoded first


def _by_assertion(form: Mapping[str, str], scopes: frozenset[str] | None) -> TokenRequest:
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        raise _bad_request("oauth_assertion_type", type=ASSERTION_TYPE)
    try:
        client_id = assertions.claimed_client(form["client_assertion"])
    except assertions.NotProven as exc:
        raise _unknown_client(f"assertion: {exc}") from exc
    _same_client(form, client_id)
    return TokenRequest(client_id=client_id, assertion=form["client_assertion"], scopes=scopes)


def _same_client(form: Mapping[str, str], client_id: str) -> None:
    if form.get("client_id", client_id) != client_id:
        raise _bad_request("oauth_other_client")


def _bad_request(code: str, **params: Any) -> NotGranted:
    return NotGranted("invalid_request", code, **params)


def _unknown_client(why: str) -> NotGranted:
    return NotGranted("invalid_client", "oauth_client", why=why)
