"""Documents of the shapes fixed by schemas/programmes/*.schema.json, read into definitions. Pure; no I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from lienthong.errors import Message
from lienthong.programmes.definitions import Computed, Document, Outside, Plan, Reminders, Task
from lienthong.programmes.figures import Check, Figure, Form, Rename, Reporters, StatusValue
from lienthong.programmes.indicators import Baseline, Computation, Indicator, Target
from lienthong.programmes.obligations import Deadline, Obligation, Schedule
from lienthong.programmes.official import Official


def parse(programme: Document, plan: Document) -> Plan:
    """A Plan from two documents of the shapes fixed by the JSON Schemas.

    Raises KeyError or ValueError when the documents were not checked against those schemas first.
    """
    reporters = {name: _reporters(name, body) for name, body in programme["reporters"].items()}
    reporters |= {name: _reporters(name, body) for name, body in plan.get("reporters", {}).items()}
    figures = {body["code"]: _figure(body) for body in programme["figures"]}
    coverage = _number(plan.get("minimum_coverage", 100))
    return Plan(
        code=plan["plan"],
        programme=plan["programme"],
        version=int(plan.get("version", 1)),
        title=_message(plan["title"]),
        programme_title=_message(programme["title"]),
        issued_by=plan["issued_by"],
        reporters=reporters,
        forms=tuple(_form(plan["plan"], body, figures) for body in plan["forms"]),
        indicators=tuple(_indicator(body, coverage) for body in plan["indicators"]),
        obligations=tuple(_obligation(body) for body in plan["obligations"]),
        schedules=tuple(_schedule(body) for body in plan["schedules"]),
        tasks=tuple(_task(body) for body in plan.get("tasks", ())),
        reported_only={body["figure"]: _message(body["why"]) for body in plan.get("reported_only", ())},
        computed=tuple(_computed_of(body) for body in plan.get("computed", ())),
        unit_values_public=plan.get("unit_values") == "public",
        people_of=_names(plan.get("populations")),
        reminders=_reminders(plan.get("reminders", {})),
        document=plan.get("document", {}),
        responsibilities=tuple(plan.get("responsibilities", ())),
        systems=tuple(plan.get("systems", ())),
        outside=tuple(_outside_of(system) for system in plan.get("systems", ()) if "outside" in system),
    )


def parse_published(document: Document) -> Plan:
    """A Plan from the `plan` member of a plan.published event: {"programme": …, "plan": …}."""
    return parse(document["programme"], document["plan"])


def _outside_of(system: Document) -> Outside:
    body = system["outside"]
    return Outside(
        system=system["code"],
        name=_message(system["name"]),
        carries=_message(body["carries"]),
        agency=body.get("agency"),
        way=_message(body["way"]),
        reference=body["reference"],
        words=frozenset(body["words"]),
    )


def _message(body: Document | str) -> Message:
    if isinstance(body, str):
        return Message(vi=body, en=body)
    return Message(vi=body["vi"], en=body.get("en", body["vi"]))


def _optional_message(body: Document | str | None) -> Message | None:
    return None if body is None else _message(body)


def _number(value: object) -> Decimal:
    return Decimal(str(value))


def _optional_number(value: object) -> Decimal | None:
    return None if value is None else _number(value)


def _date(value: object) -> date | None:
    if value is None or isinstance(value, date):
        return value
    return date.fromisoformat(str(value))


def _month_day(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    month, day = text.split("-")
    return int(month), int(day)


def _reminders(body: Document) -> Reminders:
    """What the plan leaves out is as for every plan."""
    usual = Reminders()
    return Reminders(
        before=tuple(body.get("before", usual.before)),
        after=tuple(body.get("after", usual.after)),
        hour=int(body.get("hour", usual.hour)),
    )


def _reporters(name: str, body: Document) -> Reporters:
    return Reporters(
        name=name,
        label=_message(body["label"]),
        level=body["level"],
        group=body.get("group"),
        types=tuple(body.get("types", ())),
        except_types=tuple(body.get("except_types", ())),
        units=tuple(body.get("units", ())),
    )


def _figure(body: Document) -> Figure:
    return Figure(
        code=body["code"],
        label=_message(body["label"]),
        measure=_message(body["measure"]),
        decimals=int(body.get("decimals", 0)),
        kind=body["kind"],
        counts=_message(body["counts"]),
        reported_by=body["reported_by"],
        official=Official.read(body.get("official")),
        since=_date(body.get("since")),
        quote=body.get("quote"),
        restored=body.get("restored"),
        assumption=_optional_message(body.get("assumption")),
        values=tuple(StatusValue(code=v["code"], label=_message(v["label"])) for v in body.get("values", ())),
    )


def _form(plan: str, body: Document, figures: Mapping[str, Figure]) -> Form:
    return Form(
        code=f"{plan}.{body['reporters']}",
        reporters=body["reporters"],
        version=body["version"],
        figures=tuple(figures[code] for code in body["figures"]),
        checks=tuple(_check(check) for check in body.get("checks", ())),
        renames=tuple(Rename(old=r["old"], new=r["new"], since=r["since"]) for r in body.get("renames", ())),
        official=Official.read(body.get("official")),
    )


def _computed_of(body: Document) -> Computed:
    source = "content" if "content" in body else "directives"
    schedule = body[source]
    days = schedule.get("within_working_days")
    return Computed(
        figure=body["figure"],
        source=source,
        kinds=tuple(schedule.get("kinds", ())),
        sites=tuple(schedule.get("sites", ())),
        units=tuple(schedule.get("units", ())),
        posted=tuple(schedule.get("posted", ())),
        within_working_days=None if days is None else int(days),
        shared=tuple(schedule.get("shared", ())),
        assumption=_optional_message(body.get("assumption")),
    )


def _check(body: Document) -> Check:
    right = body["right"]
    return Check(
        code=body["code"],
        severity=body["severity"],
        error_from=_date(body.get("error_from")),
        kind=body["kind"],
        left=body["left"],
        right=(right,) if isinstance(right, str) else tuple(right),
        message=_message(body["message"]),
        percent=_optional_number(body.get("percent")),
    )


def _computation(body: Document) -> Computation:
    figures, figure = _names(body.get("figures")), body.get("figure")
    if body["kind"] == "coverage":
        figures = figures or _names(figure)
        figure = figures[0] if len(figures) == 1 else None
    return Computation(
        kind=body["kind"],
        figures=figures,
        numerator=_names(body.get("numerator")),
        denominator=_names(body.get("denominator")),
        figure=figure,
        reaches=body.get("reaches"),
        among=_names(body.get("among")),
        multiplier=_number(body.get("multiplier", 1)),
        mode=body.get("mode"),
        of=_computation(body["of"]) if "of" in body else None,
        window=body.get("window", "period"),
        reason=_optional_message(body.get("reason")),
    )


def _names(value: str | Sequence[str] | None) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def _indicator(body: Document, coverage: Decimal) -> Indicator:
    """coverage: the plan's minimum, for an indicator that names none."""
    baseline = body.get("baseline")
    return Indicator(
        code=body["code"],
        title=_message(body["title"]),
        measure=_message(body["measure"]),
        decimals=int(body.get("decimals", 1)),
        levels=tuple(body["levels"]),
        computation=_computation(body["computation"]),
        targets=tuple(_target(target) for target in body.get("targets", ())),
        baseline=None
        if baseline is None
        else Baseline(year=int(baseline["year"]), value=_number(baseline["value"]), source=baseline["source"]),
        minimum_coverage=_number(body.get("minimum_coverage", coverage)),
        concept=body.get("concept"),
        official=Official.read(body.get("official")),
        quote=body.get("quote"),
        restored=body.get("restored"),
        note=_optional_message(body.get("note")),
        assumption=_optional_message(body.get("assumption")),
    )


def _target(body: Document) -> Target:
    span = body.get("each_year")
    value = body.get("value")
    return Target(
        operator=body["operator"],
        year=body.get("year"),
        each_year=None if span is None else (int(span["first"]), span.get("last")),
        value=value if body["operator"] == "status" else _optional_number(value),
        low=_optional_number(body.get("low")),
        high=_optional_number(body.get("high")),
        average=bool(body.get("average", False)),
        implied=bool(body.get("implied", False)),
        trigger=_optional_message(body.get("trigger")),
        awaits=body.get("awaits"),
        quote=body.get("quote"),
        restored=body.get("restored"),
        note=_optional_message(body.get("note")),
    )


def _obligation(body: Document) -> Obligation:
    return Obligation(
        code=body["code"],
        kind=body["kind"],
        level=body["level"],
        reporters=tuple(body.get("reporters", ())),
        to=tuple(body["to"]),
        via=body.get("via"),
        frequency=body["frequency"],
        on_demand=bool(body.get("on_demand", False)),
        deadlines=tuple(
            Deadline(
                part=int(d.get("part", 1)),
                before=_month_day(d.get("before")),
                on_or_before=_month_day(d.get("on_or_before")),
                year_offset=int(d.get("year_offset", 0)),
            )
            for d in body.get("deadlines", ())
        ),
        drafted_by=body.get("drafted_by"),
        sent_by=body.get("sent_by"),
        regime=Official.read(body.get("regime")),
        amendments=bool(body.get("amendments", False)),
        answer_within=body.get("answer_within"),
        to_text=body.get("to_text"),
        via_text=body.get("via_text"),
        quote=body.get("quote"),
        restored=body.get("restored"),
        note=_optional_message(body.get("note")),
        assumption=_optional_message(body.get("assumption")),
    )


def _schedule(body: Document) -> Schedule:
    return Schedule(
        frequency=body["frequency"],
        first_year=int(body["first_year"]),
        last_year=body.get("last_year"),
        spans=tuple((_offset(span["first"]), _offset(span["last"])) for span in body["spans"]),
        official=tuple(official for code in body.get("official", ()) if (official := Official.read(code)) is not None),
        assumption=_optional_message(body.get("assumption")),
    )


def _offset(body: Document) -> tuple[int, int, int]:
    month, day = body["day"].split("-")
    return int(body.get("year", 0)), int(month), int(day)


def _task(body: Document) -> Task:
    return Task(
        code=body["code"],
        title=_message(body["title"]),
        lead=_names(body.get("lead")),
        partners=_names(body.get("partners")),
        result=body.get("result"),
        due=_date(body.get("due")),
        due_text=body.get("due_text"),
        done_when=body.get("done_when", "any_lead"),
        no_lead=_optional_message(body.get("no_lead")),
        quote=body.get("quote"),
        restored=body.get("restored"),
    )
