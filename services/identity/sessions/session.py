"""What a session is, when it lets somebody in, and the words it carries: cookie and CSRF. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import Field

from lienthong.access.principals import Principal
from lienthong.settings import ServiceSettings, env
from services.identity.people.person import Person

TOKEN_LIFETIME = 60  # seconds: the console asks for one with every page
UNFINISHED = timedelta(minutes=15)  # how long somebody may take over second factor and new password


class SessionSettings(ServiceSettings):
    """How long sessions last."""

    model_config = env("LIENTHONG_SESSION_")

    idle_minutes: int = Field(60, ge=5, le=1440, description="Minutes without a request after which a session ends")
    hours: int = Field(12, ge=1, le=168, description="Hours after which a session ends in any case")


class State(StrEnum):
    """What a session still waits for. Only a complete one gives a principal."""

    SECOND_FACTOR = "second_factor"
    PASSWORD = "password"
    ENROLMENT = "enrolment"
    COMPLETE = "complete"


@dataclass(frozen=True, kw_only=True, slots=True)
class Where:
    """Where a request comes from. device: the cookie of a browser that somebody has logged in with before."""

    address: str
    agent: str = ""
    device: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """One session of one person. session: how lists name it; the cookie is known to the browser alone.

    province: the one acted in. made_by: `password` or `oidc`.
    """

    session: str
    person: Person
    province: str
    made_by: str
    second_factor_at: datetime | None
    wrong_codes: int
    created_at: datetime
    seen_at: datetime
    ends_at: datetime
    address: str | None = None
    agent: str | None = None

    @property
    def state(self) -> State:
        """A role that was given meanwhile counts at once: then the session waits again."""
        proven = self.second_factor_at is not None
        if self.person.has_second_factor and not proven:
            return State.SECOND_FACTOR
        if self.made_by == "password" and self.person.must_change_password:
            return State.PASSWORD
        if self.person.needs_second_factor and not proven:
            return State.ENROLMENT
        return State.COMPLETE

    @property
    def complete(self) -> bool:
        return self.state is State.COMPLETE

    def is_live(self, now: datetime, *, idle: timedelta) -> bool:
        """Whether it goes on. An unfinished one has only a few minutes."""
        if now >= self.ends_at or now >= self.seen_at + idle or not self.person.active:
            return False
        return self.complete or now < self.created_at + UNFINISHED

    def principal(self) -> Principal:
        """The person with its rights in the province acted in. Only for a complete session."""
        assert self.complete, "an unfinished session lets nobody act"
        return self.person.principal(self.province)


def digest(cookie: str) -> bytes:
    """What is stored of a cookie."""
    return hashlib.sha256(cookie.encode("utf-8", "surrogatepass")).digest()


def csrf_of(cookie: str) -> str:
    """The word that a form of this session brings back. Nobody makes it who doesn't have the cookie, which no script of
    a page can read.
    """
    mac = hmac.digest(cookie.encode("utf-8", "surrogatepass"), b"lienthong csrf", "sha256")
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def csrf_fits(cookie: str, given: str | None) -> bool:
    """Compared in constant time."""
    return hmac.compare_digest(csrf_of(cookie).encode(), (given or "").encode("utf-8", "surrogatepass"))
