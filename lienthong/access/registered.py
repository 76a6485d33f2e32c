"""What a service may know of a client that does not show a token: who writes to a Kafka topic, and may it still.

Read from a view of the identity service, as trust is: the tables behind it, with the credentials, are its alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lienthong.access.principals import Principal
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries

_SQL = Queries(Path(__file__).with_name("registered.sql"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Registered:
    """A client as it was registered. active: it is not revoked; one with a topic is never deleted."""

    principal: Principal
    kafka_principal: str | None
    active: bool

    @property
    def client_id(self) -> str:
        return self.principal.client_id

    @property
    def province(self) -> str:
        return self.principal.province


def find(conn: Connection, client_id: str) -> Registered | None:
    """A client by id, revoked or not."""
    return find_all(conn, [client_id]).get(client_id)


def find_all(conn: Connection, client_ids: Iterable[str]) -> Mapping[str, Registered]:
    """Those of the clients that there are, revoked or not, by id."""
    rows = conn.execute(_SQL.registered, {"clients": list(client_ids)})
    return {client: _client_of_row(client, *row) for client, *row in rows}


def _client_of_row(
    client_id: str,
    name: str,
    province: str,
    role: str,
    units: list[str],
    scopes: list[str],
    sources: list[str],
    kafka_principal: str | None,
    active: Any,
) -> Registered:
    principal = Principal(
        client_id=client_id,
        name=name,
        province=province,
        units=frozenset(units),
        sources=frozenset(sources),
        scopes=frozenset(scopes),
        role=role,
    )
    return Registered(principal=principal, kafka_principal=kafka_principal, active=bool(active))
