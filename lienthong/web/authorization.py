"""The FastAPI side of lienthong.access.tokens: `Depends(authorize("report:submit"))` gives the Principal.

An app factory sets `app.state.verifier`; nothing else is needed. What is refused is raised as Unauthenticated
or Forbidden and becomes a problem document with its WWW-Authenticate header in lienthong.web.problems. The guard asks
the same before a body is read.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from fastapi import Request, Security
from fastapi.openapi.models import OAuthFlowClientCredentials, OAuthFlows
from fastapi.security import OAuth2

from lienthong.access.principals import SCOPES, Principal
from lienthong.access.tokens import Verifier
from lienthong.web import guard

TOKEN_PATH = "/oauth/token"

_SCHEME = OAuth2(
    scheme_name="client_credentials",
    description="OAuth 2.0 client credentials (RFC 6749 §4.4).",
    flows=OAuthFlows(
        clientCredentials=OAuthFlowClientCredentials(
            tokenUrl=TOKEN_PATH, scopes={name: text.en for name, text in SCOPES.items()}
        )
    ),
    auto_error=False,  # the error tree answers, in Vietnamese first
)


def authorize(*scopes: str) -> Callable[..., Awaitable[Principal]]:
    """A dependency that gives the caller's Principal, holding every one of the scopes, narrowed to what they give.

    Without scopes any valid token will do. Raises ValueError for a scope that does not exist, when the route
    is declared, not when it is called.
    """
    return _authorize(scopes, lambda verifier, presented: verifier.bearer(presented, *scopes), shown=scopes)


def authorize_one(*scopes: str) -> Callable[..., Awaitable[Principal]]:
    """The same for who holds one of the scopes, not narrowed. The route's description says so: OpenAPI is told the
    first alone, since a list of scopes there means all of them.
    """
    return _authorize(scopes, lambda verifier, presented: verifier.bearer_of_one(presented, *scopes), shown=scopes[:1])


def _authorize(
    scopes: Sequence[str], judge: Callable[[Verifier, str | None], Principal], *, shown: Sequence[str]
) -> Callable[..., Awaitable[Principal]]:
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown:
        raise ValueError(f"no such scope: {', '.join(unknown)}")

    # A default, not Annotated: FastAPI can't resolve the local `scopes` in an annotation kept as text.
    presented = Security(_SCHEME, scopes=list(shown))

    # async on purpose: a sync dependency would cost each request a hop to a thread
    async def principal(request: Request, authorization: str | None = presented) -> Principal:
        verifier: Verifier = request.app.state.verifier
        return judge(verifier, authorization)

    async def before_body(request: Request) -> None:
        await principal(request, request.headers.get("authorization"))

    guard.asked_first(principal, before_body)
    return principal
