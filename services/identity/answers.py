"""What identity's HTTP answers look like, for its description: the routes write them themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from lienthong.web.lists import Links


class Jwk(BaseModel):
    """Khóa công khai (RFC 7517). / A public key: Ed25519, P-256 or RSA; `kid` is its RFC 7638 thumbprint."""

    model_config = ConfigDict(extra="allow")

    kty: str
    kid: str
    crv: str | None = None
    x: str | None = None
    y: str | None = None
    n: str | None = None
    e: str | None = None


class JwkSet(BaseModel):
    keys: list[Jwk]


class OAuthMetadata(BaseModel):
    """RFC 8414."""

    issuer: str
    token_endpoint: str
    jwks_uri: str
    grant_types_supported: list[str]
    response_types_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]
    token_endpoint_auth_signing_alg_values_supported: list[str]
    scopes_supported: list[str]


class AccessToken(BaseModel):
    """RFC 6749 §5.1."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int = Field(description="giây / seconds")
    scope: str


class ClientOf(BaseModel):
    """Một hệ thống đã đăng ký. / A client as operators see it."""

    client_id: str
    name: str
    province: str
    role: str
    units: list[str]
    scopes: list[str]
    sources: list[str]
    kafka_principal: str | None
    createdAt: datetime
    revokedAt: datetime | None


class Clients(BaseModel):
    clients: list[ClientOf]


class ClientSecret(BaseModel):
    """client_secret: chỉ hiển thị một lần; null: dùng khóa. / shown once; null for a client with keys."""

    client_id: str
    client_secret: str | None


class ClientsAdded(BaseModel):
    clients: list[ClientSecret]


class KeyAdded(BaseModel):
    kid: str


class BindingOf(BaseModel):
    """Vai trò; units rỗng: cả tỉnh. / A role in a province; no units: all of it."""

    role: str
    province: str
    units: list[str]


class PersonOf(BaseModel):
    """Một người dùng. / A person as operators see it."""

    person: str
    name: str
    email: str | None
    province: str
    bindings: list[BindingOf]
    createdAt: datetime
    disabledAt: datetime | None
    local: bool = Field(description="Có mật khẩu ở đây / with a password here")
    mustChangePassword: bool
    secondFactor: bool
    needsSecondFactor: bool


class People(BaseModel):
    people: list[PersonOf]
    links: Links


class PersonAdded(PersonOf):
    """password: tạm thời, chỉ hiển thị một lần. / temporary, shown once; null without an account here."""

    password: str | None


class PasswordReset(BaseModel):
    """password: tạm thời, chỉ hiển thị một lần. / temporary, shown once."""

    person: str
    password: str


SessionState = Literal["second_factor", "password", "enrolment", "complete"]


class SessionListed(BaseModel):
    """Một phiên đăng nhập. / A session in a list."""

    session: str
    current: bool
    by: str = Field(examples=["password", "oidc"])
    state: SessionState
    address: str | None
    agent: str | None
    createdAt: datetime
    seenAt: datetime
    endsAt: datetime


class Sessions(BaseModel):
    sessions: list[SessionListed]


class SessionPerson(BaseModel):
    id: str
    name: str


class RoleName(BaseModel):
    vi: str
    en: str


class SessionBinding(BaseModel):
    role: str
    name: RoleName | None
    units: list[str]
    scopes: list[str]


class SessionOf(BaseModel):
    """Phiên của chính mình. / One's own session; an unfinished one tells what it waits for, and no right."""

    session: str
    state: SessionState
    person: SessionPerson
    csrf: str
    endsAt: datetime
    province: str | None = None
    provinces: list[str] | None = None
    bindings: list[SessionBinding] | None = None
    scopes: list[str] | None = None
    secondFactor: bool | None = None
    by: str | None = None


class SessionBegun(SessionOf):
    """recoveryCodes: chỉ hiển thị một lần. / shown once, with a second factor's first code."""

    recoveryCodes: list[str] | None = None


class EnrolmentOf(BaseModel):
    """Yếu tố thứ hai cần cài đặt. / A second factor to set up; `svg` is the picture to photograph."""

    secret: str
    uri: str
    svg: str


class RecoveryCodes(BaseModel):
    """Chỉ hiển thị một lần. / Shown once; those before are no more."""

    recoveryCodes: list[str]
