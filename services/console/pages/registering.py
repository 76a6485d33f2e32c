"""A unit enters a directive into the register, says later where it was posted and shared, or takes it off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from starlette.datastructures import FormData
from starlette.routing import Route

from lienthong import events
from lienthong.contents import CHANNELS, PLACES
from services.console import acting, claiming
from services.console.entering import spelling
from services.console.frame import Frame
from services.console.page import Visit
from services.console.pages.directives import LIST, PAGE, gather
from services.console.running import doing
from services.console.running.doing import Outcome
from services.console.showing import segment


def routes(frame: Frame) -> list[Route]:
    """Registering one, and what is said of one later."""
    return [doing.route(frame, LIST, add), doing.route(frame, PAGE, change)]


async def add(visit: Visit, form: FormData) -> Outcome:
    """A new one; its code is made of year and number."""
    issued = spelling.day_sent(doing.text(form, "issued")) or ""
    code = claiming.code_of(issued[:4], doing.text(form, "number"))
    body = {"unit": doing.text(form, "unit"), "directive": code, **event_data(form)}
    await _register(visit, body)
    return Outcome(to=f"/directives/{segment(body['unit'])}/{segment(code)}")


async def change(visit: Visit, form: FormData) -> Outcome:
    """do: `save`, `remove` (taken off the register: its number typed once more)."""
    directive = (await gather(visit)).directive
    key = {"unit": directive.unit, "directive": directive.directive}
    if acting.button(form, "save", "remove") == "save":
        await _register(visit, {**key, **event_data(form)})
        return Outcome(to=directive.path)
    doing.confirm(form, "again", segment(directive.number))
    body = {
        "number": directive.number,
        "title": directive.title,
        "issuer": directive.issuer,
        "issued": directive.issued.isoformat(),
    }
    await _register(visit, {**key, **body, "programmes": list(directive.programmes), "withdrawn": True})
    return Outcome(to=LIST.paths[0])


async def _register(visit: Visit, body: Mapping[str, Any]) -> None:
    await claiming.submit(visit, events.DIRECTIVE_REGISTERED, body, field=lambda pointer: field_of(pointer, body))


def event_data(form: FormData) -> dict[str, Any]:
    """The directive as the event has it. What can't be read goes as it was typed, and the hub says what it takes."""
    return {
        "number": doing.text(form, "number"),
        "title": doing.text(form, "title"),
        "issuer": doing.text(form, "issuer"),
        "issued": spelling.day_sent(doing.text(form, "issued")),
        "programmes": doing.words(form, "programmes"),
        "posted": _places(form, "posted", "place", PLACES),
        "shared": _places(form, "shared", "channel", CHANNELS),
    }


def _places(form: FormData, member: str, name: str, codes: Iterable[str]) -> list[dict[str, str]]:
    """Those of the form's rows in which something stands."""
    places = []
    for code in codes:
        day, url = doing.text(form, f"{member}-{code}-day"), doing.text(form, f"{member}-{code}-url")
        if day or url:
            places.append(
                {name: code, "day": spelling.day_sent(day) or "", **({"url": url} if url or member == "posted" else {})}
            )
    return places


def field_of(pointer: str, body: Mapping[str, Any]) -> str:
    """The form's field that a problem of the event is about. Pure."""
    _, data, member, *rest = [*pointer.split("/"), "", "", ""]
    if data != "data":
        return "act"
    if member in ("posted", "shared") and rest[0].isdecimal():
        place = body[member][int(rest[0])]
        return f"{member}-{place.get('place') or place['channel']}-{rest[1] if rest[1] == 'url' else 'day'}"
    return "number" if member == "directive" else member or "act"
