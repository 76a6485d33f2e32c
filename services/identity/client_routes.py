"""`/v1/clients`: an operator's clients. Only those of its own province, or of the units that it is bound to."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field
from starlette.responses import JSONResponse

from lienthong.access.edits import version_of
from lienthong.access.principals import Principal
from lienthong.instants import wire
from lienthong.postgres.pool import Pool
from lienthong.web.answers import gives
from lienthong.web.authorization import authorize
from lienthong.web.etags import Editing, tagged_answer
from lienthong.web.parameters import Number
from lienthong.web.routes import Routes
from services.identity import answers, proofs, store
from services.identity.bodies import Reason, RequestBody, body, openapi_of_body
from services.identity.clients import Client, Registration
from services.identity.registering import ProvinceOf

Operator = Annotated[Principal, Depends(authorize(store.MANAGE))]
_NO_STORE = {"Cache-Control": "no-store"}


class NewClient(RequestBody):
    """A client to register. jwks: public keys for private_key_jwt; a client with keys gets no secret."""

    client_id: str = Field(max_length=200, examples=["ld-06040"])
    name: str = Field(max_length=400)
    province: str = Field(max_length=8, examples=["20"])
    role: str = Field("unit", max_length=40)
    units: list[str] = Field([], max_length=400)
    scopes: list[str] | None = Field(None, max_length=40)
    sources: list[str] = Field([], max_length=40)
    kafka_principal: str | None = Field(None, max_length=400)
    jwks: list[dict[str, Any]] = Field([], max_length=5)

    @property
    def registration(self) -> Registration:
        return Registration(
            client_id=self.client_id,
            name=self.name,
            province=self.province,
            role=self.role,
            units=tuple(self.units),
            scopes=tuple(self.scopes) if self.scopes is not None else None,
            sources=tuple(self.sources),
            kafka_principal=self.kafka_principal,
            jwks=tuple(self.jwks),
        )


class NewClients(RequestBody):
    """Clients to register, all or none."""

    clients: list[NewClient] = Field(min_length=1, max_length=500)


class Rotation(RequestBody):
    """A new secret. overlapHours: how long the one before goes on; 0 for one that leaked."""

    overlapHours: Number = Field(24.0, ge=0, le=720)


class NewKey(RequestBody):
    """A public key (JWK) for private_key_jwt: Ed25519, P-256, or RSA of at least 2048 bits."""

    jwk: dict[str, Any]


def router(pool: Pool, province_of: ProvinceOf) -> APIRouter:
    """The routes. pool: acts as lienthong_identity."""
    routes = Routes(prefix="/v1/clients", tags=["clients"])
    _listing(routes, pool)
    _adding(routes, pool, province_of)
    _keys(routes, pool)
    return routes


def _listing(routes: APIRouter, pool: Pool) -> None:
    @routes.get("", summary="Clients", **gives(answers.Clients))
    def clients(who: Operator, revoked: bool = False) -> dict[str, Any]:
        with pool.connection() as conn:
            return {"clients": [client_body(seen) for seen in store.clients_seen_by(conn, by=who, revoked=revoked)]}

    @routes.get("/{client}", summary="One client", **gives(answers.ClientOf))
    def one(client: str, who: Operator, request: Request, response: Response) -> dict[str, Any] | Response:
        with pool.connection() as conn:
            registered = store.find_managed(conn, client, by=who)
            version = version_of(store.edited_state(conn, registered))
        return tagged_answer(request, response, version, client_body(registered))


def _adding(routes: APIRouter, pool: Pool, province_of: ProvinceOf) -> None:
    @routes.post(
        "",
        summary="Register clients, all or none",
        openapi_extra=openapi_of_body(NewClients),
        **gives(answers.ClientsAdded, 201),
    )
    def add(request: Request, who: Operator, given: Annotated[NewClients, Depends(body(NewClients))]) -> Response:
        wanted = [client.registration for client in given.clients]
        with pool.connection() as conn:
            issued = store.add(conn, wanted, by=who, address=_address(request), province_of=province_of)
        secrets = [{"client_id": new.client_id, "client_secret": new.secret} for new in issued]
        return JSONResponse({"clients": secrets}, status_code=201, headers=_NO_STORE)

    @routes.post(
        "/{client}/revoke", summary="End a client for good", status_code=204, openapi_extra=openapi_of_body(Reason)
    )
    def revoke(
        client: str, request: Request, who: Operator, given: Annotated[Reason, Depends(body(Reason))], seen: Editing
    ) -> Response:
        with pool.connection() as conn:
            store.revoke(conn, client, by=who, reason=given.reason, address=_address(request), seen=seen)
        return Response(status_code=204)

    @routes.post(
        "/{client}/rotate",
        summary="A new secret beside the old one",
        openapi_extra=openapi_of_body(Rotation),
        **gives(answers.ClientSecret),
    )
    def rotate(
        client: str, request: Request, who: Operator, given: Annotated[Rotation, Depends(body(Rotation))], seen: Editing
    ) -> Response:
        overlap = timedelta(hours=given.overlapHours)
        with pool.connection() as conn:
            issued = proofs.rotate(conn, client, by=who, overlap=overlap, address=_address(request), seen=seen)
        return JSONResponse({"client_id": client, "client_secret": issued.secret}, headers=_NO_STORE)


def _keys(routes: APIRouter, pool: Pool) -> None:
    @routes.get("/{client}/keys", summary="A client's public keys", **gives(answers.JwkSet))
    def keys(client: str, who: Operator) -> dict[str, Any]:
        with pool.connection() as conn:
            return {"keys": list(proofs.keys_of(conn, client, by=who))}

    @routes.post(
        "/{client}/keys",
        summary="Register a public key",
        openapi_extra=openapi_of_body(NewKey),
        **gives(answers.KeyAdded, 201),
    )
    def add_key(
        client: str, request: Request, who: Operator, given: Annotated[NewKey, Depends(body(NewKey))], seen: Editing
    ) -> dict[str, Any]:
        with pool.connection() as conn:
            return {"kid": proofs.add_key(conn, client, given.jwk, by=who, address=_address(request), seen=seen)}

    @routes.delete("/{client}/keys/{kid}", summary="Remove a public key", status_code=204)
    def drop_key(client: str, kid: str, request: Request, who: Operator, seen: Editing) -> Response:
        with pool.connection() as conn:
            proofs.drop_key(conn, client, kid, by=who, address=_address(request), seen=seen)
        return Response(status_code=204)


def client_body(client: Client) -> dict[str, Any]:
    """A client as operators see it."""
    return {
        "client_id": client.client_id,
        "name": client.name,
        "province": client.province,
        "role": client.role,
        "units": sorted(client.units),
        "scopes": sorted(client.scopes),
        "sources": sorted(client.sources),
        "kafka_principal": client.kafka_principal,
        "createdAt": wire(client.created_at),
        "revokedAt": wire(client.revoked_at) if client.revoked_at else None,
    }


def _address(request: Request) -> str | None:
    return request.client.host if request.client else None
