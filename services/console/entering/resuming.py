"""What was typed into a form when the session ended meanwhile: nothing of it is lost, and nothing is kept unasked.

Without a session the text stays where it is, in the browser: a script's answer is a line beside the form, a page's
answer holds it in a form of its own. After a new login the old form's word no longer fits; the form is shown again with
what was typed, and only the next press does something. Both only for forms that came from a page of ours: another site
could else put its text into somebody's form.
"""

from __future__ import annotations

import hmac
from urllib.parse import urlsplit

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from services.console import login
from services.console.frame import Frame
from services.console.page import Asked
from services.console.refusing import signed_out


async def ended(frame: Frame, request: Request, given: FormData, unit: str) -> Response:
    """The answer to a form that nobody is logged in for. unit: whose page the login in another window leads to: no
    second form, that would be taken for this one.
    """
    if not from_here(request):
        return await signed_out(frame, request)
    to = login.address_of(f"/units/{unit}", ended=True)
    if by_script(request):
        return frame.html(request, "parts/entry-ended.html", status=401, login=to)
    typed = [(name, text) for name, text in given.multi_items() if isinstance(text, str)]
    return frame.html(request, "entry_ended.html", status=401, login=to, typed=typed)


def is_older(given: FormData, asked: Asked) -> bool:
    """Whether the form was opened by the same person in a session before this one."""
    same = hmac.compare_digest(str(given.get("by", "")).encode(), asked.person.login.encode())
    return same and not hmac.compare_digest(str(given.get("csrf", "")).encode(), asked.person.csrf.encode())


def from_here(request: Request) -> bool:
    """Whether a page of ours sends this form, as the browser says: by the kind of site, the origin or the page."""
    site = request.headers.get("sec-fetch-site")
    if site is not None and site != "same-origin":
        return False
    came = request.headers.get("origin") or request.headers.get("referer", "")
    return urlsplit(came).netloc == request.headers.get("host")


def by_script(request: Request) -> bool:
    return request.headers.get("hx-request") == "true"
