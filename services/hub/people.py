"""People's sessions of identity, as the console asks for them."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from services.console.sessions import Person
from services.identity.sessions import browser
from services.identity.sessions.login import Logins
from services.identity.sessions.session import Session, csrf_of


class LoggedIn:
    """The port Sessions of the console over the Logins of identity. provider: where an OpenID provider logs in."""

    def __init__(self, logins: Logins, *, provider: str | None) -> None:
        self._logins = logins
        self.provider = provider

    async def person(self, request: Request) -> Person | None:
        """Whoever the browser's cookie stands for; nobody while something is still to be proved."""
        cookie = browser.cookie(request, browser.COOKIE)
        return await run_in_threadpool(self._find_person, cookie) if cookie else None

    async def ended(self, request: Request) -> bool:
        """Whether it still brings the cookie, which goes when somebody logs out, and no session has it any more."""
        cookie = browser.cookie(request, browser.COOKIE)
        return bool(cookie) and await run_in_threadpool(self._logins.find, cookie) is None

    def _find_person(self, cookie: str) -> Person | None:
        session = self._logins.find(cookie)
        return None if session is None or not session.complete else self._person_of(session, cookie)

    def _person_of(self, session: Session, cookie: str) -> Person:
        principal = session.principal()
        return Person(
            login=principal.client_id,
            source=min(principal.sources, default=""),
            name=principal.name,
            province=principal.province,
            units=principal.units,
            scopes=principal.scopes,
            token=self._logins.token(session),
            csrf=csrf_of(cookie),
            narrow={scope: units for scope in principal.scopes if (units := principal.reach(scope)) is not None},
        )
