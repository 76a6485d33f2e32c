"""Before a release is signed: how complete it is, what is provisional, what stands out against the round before, which
queries stand, what came since the last release; the draft of the document.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from services.console.asking import Answer
from services.console.entering.form import FURTHER
from services.console.page import Page, Visit
from services.console.pages.differences import as_number
from services.console.pages.indicators import columns
from services.console.pages.queries import ReportQuery, queries_now, queries_table
from services.console.pages.rounds import Text, distinct_names, in_order, label_of, labels_of, round_of
from services.console.pages.standing import names_of
from services.console.tables import Cell, Column, Table, row

APART = 50
"""Per cent by which a sum has to differ from that of the round before to be looked at again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outlier:
    """A sum that differs much from the round before. percent: of the sum before, signed."""

    code: str
    form: Text
    label: Text
    before: Decimal
    now: Decimal
    percent: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class ReleaseDraft:
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
    last release. added: recipients that did not get that. before: the round compared with, of the same kind: one on
    demand asks other figures of other units than a regular one. provisional: titles of
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
    queries: tuple[ReportQuery, ...]
    since: int
    before: str | None
    outliers: tuple[Outlier, ...]
    provisional: tuple[tuple[str, Text], ...]
    recipients: tuple[str, ...]
    draft: ReleaseDraft | None
    single: bool

    @property
    def unexplained(self) -> int:
        return sum(query.query.explanation is None for query in self.queries)

    @property
    def obliged(self) -> int:
        """How many reports are owed, of all forms."""
        return sum(obliged for _, obliged, *_ in self.forms)

    @property
    def complete(self) -> bool:
        return not self.missing


async def gather(visit: Visit) -> Signing:
    code, hub = visit.path["round"], visit.hub
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
            candidate
            for candidate in in_order(round_of(body) for body in rounds["rounds"])
            if (candidate.plan, candidate.kind) == (round_.plan, round_.kind) and candidate.last < round_.last
        ),
        None,
    )
    children, before = await hub.all(
        hub.get(f"/v1/units/{visit.person.province}/children", on=round_.last.isoformat()),
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
        forms=tuple(_form(form, labels) for form in preview["forms"]),
        missing=tuple(
            (duty["unit"], names.get(duty["unit"], duty["unit"]), label_of(duty["form"], labels))
            for duty in preview["missing"]
        ),
        queries=tuple(queries_now(preview, names, labels)),
        since=len(preview["since"]),
        before=before,
        outliers=tuple(outliers(earlier["figures"], rollup["figures"], labels)),
        provisional=tuple(
            (indicator["code"], indicator["title"])
            for indicator in measured["indicators"]
            if indicator["assessment"] == "provisional"
        ),
        recipients=tuple(preview["recipients"]),
        draft=None if preview["draft"] is None else draft_of(preview["draft"]),
        single=preview["singlePerson"],
    )


def _form(body: Answer, labels: Mapping[str, Text]) -> tuple[Text, int, int, int, int]:
    return label_of(body["form"], labels), body["obliged"], body["reported"], body["late"], body["missing"]


def draft_of(body: Answer) -> ReleaseDraft:
    return ReleaseDraft(
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


def outliers(before: Iterable[Answer], now: Iterable[Answer], labels: Mapping[str, Text]) -> Iterable[Outlier]:
    """The sums that differ by more than APART per cent; from zero nothing can be said. labels: of forms."""
    sums = {(body["form"], body["code"]): body["sum"] for body in before}
    for document in now:
        old, new = as_number(sums.get((document["form"], document["code"]))), as_number(document["sum"])
        if isinstance(old, Decimal) and isinstance(new, Decimal) and old:
            percent = ((new - old) * 100 / old).quantize(Decimal(1))
            if abs(percent) > APART:
                yield Outlier(
                    code=document["code"],
                    form=label_of(document["form"], labels),
                    label=document["label"],
                    before=old,
                    now=new,
                    percent=percent,
                )


def tables(data: Signing, visit: Visit) -> Sequence[Table]:
    t = visit.words
    return (
        _completeness(data, visit),
        queries_table(data.queries, data.round, t("signing.queries"), t),
        _outliers(data, visit),
        _provisional(data, visit),
        _missing(data, visit),
    )


def _completeness(data: Signing, visit: Visit) -> Table:
    t = visit.words
    return Table(
        name="completeness",
        title=t("release.completeness"),
        empty=t("release.no_forms"),
        columns=(
            Column(name="form", title=t("column.form"), heading=True),
            *columns(t, "obliged", "reported", "late"),
            Column(name="missing", title=t("group.missing"), kind="number"),
        ),
        rows=tuple(row(t.say(label), *counts) for label, *counts in data.forms),
    )


def _outliers(data: Signing, visit: Visit) -> Table:
    t, f = visit.words, visit.formats
    names = distinct_names((t.say(outlier.label), t.say(outlier.form)) for outlier in data.outliers)
    return Table(
        name="outliers",
        title=t("signing.outliers", percent=APART, round=data.before) if data.before else t("signing.outliers_none"),
        empty=t("signing.no_outliers") if data.before else t("signing.no_before"),
        columns=(
            *columns(t, "figure"),
            Column(name="before", title=t("release.before"), kind="number"),
            Column(name="now", title=t("release.after"), kind="number"),
            Column(name="change", title=t("signing.change"), kind="number"),
        ),
        rows=tuple(
            row(
                Cell(value=label, href=f"/provenance/{data.round}/{outlier.code}"),
                outlier.before,
                outlier.now,
                f.number(outlier.percent, "%"),
            )
            for label, outlier in zip(names, data.outliers, strict=True)
        ),
    )


def _provisional(data: Signing, visit: Visit) -> Table:
    t = visit.words
    return Table(
        name="provisional",
        title=t("signing.provisional"),
        empty=t("signing.no_provisional"),
        columns=columns(t, "indicator", "title", heading="indicator"),
        rows=tuple(
            row(Cell(value=code, href=f"/provenance/{data.round}/{code}"), t.say(title))
            for code, title in data.provisional
        ),
    )


def _missing(data: Signing, visit: Visit) -> Table:
    t = visit.words
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
