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
from services.console.entering.form import Field, Value, asking, exact, fields, further, narrowed
from services.console.entering.offering import Offer, offers
from services.console.formats import instant
from services.console.page import Asked
from services.console.pages.outside import Outside, outside_of
from services.console.pages.rounds import Text, labels_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Duty:
    """What asks for the report: how often, to whom, via whom. code: of the regime in an official list."""

    regime: Text
    code: str | None
    to: str
    via: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """A report that a unit owes or may correct. revision: the next one. deadline: exclusive, with extensions; first,
    last: the days that its figures cover. before: the round that `earlier` is of, None where there is none; earlier:
    figures of the unit's report before, under today's codes. accepted: content of the latest revision, None where
    there is none or it was withdrawn; returned: why the via unit gave it back, none where it did not;
    receipt: of the latest revision. duties: the obligations that ask for the form. offers: what systems supplied, by
    figure. outside: what the plan says is not entered here.
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
    earlier: Mapping[str, Value]
    accepted: Answer | None
    returned: tuple[str, ...]
    receipt: str | None
    duties: tuple[Duty, ...] = ()
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
    def fields(self) -> tuple[Field, ...]:
        return fields(self.schema)

    @property
    def asking(self) -> list[str]:
        """The checks of its form that may ask something."""
        return asking(self.schema)

    @property
    def late(self) -> bool:
        """Whether what is sent now is late: nothing came yet, and the deadline has passed."""
        return self.receipt is None and self.deadline is not None and self.now >= self.deadline


async def task(asked: Asked) -> Task:
    """Of the address's unit, round and form. Raises Rejected (403, 404) where the person has nothing to report there:
    the duties asked for are those of the units that it reports for."""
    unit, round_, form = (asked.path[name] for name in ("unit", "round", "form"))
    if not asked.person.may("report:submit"):
        raise Rejected([scope_missing("report:submit")])
    hub = asked.hub
    owed = await hub.get("/v1/obligations", round=round_, unit=unit)
    line = next((obligation for obligation in owed["obligations"] if obligation["form"] == form), None)
    if line is None:
        raise refused("entry_not_owed")
    year = int(line["period"]["code"][:4])
    schema, body, plans, draft, this, last = await hub.all(
        hub.get(line["schema"]),
        hub.get(f"/v1/units/{unit}"),
        hub.get("/v1/plans"),
        hub.get("/v1/supplied", unit=unit, round=round_, form=form),
        hub.get(f"/v1/units/{unit}/statement", year=year),
        hub.get(f"/v1/units/{unit}/statement", year=year - 1),
    )
    shown = narrowed(schema, line["figures"])
    asked_for = {field.code for field in fields(shown)}
    lines = [*last["lines"], *this["lines"]]
    own = next((line for line in lines if (line["round"], line["form"]) == (round_, form)), None)
    previous = before(lines, line)
    latest, once = await hub.all(_latest(asked, own), _latest(asked, previous))
    accepted, earlier = _content(latest), _content(once)
    return Task(
        now=datetime.fromisoformat(owed["now"]),
        unit=unit,
        name=body["full_name"],
        round=round_,
        form=form,
        version=line["formVersion"],
        title=labels_of(plans).get(form, {"vi": form, "en": form}),
        plan=line["plan"],
        revision=line["nextRevision"],
        state=line["state"],
        deadline=instant(line["deadline"]),
        locked=line["locked"],
        first=date.fromisoformat(line["period"]["first"]),
        last=date.fromisoformat(line["period"]["last"]),
        schema=shown,
        before=previous["round"] if previous and earlier else None,
        earlier=_brought_up(earlier, schema),
        accepted=_under(accepted, schema),
        returned=_returned(latest),
        receipt=own["revisions"][-1]["receipt"] if own and own["revisions"] else None,
        duties=duties_of(plans, form),
        offers={code: offer for code, offer in offers(draft).items() if code in asked_for},
        outside=outside_of(plans, line["plan"]),
    )


def duties_of(plans: Answer, form: str) -> tuple[Duty, ...]:
    """The obligations that ask for a form, of an answer of /v1/plans. Pure."""
    body: Answer = next((asked for plan in plans["plans"] for asked in plan["forms"] if asked["form"] == form), {})
    return tuple(
        Duty(
            regime=duty["frequency"],
            code=(duty.get("official") or {}).get("code"),
            to=duty["toText"] or ", ".join(duty["to"]),
            via=(duty["viaText"] or duty["via"] or "").removeprefix("qua "),
        )
        for duty in body.get("duties", ())
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


async def _latest(asked: Asked, line: Answer | None) -> Answer:
    """A line's latest revision, as /v1/reports/{id} tells it; empty where it has none or was withdrawn."""
    if line is None or not line["revisions"] or line["revisions"][-1]["withdrawal"]:
        return {}
    answer = await asked.hub.get(f"/v1/reports/{line['revisions'][-1]['receipt']}")
    latest: Answer = answer["revisions"][-1]
    return latest


def _content(revision: Answer) -> Answer:
    """The content of a revision; empty where there is none, or its text was redacted away. Pure."""
    content = revision.get("content")
    return content if isinstance(content, Mapping) and isinstance(content.get("figures"), Mapping) else {}


def _returned(revision: Answer) -> tuple[str, ...]:
    """Why it was given back: on the whole, then figure by figure. Pure."""
    if revision.get("state") != "returned":
        return ()
    last = revision["reviews"][-1]
    return (last["reason"], *(f"{figure['code']}: {figure['reason']}" for figure in last["figures"] or ()))


def _brought_up(content: Answer, schema: Answer) -> Mapping[str, Value]:
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
    return {**content, "figures": _brought_up(content, schema)} if content else None
