"""Every form that acts, and what was typed into one when the session ended meanwhile: nothing of it is lost, nothing is
kept unasked.

Without a session the text stays where it is, in the browser: a script's answer is a line beside the form, a page's
answer holds it in a form of its own. After a new login the old form's word no longer fits; the form is shown again with
what was typed, and only the next press does something. Both only for forms that came from a page of ours: another site
could else put its text into somebody's form. Files are not held, nor what is called a secret.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from lienthong.errors import Rejected
from lienthong.web import problems
from services.console import acting, login
from services.console.frame import Frame
from services.console.page import Visit
from services.console.refusing import signed_out

Answering = Callable[[Request, Visit, FormData], Awaitable[Response]]
_NOBODY = 401
_NEVER = frozenset({"password", "secret", "phrase", "token"})
"""Fields of these names are not held. No form that comes here has one today; one that gets it is held without."""


def handler(
    frame: Frame,
    act: Answering,
    again: Answering,
    *,
    limit: int = acting.LARGEST_FORM,
    files: int = 1,
    to: Callable[[Request], str] = lambda request: "/",
) -> Callable[[Request], Awaitable[Response]]:
    """The handler of a form. act: what it does, in a session whose word it brings; again: shows it with what was typed
    in a session before this one. limit: bytes of it, with so many files. to: whither the login in another window leads:
    to no second form, that would be taken for this one. Raises Rejected as acting.visit, acting.read_form,
    acting.of_session and `act`.
    """

    async def handle(request: Request) -> Response:
        form: FormData | None = None
        try:
            async with acting.visit(frame, request) as visit:
                form = await acting.read_form(request, limit, files)
                if _is_older(form, visit) and from_here(request):
                    return await again(request, visit, form)
                acting.of_session(form, visit)
                return await act(request, visit, form)
        except Rejected as error:
            if problems.status_of(error) != _NOBODY:
                raise
            return await _to_login(frame, request, form, to(request))

    return handle


async def _to_login(frame: Frame, request: Request, form: FormData | None, to: str) -> Response:
    """The answer to a form that nobody is logged in for. form: as far as it was read: of nobody no more is read than
    texts can be, and only what a page of ours sends.
    """
    if not from_here(request):
        return await signed_out(frame, request)
    try:
        fields = await acting.read_form(request, acting.LARGEST_FORM, files=_FILES) if form is None else form
    except Rejected:  # a file that is too large, most likely: it would have to be chosen again in any case
        return await signed_out(frame, request)
    if "by" not in fields:  # such a form could not be shown again
        return await signed_out(frame, request)
    address = login.address_of(to, ended=True)
    if by_script(request):
        return frame.html(request, "parts/entry-ended.html", status=_NOBODY, login=address)
    typed = [(name, text) for name, text in fields.multi_items() if isinstance(text, str) and name not in _NEVER]
    return frame.html(request, "session_ended.html", status=_NOBODY, login=address, typed=typed)


_FILES = 2  # the most that a form of ours has; they are let go of


def _is_older(form: FormData, visit: Visit) -> bool:
    """Whether the form was opened by the same person in a session before this one."""
    same = hmac.compare_digest(str(form.get("by", "")).encode(), visit.person.login.encode())
    return same and not hmac.compare_digest(str(form.get("csrf", "")).encode(), visit.person.csrf.encode())


def from_here(request: Request) -> bool:
    """Whether a page of ours sends this form, as the browser says: by the kind of site, the origin or the page."""
    site = request.headers.get("sec-fetch-site")
    if site is not None and site != "same-origin":
        return False
    came = request.headers.get("origin") or request.headers.get("referer", "")
    return urlsplit(came).netloc == request.headers.get("host")


def by_script(request: Request) -> bool:
    return request.headers.get("hx-request") == "true"
