"""Where a commune fills in, corrects, explains and takes back a report."""

from __future__ import annotations

from starlette.requests import Request
from starlette.routing import Route

from services.console import resuming, showing
from services.console.entering.drafts import Drafts
from services.console.entering.explaining import explaining
from services.console.entering.form_page import FormPage
from services.console.entering.withdrawing import Withdrawal
from services.console.frame import Frame

REPORT = "/units/{unit}/reports/{round}/{form}"


def routes(frame: Frame, drafts: Drafts) -> list[Route]:
    """Filling in and taking back."""
    entry, back = FormPage(frame, drafts), Withdrawal(frame)
    return [
        Route(f"{REPORT}/entry", entry.show, methods=["GET"]),
        Route(f"{REPORT}/entry", resuming.handler(frame, entry.send, entry.show_again, to=_unit), methods=["POST"]),
        Route(f"{REPORT}/sheet", entry.sheet, methods=["GET"]),
        Route(f"{REPORT}/sheet", entry.upload, methods=["POST"]),
        Route(f"{REPORT}/explanations", explaining(frame), methods=["POST"]),
        Route(f"{REPORT}/withdrawal", back.show, methods=["GET"]),
        Route(f"{REPORT}/withdrawal", resuming.handler(frame, back.send, back.show_again, to=_unit), methods=["POST"]),
    ]


def _unit(request: Request) -> str:
    """The page of the unit that a report is of."""
    return f"/units/{showing.segment(request.path_params['unit'])}"
