"""Drafting a release, and signing it off, by the page that shows what it would be made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from lienthong.errors import Rejected
from services.console import resuming
from services.console.entering.form import FURTHER
from services.console.entering.spelling import day_sent, file_hash
from services.console.frame import Frame
from services.console.page import Visit
from services.console.pages import signing


def routes(frame: Frame) -> list[Route]:
    """Drafting and signing off, to the page's own address."""

    async def act(request: Request, visit: Visit, form: FormData) -> Response:
        typed, code = _texts(form), visit.path["round"]
        try:
            if typed["act"] == "draft":
                await visit.hub.send("POST", f"/v1/rounds/{code}/releases/drafts", _drafting(typed))
                return RedirectResponse(request.url.path, status_code=303)
            answer = await visit.hub.send("POST", f"/v1/rounds/{code}/releases", _signing(typed))
        except Rejected as error:
            if not error.problems or error.status in (401, 404):
                raise
            return await _again(frame, request, visit, typed, error)
        return RedirectResponse(f"/rounds/{code}?signed={answer.json()['release']}", status_code=303)

    async def show_again(request: Request, visit: Visit, form: FormData) -> Response:
        """With what stands to be signed now, as anybody sees it who opens the page; nothing is confirmed."""
        data = await signing.gather(visit)
        return frame.page(request, signing.PAGE, visit, data, typed=_texts(form), resumed=True)

    return [Route(signing.PAGE.paths[0], resuming.handler(frame, act, show_again), methods=["POST"])]


def _texts(form: FormData) -> dict[str, str]:
    return {name: str(form.get(name, "")).strip() for name in _TYPED}


_TYPED = ("act", "number", "date", *FURTHER, "note", "confirm", "draft")


def _drafting(typed: Mapping[str, str]) -> dict[str, Any]:
    return {"document": _document(typed), "note": typed["note"]}


def _signing(typed: Mapping[str, str]) -> dict[str, Any]:
    """draft: the one that stood on the page; without a number nothing is signed but what nobody drafted anew."""
    draft = {"draft": int(typed["draft"])} if typed["draft"].isdecimal() and len(typed["draft"]) < _DIGITS else {}
    return {"document": _document(typed), "confirm": typed["confirm"] == "yes", **draft}


_DIGITS = 19  # of a position: a bigint


def _document(typed: Mapping[str, str]) -> dict[str, Any]:
    more = {name: typed[name] for name in FURTHER} | {"fileHash": file_hash(typed["fileHash"])}
    return {
        "number": typed["number"] or None,
        "date": day_sent(typed["date"]),
        **{name: text for name, text in more.items() if text},
    }


async def _again(frame: Frame, request: Request, visit: Visit, typed: Mapping[str, str], error: Rejected) -> Response:
    data = await signing.gather(visit)
    places = {"/note": "note", **{f"/document/{name}": name for name in ("number", "date", *FURTHER)}}
    lacking = any(problem.code == "release_incomplete" for problem in error.problems)
    act = "draft" if typed["act"] == "draft" else "sign"
    errors = [
        {
            "id": _place(act, places.get(problem.pointer)),
            "message": visit.words.both(problem.message),
        }
        for problem in error.problems
        if problem.code != "release_incomplete"  # nothing is wrong with the form: it is asked, above and at its end
    ]
    return frame.page(request, signing.PAGE, visit, data, status=422, errors=errors, typed=typed, lacking=lacking)


def _place(act: str, field: str | None) -> str:
    """Where an error belongs: a field of one of the two forms, or the form."""
    return act if field is None else f"{act}-{field}"
