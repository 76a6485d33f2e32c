"""What a client is and may be: roles, what is registered of one, secrets. Pure.

A client is one integrated system (or one operator's tool) of one province, or of the nation. Its role bounds
what it may ever hold; its scopes say what it holds. Persons are not in here: the console knows them.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lienthong.access.principals import Principal
from lienthong.access.roles import ALL_UNITS

NATION = "VN"
SECRET_PREFIX = "lts_"  # lets secret scanners find a leaked one

_CLIENT_ID = re.compile(r"[a-z0-9][a-z0-9._-]{1,62}[a-z0-9]")


@dataclass(frozen=True, kw_only=True, slots=True)
class ClientRole:
    """national: belongs to the nation, not to a province. scopes: held unless said otherwise. extra: may be
    given by name. all_units: may act for every unit of its province."""

    national: bool
    scopes: frozenset[str]
    extra: frozenset[str] = frozenset()
    all_units: bool = False


ROLES: Mapping[str, ClientRole] = {
    "unit": ClientRole(
        national=False,
        scopes=frozenset({"report:submit", "report:read", "content:submit"}),
        extra=frozenset({"content:approve", "report:review"}),
    ),
    "province": ClientRole(
        national=False,
        all_units=True,
        scopes=frozenset(
            {
                "report:read",
                "report:review",
                "read:province",
                "read:audit",
                "feed:read",
                "release:draft",
                "operate:rounds",
                "operate:releases",
                "operate:plans",
                "operate:units",
                "operate:clients",
                "operate:deliveries",
                "operate:facts",
            }
        ),
        extra=frozenset({"report:submit", "content:submit", "content:approve", "operate:people"}),
    ),
    # The Ministry and the platform see releases alone; the hub's operator runs the installation.
    "ministry": ClientRole(national=True, scopes=frozenset({"feed:read"})),
    "platform": ClientRole(national=True, scopes=frozenset({"feed:read"})),
    "hub": ClientRole(
        national=True,
        scopes=frozenset(
            {
                "read:national",
                "read:audit",
                "operate:plans",
                "operate:units",
                "operate:clients",
                "operate:deliveries",
                "operate:facts",
                "feed:read",
            }
        ),
        extra=frozenset({"operate:people"}),
    ),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Registration:
    """What an operator asks for. scopes None: those of the role. sources empty: `default_sources`.

    jwks: public keys for private_key_jwt; a client registered with keys gets no secret.
    """

    client_id: str
    name: str
    province: str
    role: str = "unit"
    units: tuple[str, ...] = ()
    scopes: tuple[str, ...] | None = None
    sources: tuple[str, ...] = ()
    kafka_principal: str | None = None
    jwks: tuple[Mapping[str, Any], ...] = ()

    @property
    def granted(self) -> tuple[str, ...]:
        """The scopes the client will hold, sorted."""
        role = ROLES.get(self.role)
        return tuple(sorted(self.scopes if self.scopes is not None else role.scopes if role else ()))

    @property
    def used_sources(self) -> tuple[str, ...]:
        return self.sources or default_sources(self.client_id, self.province, self.units)


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredSecret:
    """A stored secret: salted digest, and when it ends (None: not yet decided)."""

    salt: bytes = field(repr=False)
    digest: bytes = field(repr=False)
    ends_at: datetime | None = None

    def is_live(self, now: datetime) -> bool:
        return self.ends_at is None or now < self.ends_at


@dataclass(frozen=True, kw_only=True, slots=True)
class Client:
    """A registered client. generation rises when its living tokens must die."""

    client_id: str
    name: str
    province: str
    role: str
    units: frozenset[str]
    scopes: frozenset[str]
    sources: frozenset[str]
    kafka_principal: str | None
    generation: int
    created_at: datetime
    revoked_at: datetime | None = None

    @property
    def active(self) -> bool:
        return self.revoked_at is None

    def principal(self, scopes: Iterable[str] | None = None) -> Principal:
        """The principal of its tokens; scopes: a part of its own, when it asked for less."""
        held = self.scopes if scopes is None else self.scopes & frozenset(scopes)
        return Principal(
            client_id=self.client_id,
            name=self.name,
            province=self.province,
            units=self.units,
            sources=self.sources,
            scopes=held,
            role=self.role,
        )


def default_sources(client_id: str, province: str, units: Sequence[str]) -> tuple[str, ...]:
    """`/20/06040` for a client of one commune, `/20` for the province's own, else `/20/clients/<id>`."""
    if len(units) != 1 or units[0] == ALL_UNITS:
        return (f"/{province}/clients/{client_id}",)
    return (f"/{province}",) if units[0] == province else (f"/{province}/{units[0]}",)


def new_secret() -> tuple[str, StoredSecret]:
    """A fresh secret: what the client gets, once, and what is stored.

    One salted SHA-256 is enough: the secret is 256 random bits, which no speed of hashing brings into reach.
    A slow hash protects what people choose; here it would only let strangers burn the endpoint's processor.
    """
    plain = SECRET_PREFIX + secrets.token_urlsafe(32)
    salt = secrets.token_bytes(16)
    return plain, StoredSecret(salt=salt, digest=_digest(salt, plain))


def secret_matches(plain: str, stored: Iterable[StoredSecret], now: datetime) -> bool:
    """Whether it is one of the living secrets. Compares all of them, each in constant time."""
    matches = False
    for secret in stored:
        same = hmac.compare_digest(_digest(secret.salt, plain), secret.digest)
        matches = matches or (same and secret.is_live(now))
    return matches


def is_client_id(text: str) -> bool:
    """Whether it has the form of a client id; anything else need not be looked up."""
    return _CLIENT_ID.fullmatch(text) is not None


def _digest(salt: bytes, plain: str) -> bytes:
    return hashlib.sha256(salt + plain.encode("utf-8", "surrogatepass")).digest()
