"""An OpenID provider, as the hub asks it: discovery, the address to log in at, the code for claims, its keys.

Authlib speaks OAuth (code, PKCE, client authentication) and judges the claims; joserfc checks the signature. What is
believed: an ID token signed by a key of the provider's, for this client, for this very login (nonce), and fresh.
"""

from __future__ import annotations

import ssl
import threading
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from pydantic import Field, SecretStr, model_validator

from lienthong.errors import Transient
from lienthong.refusals import misconfigured
from lienthong.settings import CommaSeparated, ServiceSettings, env
from lienthong.web.transport import is_loopback

LEEWAY = 60  # seconds that the provider's clock may differ from ours
_TIMEOUT = 10.0
_FRESH = 3600.0  # seconds for which discovery and keys are believed without asking again
_NEW_KEYS = 30.0  # seconds between two readings for the sake of an unknown key: a forged one costs nothing more
# Signatures by a key that only the provider has. HS256 would make our own secret sign, `none` nobody.
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")


class OidcSettings(ServiceSettings):
    """The OpenID provider by which people log in; none without an issuer."""

    model_config = env("LIENTHONG_OIDC_")

    issuer: str | None = Field(
        None, description="Address of the OpenID provider, exactly as its discovery document says"
    )
    client_id: str = Field("lienthong", description="Name by which the hub is registered there")
    client_secret: SecretStr | None = Field(None, description="Its secret there; unset: a public client, by PKCE alone")
    name: str = Field("OpenID Connect", description="What the button to log in by the provider says")
    scopes: CommaSeparated = Field(("openid", "email", "profile"), description="Scopes asked for")
    by_email: bool = Field(
        True, description="A verified e-mail address names a person at the first login; false: its subject alone"
    )
    second_factor: CommaSeparated = Field(
        ("mfa", "otp", "hwk", "swk", "sms", "fpt"),
        description="Values of `amr` by which the provider says that it asked for a second factor",
    )

    @model_validator(mode="after")
    def _readable_by_nobody(self) -> Self:
        if self.issuer is not None:
            _refuse_plain(self.issuer)
        return self


@dataclass(frozen=True, kw_only=True, slots=True)
class ProvenPerson:
    """Whom the provider names. email: only one that it has verified. proven: it asked for a second factor."""

    issuer: str
    subject: str
    email: str | None
    proven: bool


class NotBelieved(Exception):
    """What the provider sent proves nothing. The text says why, for the log."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Discovery:
    metadata: Mapping[str, Any]
    keys: KeySet
    at: float


class Provider:
    """The configured provider. Safe to share between threads."""

    def __init__(
        self,
        settings: OidcSettings,
        *,
        redirect_uri: str,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """redirect_uri: the hub's callback. Raises Misconfigured for an issuer without HTTPS, but on this machine."""
        if settings.issuer is None:
            raise misconfigured("oidc_not_set")
        _refuse_plain(settings.issuer)
        self.issuer, self.name, self.by_email = settings.issuer, settings.name, settings.by_email
        self._settings, self._redirect = settings, redirect_uri
        self._clock, self._monotonic = clock, monotonic
        self._lock = threading.Lock()
        self._cached: _Discovery | None = None
        self._trust = ssl.create_default_context()  # the authorities that the system trusts

    def address(self, *, state: str, nonce: str, verifier: str) -> str:
        """Where the browser goes to log in. Raises Transient when the provider can't be asked."""
        endpoint = self._endpoint("authorization_endpoint")
        with self._client() as client:
            url, _ = client.create_authorization_url(endpoint, state=state, code_verifier=verifier, nonce=nonce)
        return str(url)

    def proven_person(self, *, code: str, verifier: str, nonce: str, issuer: str | None) -> ProvenPerson:
        """Whom a code stands for. issuer: whom the answer says it is from (RFC 9207). Raises NotBelieved, Transient."""
        if issuer not in (None, self.issuer) or (issuer is None and self._metadata().get(_SAYS_ISSUER)):
            raise NotBelieved("the answer comes from another provider")
        token = self._token(code, verifier)
        if not isinstance(token.get("id_token"), str):
            raise NotBelieved("there is no ID token")
        claims = self._claims(token["id_token"], token.get("access_token"), nonce)
        methods = claims.get("amr")
        return ProvenPerson(
            issuer=self.issuer,
            subject=str(claims["sub"]),
            email=claims.get("email") if claims.get("email_verified") is True else None,
            proven=isinstance(methods, list) and not set(self._settings.second_factor).isdisjoint(map(str, methods)),
        )

    def _token(self, code: str, verifier: str) -> Mapping[str, Any]:
        from authlib.common.errors import AuthlibBaseError  # noqa: PLC0415  (only where a provider is configured)

        with self._client() as client:
            try:
                body: Mapping[str, Any] = client.fetch_token(
                    self._endpoint("token_endpoint"), grant_type="authorization_code", code=code, code_verifier=verifier
                )
            except AuthlibBaseError as exc:
                raise NotBelieved(f"the code was refused: {exc.error}") from exc
            except httpx.HTTPError as exc:
                raise _away(exc) from exc
            except ValueError as exc:
                raise NotBelieved("the token endpoint's answer can't be read") from exc
        return body

    def _claims(self, token: str, access_token: str | None, nonce: str) -> Mapping[str, Any]:
        from authlib.oidc.core import CodeIDToken  # noqa: PLC0415

        try:
            decoded = self._decoded(token)
            claims = CodeIDToken(
                decoded.claims,
                decoded.header,
                {
                    "iss": {"essential": True, "value": self.issuer},
                    "aud": {"essential": True, "value": self._settings.client_id},
                },
                {"nonce": nonce, "client_id": self._settings.client_id, "access_token": access_token},
            )
            claims.validate(now=int(self._clock()), leeway=LEEWAY)
        except (JoseError, ValueError, KeyError, TypeError) as exc:
            raise NotBelieved(f"the ID token: {type(exc).__name__} {exc}"[:200]) from exc
        if not isinstance(claims.get("sub"), str) or not 0 < len(claims["sub"]) <= 255:
            raise NotBelieved("the subject is no text of at most 255 characters")
        body: Mapping[str, Any] = dict(claims)
        return body

    def _decoded(self, token: str) -> Any:
        allowed = self._metadata().get("id_token_signing_alg_values_supported") or ["RS256"]
        registry = JWSRegistry(algorithms=[a for a in _ALGORITHMS if a in allowed], strict_check_header=False)
        try:
            return jwt.decode(token, self._discovery().keys, registry=registry)
        except InvalidKeyIdError:
            # The provider has rotated its keys since they were read.
            return jwt.decode(token, self._discovery(newer_than=_NEW_KEYS).keys, registry=registry)

    def _metadata(self) -> Mapping[str, Any]:
        return self._discovery().metadata

    def _endpoint(self, name: str) -> str:
        text = self._metadata().get(name)
        if not isinstance(text, str):
            raise misconfigured("oidc_incomplete", issuer=self.issuer, name=name)
        _refuse_plain(text)
        return text

    def _discovery(self, *, newer_than: float = _FRESH) -> _Discovery:
        """Discovery and keys, read again when they are older than that."""
        with self._lock:
            metadata = self._cached
            if metadata is None or self._monotonic() - metadata.at > newer_than:
                self._cached = metadata = self._read_discovery()
        return metadata

    def _read_discovery(self) -> _Discovery:
        with httpx.Client(timeout=_TIMEOUT, verify=self._trust) as client:
            metadata = _json(client, self.issuer.rstrip("/") + "/.well-known/openid-configuration")
            if metadata.get("issuer") != self.issuer:
                raise misconfigured("oidc_other_issuer", issuer=self.issuer)
            uri = str(metadata.get("jwks_uri", ""))
            _refuse_plain(uri)
            keys = _json(client, uri)
        try:
            return _Discovery(metadata=metadata, keys=KeySet.import_key_set(keys), at=self._monotonic())  # type: ignore[arg-type]
        except (JoseError, ValueError, KeyError, TypeError) as exc:
            raise Transient(f"the OpenID provider's keys can't be read: {exc}", code="oidc_away") from exc

    def _client(self) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Authlib prefers a successor of httpx, and says so at every import
            from authlib.integrations.httpx_client import OAuth2Client  # noqa: PLC0415
        secret = self._settings.client_secret
        methods = self._metadata().get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        method = "client_secret_basic" if "client_secret_basic" in methods else "client_secret_post"
        return OAuth2Client(
            client_id=self._settings.client_id,
            client_secret=secret.get_secret_value() if secret else None,
            token_endpoint_auth_method=method if secret else "none",
            scope=" ".join(self._settings.scopes),
            redirect_uri=self._redirect,
            code_challenge_method="S256",
            timeout=_TIMEOUT,
            verify=self._trust,
        )


_SAYS_ISSUER = "authorization_response_iss_parameter_supported"


def _json(client: httpx.Client, address: str) -> Mapping[str, Any]:
    try:
        answer = client.get(address)
        answer.raise_for_status()
        body = answer.json()
    except (httpx.HTTPError, ValueError) as exc:
        raise _away(exc) from exc
    if not isinstance(body, dict):
        raise Transient("the OpenID provider answers no JSON object", code="oidc_away")
    return body


def _away(exc: Exception) -> Transient:
    return Transient(f"the OpenID provider does not answer: {type(exc).__name__}", code="oidc_away")


def _refuse_plain(address: str) -> None:
    parts = urlsplit(address)
    if parts.scheme == "https" or (
        parts.scheme == "http" and (parts.hostname == "localhost" or is_loopback(parts.hostname or "?"))
    ):
        return
    raise misconfigured("oidc_plain", address=address)
