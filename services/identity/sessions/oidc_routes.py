"""`/v1/session/oidc`: to the OpenID provider and back. The browser goes there and comes back by redirects."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from lienthong.errors import Rejected
from lienthong.refusals import refused
from lienthong.web.guard import OTHERS
from lienthong.web.routes import Routes
from services.identity.sessions import browser, oidc
from services.identity.sessions.login import Logins
from services.identity.sessions.provider import Provider

CALLBACK = "/v1/session/oidc/callback"

Page = Annotated[str, Query(max_length=500)]
Short = Annotated[str, Query(max_length=4_000)]


def router(logins: Logins, provider: Provider | None) -> APIRouter:
    """The two routes; without a provider they say that there is none."""
    routes = Routes(prefix="/v1/session/oidc", tags=["people"])

    @routes.get("", summary="Log in by the OpenID provider", status_code=303, response_class=Response)
    def start(request: Request, next: Page = "/", failed: Page | None = None) -> Response:
        departure = oidc.depart(logins, _require_provider(provider), back_to=next, failed_to=failed)
        response = _to(departure.address)
        browser.remember_flow(request, response, departure.browser, int(oidc.LIFE.total_seconds()))
        return response

    @routes.get(
        "/callback",
        summary="Where the OpenID provider sends people back",
        status_code=303,
        response_class=Response,
        openapi_extra={OTHERS: True},
    )
    def callback(
        request: Request, state: Short = "", code: Short = "", error: Short = "", iss: Page | None = None
    ) -> Response:
        provider_ = _require_provider(provider)
        answer = oidc.Return(
            state=state, code=code, error=error, issuer=iss, browser=browser.cookie(request, browser.FLOW)
        )
        flow = oidc.flow_of(logins, answer)
        try:
            begun = oidc.arrive(logins, provider_, flow, answer, browser.where(request))
        except Rejected as error_:
            response = _to_failure_page(flow, error_)
        else:
            response = _to(flow.back_to)
            browser.remember(request, response, begun)
        browser.forget(request, response, browser.FLOW)
        return response

    return routes


def _require_provider(provider: Provider | None) -> Provider:
    if provider is None:
        raise refused("oidc_not_configured")
    return provider


def _to_failure_page(flow: oidc.Flow, error: Rejected) -> Response:
    """To the page that tells of it, which shows the problem of this code in the person's language."""
    if flow.failed_to is None:
        raise error
    joint = "&" if "?" in flow.failed_to else "?"
    return _to(flow.failed_to + joint + urlencode({"problem": error.code, "next": flow.back_to}))


def _to(address: str) -> Response:
    return RedirectResponse(
        address, status_code=303, headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    )
