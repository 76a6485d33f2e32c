"""What the hub knows of a report to fill in: what is owed, by which form, what was said last time and before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from lienthong.access.principals import scope_missing
from lienthong.errors import Rejected
from lienthong.forms.renames import bring_up
from lienthong.forms.schema import form_of
from lienthong.refusals import refused
from services.console.asking import Answer
from services.console.entering.form import FigureField, FigureValue, asking_checks, exact, fields, further, narrow
from services.console.entering.offering import Offer, offers_of
from services.console.formats import instant
from services.console.page import Visit
from services.console.pages.outside import Outside, outside_of
from services.console.pages.rounds import Text, label_of, labels_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Obligation:
    """What asks for the report: how often, to whom, via whom. code: of the regime in an official list."""

    regime: Text
    code: str | None
    to: str
    via: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class OwedReport:
    """A report that a unit owes or may correct. revision: the next one. deadline: exclusive, with extensions; first,
    last: the days that its figures cover. before: the round that `earlier` is of, None where there is none; earlier:
    figures of the unit's report before, under today's codes. accepted: content of the latest revision, None where
    there is none or it was withdrawn; return_reasons: why the via unit gave it back, none where it did not;
    receipt: of the latest revision. obligations: those that ask for the form. offers: what systems supplied, by figure.
    outside: what the plan says is not entered here.
    """

    now: datetime
    unit: str
    name: str
    round: str
    form: str
    version: str
    title: Text
    plan: str
    revision: int
    state: str
    deadline: datetime | None
    locked: bool
    first: date
    last: date
    schema: Answer
    before: str | None
    earlier: Mapping[str, FigureValue]
    accepted: Answer | None
    return_reasons: tuple[str, ...]
    receipt: str | None
    obligations: tuple[Obligation, ...] = ()
    offers: Mapping[str, Offer] = field(default_factory=dict)
    outside: tuple[Outside, ...] = ()

    @property
    def further(self) -> Mapping[str, str]:
        """What else the form takes of the signed document: member and field."""
        return further(self.schema)

    @property
    def path(self) -> str:
        return f"/units/{self.unit}/reports/{self.round}/{self.form}"

    @property
    def fields(self) -> tuple[FigureField, ...]:
        return fields(self.schema)

    @property
    def asking_checks(self) -> list[str]:
        """The checks of its form that may ask something."""
        return asking_checks(self.schema)

    @property
    def late(self) -> bool:
        """Whether what is sent now is late: nothing came yet, and the deadline has passed."""
        return self.receipt is None and self.deadline is not None and self.now >= self.deadline


async def owed_report(visit: Visit) -> OwedReport:
    """Of the address's unit, round and form. Raises Rejected (403, 404) where the person has nothing to report there:
    the duties asked for are those of the units that it reports for."""
    unit, round_, form = (visit.path[name] for name in ("unit", "round", "form"))
    if not visit.person.may("report:submit"):
        raise Rejected([scope_missing("report:submit")])
    hub = visit.hub
    answer = await hub.get("/v1/obligations", round=round_, unit=unit)
    line = next((obligation for obligation in answer["obligations"] if obligation["form"] == form), None)
    if line is None:
        raise refused("entry_not_owed")
    year = int(line["period"]["code"][:4])
    schema, body, plans, draft, this_year, year_before = await hub.all(
        hub.get(line["schema"]),
        hub.get(f"/v1/units/{unit}"),
        hub.get("/v1/plans"),
        hub.get("/v1/supplied", unit=unit, round=round_, form=form),
        hub.get(f"/v1/units/{unit}/statement", year=year),
        hub.get(f"/v1/units/{unit}/statement", year=year - 1),
    )
    lines = [*year_before["lines"], *this_year["lines"]]
    own = next((line for line in lines if (line["round"], line["form"]) == (round_, form)), None)
    previous = before(lines, line)
    latest, earlier = await hub.all(_latest_revision(visit, own), _latest_revision(visit, previous))
    return build(
        unit,
        line,
        schema,
        plans,
        now=datetime.fromisoformat(answer["now"]),
        name=body["full_name"],
        own=own,
        latest=latest,
        previous=previous,
        earlier=_content(earlier),
        offers=offers_of(draft),
    )


def build(
    unit: str,
    line: Answer,
    schema: Answer,
    plans: Answer,
    *,
    now: datetime,
    name: str,
    own: Answer | None,
    latest: Answer,
    previous: Answer | None,
    earlier: Answer,
    offers: Mapping[str, Offer],
) -> OwedReport:
    """Pure. line: of /v1/obligations; schema: of its form; plans: /v1/plans. own, previous: lines of the statement, of
    this report and the one before; latest: the latest revision of this one, earlier: the content of that one.
    """
    form, narrow_schema = line["form"], narrow(schema, line["figures"])
    codes = {field.code for field in fields(narrow_schema)}
    return OwedReport(
        now=now,
        unit=unit,
        name=name,
        round=line["round"],
        form=form,
        version=line["formVersion"],
        title=label_of(form, labels_of(plans)),
        plan=line["plan"],
        revision=line["nextRevision"],
        state=line["state"],
        deadline=instant(line["deadline"]),
        locked=line["locked"],
        first=date.fromisoformat(line["period"]["first"]),
        last=date.fromisoformat(line["period"]["last"]),
        schema=narrow_schema,
        before=previous["round"] if previous and earlier else None,
        earlier=_figures_now(earlier, schema),
        accepted=_under(_content(latest), schema),
        return_reasons=_return_reasons(latest),
        receipt=own["revisions"][-1]["receipt"] if own and own["revisions"] else None,
        obligations=obligations_of(plans, form),
        offers={code: offer for code, offer in offers.items() if code in codes},
        outside=outside_of(plans, line["plan"]),
    )


def obligations_of(plans: Answer, form: str) -> tuple[Obligation, ...]:
    """The obligations that ask for a form, of an answer of /v1/plans. Pure."""
    bodies = (body for plan in plans["plans"] for body in plan["forms"])
    form_body: Answer = next((body for body in bodies if body["form"] == form), {})
    return tuple(
        Obligation(
            regime=duty["frequency"],
            code=(duty.get("official") or {}).get("code"),
            to=duty["toText"] or ", ".join(duty["to"]),
            via=(duty["viaText"] or duty["via"] or "").removeprefix("qua "),
        )
        for duty in form_body.get("duties", ())
    )


def before(lines: Sequence[Answer], line: Answer) -> Answer | None:
    """The unit's report of the latest round before, of the same plan and form; None where it has none. Pure."""
    ended = [
        body
        for body in lines
        if (body["plan"], body["form"]) == (line["plan"], line["form"])
        and body["round"] != line["round"]
        and body["period"]["last"] <= line["period"]["last"]
        and body["revisions"]
        and not body["revisions"][-1]["withdrawal"]
    ]
    return max(ended, key=lambda body: (body["period"]["last"], body["round"]), default=None)


async def _latest_revision(visit: Visit, line: Answer | None) -> Answer:
    """A line's latest revision, as /v1/reports/{id} tells it; empty where it has none or was withdrawn."""
    if line is None or not line["revisions"] or line["revisions"][-1]["withdrawal"]:
        return {}
    answer = await visit.hub.get(f"/v1/reports/{line['revisions'][-1]['receipt']}")
    latest: Answer = answer["revisions"][-1]
    return latest


def _content(revision: Answer) -> Answer:
    """The content of a revision; empty where there is none, or its text was redacted away. Pure."""
    content = revision.get("content")
    return content if isinstance(content, Mapping) and isinstance(content.get("figures"), Mapping) else {}


def _return_reasons(revision: Answer) -> tuple[str, ...]:
    """Why it was given back: on the whole, then figure by figure. Pure."""
    if revision.get("state") != "returned":
        return ()
    last = revision["reviews"][-1]
    return (last["reason"], *(f"{figure['code']}: {figure['reason']}" for figure in last["figures"] or ()))


def _figures_now(content: Answer, schema: Answer) -> Mapping[str, FigureValue]:
    """An older report's figures under the codes of the form as it is now. Pure."""
    if not content or not content["figures"]:  # none, or one that says there is nothing to report
        return {}
    form = form_of(schema)
    body: Mapping[str, Any] = bring_up(
        content["figures"],
        from_version=content["formVersion"],
        to_version=form.version,
        renames=form.renames,
        codes=form.codes,
    )
    return {code: exact(value) for code, value in body.items()}


def _under(content: Answer, schema: Answer) -> Answer | None:
    return {**content, "figures": _figures_now(content, schema)} if content else None
