"""Before a release is signed: how complete it is, what is provisional, what stands out against the round before, which
queries stand, what came since the last release; the draft of the document; drafting, and the sign-off by another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from lienthong.errors import Rejected
from services.console import acting
from services.console.asking import Answer
from services.console.entering.form import FURTHER
from services.console.entering.spelling import day_sent, file_hash
from services.console.frame import Frame
from services.console.page import Asked, Page
from services.console.pages.differences import shown
from services.console.pages.report import Query, query_of
from services.console.pages.rounds import Text, in_order, label_of, labels_of, round_of
from services.console.pages.standing import names_of
from services.console.tables import Cell, Column, Table, row
from services.console.words import Words

APART = 50
"""Per cent by which a sum has to differ from that of the round before to be looked at again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outlier:
    """A sum that differs much from the round before. percent: of the sum before, signed."""

    code: str
    label: Text
    before: Decimal
    now: Decimal
    percent: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class Asking:
    """A query on a report that would be released. query: with what was said of it."""

    unit: str
    name: str
    label: Text
    form: str
    query: Query


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """What somebody put before the signer. by: as the audit log names it. outdated: the figures changed since, so it
    can be signed no more. position: by which it is signed. number, date: of the document, None where not known yet;
    more: what else is known of it, by the members of FURTHER.
    """

    by: str
    at: datetime
    outdated: bool
    position: int
    note: str
    number: str | None
    date: str | None
    more: Mapping[str, str]
    recipients: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Signing:
    """version: the next one. last: name of the last release, None where there is none. changed: something came since.

    forms: label, obliged, reported, late, missing. missing: unit, name, label. since: how many reports came after the
    last release. added: recipients that did not get that. before: the round compared with. provisional: titles of
    indicators. recipients: whom it may go to. draft: of this version, None where nobody drafted it. single: the issuer
    is allowed one person for both.
    """

    round: str
    title: Text
    version: int
    last: str | None
    changed: bool
    added: tuple[str, ...]
    forms: tuple[tuple[Text, int, int, int, int], ...]
    missing: tuple[tuple[str, str, Text], ...]
    queries: tuple[Asking, ...]
    since: int
    before: str | None
    outliers: tuple[Outlier, ...]
    provisional: tuple[tuple[str, Text], ...]
    recipients: tuple[str, ...]
    draft: Draft | None
    single: bool

    @property
    def unexplained(self) -> int:
        return sum(one.query.explanation is None for one in self.queries)

    @property
    def complete(self) -> bool:
        return not self.missing


async def gather(asked: Asked) -> Signing:
    code, hub = asked.path["round"], asked.hub
    preview, document, rounds, rollup, measured, plans = await hub.all(
        hub.get(f"/v1/rounds/{code}/releases/preview"),
        hub.get(f"/v1/rounds/{code}"),
        hub.get("/v1/rounds"),
        hub.get(f"/v1/rounds/{code}/rollup"),
        hub.get(f"/v1/rounds/{code}/indicators"),
        hub.get("/v1/plans"),
    )
    round_ = round_of(document["round"])
    earlier = next(
        (
            each
            for each in in_order(round_of(body) for body in rounds["rounds"])
            if each.plan == round_.plan and each.last < round_.last
        ),
        None,
    )
    children, before = await hub.all(
        hub.get(f"/v1/units/{asked.person.province}/children", on=round_.last.isoformat()),
        hub.get(f"/v1/rounds/{earlier.code}/rollup") if earlier is not None else _nothing(),
    )
    return build(
        preview,
        rollup,
        before,
        measured,
        title=round_.title,
        names=names_of(children),
        labels=labels_of(plans),
        before=None if earlier is None else earlier.code,
    )


async def _nothing() -> Answer:
    return {"figures": []}


def build(
    preview: Answer,
    rollup: Answer,
    earlier: Answer,
    measured: Answer,
    *,
    title: Text,
    names: Mapping[str, str],
    labels: Mapping[str, Text],
    before: str | None,
) -> Signing:
    """Pure. preview: /v1/rounds/{round}/releases/preview; rollup, earlier: of this round and of the one before."""
    last = preview["lastRelease"]
    return Signing(
        round=preview["round"],
        title=title,
        version=preview["version"],
        last=None if last is None else last["release"],
        changed=preview["changed"],
        added=tuple(preview["addedRecipients"]),
        forms=tuple(
            (label_of(form["form"], labels), form["obliged"], form["reported"], form["late"], form["missing"])
            for form in preview["forms"]
        ),
        missing=tuple(
            (one["unit"], names.get(one["unit"], one["unit"]), label_of(one["form"], labels))
            for one in preview["missing"]
        ),
        queries=tuple(
            asking_of(one, warning, names, labels) for one in preview["warnings"] for warning in one["warnings"]
        ),
        since=len(preview["since"]),
        before=before,
        outliers=tuple(outliers(earlier["figures"], rollup["figures"])),
        provisional=tuple(
            (indicator["code"], indicator["title"])
            for indicator in measured["indicators"]
            if indicator["assessment"] == "provisional"
        ),
        recipients=tuple(preview["recipients"]),
        draft=None if preview["draft"] is None else draft_of(preview["draft"]),
        single=preview["singlePerson"],
    )


def draft_of(body: Answer) -> Draft:
    return Draft(
        by=body["draftedBy"],
        at=datetime.fromisoformat(body["draftedAt"]),
        outdated=body["outdated"],
        position=body["position"],
        note=body["note"],
        number=body["document"]["number"],
        date=body["document"]["date"],
        more={name: body["document"][name] for name in FURTHER if body["document"].get(name)},
        recipients=tuple(body["recipients"]),
    )


def outliers(before: Iterable[Answer], now: Iterable[Answer]) -> Iterable[Outlier]:
    """The sums that differ by more than APART per cent; from zero nothing can be said."""
    known = {(body["form"], body["code"]): body["sum"] for body in before}
    for document in now:
        old, new = shown(known.get((document["form"], document["code"]))), shown(document["sum"])
        if isinstance(old, Decimal) and isinstance(new, Decimal) and old:
            percent = ((new - old) * 100 / old).quantize(Decimal(1))
            if abs(percent) > APART:
                yield Outlier(code=document["code"], label=document["label"], before=old, now=new, percent=percent)


def asking_of(
    body: Mapping[str, Any], warning: Mapping[str, Any], names: Mapping[str, str], labels: Mapping[str, Text]
) -> Asking:
    return Asking(
        unit=body["unit"],
        name=names.get(body["unit"], body["unit"]),
        label=label_of(body["form"], labels),
        form=body["form"],
        query=query_of(warning),
    )


def said(query: Query, words: Words) -> Cell:
    """What was said of a query, in a table."""
    if query.explanation is None:
        return Cell(value=words("explaining.open"), tone="warn")
    return Cell(value=query.explanation or f"{words('explaining.redacted')}: {query.redacted}")


def queries_table(queries: Iterable[Asking], round_: str, title: str, words: Words) -> Table:
    """What is asked of reports of a round, and what was said of it."""
    return Table(
        name="queries",
        title=title,
        empty=words("signing.no_queries"),
        columns=(
            Column(name="unit", title=words("column.unit"), heading=True),
            Column(name="form", title=words("column.form")),
            Column(name="query", title=words("report.query")),
            Column(name="explanation", title=words("explaining.label")),
        ),
        rows=tuple(
            row(
                Cell(value=one.name, href=f"/units/{one.unit}/reports/{round_}/{one.form}"),
                words.say(one.label),
                words.say(one.query.message),
                said(one.query, words),
            )
            for one in queries
        ),
    )


def tables(data: Signing, asked: Asked) -> Sequence[Table]:
    t = asked.words
    return (
        _completeness(data, asked),
        queries_table(data.queries, data.round, t("signing.queries"), t),
        _outliers(data, asked),
        _provisional(data, asked),
        _missing(data, asked),
    )


def _completeness(data: Signing, asked: Asked) -> Table:
    t = asked.words
    return Table(
        name="completeness",
        title=t("release.completeness"),
        empty=t("release.no_forms"),
        columns=(
            Column(name="form", title=t("column.form"), heading=True),
            Column(name="obliged", title=t("column.obliged"), kind="number"),
            Column(name="reported", title=t("column.reported"), kind="number"),
            Column(name="late", title=t("column.late"), kind="number"),
            Column(name="missing", title=t("group.missing"), kind="number"),
        ),
        rows=tuple(row(t.say(label), *counts) for label, *counts in data.forms),
    )


def _outliers(data: Signing, asked: Asked) -> Table:
    t, f = asked.words, asked.formats
    return Table(
        name="outliers",
        title=t("signing.outliers", percent=APART, round=data.before or "–"),
        empty=t("signing.no_outliers") if data.before else t("signing.no_before"),
        columns=(
            Column(name="figure", title=t("column.figure"), heading=True),
            Column(name="before", title=t("release.before"), kind="number"),
            Column(name="now", title=t("release.after"), kind="number"),
            Column(name="change", title=t("signing.change"), kind="number"),
        ),
        rows=tuple(
            row(
                Cell(value=t.say(outlier.label), href=f"/provenance/{data.round}/{outlier.code}"),
                outlier.before,
                outlier.now,
                f.number(outlier.percent, "%"),
            )
            for outlier in data.outliers
        ),
    )


def _provisional(data: Signing, asked: Asked) -> Table:
    t = asked.words
    return Table(
        name="provisional",
        title=t("signing.provisional"),
        empty=t("signing.no_provisional"),
        columns=(
            Column(name="indicator", title=t("column.code"), kind="code", heading=True),
            Column(name="title", title=t("column.indicator")),
        ),
        rows=tuple(
            row(Cell(value=code, href=f"/provenance/{data.round}/{code}"), t.say(title))
            for code, title in data.provisional
        ),
    )


def _missing(data: Signing, asked: Asked) -> Table:
    t = asked.words
    return Table(
        name="missing",
        title=t("group.missing"),
        empty=t("consolidation.nobody"),
        columns=(
            Column(name="unit", title=t("column.unit"), heading=True),
            Column(name="form", title=t("column.form")),
        ),
        rows=tuple(row(Cell(value=name, href=f"/units/{unit}"), t.say(label)) for unit, name, label in data.missing),
    )


PAGE = Page(name="signing", paths=("/rounds/{round}/signing",), gather=gather, tables=tables, under="overview")


# ---------------------------------------------------------------- the act


def routes(frame: Frame) -> list[Route]:
    """Drafting and signing off, to the page's own address."""

    async def act(request: Request) -> Response:
        async with acting.asked(frame, request) as asked:
            given = await acting.form(request, asked)
            typed = {name: str(given.get(name, "")).strip() for name in _TYPED}
            code = asked.path["round"]
            try:
                if typed["act"] == "draft":
                    await asked.hub.send("POST", f"/v1/rounds/{code}/releases/drafts", _drafting(typed))
                    return RedirectResponse(request.url.path, status_code=303)
                answer = await asked.hub.send("POST", f"/v1/rounds/{code}/releases", _signing(typed))
            except Rejected as error:
                if not error.problems or error.status in (401, 404):
                    raise
                return await _again(frame, request, asked, typed, error)
        return RedirectResponse(f"/rounds/{code}?signed={answer.json()['release']}", status_code=303)

    return [Route(PAGE.paths[0], act, methods=["POST"])]


_TYPED = ("act", "number", "date", *FURTHER, "note", "confirm", "draft")


def _drafting(typed: Mapping[str, str]) -> dict[str, Any]:
    return {"document": _document(typed), "note": typed["note"]}


def _signing(typed: Mapping[str, str]) -> dict[str, Any]:
    """draft: the one that stood on the page; without a number nothing is signed but what nobody drafted anew."""
    seen = {"draft": int(typed["draft"])} if typed["draft"].isdecimal() and len(typed["draft"]) < _DIGITS else {}
    return {"document": _document(typed), "confirm": typed["confirm"] == "yes", **seen}


_DIGITS = 19  # of a position: a bigint


def _document(typed: Mapping[str, str]) -> dict[str, Any]:
    more = {name: typed[name] for name in FURTHER} | {"fileHash": file_hash(typed["fileHash"])}
    return {
        "number": typed["number"] or None,
        "date": day_sent(typed["date"]),
        **{name: text for name, text in more.items() if text},
    }


async def _again(frame: Frame, request: Request, asked: Asked, typed: Mapping[str, str], error: Rejected) -> Response:
    data = await gather(asked)
    places = {"/note": "note", **{f"/document/{name}": name for name in ("number", "date", *FURTHER)}}
    lacking = any(problem.code == "release_incomplete" for problem in error.problems)
    act = "draft" if typed["act"] == "draft" else "sign"
    errors = [
        {
            "id": "confirm" if problem.code == "release_incomplete" else _place(act, places.get(problem.pointer)),
            "message": asked.words.both(problem.message),
        }
        for problem in error.problems
    ]
    return frame.page(request, PAGE, asked, data, status=422, errors=errors, typed=typed, lacking=lacking)


def _place(act: str, field: str | None) -> str:
    """Where an error belongs: a field of one of the two forms, or the form."""
    return act if field is None else f"{act}-{field}"
