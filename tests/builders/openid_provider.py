"""A real OpenID provider on this machine: discovery, log-in form, codes with PKCE, signed ID tokens, keys that rotate.

It follows OpenID Connect Core 1.0 (authorization code flow) and RFC 7636 and refuses what they say to refuse. What a
test can make it do wrong is in `Faults`: each is a thing that a broken or hostile provider does.
"""

from __future__ import annotations

import base64
import hashlib
import html
import random
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlencode

import jwt
import uvicorn
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route


@dataclass
class Account:
    """Somebody who has an account at the provider."""

    subject: str
    password: str
    claims: dict[str, Any] = field(default_factory=dict)


@dataclass
class Faults:
    """claims: put in the place of the right ones. header likewise. foreign_key: signs with a key it never published."""

    claims: dict[str, Any] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    algorithm: str = "RS256"
    foreign_key: bool = False


@dataclass
class OpenIdProvider:
    """The provider. accounts by login name."""

    issuer: str
    client_id: str = "lienthong"
    client_secret: str = "only the hub and the provider know"
    redirect_uri: str = "https://hub.example/v1/session/oidc/callback"
    accounts: dict[str, Account] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    ahead: float = 0.0  # seconds of its clock before the world's
    says_issuer: bool = True
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.keys: list[tuple[str, rsa.RSAPrivateKey]] = []
        self.rotate()

    def rotate(self) -> None:
        """A new key signs from now on; the old one is published no longer."""
        self.keys = [(secrets.token_hex(4), rsa.generate_private_key(public_exponent=65537, key_size=2048))]

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._discovery),
                Route("/jwks", self._jwks),
                Route("/authorize", self._authorize, methods=["GET", "POST"]),
                Route("/token", self._token, methods=["POST"]),
            ]
        )

    async def _discovery(self, _: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/jwks",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
                "code_challenge_methods_supported": ["S256"],
                "authorization_response_iss_parameter_supported": self.says_issuer,
            }
        )

    async def _jwks(self, _: Request) -> Response:
        published = [
            {**RSAAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid, "use": "sig", "alg": "RS256"}
            for kid, key in self.keys
        ]
        return JSONResponse({"keys": published})

    async def _authorize(self, request: Request) -> Response:
        """GET shows the form; POST is the person's name and password, and leads back with a code."""
        asked = dict(request.query_params)
        wrong = self._wrong(asked)
        if wrong:
            return HTMLResponse(html.escape(wrong), status_code=400)
        if request.method == "GET":
            return HTMLResponse('<form method="post"><input name="name"><input name="password" type="password"></form>')
        form = {k: v[0] for k, v in parse_qs((await request.body()).decode()).items()}
        account = self.accounts.get(form.get("name", ""))
        back = {"state": asked["state"], **({"iss": self.issuer} if self.says_issuer else {})}
        if account is None or account.password != form.get("password"):
            return RedirectResponse(f"{self.redirect_uri}?{urlencode({**back, 'error': 'access_denied'})}", 303)
        code = secrets.token_urlsafe(24)
        self.codes[code] = {**asked, "account": account, "until": time.time() + 60}
        return RedirectResponse(f"{self.redirect_uri}?{urlencode({**back, 'code': code})}", 303)

    def _wrong(self, asked: dict[str, str]) -> str:
        needed = {"client_id": self.client_id, "redirect_uri": self.redirect_uri, "response_type": "code"}
        for name, value in {**needed, "code_challenge_method": "S256"}.items():
            if asked.get(name) != value:
                return f"{name} is not {value}"
        if "openid" not in asked.get("scope", "").split():
            return "scope lacks openid"
        return "" if all(asked.get(name) for name in ("state", "nonce", "code_challenge")) else "something is missing"

    async def _token(self, request: Request) -> Response:
        form = {k: v[0] for k, v in parse_qs((await request.body()).decode()).items()}
        scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
        given = base64.b64decode(encoded).decode() if scheme.lower() == "basic" else ""
        if [unquote_plus(part) for part in given.split(":")] != [self.client_id, self.client_secret]:
            return JSONResponse({"error": "invalid_client"}, status_code=401)
        body = self.codes.pop(form.get("code", ""), None)  # a code works once
        verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).rstrip(b"=").decode()
        right = (
            form.get("grant_type") == "authorization_code"
            and body is not None
            and body["until"] > time.time()
            and body["redirect_uri"] == form.get("redirect_uri")
            and body["code_challenge"] == challenge
        )
        if not right or body is None:
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        access = secrets.token_urlsafe(24)
        return JSONResponse(
            {
                "access_token": access,
                "token_type": "Bearer",
                "expires_in": 300,
                "id_token": self._id_token(body["account"], body["nonce"], access),
            },
            headers={"Cache-Control": "no-store"},
        )

    def _id_token(self, account: Account, nonce: str, access: str) -> str:
        now = int(time.time() + self.ahead)
        half = hashlib.sha256(access.encode()).digest()[:16]
        claims = {
            "iss": self.issuer,
            "sub": account.subject,
            "aud": self.client_id,
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            "at_hash": base64.urlsafe_b64encode(half).rstrip(b"=").decode(),
            **account.claims,
            **self.faults.claims,
        }
        claims = {name: value for name, value in claims.items() if name not in self.faults.without}
        kid, key = self.keys[0]
        signing: Any = key
        if self.faults.foreign_key:
            signing = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        if self.faults.algorithm == "HS256":
            signing = self.client_secret
        if self.faults.algorithm == "none":
            signing = None
        return jwt.encode(claims, signing, algorithm=self.faults.algorithm, headers={"kid": kid})


@contextmanager
def an_openid_provider() -> Iterator[OpenIdProvider]:
    """A provider on a free port of this machine."""
    bound = _bound()
    id_provider = OpenIdProvider(issuer=f"http://127.0.0.1:{bound.getsockname()[1]}")
    server = uvicorn.Server(uvicorn.Config(id_provider.app(), log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    try:
        yield id_provider
    finally:
        server.should_exit = True
        thread.join(timeout=20)
        bound.close()


def _bound() -> socket.socket:
    """A socket on a free port below 32768, where no outgoing connection of the machine takes it."""
    while True:
        found = socket.socket()
        try:
            found.bind(("127.0.0.1", random.randrange(20_000, 32_000)))
        except OSError:
            found.close()
        else:
            return found
