"""A round as aggregation knows it: who is obliged, by when, and how its reports are laid out. Pure.

The forms are those of the plan version that the round opened with. Indicators, and so the layout's extra
slots, come from the version it is read by: the newest, until the round is locked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from lienthong.errors import Message
from lienthong.indicators.rollup import Layout, layout_of
from lienthong.periods import Period
from lienthong.programmes import Form, Plan


@dataclass(frozen=True, kw_only=True, slots=True)
class Deadline:
    """sender: `units` (their reports) or `issuer` (the consolidated one). at: exclusive; None without a date."""

    obligation: str
    sender: str
    forms: tuple[str, ...]
    to: tuple[str, ...]
    via: str | None
    at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Extension:
    """A deadline moved for one unit, or for all (unit None)."""

    obligation: str
    unit: str | None
    until: datetime
    original: datetime | None
    reason: str
    document: Mapping[str, Any]
    by: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Round:
    """One round. layouts and obliged: by form code; body: the data of round.opened as it stands now."""

    code: str
    programme: str
    kind: str
    period: Period
    root: str
    province: str
    opened: Plan
    reading: Plan
    layouts: Mapping[str, Layout]
    obliged: Mapping[str, frozenset[str]]
    deadlines: tuple[Deadline, ...]
    extensions: tuple[Extension, ...]
    assumptions: tuple[Message, ...]
    opened_at: datetime
    locked_at: datetime | None
    changed_position: int
    body: Mapping[str, Any]

    @property
    def plan(self) -> str:
        return self.reading.code

    @property
    def level(self) -> str:
        """The level of the root: of the round's rollups."""
        return level_of(self.root)

    def obliged_in(self, form: str) -> frozenset[str]:
        """Units obliged to report the form; empty for a form that nobody owes."""
        return self.obliged.get(form, frozenset())

    def due(self, deadline: Deadline, unit: str | None = None) -> datetime | None:
        """The deadline as it stands for all, or for one unit: the latest extension counts."""
        granted = [e.until for e in self.extensions if e.obligation == deadline.obligation and e.unit in (None, unit)]
        return max([*([] if deadline.at is None else [deadline.at]), *granted], default=None)

    def deadline_of(self, form: str, unit: str | None = None) -> datetime | None:
        """When a form is due from the units in general, or from one of them."""
        found = next((d for d in self.deadlines if d.sender == "units" and form in d.forms), None)
        return None if found is None else self.due(found, unit)

    def with_obliged(self, obliged: Mapping[str, Iterable[str]]) -> Round:
        """The round with other units obliged."""
        body = {**self.body, "obliged": {form: sorted(units) for form, units in obliged.items()}}
        return replace(self, body=body, obliged={form: frozenset(units) for form, units in obliged.items()})


def level_of(code: str) -> str:
    """The level of a unit, from the form of its code."""
    if code == "VN":
        return "nation"
    if code.isdigit():
        return "province" if len(code) == 2 else "commune"
    return "agency"


def round_of(
    body: Mapping[str, Any], opened: Plan, reading: Plan, *, extensions: Iterable[Mapping[str, Any]] = (),
    opened_at: datetime, locked_at: datetime | None = None, changed_position: int,
) -> Round:  # fmt: skip
    """A Round from the data of round.opened and the plan versions it opened with and is read by."""
    period = body["period"]
    return Round(
        code=body["round"], programme=opened.programme, kind=body["kind"],
        period=Period(code=period["code"], first=date.fromisoformat(period["first"]),
                      last=date.fromisoformat(period["last"])),
        root=body["root"], province=body["province"], opened=opened, reading=reading,
        layouts={form.code: layout_of(form, reading.indicators) for form in _forms(body, opened)},
        obliged={form: frozenset(units) for form, units in body["obliged"].items()},
        deadlines=tuple(_deadline(d) for d in body["deadlines"]),
        extensions=tuple(_extension(e) for e in extensions),
        assumptions=tuple(Message(vi=a["vi"], en=a["en"]) for a in body.get("assumptions", ())),
        opened_at=opened_at, locked_at=locked_at, changed_position=changed_position, body=body,
    )  # fmt: skip


def _forms(body: Mapping[str, Any], plan: Plan) -> Iterable[Form]:
    """The round's forms, figures in the order that the event froze (packed values follow it)."""
    for frozen in body["forms"]:
        form = plan.form(frozen["form"])
        if form is None:
            raise ValueError(f"{body['round']}: {plan.code} v{plan.version} lacks form {frozen['form']}")
        yield replace(form, version=frozen["version"], figures=tuple(form.figure(code) for code in frozen["figures"]))


def _deadline(body: Mapping[str, Any]) -> Deadline:
    return Deadline(
        obligation=body["obligation"], sender=body["from"], forms=tuple(body.get("forms", ())),
        to=tuple(body["to"]), via=body.get("via"), at=_instant(body["at"]),
    )  # fmt: skip


def _extension(body: Mapping[str, Any]) -> Extension:
    return Extension(
        obligation=body["obligation"], unit=body["unit"], until=datetime.fromisoformat(body["until"]),
        original=_instant(body.get("original")), reason=body["reason"], document=body.get("document") or {},
        by=body.get("by", ""),
    )  # fmt: skip


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
