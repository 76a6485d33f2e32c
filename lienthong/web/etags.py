"""What an asker holds already (RFC 9110 §13.1.2), and what whoever edits has seen (§13.1.1).

A thing that can be edited is told with its version in a strong ETag: `tag_version` by an edit, `tagged_answer` where it
is read. Its edits take `If-Match`: `Editing`. The version is made of what can be edited; counts and moments that the
hub notes beside it change nothing of it. So a tag of what is read is of two parts, `"<version>.<all that was told>"`:
who edits is asked for the first, who holds an answer already (`If-None-Match`) for both.
"""

from __future__ import annotations

import hashlib
import re
from typing import Annotated, TypeVar

import orjson
from fastapi import Depends, Header
from fastapi.encoders import jsonable_encoder
from starlette.requests import Request
from starlette.responses import Response

from lienthong.access.edits import UNSAID, Seen
from lienthong.access.principals import Principal
from lienthong.access.sight import Sight, sight
from lienthong.access.tokens import Verifier
from lienthong.refusals import refused

T = TypeVar("T")

_TAGS = re.compile(r'[ \t]*(?:(?:W/)?"[\x21\x23-\x7e]{0,200}"[ \t]*(?:,[ \t]*|$))+')
_STRONG = re.compile(r'(?<!W/)"[\x21\x23-\x7e]{0,200}"')
_OF_BOTH = re.compile(r'("[0-9a-f]{32})\.[0-9a-f]{16}"')
_AUDIT = "read:audit"
_WHAT = "The ETag of what is edited: 412 where somebody changed it meanwhile. Left out, the last one wins."
_IF_MATCH = Header(alias="If-Match", description=_WHAT, examples=['"8f14e45fceea167a5a36dedd4bea2543"'])


def is_held(request: Request, etag: str) -> bool:
    """Whether If-None-Match names the tag, compared weakly. etag: with its quotes."""
    tags = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    return etag.removeprefix("W/") in tags or "*" in tags


def of_content(content: bytes, *more: str) -> str:
    """The tag of what is answered, with its quotes. more: what else the answer depends on."""
    return f'"{"-".join((hashlib.sha256(content).hexdigest()[:32], *more))}"'


def tag_version(response: Response, version: str) -> None:
    """Tell a version with its thing. Nobody keeps the answer: it is asked for when it is edited."""
    response.headers["ETag"] = f'"{version}"'
    response.headers["Cache-Control"] = "no-store"


def tagged_answer(request: Request, response: Response, version: str, what: T) -> T | Response:
    """What is told of a thing that can be edited, with its tag; 304 for who holds just that."""
    content = orjson.dumps(jsonable_encoder(what), option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    tag_version(response, f"{version}.{hashlib.sha256(content).hexdigest()[:16]}")
    if is_held(request, response.headers["ETag"]):
        return Response(status_code=304, headers=dict(response.headers))
    return what


async def editing(request: Request, if_match: Annotated[str | None, _IF_MATCH] = None) -> Seen:
    """What the caller has seen of what it edits. Raises Rejected (400) for what is no If-Match."""
    lines = request.headers.getlist("if-match")
    if not lines:
        return UNSAID
    header = ", ".join(lines)
    if header.strip() == "*":
        return UNSAID  # whatever stands; where nothing does, the route says 404
    if not _TAGS.fullmatch(header):
        raise refused("if_match_malformed")
    versions = frozenset(of_version(tag)[1:-1] for tag in _STRONG.findall(header))
    return Seen(versions=versions, acts=await may_be_told(request))


def of_version(tag: str) -> str:
    """The tag of a thing's version alone, with its quotes, of a tag of `tagged_answer`; any other as it is."""
    return _OF_BOTH.sub(r'\1"', tag) if _OF_BOTH.fullmatch(tag) else tag


def seen_of(version: str | None, acts: Sight | None) -> Seen:
    """The same where a body names versions, one for each thing in it. None: nothing was said. acts: `ActsTold`."""
    return UNSAID if version is None else Seen(versions=frozenset({version}), acts=acts)


async def may_be_told(request: Request) -> Sight | None:
    """Whose acts the caller may read of. The route has asked before whether it may come in at all."""
    verifier: Verifier = request.app.state.verifier
    who: Principal = verifier.bearer(request.headers.get("authorization"))
    return sight(who, [_AUDIT]) if _AUDIT in who.scopes else None


Editing = Annotated[Seen, Depends(editing)]
ActsTold = Annotated[Sight | None, Depends(may_be_told)]
