"""Explaining the queries on a report that was accepted, on the report's own page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lienthong.errors import Rejected
from services.console import resuming
from services.console.entering import judging
from services.console.entering.form import explain_field
from services.console.entering.judging import ExplainedRevision
from services.console.frame import Frame
from services.console.page import Visit
from services.console.pages import report
from services.console.pages.report import Report
from services.console.pages.revisions import Query


def explaining(frame: Frame) -> Callable[[Request], Awaitable[Response]]:
    """To the report's address with `/explanations`. What was not changed is not said again."""

    async def send(request: Request, visit: Visit, form: FormData) -> Response:
        data = await report.gather(visit)
        typed = _texts(form, data)
        texts = new_explanations(data.revisions[-1].queries, typed)
        try:
            if texts:
                event = judging.explanation(visit.person, _revision(data, str(form.get("revision", ""))), texts)
                await visit.hub.submit(event, dry_run=False)
        except Rejected as error:
            if not error.problems or error.status == 401:
                raise
            return _again(frame, request, visit, data, typed, list(texts), error)
        return RedirectResponse(request.url.path.removesuffix("/explanations"), status_code=303)

    async def show_again(request: Request, visit: Visit, form: FormData) -> Response:
        data = await report.gather(visit)
        return frame.page(request, report.PAGE, visit, data, typed=_texts(form, data), resumed=True)

    return resuming.handler(frame, send, show_again)


def _texts(form: FormData, data: Report) -> dict[str, str]:
    """By field what is said of each query."""
    fields = [explain_field(query.check) for query in data.revisions[-1].queries]
    return {field: _text(form.get(field)) for field in fields}


def new_explanations(queries: tuple[Query, ...], typed: Mapping[str, str]) -> dict[str, str]:
    """The explanations that are new, by check. Pure."""
    texts = {query.check: (typed[explain_field(query.check)], query.explanation) for query in queries}
    return {check: text for check, (text, before) in texts.items() if text and text != before}


def _revision(data: Report, revision: str) -> ExplainedRevision:
    """The revision that the page was shown for: one that came in the meantime is not explained unseen."""
    number = int(revision) if revision.isascii() and revision.isdecimal() and len(revision) < 8 else 0
    return ExplainedRevision(unit=data.unit, round=data.round, form=data.form, revision=number)


def _text(value: object) -> str:
    return str(value or "").replace("\r\n", "\n").strip()


def _again(
    frame: Frame,
    request: Request,
    visit: Visit,
    data: Report,
    typed: Mapping[str, str],
    checks: list[str],
    error: Rejected,
) -> Response:
    errors = [
        {"id": _place(problem.pointer, checks), "message": visit.words.both(problem.message)}
        for problem in error.problems
    ]
    return frame.page(request, report.PAGE, visit, data, status=422, errors=errors, typed=typed)


def _place(pointer: str, checks: list[str]) -> str:
    """The field that a problem is about; the first one where it is about all."""
    parts = pointer.split("/")
    number = int(parts[3]) if len(parts) > 3 and parts[3].isdecimal() else 0
    return explain_field(checks[min(number, len(checks) - 1)])
