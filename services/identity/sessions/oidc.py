"""Logging in by the OpenID provider: a login that is begun here, goes through the provider, and comes back once.

People must be known first; nothing is granted for what a provider says. A person is found by the provider's subject;
the first time by a verified e-mail address, and is linked to the subject then: an address may pass to somebody else
later, the link doesn't.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from datetime import timedelta

import structlog
from psycopg.rows import class_row

from lienthong.access import audit
from lienthong.refusals import refused
from services.identity.people import rows
from services.identity.people.person import NATION, Person
from services.identity.sessions import braking
from services.identity.sessions.braking import RECORDED, SQL
from services.identity.sessions.login import Begun, Logins, record
from services.identity.sessions.provider import NotBelieved, ProvenPerson, Provider
from services.identity.sessions.session import Where, digest

LIFE = timedelta(minutes=10)  # for typing a password there, with a telephone to be found first
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Departure:
    """Where the browser goes, and the cookie by which it is known when it comes back."""

    address: str
    browser: str = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Return:
    """What the provider's answer holds: code and state, or an error."""

    state: str = ""
    code: str = ""
    error: str = ""
    issuer: str | None = None
    browser: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Flow:
    """A login on its way. browser: digest of what the browser that began it holds. living: it may still come back.
    failed_to: the page that tells of a failure; None: the answer itself tells.
    """

    browser: bytes
    nonce: str
    verifier: str = field(repr=False)
    back_to: str
    failed_to: str | None
    living: bool


def depart(logins: Logins, provider: Provider, *, back_to: str, failed_to: str | None) -> Departure:
    """Begin a login. Raises Transient when the provider can't be asked, Rejected for a page that is not ours."""
    for page in (back_to, failed_to or "/"):
        if not is_own_page(page):
            raise refused("return_elsewhere")
    state, browser, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(4))
    address = provider.address(state=state, nonce=nonce, verifier=verifier)
    row = {"state": digest(state), "browser": digest(browser), "nonce": nonce, "verifier": verifier}
    with logins.pool.transaction() as tx:
        tx.execute(SQL.forget_flows)
        tx.execute(SQL.begin_flow, {**row, "back_to": back_to, "failed_to": failed_to, "life": LIFE})
    return Departure(address=address, browser=browser)


def flow_of(logins: Logins, answer: Return) -> Flow:
    """The login that an answer belongs to; it can't come back again. Raises Rejected (400) for any other."""
    with logins.pool.transaction() as tx:
        parameters = {"state": digest(answer.state)}
        flow = tx.cursor(row_factory=class_row(Flow)).execute(SQL.take_flow, parameters).fetchone()
    if flow is None or not flow.living or not hmac.compare_digest(flow.browser, digest(answer.browser)):
        raise refused("oidc_flow_unknown")
    return flow


def arrive(logins: Logins, provider: Provider, flow: Flow, answer: Return, where: Where) -> Begun:
    """The session of whom the provider names. Raises Rejected: 401 not believed, 403 not known here; Transient."""
    if answer.error or not answer.code:
        raise refused("oidc_refused", why=answer.error or "no code")
    try:
        named = provider.proven_person(code=answer.code, verifier=flow.verifier, nonce=flow.nonce, issuer=answer.issuer)
    except NotBelieved as exc:
        _log.warning("oidc_not_believed", reason=str(exc))
        raise refused("oidc_not_believed") from exc
    return logins.begin_known(_require_known(logins, provider, named, where), where, proven=named.proven)


def is_own_page(path: str) -> bool:
    """A path of this hub's, and no address of another host in disguise (`//host`, `/\\host`)."""
    return path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and len(path) <= 500


def _require_known(logins: Logins, provider: Provider, named: ProvenPerson, where: Where) -> Person:
    email = named.email if provider.by_email else None
    with logins.pool.transaction() as tx:
        person, by_email = rows.known_as(tx, named.issuer, named.subject, email)
        if person is not None and by_email and person.active:
            rows.link(tx, person.person, named.issuer, named.subject)
            record(tx, person, "person.linked", where, {"issuer": named.issuer, "subject": named.subject})
        if person is None and braking.count(tx, [RECORDED.of("oidc")]):
            details = {"issuer": named.issuer, "why": "not known here"}
            audit.record(
                tx, "system:identity", "session.refused", "oidc", details, address=where.address, province=NATION
            )
    if person is None:
        raise refused("oidc_person_unknown")
    return person
