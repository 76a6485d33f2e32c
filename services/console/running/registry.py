"""The registry of units: a file is checked and shown with what it changes, then brought in, all of it or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.routing import Route

from lienthong import units
from lienthong.refusals import refused
from services.console import acting
from services.console.frame import Frame
from services.console.page import Visit
from services.console.pages.rounds import Text
from services.console.running import doing
from services.console.running.doing import Outcome
from services.console.running.publishing import document_of

KINDS = ("units", "agencies", "relations", "aliases", "populations")
SCOPE = "operate:units"
_MOST = 5000  # rows of one request


@dataclass(frozen=True, kw_only=True, slots=True)
class Registry:
    """What can be brought in."""

    kinds: tuple[str, ...] = KINDS


@dataclass(frozen=True, kw_only=True, slots=True)
class RegistryPreview:
    """What bringing it in would change. rows, seen: for the second step, which does just that or nothing."""

    changes: tuple[Text, ...]
    rows: str
    seen: str


async def gather(visit: Visit) -> Registry:
    """Raises Rejected (403) for who may not change units."""
    doing.require(visit, SCOPE)
    return Registry()


PAGE = doing.operators_page(name="registry", paths=("/registry",), gather=gather, scope=SCOPE)


# ---------------------------------------------------------------- the act


def routes(frame: Frame) -> list[Route]:
    """The two steps."""
    return [doing.route(frame, PAGE, bring_in)]


async def bring_in(visit: Visit, form: FormData) -> Outcome:
    """do: `check` (a file), `write` (what was shown)."""
    if acting.button(form, "check", "write") == "write":
        rows = document_of(doing.text(form, "rows"))
        answer = (await visit.hub.send("POST", "/v1/units", rows, version=doing.version(form))).json()
        return Outcome(result={"written": len(answer["changes"])})
    raw, name = await doing.file(form, "file")
    rows = await run_in_threadpool(rows_of, doing.text(form, "kind"), raw, name)
    response = await visit.hub.send("POST", "/v1/units?dryRun=true", rows)
    bodies = response.json()["changes"]
    changes = tuple({"vi": change["message_vi"], "en": change["message_en"]} for change in bodies)
    text, version = orjson.dumps(rows).decode(), response.headers["etag"]
    return Outcome(result={"preview": RegistryPreview(changes=changes, rows=text, seen=version)})


def rows_of(kind: str, raw: bytes, name: str) -> dict[str, Any]:
    """The rows of a file by their table, as the route takes them. Raises Rejected for what can't be read."""
    if kind not in KINDS:
        raise refused("form_unreadable")
    rows: dict[str, list[Mapping[str, Any]]] = {}
    for row in units.read_file(kind, raw, name):
        rows.setdefault(row.table, []).append(row.values)
    if not 1 <= sum(map(len, rows.values())) <= _MOST:
        raise refused("file_rows", "/file", most=_MOST)
    return dict(rows)
