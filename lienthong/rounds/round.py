"""A round as it stands: opened, perhaps extended, perhaps locked. What every service reads of `round.opened`. Pure.

What opens when, and who is obliged, is decided in opening.py; a service that needs more of a round (its layouts, the
plan versions behind it) adds that in its own folder.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from lienthong.errors import Message
from lienthong.instants import read, read_or_none
from lienthong.periods import Period
from lienthong.programmes import Form


@dataclass(frozen=True, kw_only=True, slots=True)
class RoundDeadline:
    """One obligation's day. sender: `units` (their reports) or `issuer` (the consolidated one). at: exclusive; None
    where the source names no day.
    """

    obligation: str
    sender: str
    forms: tuple[str, ...]
    to: tuple[str, ...]
    via: str | None
    at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Extension:
    """A deadline moved for one unit, or for all (unit None). The original stays visible."""

    obligation: str
    unit: str | None
    until: datetime
    original: datetime | None = None
    reason: str = ""
    document: Mapping[str, Any] = field(default_factory=dict)
    by: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenRound:
    """A round. form_versions, obliged: by form code. dormant: by unit, the forms that it is excused from; such a unit
    is not among the obliged. figures_asked: by form, those that alone are asked for, in the form's order; empty
    where all are. assumptions: what the source does not say and was decided.

    data: of `round.opened`, as it stands now; empty where whoever keeps many rounds drops it.
    """

    code: str
    plan: str
    plan_version: int
    programme: str
    kind: str
    period: Period
    root: str
    province: str
    form_versions: Mapping[str, str]
    obliged: Mapping[str, frozenset[str]]
    deadlines: tuple[RoundDeadline, ...]
    data: Mapping[str, Any]
    dormant: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    figures_asked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    assumptions: tuple[Message, ...] = ()
    extensions: tuple[Extension, ...] = ()
    locked: bool = False
    opened_at: datetime | None = None

    def due(self, deadline: RoundDeadline, unit: str | None = None) -> datetime | None:
        """The deadline as it stands for all, or for one unit: the latest extension counts."""
        granted = [e.until for e in self.extensions if e.obligation == deadline.obligation and e.unit in (None, unit)]
        return max([*([] if deadline.at is None else [deadline.at]), *granted], default=None)

    def duty(self, form: str) -> RoundDeadline | None:
        """The deadline of the units' reports of a form, as it was set; None for a form that nobody owes."""
        return next((d for d in self.deadlines if d.sender == "units" and form in d.forms), None)

    def deadline_of(self, form: str, unit: str | None = None) -> datetime | None:
        """The instant from which a report of a form is late: of the units in general, or of one of them."""
        duty = self.duty(form)
        return None if duty is None else self.due(duty, unit)

    def is_late(self, form: str, unit: str, first_received: datetime) -> bool:
        """Whether a unit's report came after its deadline, as that stands now: an extension given afterwards counts.

        first_received: of the first accepted revision. A correction makes nobody late, nor does a withdrawal.
        """
        due = self.deadline_of(form, unit)
        return due is not None and first_received >= due

    def is_overdue(self, form: str, unit: str, now: datetime) -> bool:
        """Whether a report that is still owed should have been there."""
        due = self.deadline_of(form, unit)
        return due is not None and now >= due

    def recipients(self) -> tuple[str, ...]:
        """Whom the issuer owes the round's release, in order: each of them is a duty of its own."""
        named = (to for deadline in self.deadlines if deadline.sender == "issuer" for to in deadline.to)
        return tuple(sorted(set(named)))

    def obliged_in(self, form: str) -> frozenset[str]:
        """Units obliged to report the form; empty for a form that nobody owes."""
        return self.obliged.get(form, frozenset())

    def as_asked(self, form: Form) -> Form:
        """The form with the figures that this round asks for. Its checks stay: one with a figure that is not there says
        nothing.
        """
        codes = self.figures_asked.get(form.code)
        return form if codes is None else replace(form, figures=tuple(form.figure(code) for code in codes))

    def dormant_in(self, form: str) -> frozenset[str]:
        """Units that would owe the form, and are dormant in this round."""
        return frozenset(unit for unit, forms in self.dormant.items() if form in forms)

    def owes(self, unit: str) -> list[str]:
        """The forms that a unit owes in this round."""
        return [form for form, units in self.obliged.items() if unit in units]


def from_data(
    data: Mapping[str, Any],
    *,
    extensions: Iterable[Extension] = (),
    locked: bool = False,
    opened_at: datetime | None = None,
) -> OpenRound:
    """A round from the data of `round.opened`."""
    return OpenRound(**members_of(data), extensions=tuple(extensions), locked=locked, opened_at=opened_at)


def members_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the data of `round.opened` states, as the arguments of OpenRound and of what extends it."""
    period = data["period"]
    return {
        "code": data["round"],
        "plan": data["plan"],
        "plan_version": data["planVersion"],
        "programme": data["programme"],
        "kind": data["kind"],
        "root": data["root"],
        "province": data["province"],
        "period": Period(
            code=period["code"], first=date.fromisoformat(period["first"]), last=date.fromisoformat(period["last"])
        ),
        "form_versions": {form["form"]: form["version"] for form in data["forms"]},
        "obliged": {form: frozenset(units) for form, units in data.get("obliged", {}).items()},
        "deadlines": tuple(_deadline(body) for body in data.get("deadlines", ())),
        "dormant": {excused["unit"]: tuple(excused["forms"]) for excused in data.get("dormant", ())},
        "figures_asked": {form["form"]: tuple(form["figures"]) for form in data["forms"]} if "figures" in data else {},
        "assumptions": tuple(Message(vi=a["vi"], en=a["en"]) for a in data.get("assumptions", ())),
        "data": data,
    }


def with_dormant(body: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """The data of a round with what a `round.dormant` says of one unit."""
    others = [excused for excused in body.get("dormant", ()) if excused["unit"] != data["unit"]]
    new = [{"unit": data["unit"], "forms": list(data["forms"])}] if data["dormant"] else []
    return {**body, "dormant": [*others, *new]}


def extension_from(data: Mapping[str, Any]) -> Extension:
    """An extension from the data of `round.extended`."""
    return Extension(
        obligation=data["obligation"],
        unit=data["unit"],
        until=read(data["until"]),
        original=read_or_none(data.get("original")),
        reason=data["reason"],
        document=data.get("document") or {},
        by=data.get("by", ""),
    )


def _deadline(body: Mapping[str, Any]) -> RoundDeadline:
    return RoundDeadline(
        obligation=body["obligation"],
        sender=body["from"],
        forms=tuple(body.get("forms", ())),
        to=tuple(body["to"]),
        via=body.get("via"),
        at=read_or_none(body["at"]),
    )
