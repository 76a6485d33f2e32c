"""The plans of a province, and one plan: its indicators against their targets, with arithmetic, quotes and reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from services.console.asking import Answer
from services.console.page import Asked, Page
from services.console.pages import computed as computed_of
from services.console.pages import tasks as tasks_of
from services.console.pages.computed import Computed
from services.console.pages.rounds import Text
from services.console.pages.tasks import Tasks
from services.console.pictures.milestones import Chart, Goal, Point, chart
from services.console.tables import Cell, Column, Table, Tone, row

TONES: dict[str, Tone] = {
    "reached": "good",
    "reached_early": "good",
    "exceeded": "good",
    "on_track": "info",
    "behind": "warn",
    "not_reached": "bad",
    "cannot_be_assessed": "plain",
    "condition_pending": "plain",
    "not_due": "plain",
    "provisional": "warn",
    "assessed": "good",
}
_LAST = 2035  # the programmes' last milestone


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanLine:
    """A plan in the list. rounds: codes of those opened."""

    code: str
    programme: str
    version: int
    title: Text
    issuer: str
    rounds: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Plans:
    plans: tuple[PlanLine, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """A target with its judgement in the chosen round.

    said: in words, in the language of the request. gap: what is missing, in the indicator's measure; None where nothing
    is missing or it can't be said. status: `reached`, `behind`, … as the hub judged. quote: the decision's phrase;
    implied: its number is not written there.
    """

    said: str
    operator: str
    year: int | None
    since: int | None
    until: int | None
    value: str | None
    low: str | None
    high: str | None
    implied: bool
    status: str
    provisional: bool
    line: str | None
    gap: Decimal | None
    reasons: tuple[Text, ...]
    quote: str | None
    note: Text | None

    @property
    def tone(self) -> Tone:
        return TONES.get(self.status, "plain")


@dataclass(frozen=True, kw_only=True, slots=True)
class Indicator:
    """An indicator in the chosen round (None before the first). value: text as the hub rounded it, or the label of a
    status. assessment: `assessed`, `provisional`, `cannot_be_assessed`, with reasons. chart: None for what is no
    number.
    """

    code: str
    title: Text
    measure: Text
    value: str | None
    status: Text | None
    assessment: str
    reasons: tuple[Text, ...]
    arithmetic: str
    reported: int
    obliged: int
    targets: tuple[Target, ...]
    chart: Chart | None
    quote: str | None
    note: Text | None
    assumption: Text | None

    @property
    def tone(self) -> Tone:
        return TONES.get(self.assessment, "plain")


@dataclass(frozen=True, kw_only=True, slots=True)
class Outside:
    """What does not go through the hub, and where it goes. agency: None where the plan names nobody."""

    system: str
    name: Text
    carries: Text
    agency: str | None
    way: Text
    reference: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """One plan. rounds: those with figures, by close of data; round: the one whose figures are shown; computed: what
    the hub computes itself of that round.
    """

    code: str
    programme: str
    version: int
    title: Text
    document: Mapping[str, Any]
    rounds: tuple[str, ...]
    round: str | None
    closes: date | None
    indicators: tuple[Indicator, ...]
    tasks: Tasks
    computed: Computed
    outside: tuple[Outside, ...] = ()


async def gather_list(asked: Asked) -> Plans:
    found = await asked.hub.get("/v1/plans")
    return Plans(
        plans=tuple(
            PlanLine(
                code=plan["plan"],
                programme=plan["programme"],
                version=plan["version"],
                title={"vi": plan["title"], "en": plan["title_en"]},
                issuer=plan["issuedBy"],
                rounds=tuple(plan["rounds"]),
            )
            for plan in found["plans"]
        )
    )


async def gather(asked: Asked) -> Plan:
    code = asked.path["plan"]
    found, told, plans = await asked.hub.all(
        asked.hub.get(f"/v1/plans/{code}/progress"),
        asked.hub.get("/v1/tasks", plan=code),
        asked.hub.get("/v1/plans"),
    )
    shown = shown_round(found, asked.chosen("round"))
    counts = Computed(round="") if shown is None else await computed_of.of_round(asked, shown)
    return replace(build(found, told, shown, counts, asked), outside=outside_of(plans, code))


def outside_of(plans: Answer, code: str) -> tuple[Outside, ...]:
    """What a plan says is not sent to the hub. Pure. plans: /v1/plans."""
    plan: Mapping[str, Any] = next((plan for plan in plans["plans"] if plan["plan"] == code), {})
    return tuple(
        Outside(
            system=channel["system"],
            name=channel["name"],
            carries=channel["carries"],
            agency=channel["agency"],
            way=channel["way"],
            reference=channel["reference"],
        )
        for channel in plan.get("outside", ())
    )


def shown_round(found: Answer, chosen: str | None) -> str | None:
    """The round chosen, or the last periodic one; None before the first."""
    steps = _steps(found)
    periodic = [code for code, step in steps.items() if step["kind"] == "periodic"]
    return chosen if chosen in steps else next(reversed(periodic or list(steps)), None)


def _steps(found: Answer) -> dict[str, Any]:
    return {step["round"]: step for indicator in found["indicators"] for step in indicator["path"]}


def build(found: Answer, told: Answer, shown: str | None, counts: Computed, asked: Asked) -> Plan:
    """Pure. found: /v1/plans/{plan}/progress; told: /v1/tasks of it; shown: a round's code; counts: what the hub
    computes itself of that round.
    """
    steps = _steps(found)
    return Plan(
        code=found["plan"],
        programme=found["programme"],
        version=found["version"],
        title=found["title"],
        document=found["document"],
        rounds=tuple(steps),
        round=shown,
        closes=None if shown is None else date.fromisoformat(steps[shown]["period"]["last"]),
        indicators=tuple(_indicator(indicator, shown, asked) for indicator in found["indicators"]),
        tasks=tasks_of.build(told),
        computed=counts,
    )


def _indicator(body: Mapping[str, Any], shown: str | None, asked: Asked) -> Indicator:
    step = next((one for one in body["path"] if one["round"] == shown), None)
    labels = {one["value"]: one["label"] for one in body["statuses"]}
    value = None if step is None else step["value"]
    return Indicator(
        code=body["code"],
        title=body["title"],
        measure=body["measure"],
        value=value,
        status=None if step is None or step["status"] is None else labels.get(step["status"], _plain(step["status"])),
        assessment="cannot_be_assessed" if step is None else step["assessment"],
        reasons=() if step is None else tuple(reason["message"] for reason in step["reasons"]),
        arithmetic="" if step is None else step["arithmetic"],
        reported=0 if step is None else step["reported"],
        obliged=0 if step is None else step["obliged"],
        targets=tuple(
            _target(goal, judged, value, said_goal(goal, body["measure"], labels, asked))
            for goal, judged in _judged(body, step)
        ),
        chart=_chart(body, asked),
        quote=body["restored"] or body["quote"],
        note=body["note"],
        assumption=body["assumption"],
    )


def _judged(body: Mapping[str, Any], step: Mapping[str, Any] | None) -> list[tuple[Any, Any]]:
    """Each goal of the plan with its judgement in the round; a round of an older version may have judged others."""
    judged = [] if step is None else step["targets"]
    same = len(judged) == len(body["goals"])
    return [(goal, judged[place] if same else None) for place, goal in enumerate(body["goals"])]


def _target(goal: Mapping[str, Any], judged: Mapping[str, Any] | None, value: str | None, said: str) -> Target:
    span = goal["eachYear"]
    status = "cannot_be_assessed" if judged is None else judged["status"]
    return Target(
        said=said,
        operator=goal["operator"],
        year=goal["year"],
        since=None if span is None else span["first"],
        until=None if span is None else span["last"],
        value=goal["value"],
        low=goal["low"],
        high=goal["high"],
        implied=goal["implied"],
        status=status,
        provisional=judged is not None and judged["provisional"],
        line=None if judged is None else judged["line"],
        gap=_gap(goal, value),
        reasons=() if judged is None else tuple(reason["message"] for reason in judged["reasons"]),
        quote=goal["restored"] or goal["quote"],
        note=goal["note"],
    )


def _gap(goal: Mapping[str, Any], value: str | None) -> Decimal | None:
    """How much more (or less) the value has to be; None where it is enough, or where there is nothing to compare."""
    now, wanted = _number(value), _number(goal["value"])
    low, high = _number(goal["low"]), _number(goal["high"])
    if now is None:
        return None
    missing = {
        "at_least": wanted and wanted - now,
        "equal": wanted and wanted - now,
        "at_most": wanted and now - wanted,
        "range": low - now if low is not None and now < low else (now - high if high is not None else None),
    }.get(goal["operator"])
    return missing if missing is not None and missing > 0 else None


def _chart(body: Mapping[str, Any], asked: Asked) -> Chart | None:
    """None where neither a value nor a target is a number."""
    t, measure = asked.words, asked.words.say(body["measure"])
    points = [_point(step, measure, asked) for step in body["path"] if step["kind"] == "periodic"]
    goals = [_goal(goal, body["measure"], asked) for goal in body["goals"] if goal["operator"] != "status"]
    drawn = [goal for goal in goals if goal is not None and goal.bounds]
    if not drawn and not any(point.value is not None for point in points):
        return None
    baseline = body["baseline"]
    known = [point for point in points if point.value is not None]
    return chart(
        title=t.say(body["title"]),
        summary="; ".join([*(point.label for point in known), *(goal.label for goal in drawn)]),
        points=points,
        goals=drawn,
        baseline=None if baseline is None else (baseline["year"], Decimal(baseline["value"])),
        last=max([_LAST, *(goal.until for goal in drawn)]),
        now=None if not known else known[-1].at,
    )


def _point(step: Mapping[str, Any], measure: str, asked: Asked) -> Point:
    closes = date.fromisoformat(step["period"]["last"])
    value = _number(step["value"])
    return Point(
        at=closes.year + closes.timetuple().tm_yday / 366,
        value=value,
        provisional=step["assessment"] == "provisional",
        label=f"{step['period']['code']}: {asked.formats.number(value, measure)}",
    )


def _goal(goal: Mapping[str, Any], measure: Text, asked: Asked) -> Goal | None:
    span = goal["eachYear"]
    until = goal["year"] if span is None else span["last"] or _LAST
    if until is None:
        return None
    value = _number(goal["value"])
    low, high = {
        "range": (_number(goal["low"]), _number(goal["high"])),
        "at_most": (None, value),
    }.get(goal["operator"], (value, None))
    return Goal(
        until=until,
        low=low,
        high=high,
        since=None if span is None else span["first"],
        label=said_goal(goal, measure, {}, asked),
    )


def said_goal(goal: Mapping[str, Any], measure: Text, labels: Mapping[str, Text], asked: Asked) -> str:
    """ "tối thiểu 60% vào năm 2030". labels: of the values of a status."""
    f, t = asked.formats, asked.words
    unit = t.say(measure)
    if goal["value"] in labels:
        value = t.say(labels[goal["value"]])
    elif goal["operator"] == "range":
        value = f"{f.number(goal['low'])}–{f.number(goal['high'], unit)}"
    else:
        value = f.number(goal["value"], unit)
    unquantified = goal["operator"] != "range" and goal["value"] is None
    words = t("goal.open") if unquantified else t(f"goal.{goal['operator']}", value=value)
    span = goal["eachYear"]
    if span is not None:
        return t("goal.each_year", goal=words, first=span["first"], last=span["last"] or _LAST)
    return t("goal.undated", goal=words) if goal["year"] is None else t("goal.by", goal=words, year=goal["year"])


def _number(text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _plain(code: str) -> Text:
    return {"vi": code, "en": code}


def tables_of_list(data: Plans, asked: Asked) -> Sequence[Table]:
    t = asked.words
    return (
        Table(
            name="plans",
            title=t("plans.title"),
            empty=t("plans.none"),
            columns=(
                Column(name="plan", title=t("column.plan"), kind="code", heading=True),
                Column(name="title", title=t("column.title")),
                Column(name="programme", title=t("column.programme"), kind="code"),
                Column(name="rounds", title=t("column.rounds"), kind="number"),
            ),
            rows=tuple(
                row(
                    Cell(value=plan.code, href=f"/plans/{plan.code}"),
                    t.say(plan.title),
                    plan.programme,
                    len(plan.rounds),
                )
                for plan in data.plans
            ),
        ),
    )


def tables(data: Plan, asked: Asked) -> Sequence[Table]:
    """indicators: a row for each target of each indicator; one without targets has one. tasks: a row for each."""
    t = asked.words
    rows = []
    for indicator in data.indicators:
        measure = t.say(indicator.measure)
        shown = (
            Decimal(indicator.value)
            if indicator.value is not None
            else (t.say(indicator.status) if indicator.status else None)
        )
        for target in indicator.targets or (None,):
            rows.append(
                row(
                    Cell(
                        value=indicator.code, href=f"/provenance/{data.round}/{indicator.code}" if data.round else None
                    ),
                    t.say(indicator.title),
                    measure,
                    shown,
                    None if target is None else target.said,
                    None if target is None else target.gap,
                    None if target is None else Cell(value=judgement(target, asked), tone=target.tone),
                    Cell(value=t.name("assessment", indicator.assessment), tone=indicator.tone),
                    indicator.reported,
                    indicator.obliged,
                    indicator.arithmetic,
                )
            )
    return (
        Table(
            name="indicators",
            title=t("plan.indicators"),
            empty=t("plan.none"),
            columns=(
                Column(name="indicator", title=t("column.code"), kind="code", heading=True),
                Column(name="title", title=t("column.indicator")),
                Column(name="measure", title=t("column.measure")),
                Column(name="value", title=t("column.value"), kind="number"),
                Column(name="target", title=t("column.target")),
                Column(name="gap", title=t("column.gap"), kind="number"),
                Column(name="status", title=t("column.status")),
                Column(name="assessment", title=t("column.assessment")),
                Column(name="reported", title=t("column.reported"), kind="number"),
                Column(name="obliged", title=t("column.obliged"), kind="number"),
                Column(name="arithmetic", title=t("column.arithmetic")),
            ),
            rows=tuple(rows),
        ),
        tasks_of.table(data.tasks, asked),
        tasks_of.counted(data.tasks, asked),
        computed_of.beside(data.computed, asked),
        computed_of.reported_only(data.computed, asked),
        *((_outside_table(data.outside, asked),) if data.outside else ()),
    )


def _outside_table(outside: Sequence[Outside], asked: Asked) -> Table:
    t = asked.words
    return Table(
        name="outside",
        title=t("outside.title"),
        empty="",
        columns=(
            Column(name="carries", title=t("outside.carries"), heading=True),
            Column(name="agency", title=t("outside.agency")),
            Column(name="way", title=t("outside.way")),
            Column(name="reference", title=t("outside.reference")),
            Column(name="system", title=t("outside.system"), kind="code"),
        ),
        rows=tuple(
            row(
                t.say(channel.carries),
                channel.agency or t("outside.nobody"),
                t.say(channel.way),
                channel.reference,
                Cell(value=channel.system, note=t.say(channel.name)),
            )
            for channel in outside
        ),
    )


def judgement(target: Target, asked: Asked) -> str:
    said = asked.words.name("target", target.status)
    return asked.words("target.provisional_of", status=said) if target.provisional else said


LIST = Page(
    name="plans", paths=("/plans",), gather=gather_list, tables=tables_of_list, menu=True, scope="read:province"
)
PAGE = Page(
    name="plan", paths=("/plans/{plan}",), gather=gather, tables=tables, filters=frozenset({"round"}), under="plans"
)
