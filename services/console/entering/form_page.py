"""The page on which a unit fills in and corrects a report. It works without scripts; with htmx the same address answers
while somebody types (`do=check`), and keeps the draft.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import datetime

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lienthong.errors import Rejected
from lienthong.refusals import refused
from services.console import acting, resuming
from services.console.entering import judging, offering, sheet, workbook
from services.console.entering.drafts import Draft, Drafts
from services.console.entering.form import NARRATIVE, Texts
from services.console.entering.judging import FieldMessage, Judgement
from services.console.entering.owed_report import OwedReport, owed_report
from services.console.entering.windows import (
    basis_in,
    beginning,
    differences,
    draft_key,
    is_basis,
    revision_in,
    texts_in,
)
from services.console.frame import Frame
from services.console.page import Visit
from services.console.sheets import XLSX

_MOST_FAULTS = 50
_OVERTAKEN = "revision_not_higher"


class FormPage:
    """The form itself."""

    def __init__(self, frame: Frame, drafts: Drafts) -> None:
        self._frame, self._drafts = frame, drafts

    async def show(self, request: Request) -> Response:
        """With the draft where there is one, else with what stands accepted, else empty."""
        async with acting.visit(self._frame, request) as visit:
            report = await owed_report(visit)
            draft = await run_in_threadpool(self._drafts.find, draft_key(visit, report))
            typed = draft.typed if draft else beginning(report, visit)
            return self._page(request, visit, report, typed, draft=draft)

    async def send(self, request: Request, visit: Visit, form: FormData) -> Response:
        """do: `check` (say what is wrong, keep the draft), `discard` (the draft), `take` and `take-CODE` (what systems
        supplied, into the draft), `send`.
        """
        report = await owed_report(visit)
        if form.get("do") == "discard":
            await run_in_threadpool(self._drafts.drop, draft_key(visit, report))
            return RedirectResponse(f"{report.path}/entry", status_code=303)
        typed = texts_in(form, report)
        if str(form.get("do", "")).partition("-")[0] == "take":
            return await self._take(request, visit, report, typed, form)
        as_shown = replace(report, revision=revision_in(form, report))
        judgement = await judging.judge(visit, as_shown, typed)
        if form.get("do") == "send" and not judgement.errors and form.get("seen", "") == judgement.seen:
            return await self._submit(request, visit, as_shown, report, typed, judgement)
        if as_shown.revision != report.revision and request.headers.get("hx-request") == "true":
            # It was sent in the meantime: this draft must not come back, and whoever types is told.
            return self._frame.html(request, "parts/entry-elsewhere.html", person=visit.person, report=report)
        return await self._keep(request, visit, report, typed, judgement, form)

    async def _sent_elsewhere(
        self, request: Request, visit: Visit, report: OwedReport, typed: Texts, form: FormData
    ) -> Response:
        """The revision of this page came in from another window or system: what it says stands beside what is typed
        here, which is judged as the correction that it would be now.
        """
        judgement = await judging.judge(visit, report, typed)
        saved = await run_in_threadpool(self._drafts.keep, draft_key(visit, report), typed, basis_in(form))
        draft = Draft(typed=typed, saved_at=saved) if saved else None
        return self._page(request, visit, report, typed, draft=draft, judgement=judgement, sending=True, elsewhere=True)

    async def show_again(self, request: Request, visit: Visit, form: FormData) -> Response:
        """The form as it was typed before a new login: nothing is done, the next press is of this session."""
        if resuming.by_script(request):
            return self._frame.html(request, "parts/entry-resumed.html", person=visit.person)
        report = await owed_report(visit)
        draft = await run_in_threadpool(self._drafts.find, draft_key(visit, report))
        stands = draft if draft and not is_basis(draft, basis_in(form)) else None
        typed, as_shown = texts_in(form, report), replace(report, revision=revision_in(form, report))
        return self._page(request, visit, as_shown, typed, draft=draft, other_draft=stands, resumed=True)

    async def _keep(
        self, request: Request, visit: Visit, report: OwedReport, typed: Texts, judgement: Judgement, form: FormData
    ) -> Response:
        """As a draft, and say what was judged."""
        if any(error.code == _OVERTAKEN for error in judgement.errors):
            return await self._sent_elsewhere(request, visit, report, typed, form)
        saved = await run_in_threadpool(self._drafts.keep, draft_key(visit, report), typed, basis_in(form))
        if request.headers.get("hx-request") == "true":
            return self._check_answer(request, visit, report, typed, judgement, saved)
        if saved is None:
            return await self._both_drafts(request, visit, report, typed, judgement)
        draft, sending = Draft(typed=typed, saved_at=saved), form.get("do") == "send"
        return self._page(request, visit, report, typed, draft=draft, judgement=judgement, sending=sending)

    async def _both_drafts(
        self, request: Request, visit: Visit, report: OwedReport, typed: Texts, judgement: Judgement
    ) -> Response:
        """Both drafts: in the fields what was typed here, beside it what stands. The next press means the fields."""
        other_draft = await run_in_threadpool(self._drafts.find, draft_key(visit, report))
        return self._page(
            request, visit, report, typed, draft=other_draft, judgement=judgement, other_draft=other_draft
        )

    async def _take(self, request: Request, visit: Visit, report: OwedReport, typed: Texts, form: FormData) -> Response:
        """do: `take-CODE` of one figure, `take` for all that are offered."""
        code = str(form["do"]).partition("-")[2]
        fields = [field for field in report.fields if code in ("", field.code)]
        texts = offering.take(typed, fields, report.offers, visit.words.lang)
        if await run_in_threadpool(self._drafts.keep, draft_key(visit, report), texts, basis_in(form)) is None:
            return await self._both_drafts(request, visit, report, texts, Judgement())
        place = fields[0].id if code and fields else "offered"
        return RedirectResponse(f"{report.path}/entry#{place}", status_code=303)

    async def sheet(self, request: Request) -> Response:
        """The .xlsx to fill in, with what the form would show now."""
        async with acting.visit(self._frame, request) as visit:
            report = await owed_report(visit)
            draft = await run_in_threadpool(self._drafts.find, draft_key(visit, report))
            typed = draft.typed if draft else beginning(report, visit)
            notice = visit.words("frame.sample") if self._frame.sample else ""
            body = await run_in_threadpool(workbook.xlsx, report, typed, visit.words, notice=notice)
        name = f"{report.round}_{report.unit}.xlsx"
        return Response(
            body,
            media_type=XLSX,
            headers={
                "Cache-Control": "no-store",
                "Content-Disposition": f'attachment; filename="{name}"',
            },
        )

    async def upload(self, request: Request) -> Response:
        """A filled sheet becomes the draft, and the form shows what was read: it is sent from there."""
        async with acting.visit(self._frame, request) as visit:
            form = await acting.form_of_session(request, visit, limit=sheet.LARGEST + acting.LARGEST_FORM)
            report = await owed_report(visit)
            file = form.get("file")
            try:
                if not isinstance(file, UploadFile) or not file.filename:
                    raise refused("sheet_not_given")
                raw = await file.read()
                filled_sheet = await run_in_threadpool(sheet.read, raw, report, visit.words.lang)
            except Rejected as error:
                return self._unread_sheet(request, visit, report, error)
            typed = filled_sheet.typed
            judgement = judging.at_cells(await judging.judge(visit, report, typed), filled_sheet.cells, visit.words)
            await run_in_threadpool(self._drafts.keep, draft_key(visit, report), typed)
            draft = await run_in_threadpool(self._drafts.find, draft_key(visit, report))
            file_name = file.filename[:100]
            return self._page(request, visit, report, typed, draft=draft, judgement=judgement, file=file_name)

    def _unread_sheet(self, request: Request, visit: Visit, report: OwedReport, error: Rejected) -> Response:
        messages = tuple(
            FieldMessage(id="file", message=visit.words.both(problem.message))
            for problem in error.problems[:_MOST_FAULTS]
        )
        return self._page(request, visit, report, beginning(report, visit), unread=messages)

    async def _submit(
        self,
        request: Request,
        visit: Visit,
        as_shown: OwedReport,
        report: OwedReport,
        typed: Texts,
        judgement: Judgement,
    ) -> Response:
        try:
            receipt = await visit.hub.submit(judging.event(visit.person, as_shown, judgement.data), dry_run=False)
        except Rejected as error:
            unsent = Judgement(errors=judging.refusal_messages(error, visit, report))
            return self._page(request, visit, report, typed, judgement=unsent, sending=True)
        await run_in_threadpool(self._drafts.drop, draft_key(visit, report))
        return RedirectResponse(f"/receipts/{receipt['receipt']}", status_code=303)

    def _page(
        self,
        request: Request,
        visit: Visit,
        report: OwedReport,
        typed: Texts,
        *,
        draft: Draft | None = None,
        judgement: Judgement | None = None,
        sending: bool = False,
        file: str = "",
        unread: tuple[FieldMessage, ...] = (),
        other_draft: Draft | None = None,
        resumed: bool = False,
        elsewhere: bool = False,
    ) -> Response:
        """elsewhere: another revision was accepted after this page was made. resumed: typed in a session before this
        one. other_draft: what was typed meanwhile in a second window; the next press of a button means the fields here.
        """
        wrong = elsewhere or bool(unread) or (judgement is not None and bool(judgement.errors))
        return self._frame.html(
            request,
            "entry.html",
            status=422 if wrong else 200,
            person=visit.person,
            report=report,
            typed=defaultdict(str, typed),
            parts=NARRATIVE,
            draft=draft,
            judgement=judgement or Judgement(),
            sending=sending,
            checked=judgement is not None,
            file=file,
            unread=unread,
            resumed=resumed,
            draft_differences=differences(report, other_draft.typed, typed) if other_draft else None,
            revision_differences=differences(report, beginning(report, visit), typed) if elsewhere else None,
        )

    def _check_answer(
        self,
        request: Request,
        visit: Visit,
        report: OwedReport,
        typed: Texts,
        judgement: Judgement,
        saved: datetime | None,
    ) -> Response:
        """What htmx puts in its places: at each field what is said of it, and a line for all. saved: None where the
        draft of another window stands.
        """
        return self._frame.html(
            request,
            "parts/entry-said.html",
            person=visit.person,
            report=report,
            typed=defaultdict(str, typed),
            parts=NARRATIVE,
            judgement=judgement,
            saved=saved,
            live=True,
        )
