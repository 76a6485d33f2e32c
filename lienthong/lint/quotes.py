"""Rules about where everything comes from: quotes, and what was assumed because the source is silent."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from lienthong.errors import Message
from lienthong.lint.context import Linted, finding
from lienthong.lint.findings import Finding
from lienthong.programmes import Document
from lienthong.programmes.files import PlanFile
from lienthong.refusals import alike


def phrases_quoted(linted: Linted) -> Iterator[Finding]:
    """Q01: indicators, targets, obligations, tasks and figures name the phrase they come from."""
    for pointer, body in _entries(linted.file.data):
        if "quote" not in body:
            yield linted.finding("LT-Q01", "not_quoted", pointer, code=_name(body))
    for pointer, figure in linted.figures():
        if figure.quote is None:
            yield finding((linted.programme, pointer), "LT-Q01", "not_quoted", code=figure.code)


def found_in_source(linted: Linted) -> Iterator[Finding]:
    """Q02: every quoted phrase stands in the text of the source, where that text is at hand."""
    yield from _not_in_source(linted.file, "")
    used = {pointer for pointer, _ in linted.figures()}
    yield from (
        each for each in _not_in_source(linted.programme, "/figures") if "/".join(each.pointer.split("/")[:3]) in used
    )


def assumptions(linted: Linted) -> Iterator[Finding]:
    """A01: what the source doesn't say and was decided by whoever wrote the file."""
    for pointer, body in _walk(linted.file.data, ""):
        if "assumption" in body:
            yield _assumption(linted.file, pointer, body)
    used = {figure.reported_by for _, figure in linted.figures()}
    for pointer, figure in linted.figures():
        if figure.assumption:
            index = int(pointer.rpartition("/")[2])
            yield _assumption(linted.programme, pointer, linted.programme.data["figures"][index])
    for name, body in linted.programme.data["reporters"].items():
        if name in used and "assumption" in body:
            yield _assumption(linted.programme, f"/reporters/{name}", {"code": name, **body})


def _assumption(file: PlanFile, pointer: str, body: Document) -> Finding:
    text = body["assumption"]
    assumption = alike(text) if isinstance(text, str) else Message(vi=text["vi"], en=text["en"])
    return finding(
        (file, pointer), "LT-A01", "assumed", quote=body.get("quote"), code=_name(body), assumption=assumption
    )


def _not_in_source(file: PlanFile, below: str) -> Iterator[Finding]:
    if file.text is None:
        return
    source = squeezed(file.text)
    for pointer, body in _walk(file.data, ""):
        quote = body.get("quote")
        if pointer.startswith(below) and isinstance(quote, str) and squeezed(quote) not in source:
            yield finding((file, pointer), "LT-Q02", "not_in_source", quote=quote, code=_name(body))


def squeezed(text: str) -> str:
    """Text for comparing quotes: NFC, white space collapsed, emphasis marks of the source removed."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text).replace("*", "")).strip()


def _entries(data: Document) -> Iterator[tuple[str, Document]]:
    for section in ("indicators", "obligations", "tasks"):
        for index, body in enumerate(data.get(section, ())):
            yield f"/{section}/{index}", body
            for place, target in enumerate(body.get("targets", ())):
                yield f"/{section}/{index}/targets/{place}", {"code": body["code"], **target}


def _walk(value: object, pointer: str) -> Iterator[tuple[str, Document]]:
    if isinstance(value, dict):
        yield pointer, value
        for key, below in value.items():
            yield from _walk(below, f"{pointer}/{key}")
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from _walk(below, f"{pointer}/{index}")


def _name(body: Document) -> str:
    return str(
        body.get("code")
        or body.get("figure")
        or body.get("agency")
        or body.get("frequency")
        or body.get("operator")
        or ""
    )
