"""What every route asks before it runs, so that no route can forget it. `handling.install` puts it on an app.

In this order: is the address text (UTF-8, no control characters; in NFC from here on); does the route know every
parameter, and are its flags true or false; may the sender use the route; and only then is a body read, within the
route's size, as the one strict reader of JSON reads it. A refusal costs nothing that the sender could make large.

A dependency of a route that says who is calling is made known by `asked_first`: the framework itself would read the
body first, however large.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from fastapi import params
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lienthong.errors import HubError
from lienthong.refusals import refused
from lienthong.web import bodies, parameters
from lienthong.web.addresses import Addresses, RouteAddress
from lienthong.web.parameters import Known

LARGEST = 8 * 1024 * 1024
"""Bytes of a body that holds rows or a document, or that the route reads by itself: those of a whole registry are 6 MB.
"""
LARGEST_DESCRIBED = 2 * 1024 * 1024
"""Of one that a model describes, with no more than bodies.MOST_VALUES: 500 new clients with keys are 600 kB. Until
it is through, the reader of JSON holds the interpreter, with 8 MB of small members for 140 ms.
"""
AT_ONCE = 64 * 1024  # bytes read without leaving the event loop: a few milliseconds; others wait for no more than that
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")

OTHERS = "x-other-parameters"
"""In a route's openapi_extra: it takes query parameters that nobody here has chosen (an OpenID provider's)."""
TABLE = "x-table"
"""In a route's openapi_extra: its body holds rows or a document, judged by the route and not by a model. The most
values that it may hold, or true for any number.
"""
_QUESTION = "asked_before_the_body"

Asked = Callable[[Request], Awaitable[None]]


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownRoute:
    """What is known of a route. questions: asked before its body. reads: how its body is read: `json`, `form`, or
    None where the route reads it by itself (or has none). values: the most in JSON, as TABLE says.
    """

    parameters: Known
    questions: tuple[Asked, ...]
    reads: str | None
    largest: int
    json_optional: bool = False
    values: int | None = bodies.MOST_VALUES


def asked_first(dependency: Callable[..., Any], question: Asked) -> None:
    """Let `question` be asked before the body of every route with this dependency. It raises Rejected."""
    vars(dependency)[_QUESTION] = question


class Guard:
    """ASGI middleware of one FastAPI app; it reads the app's routes at the first request.

    answered: makes the response to what is refused here.
    """

    def __init__(self, app: ASGIApp, *, answered: Callable[[HubError, Request], Response]) -> None:
        self._app, self._answer_to = app, answered
        self._routes: Addresses[_Route] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            scope, receive, send = await self._admit(scope, receive, send)
        except HubError as error:
            answer = self._answer_to(error, request)
            parting = answer.status_code in bodies.UNREAD
            await (bodies.Parting(answer) if parting else answer)(scope, receive, send)
            return
        except ClientDisconnect:
            return  # nobody is there to be answered
        await self._app(scope, receive, send)

    async def _admit(self, scope: Scope, receive: Receive, send: Send) -> tuple[Scope, Receive, Send]:
        scope = parameters.decode_address(scope)
        entry = self._entry(scope)
        if entry is None and scope["method"] == "HEAD":
            scope["method"] = "GET"
            entry, send = self._entry(scope), _without_body(send)
        if entry is None:
            return scope, receive, send  # the framework says 404 or 405; nothing is read for it
        parameters.refuse_unknown(parameters.query_of(scope["query_string"]), entry.parameters)
        request = Request(scope, receive)
        for ask in entry.questions:
            await ask(request)
        return scope, await _body(entry, request, receive), send

    def _entry(self, scope: Scope) -> KnownRoute | None:
        if self._routes is None:
            routes = iter_route_contexts(scope["app"].routes)
            own = (route for route in routes if isinstance(route.original_route, APIRoute))
            self._routes = Addresses(RouteAddress.of(route, _Route(route)) for route in own)
        address = self._routes.find(scope["method"], scope["path"])
        return None if address is None else address.known


class _Route:
    """A route of the framework. What is known of it is looked up at the first request for it."""

    def __init__(self, route: RouteContext) -> None:
        self._route = route

    @cached_property
    def known(self) -> KnownRoute:
        return _known_route(self._route)


def _known_route(route: RouteContext) -> KnownRoute:
    dependant, body = route.dependant, route.body_field
    form = body is not None and isinstance(body.field_info, params.Form)
    return KnownRoute(
        parameters=_parameters_of(dependant, route.openapi_extra or {}),
        questions=tuple(_questions_of(dependant)),
        reads=None if body is None else "form" if form else "json",
        largest=route.max_body_size or _largest(body is not None and not form, route.openapi_extra or {}),
        json_optional=body is not None and not body.field_info.is_required(),
        values=_values((route.openapi_extra or {}).get(TABLE)),
    )


def _largest(described: bool, extra: dict[str, Any]) -> int:
    return LARGEST_DESCRIBED if described and TABLE not in extra else LARGEST


def _values(table: int | None) -> int | None:
    if table is None:
        return bodies.MOST_VALUES
    return None if table is True else table


def _parameters_of(dependant: Dependant, extra: dict[str, Any]) -> Known:
    """The query parameters that the route declares, and those it only describes because it reads them itself."""
    fields = [field for field in get_flat_params(dependant) if isinstance(field.field_info, params.Query)]
    described = [parameter for parameter in extra.get("parameters", ()) if parameter["in"] == "query"]
    return Known(
        names=frozenset(field.alias for field in fields) | {parameter["name"] for parameter in described},
        flags=frozenset(field.alias for field in fields if _is_flag(field.field_info.annotation))
        | {parameter["name"] for parameter in described if parameter.get("schema", {}).get("type") == "boolean"},
        lists=frozenset(field.alias for field in fields if _is_list(field.field_info.annotation)),
        others=bool(extra.get(OTHERS)),
    )


def _is_flag(annotation: Any) -> bool:
    return annotation is bool or bool in getattr(annotation, "__args__", ())


def _is_list(annotation: Any) -> bool:
    kinds = (annotation, *getattr(annotation, "__args__", ()))
    return any(getattr(kind, "__origin__", kind) in (list, tuple, set, frozenset) for kind in kinds)


def _questions_of(dependant: Dependant) -> Iterator[Asked]:
    question = getattr(dependant.call, _QUESTION, None)
    if question is not None:
        yield question
    for below in dependant.dependencies:
        yield from _questions_of(below)


async def _body(entry: KnownRoute, request: Request, receive: Receive) -> Receive:
    """`receive` for the route: the body already read and judged, or bounded where the route reads by itself."""
    if entry.reads is None:
        return bodies.limit_body(receive, entry.largest)
    if request.headers.get("content-encoding", "identity") != "identity":
        raise refused("body_encoded")
    raw = await bodies.read_whole(receive, request.headers.get("content-length", ""), entry.largest)
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if entry.reads == "form":
        if media not in FORMS:
            raise refused("media_type_unknown", given=media, known=", ".join(FORMS))
        return bodies.replay(raw if media == FORMS[1] else _form(raw), receive)
    if not raw and entry.json_optional:
        return bodies.replay(raw, receive)
    if media != "application/json" and not media.endswith("+json"):
        raise refused("media_type_unknown", given=media, known="application/json")
    if len(raw) > AT_ONCE:
        return bodies.replay(await run_in_threadpool(bodies.strict_json, raw, entry.values), receive)
    return bodies.replay(bodies.strict_json(raw, entry.values), receive)


def _form(raw: bytes) -> bytes:
    pairs = parameters.query_of(raw, limit=parameters.MOST_FIELDS)
    return urlencode(pairs).encode()


def _without_body(send: Send) -> Send:
    """For HEAD: the head that GET would have, and nothing after it."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return sending
