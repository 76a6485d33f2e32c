"""The identity app over a database, with people in it, and a browser that keeps cookies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pyotp
from fastapi import FastAPI
from starlette.testclient import TestClient

from lienthong.access.keys import SigningKey
from lienthong.access.tokens import Verifier, issue
from lienthong.access.trust import TrustWatch
from lienthong.postgres.pool import Pool
from services.identity import app as identity
from services.identity.people.passwords import Hasher
from services.identity.people.person import Bound, PersonToAdd
from services.identity.people.store import Office
from services.identity.sessions.provider import OidcSettings
from services.identity.sessions.session import SessionSettings

HUB = "https://hub.example"
OFFICE = "192.0.2.7"  # one address for a whole office
PASSWORD = "bốn con ngựa trắng qua cầu"
_UNITS = {"05977": "20", "06040": "20", "06043": "20", "20.SKHCN": "20", "12103": "33"}


class Clock:
    """Real time, for codes and tokens, set by a test."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        import time  # noqa: PLC0415

        return time.time() + self.ahead


@dataclass
class Identity:
    """The app and what a test does behind it."""

    app: FastAPI
    pool: Pool
    office: Office
    watch: TrustWatch
    clock: Clock = field(default_factory=Clock)

    def browser(self, address: str = OFFICE, scheme: str = "https") -> Browser:
        client = TestClient(self.app, base_url=f"{scheme}://hub.example", client=(address, 40_000))
        return Browser(client=client)

    def add(self, person: str, *bindings: Bound, password: str | None = PASSWORD, **more: Any) -> None:
        """A person whose password is its own, as after the first login."""
        settings = {"name": "Nông Thị Lan", "province": bindings[0].province, **more}
        with self.pool.connection() as conn:
            wanted = PersonToAdd(person=person, bindings=bindings, **settings)
            self.office.add(conn, wanted, by="cli:test", password=password, local=password is not None)
            conn.execute("UPDATE identity.passwords SET temporary = false WHERE person = %s", (person,))

    def principal(self, token: str) -> Any:
        self.watch.refresh()
        return Verifier(issuer=HUB, trust=self.watch.current, clock=self.clock).verify(token)

    def bearer(self, principal: Any) -> dict[str, str]:
        """The header of somebody with a token, signed by the hub's own key."""
        from services.identity import keys  # noqa: PLC0415

        with self.pool.connection() as conn:
            key: SigningKey = keys.current_key(conn)
        self.watch.refresh()
        return {"Authorization": f"Bearer {issue(principal, key=key, issuer=HUB)}"}

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.pool.connection() as conn:
            return conn.execute(query.encode()).fetchall()


@dataclass
class Browser:
    """Keeps cookies and the session's word, as a page does."""

    client: TestClient
    csrf: str = ""
    secret: str = ""

    def login(self, person: str = "lan.nt", password: str = PASSWORD) -> httpx.Response:
        return self._kept(self.client.post("/v1/session", json={"person": person, "password": password}))

    def post(self, path: str, **body: Any) -> httpx.Response:
        return self._kept(self.client.post(path, json=body, headers={"X-CSRF-Token": self.csrf}))

    def put(self, path: str, **body: Any) -> httpx.Response:
        return self.client.put(path, json=body, headers={"X-CSRF-Token": self.csrf})

    def delete(self, path: str) -> httpx.Response:
        return self.client.delete(path, headers={"X-CSRF-Token": self.csrf})

    def get(self, path: str = "/v1/session") -> httpx.Response:
        return self.client.get(path)

    def enrol(self, clock: Clock) -> httpx.Response:
        """Set up a second factor and give its first code."""
        self.secret = self.post("/v1/session/enrolment").json()["secret"]
        return self.give_code(clock)

    def give_code(self, clock: Clock) -> httpx.Response:
        """The code that a telephone shows next: each is used once."""
        clock.ahead += 30
        return self.post("/v1/session/totp", code=pyotp.TOTP(self.secret).at(int(clock())))

    def token(self) -> str:
        return str(self.post("/v1/session/token").json()["access_token"])

    def _kept(self, answer: httpx.Response) -> httpx.Response:
        if answer.status_code < 300 and "csrf" in answer.json():
            self.csrf = answer.json()["csrf"]
        return answer


def bound(role: str, *units: str, province: str = "20") -> Bound:
    return Bound(role=role, province=province, units=units)


def province_of(unit: str) -> str | None:
    """A small registry."""
    return _UNITS.get(unit)


@contextmanager
def an_identity(
    database: str, *, oidc: OidcSettings | None = None, address: str = HUB, **sessions: int
) -> Iterator[Identity]:
    """The app with the rights of its own role, no more."""
    with (
        Pool(database, role="lienthong_identity", max_size=8) as pool,
        Pool(database, role="lienthong_export", max_size=2) as elsewhere,
    ):
        watch = TrustWatch(elsewhere)
        verifier = Verifier(issuer=address, trust=watch.current)
        parts = identity.Parts(
            pool=pool,
            verifier=verifier,
            address=address,
            province_of=province_of,
            sessions=SessionSettings(**sessions),
            oidc=oidc or OidcSettings(),
        )
        app = identity.app(parts)
        found = Identity(app=app, pool=pool, office=Office(hasher=Hasher(), province_of=province_of), watch=watch)
        app.state.logins.clock = found.clock
        yield found
