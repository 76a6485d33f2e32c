"""Clients as the tables hold them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from lienthong.eventlog.installation import Installation
from services.identity.clients import (
    Client,
    Registration,
    StoredSecret,
)


def client_of(row: Iterable[Any]) -> Client:
    (client_id, name, province, role, units, scopes, sources, kafka_principal, generation, created_at, revoked_at) = row
    return Client(
        client_id=client_id,
        name=name,
        province=province,
        role=role,
        units=frozenset(units),
        scopes=frozenset(scopes),
        sources=frozenset(sources),
        kafka_principal=kafka_principal,
        generation=generation,
        created_at=created_at,
        revoked_at=revoked_at,
    )


def client_row(registration: Registration) -> dict[str, Any]:
    return {
        "client_id": registration.client_id,
        "name": registration.name.strip(),
        "province": registration.province,
        "role": registration.role,
        "units": sorted(set(registration.units)),
        "scopes": list(registration.granted),
        "kafka_principal": registration.kafka_principal,
    }


def secret_row(client_id: str, stored: StoredSecret) -> dict[str, Any]:
    return {"client_id": client_id, "salt": stored.salt, "digest": stored.digest}


def key_row(client_id: str, jwk: Mapping[str, str]) -> dict[str, Any]:
    return {"client_id": client_id, "kid": jwk["kid"], "jwk": json.dumps(dict(jwk), sort_keys=True)}


def proof_of(here: Installation, stored: StoredSecret) -> str:
    """By what acts name a secret: it follows from salt and digest, so that another in its row is another."""
    return here.mark(stored.salt.hex() + stored.digest.hex())
