"""The consolidation of a round, to be read, printed, downloaded and made into the report that is signed: indicators,
sums, who reported and who did not, difficulties, what the units wrote. As it stands now, or as a release has it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from lienthong.errors import Rejected
from lienthong.units.names import sort_key
from services.console.asking import Answer
from services.console.page import Asked, Page
from services.console.pages import computed as computed_of
from services.console.pages import tasks as tasks_of
from services.console.pages.computed import Computed
from services.console.pages.difficulties import Difficulty, everything, of_dataset, read_of, told_table
from services.console.pages.plans import TONES, said_goal
from services.console.pages.releases import shown
from services.console.pages.report import NARRATIVE, Query
from services.console.pages.rounds import Text, label_of, labels_of
from services.console.pages.signing import Asking, asking_of, queries_table
from services.console.pages.standing import Duty, duties, names_of
from services.console.pages.tasks import Tasks
from services.console.tables import Cell, Column, Table, row

Statuses = Mapping[str, Mapping[str, Text]]
"""Labels of statuses by indicator and code."""
_AT_ONCE = 8  # reports read together; each takes the hub some 5 ms


@dataclass(frozen=True, kw_only=True, slots=True)
class Indicator:
    """A measured indicator. goals: its targets in words; status: what it is called, for one that is no number."""

    code: str
    title: Text
    measure: Text
    value: str | None
    status: Text | None
    assessment: str
    reasons: tuple[Text, ...]
    arithmetic: str
    goals: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Sum:
    """A figure summed. given, obliged: units. sum: None where nobody gave it, and of statuses."""

    code: str
    form: str
    label: Text
    measure: Text
    sum: str | None
    given: int
    obliged: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Narrative:
    """What a unit wrote. parts: results, shortcomings, proposals; those that say something."""

    unit: str
    name: str
    label: Text
    parts: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Consolidation:
    """at: the moment of which it is; release: its name, None as it stands now. first, last: the days that it covers.
    forms: label, obliged, reported, late of each. owing: who has not reported; late: who came after the deadline.
    queries: with what was said of each. told: empty unless asked for (it is read report by report). tasks: of the plan.
    computed: what the hub computes itself.
    """

    round: str
    title: Text
    issuer: str
    issuer_name: str
    place: str
    first: date
    last: date
    at: datetime
    release: str | None
    forms: tuple[tuple[Text, int, int, int], ...]
    indicators: tuple[Indicator, ...]
    sums: tuple[Sum, ...]
    owing: tuple[Duty, ...]
    late: tuple[Duty, ...]
    labels: Mapping[str, Text]
    difficulties: tuple[Difficulty, ...]
    queries: tuple[Asking, ...]
    told: tuple[Narrative, ...]
    with_texts: bool
    tasks: Tasks
    computed: Computed

    @property
    def provisional(self) -> int:
        return sum(indicator.assessment == "provisional" for indicator in self.indicators)


async def gather(asked: Asked) -> Consolidation:
    return await of_round(asked, asked.path["round"], texts=asked.chosen("texts") is not None)


async def of_round(asked: Asked, code: str, *, texts: bool) -> Consolidation:
    """As the round stands now."""
    hub = asked.hub
    found, owed, plans, rollup, measured, raised, preview = await hub.all(
        hub.get(f"/v1/rounds/{code}"),
        hub.get("/v1/obligations", round=code),
        hub.get("/v1/plans"),
        hub.get(f"/v1/rounds/{code}/rollup"),
        hub.get(f"/v1/rounds/{code}/indicators"),
        everything(asked),
        hub.get(f"/v1/rounds/{code}/releases/preview"),
    )
    body = found["round"]
    issuer, children = await hub.all(
        hub.get(f"/v1/units/{body['root']}"),
        hub.get(f"/v1/units/{asked.person.province}/children", on=body["period"]["last"]),
    )
    names = names_of(children) | {issuer["code"]: issuer["full_name"]}
    labels, statuses = labels_of(plans), await _statuses(asked, body["plan"])
    told = await _told(asked, code, rollup["figures"], names, labels) if texts else ()
    tasks, counts = await hub.all(hub.get("/v1/tasks", plan=body["plan"]), hub.get(f"/v1/rounds/{code}/computed"))
    return build(
        body,
        rollup,
        measured,
        owed,
        raised,
        issuer=issuer,
        names=names,
        labels=labels,
        statuses=statuses,
        told=told,
        queries=_asking(preview, names, labels),
        at=datetime.fromisoformat(found["now"]),
        with_texts=texts,
        tasks=tasks_of.build(tasks),
        computed=computed_of.build(code, counts),
        asked=asked,
    )


async def of_release(asked: Asked, code: str, version: str) -> Consolidation:
    """As a release has it, with the texts of the revisions that it was made of."""
    hub = asked.hub
    dataset, found, plans, raised = await hub.all(
        hub.get(f"/v1/releases/{code}/{version}"),
        hub.get(f"/v1/rounds/{code}"),
        hub.get("/v1/plans"),
        everything(asked),
    )
    issuer = await hub.get(f"/v1/units/{dataset['issuer']['code']}")
    names = {unit["code"]: unit["name"] or unit["code"] for unit in dataset["units"]}
    labels, statuses = labels_of(plans), await _statuses(asked, dataset["plan"]["code"])
    told = await _told(asked, code, dataset["figures"], names, labels, release=dataset["release"])
    missing = [_missing(form, unit, dataset) for form in dataset["completeness"] for unit in form["missing"]]
    return build(
        found["round"],
        dataset,
        dataset,
        {"obligations": missing},
        raised,
        issuer=issuer,
        names=names,
        labels=labels,
        statuses=statuses,
        told=told,
        queries=_of_release(dataset, names, labels),
        at=datetime.fromisoformat(dataset["signedOff"]["at"]),
        with_texts=True,
        asked=asked,
        release=dataset["release"],
        difficulties=of_dataset(dataset, names, asked.words),
        tasks=tasks_of.of_dataset(dataset),
        computed=computed_of.build(code, dataset.get("computed", {})),
    )


async def of_feed(asked: Asked, code: str, version: str) -> Consolidation:
    """As the Ministry has a release: what its dataset says, without what only the province reads (what the units
    wrote).
    """
    hub = asked.hub
    dataset, plans = await hub.all(
        hub.get(f"/v1/feed/releases/{code}/{version}/dataset", format="json"), hub.get("/v1/plans")
    )
    issuer = await hub.get(f"/v1/units/{dataset['issuer']['code']}")
    names = {unit["code"]: unit["name"] or unit["code"] for unit in dataset["units"]}
    labels = labels_of(plans)
    missing = [_missing(form, unit, dataset) for form in dataset["completeness"] for unit in form["missing"]]
    values = {one["value"]: one["label"] for figure in dataset["figures"] for one in figure["statuses"]}
    body = {"round": code, "plan": dataset["plan"]["code"], "title": dataset["plan"]["title"]}
    return build(
        body | {"period": dataset["period"]},
        dataset,
        dataset,
        {"obligations": missing},
        {"difficulties": ()},
        issuer=issuer,
        names=names,
        labels=labels,
        statuses={indicator["code"]: values for indicator in dataset["indicators"]},
        told=(),
        queries=_of_release(dataset, names, labels),
        at=datetime.fromisoformat(dataset["signedOff"]["at"]),
        with_texts=False,
        asked=asked,
        release=dataset["release"],
        difficulties=of_dataset(dataset, names, asked.words),
        tasks=tasks_of.of_dataset(dataset),
        computed=computed_of.build(code, dataset.get("computed", {})),
    )


def build(
    body: Answer,
    sums: Answer,
    measured: Answer,
    owed: Answer,
    raised: Answer,
    *,
    issuer: Answer,
    names: Mapping[str, str],
    labels: Mapping[str, Text],
    statuses: Statuses,
    told: Iterable[Narrative],
    queries: Iterable[Asking],
    at: datetime,
    with_texts: bool,
    tasks: Tasks,
    computed: Computed,
    asked: Asked,
    release: str | None = None,
    difficulties: tuple[Difficulty, ...] | None = None,
) -> Consolidation:
    """Pure. body: the round of /v1/rounds/{round}; sums, measured: its rollup and indicators, or a release's dataset;
    owed: /v1/obligations; raised: /v1/difficulties; difficulties: as the release tells them, where it does."""
    lines = duties(owed["obligations"], names)
    first, last = (date.fromisoformat(body["period"][name]) for name in ("first", "last"))
    concerned = (
        read_of(difficulty, names)
        for difficulty in raised["difficulties"]
        if difficulty["difficulty"].get("data", {}).get("plan") in (body["plan"], None)
    )
    return Consolidation(
        round=body["round"],
        title=body["title"],
        issuer=issuer["code"],
        issuer_name=issuer["full_name"],
        place=issuer["name"],
        first=first,
        last=last,
        at=at,
        release=release,
        forms=tuple(
            (
                label_of(one["form"], labels),
                one["obliged"],
                one["reported"],
                one["late"],
            )
            for one in sums["completeness"]
        ),
        indicators=tuple(_indicator(indicator, statuses, asked) for indicator in measured["indicators"]),
        sums=tuple(_sum(figure) for figure in sums["figures"]),
        owing=tuple(line for line in lines if line.group in ("missing", "returned")),
        late=tuple(line for line in lines if line.group == "late"),
        labels=labels,
        difficulties=difficulties
        if difficulties is not None
        else tuple(one for one in concerned if not one.settled and one.at <= at),
        queries=tuple(sorted(queries, key=lambda one: (sort_key(one.name), one.unit, one.form))),
        told=tuple(sorted(told, key=lambda one: (sort_key(one.name), one.unit))),
        with_texts=with_texts,
        tasks=tasks,
        computed=computed,
    )


def _asking(preview: Answer, names: Mapping[str, str], labels: Mapping[str, Text]) -> list[Asking]:
    """The queries as they stand now."""
    return [asking_of(one, warning, names, labels) for one in preview["warnings"] for warning in one["warnings"]]


def _of_release(dataset: Answer, names: Mapping[str, str], labels: Mapping[str, Text]) -> list[Asking]:
    """The queries as the release tells them."""
    return [
        Asking(
            unit=one["unit"],
            name=names.get(one["unit"], one["unit"]),
            form=one["form"],
            label=label_of(one["form"], labels),
            query=Query(
                check=one["check"],
                message=one["message"],
                explanation=said["text"] if said else None,
                said_at=datetime.fromisoformat(said["at"]) if said else None,
                redacted="",
            ),
        )
        for one in dataset.get("queries", ())
        for said in [one["explanation"]]
    ]


async def _told(
    asked: Asked,
    code: str,
    figures: Sequence[Answer],
    names: Mapping[str, str],
    labels: Mapping[str, Text],
    *,
    release: str | None = None,
) -> list[Narrative]:
    """What the units wrote in the very revisions that are counted: found by one figure of each form."""
    first = {figure["form"]: figure["code"] for figure in reversed(figures)}
    sources = await asked.hub.all(
        *(asked.hub.get(f"/v1/provenance/{code}/{figure}", release=release) for figure in first.values())
    )
    counted = [
        contribution
        for source, form in zip(sources, first, strict=True)
        for figure in source["figures"]
        if figure["form"] == form
        for contribution in figure["contributions"]
        if contribution["position"] is not None and contribution["state"] not in ("missing", "withdrawn", "returned")
    ]
    gate = asyncio.Semaphore(_AT_ONCE)

    async def read(one: Answer) -> Narrative:
        async with gate:
            return await _narrative(asked, one, names, labels)

    return [told for told in await asyncio.gather(*(read(one) for one in counted)) if told.parts]


async def _narrative(asked: Asked, one: Answer, names: Mapping[str, str], labels: Mapping[str, Text]) -> Narrative:
    number = f"{asked.person.province}-{one['position']}"
    form = one["form"]
    try:
        report = await asked.hub.get(f"/v1/reports/{number}")
    except Rejected:  # of a unit that this person may not read: its figures are counted, its words are not shown
        report = {"revisions": ()}
    body = next((each for each in report["revisions"] if each["receipt"]["receipt"] == number), {"content": None})
    given = (body["content"] or {}).get("narrative") or {}
    return Narrative(
        unit=one["unit"],
        name=names.get(one["unit"], one["name"] or one["unit"]),
        label=label_of(form, labels),
        parts={part: text for part in NARRATIVE if (text := str(given.get(part) or "").strip())},
    )


def _missing(form: Mapping[str, Any], unit: str, dataset: Answer) -> dict[str, Any]:
    """A line of what was owed at the cut, in the shape of /v1/obligations."""
    due = next((duty["deadline"] for duty in dataset["duties"] if duty["deadline"]), None)
    return {
        "round": dataset["round"],
        "plan": dataset["plan"]["code"],
        "form": form["form"],
        "unit": unit,
        "state": "missing",
        "overdue": True,
        "deadline": due,
        "originalDeadline": due,
    }


def _indicator(body: Mapping[str, Any], statuses: Statuses, asked: Asked) -> Indicator:
    goals = tuple(
        said_goal(target, body["measure"], statuses.get(body["code"], {}), asked) for target in body["targets"]
    )
    return Indicator(
        code=body["code"],
        title=body["title"],
        measure=body["measure"],
        value=body["value"],
        status=body.get("statusLabel"),
        assessment=body["assessment"],
        reasons=tuple(reason["message"] for reason in body["reasons"]),
        arithmetic=body["arithmetic"],
        goals=goals,
    )


async def _statuses(asked: Asked, plan: str) -> Statuses:
    """What the statuses are called that a plan's indicators may have."""
    found = await asked.hub.get(f"/v1/plans/{plan}/progress")
    return {
        indicator["code"]: {each["value"]: each["label"] for each in indicator["statuses"]}
        for indicator in found["indicators"]
    }


def _sum(body: Mapping[str, Any]) -> Sum:
    return Sum(
        code=body["code"],
        form=body["form"],
        label=body["label"],
        measure=body["measure"],
        sum=body["sum"],
        given=body["given"],
        obliged=body["obliged"],
    )


def tables(data: Consolidation, asked: Asked) -> Sequence[Table]:
    t = asked.words
    made = [
        _reporters(data, asked),
        _indicators(data, asked),
        _sums(data, asked),
        computed_of.beside(data.computed, asked),
        tasks_of.counted(data.tasks, asked),
        tasks_of.table(data.tasks, asked),
        _duties("owing", data.owing, data, asked),
        _duties("late", data.late, data, asked),
        told_table(data.difficulties, asked),
        queries_table(data.queries, data.round, t("queries.title"), t),
    ]
    return (*made, _texts(data, asked)) if data.with_texts else tuple(made)


def _reporters(data: Consolidation, asked: Asked) -> Table:
    t = asked.words
    return Table(
        name="reporters",
        title=t("release.completeness"),
        empty=t("release.no_forms"),
        columns=(
            Column(name="form", title=t("column.form"), heading=True),
            Column(name="obliged", title=t("column.obliged"), kind="number"),
            Column(name="reported", title=t("column.reported"), kind="number"),
            Column(name="late", title=t("column.late"), kind="number"),
        ),
        rows=tuple(row(t.say(label), obliged, reported, late) for label, obliged, reported, late in data.forms),
    )


def _indicators(data: Consolidation, asked: Asked) -> Table:
    t = asked.words
    return Table(
        name="indicators",
        title=t("plan.indicators"),
        empty=t("plan.none"),
        columns=(
            Column(name="indicator", title=t("column.code"), kind="code", heading=True),
            Column(name="title", title=t("column.indicator")),
            Column(name="target", title=t("column.target")),
            Column(name="value", title=t("column.value"), kind="number"),
            Column(name="measure", title=t("column.measure")),
            Column(name="assessment", title=t("column.assessment")),
        ),
        rows=tuple(_measured(indicator, data, asked) for indicator in data.indicators),
    )


def _sums(data: Consolidation, asked: Asked) -> Table:
    t = asked.words
    return Table(
        name="sums",
        title=t("consolidation.sums"),
        empty=t("report.none"),
        columns=(
            Column(name="figure", title=t("column.figure"), heading=True),
            Column(name="sum", title=t("column.value"), kind="number"),
            Column(name="measure", title=t("column.measure")),
            Column(name="given", title=t("consolidation.given"), kind="number"),
            Column(name="obliged", title=t("column.obliged"), kind="number"),
        ),
        rows=tuple(
            row(
                Cell(value=t.say(one.label), href=f"/provenance/{data.round}/{one.code}"),
                shown(one.sum),
                t.say(one.measure),
                one.given,
                one.obliged,
            )
            for one in data.sums
        ),
    )


def _measured(one: Indicator, data: Consolidation, asked: Asked) -> tuple[Cell, ...]:
    t = asked.words
    return row(
        Cell(value=one.code, href=f"/provenance/{data.round}/{one.code}"),
        t.say(one.title),
        "; ".join(one.goals),
        shown(one.value) if one.status is None else t.say(one.status),
        t.say(one.measure),
        Cell(
            value=t.name("assessment", one.assessment),
            tone=TONES.get(one.assessment, "plain"),
            note=" ".join(t.say(reason) for reason in one.reasons),
        ),
    )


def _duties(name: str, lines: Sequence[Duty], data: Consolidation, asked: Asked) -> Table:
    t = asked.words
    return Table(
        name=name,
        title=t("group.missing") if name == "owing" else t("group.late"),
        empty=t("consolidation.nobody"),
        columns=(
            Column(name="unit", title=t("column.unit"), heading=True),
            Column(name="form", title=t("column.form")),
            Column(name="state", title=t("column.state")),
            Column(name="deadline", title=t("column.deadline")),
        ),
        rows=tuple(
            row(
                Cell(value=line.name, href=f"/units/{line.unit}"),
                t.say(label_of(line.form, data.labels)),
                Cell(value=t.name("standing", line.state), tone=line.tone),
                asked.formats.deadline(line.deadline),
            )
            for line in lines
        ),
    )


def _texts(data: Consolidation, asked: Asked) -> Table:
    t = asked.words
    return Table(
        name="texts",
        title=t("consolidation.texts"),
        empty=t("consolidation.no_texts"),
        columns=(
            Column(name="unit", title=t("column.unit"), heading=True),
            *(Column(name=part, title=t.name("narrative", part)) for part in NARRATIVE),
        ),
        rows=tuple(row(one.name, *(one.parts.get(part, "") for part in NARRATIVE)) for one in data.told),
    )


PAGE = Page(
    name="consolidation",
    paths=("/rounds/{round}/consolidation",),
    gather=gather,
    tables=tables,
    filters=frozenset({"texts"}),
    under="overview",
)
