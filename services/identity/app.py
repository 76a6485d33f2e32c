"""Identity over HTTP: the token endpoint, sessions of people, and what operators do to clients and people."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import FastAPI

from lienthong.access.tokens import Verifier
from lienthong.postgres.pool import Pool
from lienthong.web import handling
from lienthong.web.addresses import append_routes
from services.identity import client_routes, routes
from services.identity.issuance import TokenIssuer
from services.identity.people import routes as people_routes
from services.identity.people.store import Office
from services.identity.registering import ProvinceOf
from services.identity.sessions import oidc_routes
from services.identity.sessions import routes as session_routes
from services.identity.sessions.login import Logins
from services.identity.sessions.provider import OidcSettings, Provider
from services.identity.sessions.session import SessionSettings

ROLE = "lienthong_identity"


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """What the composition root hands to the app. pool: acts as lienthong_identity. address: the hub's public URL.

    province_of: the registry's answer for a unit code.
    """

    pool: Pool
    verifier: Verifier
    address: str
    province_of: ProvinceOf
    sessions: SessionSettings
    oidc: OidcSettings


def app(parts: Parts) -> FastAPI:
    """The ASGI app of identity. `state.logins` is what the console asks in this process."""
    logins = Logins(parts.pool, issuer=parts.address, settings=parts.sessions)
    provider = _provider(parts)
    office = Office(hasher=logins.hasher, province_of=parts.province_of, issuer=provider.issuer if provider else None)
    api = FastAPI(
        title="Liên Thông: định danh (identity)", version="1", docs_url=None, redoc_url=None, openapi_url=None
    )
    api.state.verifier, api.state.logins, api.state.provider = parts.verifier, logins, provider
    handling.install(api)
    rooms = (
        routes.router(TokenIssuer(parts.pool, issuer=parts.address)),
        session_routes.router(logins),
        oidc_routes.router(logins, provider),
        people_routes.router(parts.pool, office, logins),
        client_routes.router(parts.pool, parts.province_of),
    )
    append_routes(api.router, rooms)
    return api


def _provider(parts: Parts) -> Provider | None:
    if parts.oidc.issuer is None:
        return None
    return Provider(parts.oidc, redirect_uri=parts.address + oidc_routes.CALLBACK)
