"""From a consolidated figure or indicator down to the report revisions that it is the sum of, now or in a release."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from lienthong.units.names import sort_key
from services.console.asking import Answer
from services.console.formats import instant
from services.console.page import Page, Visit
from services.console.pages.rounds import Text, label_of, labels_of
from services.console.tables import Cell, Column, Kind, Table, Tone, Value, row

_TONES: dict[str, Tone] = {"missing": "plain", "withdrawn": "warn"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """One report revision under a figure. state: `reported`, `zero`, `status`, `nil`, `missing`, `withdrawn`; counted:
    it is in the sum; value: as text, or the code of a status. document: what is known of the signed one. systems: what
    it was assembled from, name and value of each.
    """

    unit: str
    name: str
    state: str
    value: str | None
    counted: bool
    revision: int | None
    received: datetime | None
    late: bool | None
    content_hash: str | None
    document: Mapping[str, str]
    systems: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class TracedFigure:
    """A figure of one form. sum: None where it is none (a status, or nobody gave it); sources by unit, in Vietnamese
    order.
    """

    code: str
    form: str
    form_label: Text
    label: Text
    measure: Text
    statuses: Mapping[str, Text]
    sum: str | None
    sources: tuple[Source, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Provenance:
    """release: None as it stands now; releases: those that can be chosen. earlier: rounds that the indicator rests on
    too. indicator: the line of the round it comes from, None for a bare figure.
    """

    round: str
    code: str
    title: Text
    arithmetic: str
    value: str | None
    measure: Text | None
    release: str | None
    releases: tuple[str, ...]
    earlier: tuple[str, ...]
    figures: tuple[TracedFigure, ...]


async def gather(visit: Visit) -> Provenance:
    round_, code, hub = visit.path["round"], visit.path["code"], visit.hub
    body, rollup, indicators, document, plans = await hub.all(
        hub.get(f"/v1/provenance/{round_}/{code}", release=visit.filter("release")),
        hub.get(f"/v1/rounds/{round_}/rollup"),
        hub.get(f"/v1/rounds/{round_}/indicators"),
        hub.get(f"/v1/rounds/{round_}"),
        hub.get("/v1/plans"),
    )
    forms = sorted({figure["form"] for figure in body["figures"]})
    assembled = await hub.all(*(hub.get("/v1/supplied/reports", round=round_, form=form) for form in forms))
    dataset = None
    if visit.filter("release") is not None:
        dataset = await hub.get(f"/v1/releases/{visit.filter('release')}")
    basis = dataset or {**indicators, "figures": rollup["figures"]}
    return build(body, basis, document["round"], labels_of(plans), supplies_of(assembled))


Supplies = Mapping[tuple[str, str, int], Sequence[Mapping[str, Any]]]
"""What a revision was assembled from, by form, unit and revision."""


def supplies_of(answers: Sequence[Answer]) -> Supplies:
    """answers: of /v1/supplied/reports."""
    return {
        (answer["form"], report["unit"], report["revision"]): report["supplies"]
        for answer in answers
        for report in answer["reports"]
    }


def build(
    document: Answer, basis: Answer, round_: Answer, labels: Mapping[str, Text], supplies: Supplies | None = None
) -> Provenance:
    """Pure. document: /v1/provenance; basis: figures and indicators, of now or of the release; round_: its round."""
    described = {(figure["form"], figure["code"]): figure for figure in basis["figures"]}
    indicator = next((i for i in basis["indicators"] if i["code"] == document["code"]), None)
    figures = tuple(
        _figure(body, described[body["form"], body["figure"]], labels, supplies or {}) for body in document["figures"]
    )
    return Provenance(
        round=document["round"],
        code=document["code"],
        title=figures[0].label if indicator is None and figures else (indicator or {}).get("title", {}),
        arithmetic="" if indicator is None else indicator["arithmetic"],
        value=None if indicator is None else indicator["value"],
        measure=None if indicator is None else indicator["measure"],
        release=document["release"],
        releases=tuple(release["release"] for release in round_["releases"]),
        earlier=tuple(document["earlier"]),
        figures=figures,
    )


def _figure(
    body: Mapping[str, Any], described: Mapping[str, Any], labels: Mapping[str, Text], supplies: Supplies
) -> TracedFigure:
    form = body["form"]
    sources = [
        _source(report, _systems(supplies.get((form, report["unit"], report["revision"]), ()), body["figure"]))
        for report in body["contributions"]
    ]
    return TracedFigure(
        code=body["figure"],
        form=form,
        form_label=label_of(form, labels),
        label=described["label"],
        measure=described["measure"],
        statuses={status["value"]: status["label"] for status in described["statuses"]},
        sum=body["sum"],
        sources=tuple(sorted(sources, key=lambda s: (sort_key(s.name), s.unit))),
    )


def _systems(supplies: Sequence[Mapping[str, Any]], figure: str) -> tuple[tuple[str, str], ...]:
    """The systems that supplied this figure of a report, with what each said of it."""
    return tuple(
        (supply["system"], str(supply["figures"][figure])) for supply in supplies if figure in supply["figures"]
    )


def _source(body: Mapping[str, Any], systems: tuple[tuple[str, str], ...]) -> Source:
    return Source(
        unit=body["unit"],
        name=body["name"] or body["unit"],
        state=body["state"],
        value=body["value"],
        counted=body["counted"],
        revision=body["revision"],
        received=instant(body["receivedAt"]),
        late=body["late"],
        content_hash=body["contentHash"],
        document={name: text for name, text in (body.get("signedDocument") or {}).items() if text},
        systems=systems,
    )


def tables(data: Provenance, visit: Visit) -> Sequence[Table]:
    """A table for each figure, named by its code."""
    t = visit.words
    return tuple(
        Table(
            name=figure.code,
            title=f"{t.say(figure.label)} – {t.say(figure.form_label)}",
            empty=t("provenance.none"),
            columns=(
                Column(name="unit", title=t("column.unit"), heading=True),
                Column(name="code", title=t("column.code"), kind="code"),
                Column(name="value", title=t.say(figure.measure), kind="number"),
                Column(name="state", title=t("column.state")),
                Column(name="counted", title=t("provenance.counted")),
                Column(name="revision", title=t("column.revision"), kind="number"),
                Column(name="received", title=t("column.received"), kind="when"),
                *((Column(name="systems", title=t("provenance.systems")),) if _is_assembled(figure) else ()),
                Column(name="document", title=t("report.document")),
                *(Column(name=name, title=t.name("document", name), kind=kind, filed=True) for name, kind in _MORE),
                Column(name="hash", title=t("column.hash"), kind="code"),
            ),
            rows=tuple(_row(source, figure, data.round, visit) for source in figure.sources),
        )
        for figure in data.figures
    )


def _row(source: Source, figure: TracedFigure, round_: str, visit: Visit) -> tuple[Cell, ...]:
    t = visit.words
    report = f"/units/{source.unit}/reports/{round_}/{figure.form}"
    return row(
        Cell(value=source.name, href=f"/units/{source.unit}"),
        source.unit,
        _value(source, figure, visit),
        Cell(value=t.name("source", source.state), tone=_TONES.get(source.state, "good")),
        t("provenance.yes") if source.counted else t("provenance.no"),
        Cell(value=source.revision, href=report) if source.revision is not None else None,
        source.received,
        *((_supplies_text(source, figure, visit),) if _is_assembled(figure) else ()),
        _document(source, visit),
        *(_in_short(source.document.get(name)) for name, _ in _MORE),
        _in_short(source.content_hash),
    )


def _is_assembled(figure: TracedFigure) -> bool:
    """Whether anything of it came from systems: else a column says nothing."""
    return any(source.systems for source in figure.sources)


def _supplies_text(source: Source, figure: TracedFigure, visit: Visit) -> str | None:
    """ "cap-phep: 2; so-thiet-bi: 3"."""
    return "; ".join(f"{system}: {_value_text(value, figure, visit)}" for system, value in source.systems) or None


def _value_text(value: str, figure: TracedFigure, visit: Visit) -> str:
    return visit.words.say(figure.statuses[value]) if value in figure.statuses else visit.formats.number(value)


_MORE: tuple[tuple[str, Kind], ...] = (("agency", "text"), ("electronicId", "code"), ("fileHash", "code"))
"""What more is known of a signed document, and how it stands in a table."""


def _in_short(text: str | None) -> Cell:
    """A hash by its beginning, enough to tell two apart on a page; files hold all of it."""
    return Cell(value=text, short=f"{text[:15]}…" if text is not None and text.startswith("sha256:") else "")


def _document(source: Source, visit: Visit) -> str | None:
    """Number and day of the signed document."""
    number, day = source.document.get("number"), source.document.get("date")
    return ", ".join(filter(None, (number, visit.formats.day(day) if day else None))) or None


def _value(source: Source, figure: TracedFigure, visit: Visit) -> Value:
    if source.value is None:
        return None
    if source.value in figure.statuses:
        return visit.words.say(figure.statuses[source.value])
    try:
        return Decimal(source.value)
    except InvalidOperation:
        return source.value


PAGE = Page(
    name="provenance",
    paths=("/provenance/{round}/{code}",),
    gather=gather,
    tables=tables,
    filters=frozenset({"release"}),
    under="overview",
)
