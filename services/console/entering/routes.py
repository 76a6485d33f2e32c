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

from lienthong.errors import Message, Rejected
from lienthong.refusals import refused
from services.console import acting, resuming, showing
from services.console.entering import asking, judging, offering, sheet, workbook
from services.console.entering.asking import Task
from services.console.entering.drafts import ANY, Draft, Drafts, Place, Seen
from services.console.entering.explaining import explaining
from services.console.entering.form import NARRATIVE, Typed, names, taken, typed_of
from services.console.entering.judging import FieldMessage, Judged
from services.console.frame import Frame
from services.console.page import Visit
from services.console.sheets import XLSX

_MOST_FAULTS = 50
_OVERTAKEN = "revision_not_higher"
REPORT = "/units/{unit}/reports/{round}/{form}"


def routes(frame: Frame, drafts: Drafts) -> list[Route]:
    """Filling in and taking back."""
    entry, back = FormPage(frame, drafts), Withdrawal(frame)
    return [
        Route(f"{REPORT}/entry", entry.show, methods=["GET"]),
        Route(f"{REPORT}/entry", resuming.handler(frame, entry.send, entry.resumed, to=_unit), methods=["POST"]),
        Route(f"{REPORT}/sheet", entry.sheet, methods=["GET"]),
        Route(f"{REPORT}/sheet", entry.upload, methods=["POST"]),
        Route(f"{REPORT}/explanations", explaining(frame), methods=["POST"]),
        Route(f"{REPORT}/withdrawal", back.show, methods=["GET"]),
        Route(f"{REPORT}/withdrawal", resuming.handler(frame, back.send, back.resumed, to=_unit), methods=["POST"]),
    ]


def _unit(request: Request) -> str:
    """The page of the unit that a report is of."""
    return f"/units/{showing.segment(request.path_params['unit'])}"


class FormPage:
    """The form itself."""

    def __init__(self, frame: Frame, drafts: Drafts) -> None:
        self._frame, self._drafts = frame, drafts

    async def show(self, request: Request) -> Response:
        """With the draft where there is one, else with what stands accepted, else empty."""
        async with acting.visit(self._frame, request) as visit:
            task = await asking.task(visit)
            draft = await run_in_threadpool(self._drafts.find, place_of(visit, task))
            typed = draft.typed if draft else _beginning(task, visit)
            return self._page(request, visit, task, typed, draft=draft)

    async def send(self, request: Request, visit: Visit, form: FormData) -> Response:
        """do: `check` (say what is wrong, keep the draft), `discard` (the draft), `take` and `take-CODE` (what systems
        supplied, into the draft), `send`.
        """
        task = await asking.task(visit)
        if form.get("do") == "discard":
            await run_in_threadpool(self._drafts.drop, place_of(visit, task))
            return RedirectResponse(f"{task.path}/entry", status_code=303)
        typed = typed_in(form, task)
        if str(form.get("do", "")).partition("-")[0] == "take":
            return await self._take(request, visit, task, typed, form)
        meant = replace(task, revision=_revision(form, task))
        judged = await judging.judge(visit, meant, typed)
        if form.get("do") == "send" and not judged.errors and form.get("seen", "") == judged.seen:
            return await self._submit(request, visit, meant, task, typed, judged)
        if meant.revision != task.revision and request.headers.get("hx-request") == "true":
            # It was sent in the meantime: this draft must not come back, and whoever types is told.
            return self._frame.html(request, "parts/entry-elsewhere.html", person=visit.person, task=task)
        return await self._keep(request, visit, task, typed, judged, form)

    async def _sent_elsewhere(
        self, request: Request, visit: Visit, task: Task, typed: Typed, form: FormData
    ) -> Response:
        """The revision of this page came in from another window or system: what it says stands beside what is typed
        here, which is judged as the correction that it would be now.
        """
        judged = await judging.judge(visit, task, typed)
        saved = await run_in_threadpool(self._drafts.keep, place_of(visit, task), typed, _seen(form))
        draft = Draft(typed=typed, saved_at=saved) if saved else None
        return self._page(request, visit, task, typed, draft=draft, judged=judged, sending=True, elsewhere=True)

    async def resumed(self, request: Request, visit: Visit, form: FormData) -> Response:
        """The form as it was typed before a new login: nothing is done, the next press is of this session."""
        if resuming.by_script(request):
            return self._frame.html(request, "parts/entry-resumed.html", person=visit.person)
        task = await asking.task(visit)
        draft = await run_in_threadpool(self._drafts.find, place_of(visit, task))
        stands = draft if draft and not _is_seen(draft, _seen(form)) else None
        typed, meant = typed_in(form, task), replace(task, revision=_revision(form, task))
        return self._page(request, visit, meant, typed, draft=draft, other=stands, resumed=True)

    async def _keep(
        self, request: Request, visit: Visit, task: Task, typed: Typed, judged: Judged, form: FormData
    ) -> Response:
        """As a draft, and say what was judged."""
        if any(error.code == _OVERTAKEN for error in judged.errors):
            return await self._sent_elsewhere(request, visit, task, typed, form)
        saved = await run_in_threadpool(self._drafts.keep, place_of(visit, task), typed, _seen(form))
        if request.headers.get("hx-request") == "true":
            return self._checked(request, visit, task, typed, judged, saved)
        if saved is None:
            return await self._overtaken(request, visit, task, typed, judged)
        draft, sending = Draft(typed=typed, saved_at=saved), form.get("do") == "send"
        return self._page(request, visit, task, typed, draft=draft, judged=judged, sending=sending)

    async def _overtaken(self, request: Request, visit: Visit, task: Task, typed: Typed, judged: Judged) -> Response:
        """Both drafts: in the fields what was typed here, beside it what stands. The next press means the fields."""
        other = await run_in_threadpool(self._drafts.find, place_of(visit, task))
        return self._page(request, visit, task, typed, draft=other, judged=judged, other=other)

    async def _take(self, request: Request, visit: Visit, task: Task, typed: Typed, form: FormData) -> Response:
        """do: `take-CODE` of one figure, `take` for all that are offered."""
        code = str(form["do"]).partition("-")[2]
        chosen = [field for field in task.fields if code in ("", field.code)]
        filled = offering.take(typed, chosen, task.offers, visit.words.lang)
        if await run_in_threadpool(self._drafts.keep, place_of(visit, task), filled, _seen(form)) is None:
            return await self._overtaken(request, visit, task, filled, Judged())
        place = chosen[0].id if code and chosen else "offered"
        return RedirectResponse(f"{task.path}/entry#{place}", status_code=303)

    async def sheet(self, request: Request) -> Response:
        """The .xlsx to fill in, with what the form would show now."""
        async with acting.visit(self._frame, request) as visit:
            task = await asking.task(visit)
            draft = await run_in_threadpool(self._drafts.find, place_of(visit, task))
            typed = draft.typed if draft else _beginning(task, visit)
            notice = visit.words("frame.sample") if self._frame.sample else ""
            body = await run_in_threadpool(workbook.made, task, typed, visit.words, notice=notice)
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
        async with acting.visit(self._frame, request) as visit:
            form = await acting.form_of_session(request, visit, limit=sheet.LARGEST + acting.LARGEST_FORM)
            task = await asking.task(visit)
            file = form.get("file")
            try:
                if not isinstance(file, UploadFile) or not file.filename:
                    raise refused("sheet_not_given")
                raw = await file.read()
                filled = await run_in_threadpool(sheet.read, raw, task, visit.words.lang)
            except Rejected as error:
                return self._unread(request, visit, task, error)
            judged = await judging.judge(visit, task, filled.typed)
            await run_in_threadpool(self._drafts.keep, place_of(visit, task), filled.typed)
            draft = await run_in_threadpool(self._drafts.find, place_of(visit, task))
            located = judging.located(judged, filled.cells, visit.words)
            return self._page(request, visit, task, filled.typed, draft=draft, judged=located, file=file.filename[:100])

    def _unread(self, request: Request, visit: Visit, task: Task, error: Rejected) -> Response:
        messages = tuple(
            FieldMessage(id="file", message=visit.words.both(problem.message))
            for problem in error.problems[:_MOST_FAULTS]
        )
        return self._page(request, visit, task, _beginning(task, visit), unread=messages)

    async def _submit(
        self, request: Request, visit: Visit, meant: Task, task: Task, typed: Typed, judged: Judged
    ) -> Response:
        try:
            receipt = await visit.hub.submit(judging.event(visit.person, meant, judged.data), dry_run=False)
        except Rejected as error:
            unsent = Judged(errors=judging.refused(error, visit, task))
            return self._page(request, visit, task, typed, judged=unsent, sending=True)
        await run_in_threadpool(self._drafts.drop, place_of(visit, task))
        return RedirectResponse(f"/receipts/{receipt['receipt']}", status_code=303)

    def _page(
        self,
        request: Request,
        visit: Visit,
        task: Task,
        typed: Typed,
        *,
        draft: Draft | None = None,
        judged: Judged | None = None,
        sending: bool = False,
        file: str = "",
        unread: tuple[FieldMessage, ...] = (),
        other: Draft | None = None,
        resumed: bool = False,
        elsewhere: bool = False,
    ) -> Response:
        """elsewhere: another revision was accepted after this page was made. resumed: typed in a session before this
        one. other: what was typed meanwhile in a second window; the next press of a button means the fields here.
        """
        wrong = elsewhere or bool(unread) or (judged is not None and bool(judged.errors))
        return self._frame.html(
            request,
            "entry.html",
            status=422 if wrong else 200,
            person=visit.person,
            task=task,
            typed=defaultdict(str, typed),
            parts=NARRATIVE,
            draft=draft,
            judged=judged or Judged(),
            sending=sending,
            checked=judged is not None,
            file=file,
            unread=unread,
            resumed=resumed,
            other=_differing(task, other.typed, typed) if other else None,
            sent=_differing(task, _beginning(task, visit), typed) if elsewhere else None,
        )

    def _checked(
        self, request: Request, visit: Visit, task: Task, typed: Typed, judged: Judged, saved: datetime | None
    ) -> Response:
        """What htmx puts in its places: at each field what is said of it, and a line for all. saved: None where the
        draft of another window stands.
        """
        return self._frame.html(
            request,
            "parts/entry-said.html",
            person=visit.person,
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
        async with acting.visit(self._frame, request) as visit:
            return self._page(request, visit, await asking.task(visit))

    async def send(self, request: Request, visit: Visit, form: FormData) -> Response:
        task = await asking.task(visit)
        reason = str(form.get("reason", "")).strip()
        try:
            receipt = await visit.hub.submit(judging.withdrawal(visit.person, task, reason), dry_run=False)
        except Rejected as error:
            return self._page(request, visit, task, reason=reason, error=error)
        return RedirectResponse(f"/receipts/{receipt['receipt']}", status_code=303)

    async def resumed(self, request: Request, visit: Visit, form: FormData) -> Response:
        """The reason as it was typed before a new login."""
        reason = str(form.get("reason", "")).strip()
        return self._page(request, visit, await asking.task(visit), reason=reason, resumed=True)

    def _page(
        self,
        request: Request,
        visit: Visit,
        task: Task,
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
            task=task,
            reason=reason,
            errors=errors,
            resumed=resumed,
        )


def place_of(visit: Visit, task: Task) -> Place:
    """Whose draft of what."""
    return Place(person=visit.person.login, unit=task.unit, round=task.round, form=task.form)


def typed_in(form: FormData, task: Task) -> Mapping[str, str]:
    """The form's own fields of what was sent, none longer than it can hold."""
    texts = {name: str(form.get(name, ""))[:most] for name, most in names(task.schema).items()}
    return {name: text for name, text in texts.items() if text}


def _revision(form: FormData, task: Task) -> int:
    """The revision that the page was shown for: pressed twice it is one report, and a correction that came from
    elsewhere in the meantime is not overwritten unseen."""
    text = str(form.get("revision", ""))
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else task.revision


def _seen(form: FormData) -> Seen:
    """The draft that the page was made from; a page that does not say overwrites, as it always did."""
    if "kept" not in form:
        return ANY
    try:
        return Seen(saved_at=datetime.fromisoformat(str(form["kept"])) if form["kept"] else None)
    except ValueError:
        raise refused("form_unreadable") from None


def _is_seen(draft: Draft, seen: Seen) -> bool:
    return seen.any or draft.saved_at == seen.saved_at


def _differing(task: Task, other: Typed, typed: Typed) -> list[tuple[str, Message | None, str, str]]:
    """What two drafts say differently: the field's id, a figure's label (None for another field), both texts."""
    labels = {name: field.label for field in task.fields for name in (field.id, field.none)}
    marks = {taken(field.code) for field in task.fields}
    changed = [name for name in names(task.schema) if other.get(name, "") != typed.get(name, "")]
    return [(name, labels.get(name), other.get(name, ""), typed.get(name, "")) for name in changed if name not in marks]


def _beginning(task: Task, visit: Visit) -> Typed:
    if not task.accepted:
        return {}
    typed = typed_of(task.accepted, task.schema, visit.words.lang)
    return typed | offering.retaken(task.accepted, task.offers)
