"""`POST /oauth/token`, `GET /oauth/jwks`, `GET /.well-known/oauth-authorization-server`.

Errors of the token endpoint have the body of RFC 6749 §5.2, not that of a problem document: OAuth libraries
read it. They are answered here; everything else goes the way of the error tree.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from lienthong.access.principals import SCOPES
from lienthong.web.answers import gives
from lienthong.web.routes import Routes
from services.identity import answers, assertions, bodies
from services.identity.grant import MAX_BODY, NotGranted, too_long, too_slow
from services.identity.issuance import TokenIssuer

_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class _JwkSetResponse(JSONResponse):
    media_type = "application/jwk-set+json"


def router(issuer: TokenIssuer, *, body_seconds: float = bodies.SECONDS) -> APIRouter:
    """The three routes, for the root of the app. body_seconds: how long a form may take to arrive."""
    routes = Routes(tags=["oauth"])
    _issuing(routes, issuer, body_seconds)
    _publishing(routes, issuer)
    return routes


def _issuing(routes: APIRouter, issuer: TokenIssuer, body_seconds: float) -> None:
    # A flood of token requests waits for its own few threads, and leaves the others and the pool to reports.
    threads = ThreadPoolExecutor(4, thread_name_prefix="token")  # started by the first request

    @routes.post("/oauth/token", summary="Lấy mã truy cập (OAuth 2.0 client credentials)", openapi_extra=_TOKEN_OPENAPI)
    async def token(request: Request) -> JSONResponse:
        try:
            answer = partial(
                issuer.token,
                request.headers.get("content-type"),
                await _body(request, body_seconds),
                request.headers.get("authorization"),
                address=request.client.host if request.client else "",
            )
            issued = await asyncio.get_running_loop().run_in_executor(threads, answer)
        except NotGranted as refused:
            return JSONResponse(refused.body(), status_code=refused.status or 400, headers=refused.headers)
        return JSONResponse(
            {
                "access_token": issued.value,
                "token_type": "Bearer",
                "expires_in": issued.expires_in,
                "scope": " ".join(sorted(issued.scopes)),
            },
            headers=_NO_STORE,
        )


def _publishing(routes: APIRouter, issuer: TokenIssuer) -> None:
    @routes.get(
        "/oauth/jwks",
        summary="Khóa công khai để kiểm tra mã truy cập",
        response_class=_JwkSetResponse,
        responses={200: {"model": answers.JwkSet}},
    )
    def jwks() -> JSONResponse:
        # A cache may keep it for less than a new key waits before it signs (keys.PUBLISHED_BEFORE).
        return _JwkSetResponse(issuer.jwks(), headers={"Cache-Control": "public, max-age=15"})

    @routes.get(
        "/.well-known/oauth-authorization-server",
        summary="Siêu dữ liệu OAuth (RFC 8414)",
        **gives(answers.OAuthMetadata),
    )
    async def metadata() -> dict[str, Any]:
        return describe(issuer.issuer)


def describe(issuer: str) -> dict[str, Any]:
    """The metadata of RFC 8414 for an issuer URL."""
    return {
        "issuer": issuer,
        "token_endpoint": f"{issuer}/oauth/token",
        "jwks_uri": f"{issuer}/oauth/jwks",
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": [],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": sorted(assertions.ALGORITHMS.values()),
        "scopes_supported": list(SCOPES),
    }


async def _body(request: Request, seconds: float) -> bytes:
    """The form, up to its limit and within its time. Raises NotGranted."""
    try:
        return await bodies.read(request, MAX_BODY, seconds)
    except bodies.TooLong as exc:
        raise too_long() from exc
    except TimeoutError as exc:
        raise too_slow(seconds) from exc


_TEXT = {"type": "string"}
_TOKEN_OPENAPI: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {
                    "type": "object",
                    "required": ["grant_type"],
                    "properties": {
                        "grant_type": {"const": "client_credentials"},
                        "scope": _TEXT,
                        "client_id": _TEXT,
                        "client_secret": _TEXT,
                        "client_assertion": _TEXT,
                        "client_assertion_type": _TEXT,
                    },
                }
            }
        },
    },
    "responses": {
        "200": {
            "description": "Mã truy cập, dùng trong 10 phút",
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "required": ["access_token", "token_type", "expires_in", "scope"],
                        "properties": {
                            "access_token": _TEXT,
                            "token_type": {"const": "Bearer"},
                            "expires_in": {"type": "integer"},
                            "scope": _TEXT,
                        },
                    }
                }
            },
        },
        "400": {"description": "invalid_request, invalid_scope, unsupported_grant_type (RFC 6749 §5.2)"},
        "401": {"description": "invalid_client"},
        "429": {"description": "Sai quá nhiều lần; xem Retry-After"},
    },
}
