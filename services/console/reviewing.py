"""What the via unit does with a report on its page: returns it with a reason, or passes it on."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from lienthong.errors import Rejected
from services.console import acting
from services.console.frame import Frame
from services.console.page import Asked
from services.console.pages import report


def routes(frame: Frame) -> list[Route]:
    """To the report's own address."""

    async def review(request: Request) -> Response:
        async with acting.asked(frame, request) as asked:
            given = await acting.form(request, asked)
            reason, revision = str(given.get("reason", "")).strip(), str(given.get("revision", ""))
            named = {"form": asked.path["form"], "unit": asked.path["unit"], "revision": _number(revision)}
            round_, returns = asked.path["round"], acting.done(given, "pass", "return") == "return"
            try:
                if returns:
                    await asked.hub.send("POST", f"/v1/rounds/{round_}/returns", {"reports": [named], "reason": reason})
                else:
                    body = {"reports": [named], "note": reason}
                    await asked.hub.send("POST", f"/v1/rounds/{round_}/passed-on", body)
            except Rejected as error:
                if not error.problems or error.status in (401, 403, 404):
                    raise
                return await _again(frame, request, asked, reason, error)
        return RedirectResponse(request.url.path, status_code=303)

    return [Route(report.PAGE.paths[0], review, methods=["POST"])]


def _number(text: str) -> int:
    """What is no revision is refused by the route, as 0 is."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else 0


async def _again(frame: Frame, request: Request, asked: Asked, reason: str, error: Rejected) -> Response:
    data = await report.gather(asked)
    errors = [{"id": "reason", "message": asked.words.both(problem.message)} for problem in error.problems]
    return frame.page(request, report.PAGE, asked, data, status=422, errors=errors, reason=reason)
