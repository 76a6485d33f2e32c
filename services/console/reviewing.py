"""What the via unit does with a report on its page: returns it with a reason, or passes it on."""

from __future__ import annotations

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from lienthong.errors import Rejected
from services.console import acting, resuming
from services.console.frame import Frame
from services.console.page import Visit
from services.console.pages import report


def routes(frame: Frame) -> list[Route]:
    """To the report's own address."""

    async def review(request: Request, visit: Visit, form: FormData) -> Response:
        reason, revision = _reason(form), str(form.get("revision", ""))
        key = {"form": visit.path["form"], "unit": visit.path["unit"], "revision": _number(revision)}
        round_, returns = visit.path["round"], acting.button(form, "pass", "return") == "return"
        try:
            if returns:
                await visit.hub.send("POST", f"/v1/rounds/{round_}/returns", {"reports": [key], "reason": reason})
            else:
                body = {"reports": [key], "note": reason}
                await visit.hub.send("POST", f"/v1/rounds/{round_}/passed-on", body)
        except Rejected as error:
            if not error.problems or error.status in (401, 403, 404):
                raise
            return await _again(frame, request, visit, reason, error)
        return RedirectResponse(request.url.path, status_code=303)

    async def show_again(request: Request, visit: Visit, form: FormData) -> Response:
        return await _again(frame, request, visit, _reason(form))

    return [Route(report.PAGE.paths[0], resuming.handler(frame, review, show_again), methods=["POST"])]


def _reason(form: FormData) -> str:
    return str(form.get("reason", "")).strip()


def _number(text: str) -> int:
    """What is no revision is refused by the route, as 0 is."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else 0


async def _again(frame: Frame, request: Request, visit: Visit, reason: str, error: Rejected | None = None) -> Response:
    """error: what was refused; None for a form of a session before this one."""
    data, wrong = await report.gather(visit), () if error is None else error.problems
    errors = [{"id": "reason", "message": visit.words.both(problem.message)} for problem in wrong]
    status, resumed = (200, True) if error is None else (422, False)
    return frame.page(request, report.PAGE, visit, data, status=status, errors=errors, reason=reason, resumed=resumed)
