"""How a client proves who it is, and the token that it gets for that (OAuth 2.0 client credentials). No I/O."""

from __future__ import annotations

import base64
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from lienthong.client.exchange import Request

TOKEN = "/oauth/token"
METADATA = "/.well-known/oauth-authorization-server"
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ALGORITHMS = {"OKP": "EdDSA", "EC": "ES256", "RSA": "RS256"}
_LIFE = 60  # seconds of an assertion: it is used at once
EARLY = 30.0  # seconds before its end at which a token is renewed


class Credentials(Protocol):
    """What a client proves itself by. for_one_hub: the proof names the hub, which is asked for its name first."""

    @property
    def client_id(self) -> str: ...

    @property
    def for_one_hub(self) -> bool: ...

    def request(self, issuer: str) -> Request:
        """A request for a token; a new one for each try, as an assertion is good once."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Secret:
    """A client's id and secret (client_secret_basic)."""

    client_id: str
    secret: str = field(repr=False)

    @property
    def for_one_hub(self) -> bool:
        return False

    def request(self, issuer: str) -> Request:
        pair = f"{quote(self.client_id, safe='')}:{quote(self.secret, safe='')}"  # RFC 6749 §2.3.1
        proof = base64.b64encode(pair.encode()).decode()
        return _form({}, {"authorization": f"Basic {proof}"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Key:
    """A client's id and private key as a JWK (private_key_jwt): Ed25519, P-256 or RSA; needs PyJWT[crypto].

    Its public half is registered by `lienthong clients keys add` or POST /v1/clients/{client}/keys.
    """

    client_id: str
    jwk: Mapping[str, Any] = field(repr=False)

    @property
    def for_one_hub(self) -> bool:
        return True

    def request(self, issuer: str) -> Request:
        assertion = self._assertion(issuer, time.time())
        return _form({"client_assertion_type": _ASSERTION, "client_assertion": assertion}, {})

    def _assertion(self, audience: str, now: float) -> str:
        import jwt  # noqa: PLC0415  (only where a key is used)

        algorithm = _ALGORITHMS.get(str(self.jwk.get("kty")))
        if algorithm is None:
            raise ValueError("the key is none of Ed25519 (OKP), P-256 (EC), RSA")
        claims = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": audience,
            "jti": uuid.uuid4().hex,
            "exp": int(now) + _LIFE,
        }
        return jwt.encode(claims, jwt.PyJWK(dict(self.jwk), algorithm=algorithm).key, algorithm=algorithm)


@dataclass(slots=True)
class Token:
    """The access token of a session, while it is good. clock: seconds that only grow."""

    clock: Callable[[], float] = time.monotonic
    value: str = field(default="", repr=False)
    until: float = 0.0

    def good(self, stale: str | None) -> bool:
        return bool(self.value) and self.value != stale and self.clock() < self.until

    def take(self, body: Mapping[str, Any]) -> str:
        """Keep what the token endpoint gave. Raises KeyError, TypeError or ValueError for what is no token."""
        value, life = body["access_token"], float(body["expires_in"])
        if not isinstance(value, str) or not value:
            raise ValueError("access_token")
        self.value, self.until = value, self.clock() + max(life - EARLY, life / 2)
        return value


def _form(form: Mapping[str, str], headers: Mapping[str, str]) -> Request:
    sent = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json", **headers}
    body = urlencode({"grant_type": "client_credentials", **form}).encode()
    return Request(method="POST", path=TOKEN, headers=sent, content=body)
