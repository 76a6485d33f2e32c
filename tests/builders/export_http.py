"""Export over HTTP, asked as somebody with a role, a province, scopes and units."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi.testclient import TestClient
from httpx import Response

from lienthong.access.keys import SigningKey
from lienthong.access.principals import Principal
from lienthong.access.tokens import Trust, Verifier, issue
from lienthong.postgres.pool import Pool
from lienthong.settings import Settings
from services.export.app import app

KEY = SigningKey.generate()
Ask = Callable[..., Response]


def client_of(pool: Pool, *, reaches: tuple[str, ...] = ("public",)) -> TestClient:
    """A client of the app of export. pool: in the role of the service."""
    verifier = Verifier(issuer="http://hub", trust=lambda: Trust.of(KEY))
    return TestClient(app(Settings(), pool, verifier, reaches))


def asking(client: TestClient, province: str, *scopes: str, role: str = "", units: frozenset[str] = frozenset()) -> Ask:
    """Asks as a client of a province (VN: the Ministry or the hub)."""
    caller = Principal(
        client_id=f"c-{province}",
        name="x",
        province=province,
        units=units,
        sources=frozenset(),
        scopes=frozenset(scopes),
        role=role or ("ministry" if province == "VN" else "province"),
    )
    token = issue(caller, key=KEY, issuer="http://hub")

    def ask(path: str, method: str = "GET", json: Any = None, **headers: str) -> Response:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return client.request(method, path, json=json, headers={"authorization": f"Bearer {token}"} | given)

    return ask
