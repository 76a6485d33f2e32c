"""The page on which a unit takes the latest revision of a report back, with a reason."""

from __future__ import annotations

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lienthong.errors import Rejected
from services.console import acting
from services.console.entering import judging
from services.console.entering.owed_report import OwedReport, owed_report
from services.console.frame import Frame
from services.console.page import Visit


class Withdrawal:
    """Taking the latest revision back, with a reason."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    async def show(self, request: Request) -> Response:
        async with acting.visit(self._frame, request) as visit:
            return self._page(request, visit, await owed_report(visit))

    async def send(self, request: Request, visit: Visit, form: FormData) -> Response:
        report = await owed_report(visit)
        reason = str(form.get("reason", "")).strip()
        try:
            receipt = await visit.hub.submit(judging.withdrawal(visit.person, report, reason), dry_run=False)
        except Rejected as error:
            return self._page(request, visit, report, reason=reason, error=error)
        return RedirectResponse(f"/receipts/{receipt['receipt']}", status_code=303)

    async def show_again(self, request: Request, visit: Visit, form: FormData) -> Response:
        """The reason as it was typed before a new login."""
        reason = str(form.get("reason", "")).strip()
        return self._page(request, visit, await owed_report(visit), reason=reason, resumed=True)

    def _page(
        self,
        request: Request,
        visit: Visit,
        report: OwedReport,
        *,
        reason: str = "",
        error: Rejected | None = None,
        resumed: bool = False,
    ) -> Response:
        lang = visit.words.lang
        errors = [
            {"id": "reason", "message": getattr(problem.message, lang)} for problem in (error.problems if error else ())
        ]
        return self._frame.html(
            request,
            "withdrawal.html",
            status=422 if error else 200,
            person=visit.person,
            report=report,
            reason=reason,
            errors=errors,
            resumed=resumed,
        )
