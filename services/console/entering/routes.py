"""The pages on which a commune fills in, corrects and takes back a report. They work without scripts; with htmx the
same address answers while somebody types (`do=check`), and keeps the draft.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from lienthong.errors import Rejected
from lienthong.refusals import refused
from services.console import acting
from services.console.entering import asking, judging, offering, sheet, workbook
from services.console.entering.asking import Task
from services.console.entering.drafts import Draft, Drafts, Place
from services.console.entering.explaining import explaining
from services.console.entering.form import NARRATIVE, Typed, names, typed_of
from services.console.entering.judging import FieldMessage, Judged
from services.console.frame import Frame
from services.console.page import Asked
from services.console.sheets import XLSX

_MOST_FAULTS = 50
REPORT = "/units/{unit}/reports/{round}/{form}"


def routes(frame: Frame, drafts: Drafts) -> list[Route]:
    """Filling in and taking back."""
    entry, back = FormPage(frame, drafts), Withdrawal(frame)
    return [
        Route(f"{REPORT}/entry", entry.show, methods=["GET"]),
        Route(f"{REPORT}/entry", entry.send, methods=["POST"]),
        Route(f"{REPORT}/sheet", entry.sheet, methods=["GET"]),
        Route(f"{REPORT}/sheet", entry.upload, methods=["POST"]),
        Route(f"{REPORT}/explanations", explaining(frame), methods=["POST"]),
        Route(f"{REPORT}/withdrawal", back.show, methods=["GET"]),
        Route(f"{REPORT}/withdrawal", back.send, methods=["POST"]),
    ]


class FormPage:
    """The form itself."""

    def __init__(self, frame: Frame, drafts: Drafts) -> None:
        self._frame, self._drafts = frame, drafts

    async def show(self, request: Request) -> Response:
        """With the draft where there is one, else with what stands accepted, else empty."""
        async with acting.asked(self._frame, request) as asked:
            task = await asking.task(asked)
            draft = await run_in_threadpool(self._drafts.find, place_of(asked, task))
            typed = draft.typed if draft else _beginning(task, asked)
            return self._page(request, asked, task, typed, draft=draft)

    async def send(self, request: Request) -> Response:
        """do: `check` (say what is wrong, keep the draft), `discard` (the draft), `take` and `take-CODE` (what systems
        supplied, into the draft), `send`."""
        async with acting.asked(self._frame, request) as asked:
            given = await acting.form(request, asked)
            task = await asking.task(asked)
            if given.get("do") == "discard":
                await run_in_threadpool(self._drafts.drop, place_of(asked, task))
                return RedirectResponse(f"{task.path}/entry", status_code=303)
            typed = typed_in(given, task)
            if str(given.get("do", "")).partition("-")[0] == "take":
                return await self._take(asked, task, typed, str(given["do"]).partition("-")[2])
            meant = replace(task, revision=_revision(given, task))
            judged = await judging.judge(asked, meant, typed)
            if given.get("do") == "send" and not judged.errors and given.get("seen", "") == judged.seen:
                return await self._submit(request, asked, meant, task, typed, judged)
            if meant.revision != task.revision and request.headers.get("hx-request") == "true":
                return Response(status_code=204)  # it was sent in the meantime: this draft must not come back
            saved = await run_in_threadpool(self._drafts.keep, place_of(asked, task), typed)
            draft = Draft(typed=typed, saved_at=saved)
            if request.headers.get("hx-request") == "true":
                return self._checked(request, asked, task, typed, judged, saved)
            sending = given.get("do") == "send"
            return self._page(request, asked, task, typed, draft=draft, judged=judged, sending=sending)

    async def _take(self, asked: Asked, task: Task, typed: Typed, code: str) -> Response:
        """code: of one figure, empty for all that are offered."""
        chosen = [field for field in task.fields if code in ("", field.code)]
        filled = offering.take(typed, chosen, task.offers, asked.words.lang)
        await run_in_threadpool(self._drafts.keep, place_of(asked, task), filled)
        place = chosen[0].id if code and chosen else "offered"
        return RedirectResponse(f"{task.path}/entry#{place}", status_code=303)

    async def sheet(self, request: Request) -> Response:
        """The .xlsx to fill in, with what the form would show now."""
        async with acting.asked(self._frame, request) as asked:
            task = await asking.task(asked)
            draft = await run_in_threadpool(self._drafts.find, place_of(asked, task))
            typed = draft.typed if draft else _beginning(task, asked)
            notice = asked.words("frame.sample") if self._frame.sample else ""
            body = await run_in_threadpool(workbook.made, task, typed, asked.words, notice=notice)
        name = f"{task.round}_{task.unit}.xlsx"
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
        async with acting.asked(self._frame, request) as asked:
            given = await acting.form(request, asked, limit=sheet.LARGEST + acting.LARGEST_FORM)
            task = await asking.task(asked)
            file = given.get("file")
            try:
                if not isinstance(file, UploadFile) or not file.filename:
                    raise refused("sheet_not_given")
                raw = await file.read()
                filled = await run_in_threadpool(sheet.read, raw, task, asked.words.lang)
            except Rejected as error:
                return self._unread(request, asked, task, error)
            judged = await judging.judge(asked, task, filled.typed)
            saved = await run_in_threadpool(self._drafts.keep, place_of(asked, task), filled.typed)
            draft = Draft(typed=filled.typed, saved_at=saved)
            located = judging.located(judged, filled.cells, asked.words)
            return self._page(request, asked, task, filled.typed, draft=draft, judged=located, file=file.filename[:100])

    def _unread(self, request: Request, asked: Asked, task: Task, error: Rejected) -> Response:
        told = tuple(
            FieldMessage(id="file", message=asked.words.both(problem.message))
            for problem in error.problems[:_MOST_FAULTS]
        )
        return self._page(request, asked, task, _beginning(task, asked), unread=told)

    async def _submit(
        self, request: Request, asked: Asked, meant: Task, task: Task, typed: Typed, judged: Judged
    ) -> Response:
        try:
            receipt = await asked.hub.submit(judging.event(asked.person, meant, judged.data), dry_run=False)
        except Rejected as error:
            told = Judged(errors=judging.refused(error, asked, task))
            return self._page(request, asked, task, typed, judged=told, sending=True)
        await run_in_threadpool(self._drafts.drop, place_of(asked, task))
        return RedirectResponse(f"/receipts/{receipt['receipt']}", status_code=303)

    def _page(
        self,
        request: Request,
        asked: Asked,
        task: Task,
        typed: Typed,
        *,
        draft: Draft | None = None,
        judged: Judged | None = None,
        sending: bool = False,
        file: str = "",
        unread: tuple[FieldMessage, ...] = (),
    ) -> Response:
        wrong = bool(unread) or (judged is not None and bool(judged.errors))
        return self._frame.html(
            request,
            "entry.html",
            status=422 if wrong else 200,
            person=asked.person,
            task=task,
            typed=defaultdict(str, typed),
            parts=NARRATIVE,
            draft=draft,
            judged=judged or Judged(),
            sending=sending,
            checked=judged is not None,
            file=file,
            unread=unread,
        )

    def _checked(
        self, request: Request, asked: Asked, task: Task, typed: Typed, judged: Judged, saved: datetime
    ) -> Response:
        """What htmx puts in its places: at each field what is said of it, and a line for all."""
        return self._frame.html(
            request,
            "parts/entry-said.html",
            person=asked.person,
            task=task,
            typed=defaultdict(str, typed),
            parts=NARRATIVE,
            judged=judged,
            saved=saved,
            live=True,
        )


class Withdrawal:
    """Taking the latest revision back, with a reason."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    async def show(self, request: Request) -> Response:
        async with acting.asked(self._frame, request) as asked:
            return self._page(request, asked, await asking.task(asked))

    async def send(self, request: Request) -> Response:
        async with acting.asked(self._frame, request) as asked:
            given = await acting.form(request, asked)
            task = await asking.task(asked)
            reason = str(given.get("reason", "")).strip()
            try:
                receipt = await asked.hub.submit(judging.withdrawal(asked.person, task, reason), dry_run=False)
            except Rejected as error:
                return self._page(request, asked, task, reason=reason, error=error)
        return RedirectResponse(f"/receipts/{receipt['receipt']}", status_code=303)

    def _page(
        self, request: Request, asked: Asked, task: Task, *, reason: str = "", error: Rejected | None = None
    ) -> Response:
        lang = asked.words.lang
        errors = [
            {"id": "reason", "message": getattr(problem.message, lang)} for problem in (error.problems if error else ())
        ]
        return self._frame.html(
            request,
            "withdrawal.html",
            status=422 if error else 200,
            person=asked.person,
            task=task,
            reason=reason,
            errors=errors,
        )


def place_of(asked: Asked, task: Task) -> Place:
    """Whose draft of what."""
    return Place(person=asked.person.login, unit=task.unit, round=task.round, form=task.form)


def typed_in(given: FormData, task: Task) -> Mapping[str, str]:
    """The form's own fields of what was sent, none longer than it can hold."""
    found = {name: str(given.get(name, ""))[:most] for name, most in names(task.schema).items()}
    return {name: text for name, text in found.items() if text}


def _revision(given: FormData, task: Task) -> int:
    """The revision that the page was shown for: pressed twice it is one report, and a correction that came from
    elsewhere in the meantime is not overwritten unseen."""
    text = str(given.get("revision", ""))
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else task.revision


def _beginning(task: Task, asked: Asked) -> Typed:
    if not task.accepted:
        return {}
    typed = typed_of(task.accepted, task.schema, asked.words.lang)
    return typed | offering.retaken(task.accepted, task.offers)
