"""Bodies of requests to identity: read up to a limit and within a time, before anybody's right to send them is known.

What comes from somebody without a token is read here and nowhere else: a login, a form of the token endpoint.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lienthong.refusals import refused
from lienthong.web.bodies import strict_json

MAX_JSON = 65_536  # bytes: 200 units of a role need about 2,000
SECONDS = 10.0  # whoever drips his body holds no more than his own connection


class TooLong(Exception):
    """The body is longer than its limit."""


class RequestBody(BaseModel):
    """A body in JSON; unknown members are refused."""

    model_config = ConfigDict(extra="forbid", str_max_length=10_000)


class Reason(RequestBody):
    """Why."""

    reason: str = Field(min_length=3, max_length=1000)


Model = TypeVar("Model", bound=RequestBody)


async def read(request: Request, most: int, seconds: float = SECONDS) -> bytes:
    """The body. Raises TooLong and TimeoutError; nothing more of it is read then."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:20]) > most:
        raise TooLong
    raw = bytearray()
    async with asyncio.timeout(seconds):
        async for chunk in request.stream():
            raw += chunk
            if len(raw) > most:
                raise TooLong
    return bytes(raw)


def body(model: type[Model]) -> Callable[[Request], Awaitable[Model]]:
    """A dependency that gives the JSON body as the model.

    Raises Rejected for another media type (which also keeps forms of other sites out: they can't send JSON), a body
    too long or too slow, and what the framework raises for one that doesn't fit.
    """

    async def dependency(request: Request) -> Model:
        if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
            raise refused("json_expected")
        try:
            given = await read(request, MAX_JSON)
            return model.model_validate_json(strict_json(given))
        except TooLong as exc:
            raise refused("body_too_large", limit=MAX_JSON) from exc
        except TimeoutError as exc:
            raise refused("body_too_slow", seconds=SECONDS) from exc
        except ValidationError as exc:
            errors = exc.errors(include_url=False)
            raise RequestValidationError([{**e, "loc": ("body", *e["loc"])} for e in errors]) from exc

    return dependency


def openapi_of_body(model: type[RequestBody]) -> dict[str, Any]:
    """What OpenAPI says of such a body."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": _inlined(model)}}}}


def _inlined(model: type[RequestBody]) -> dict[str, Any]:
    schema = model.model_json_schema()
    parts = schema.pop("$defs", {})

    def whole(value: Any) -> Any:
        if isinstance(value, dict):
            name = str(value.get("$ref", "")).removeprefix("#/$defs/")
            return whole(parts[name]) if name in parts else {key: whole(inner) for key, inner in value.items()}
        return [whole(inner) for inner in value] if isinstance(value, list) else value

    document: dict[str, Any] = whole(schema)
    return document
