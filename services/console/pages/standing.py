"""How a duty stands: what `/v1/obligations` says of a unit's report, as the words and groups that pages count by. Pure.

A count on one page and the list on another are made here of the same lines, so they can't differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lienthong.units.names import fold, sort_key
from services.console.formats import instant
from services.console.tables import Tone

MENDED = "mended"
"""A filter beside the groups: reports that came after a submission of their unit had been refused."""

GROUPS = ("reported", "late", "returned", "missing", "excused")
"""Every duty is in one group: on time, late, returned to be corrected, still owed, none to be expected."""

_GROUP = {"returned": "returned", "missing": "missing", "overdue": "missing", "dormant": "excused", "late": "late"}
_TONE: dict[str, Tone] = {
    "missing": "plain",
    "overdue": "bad",
    "returned": "warn",
    "late": "warn",
    "dormant": "plain",
}
GROUP_TONE: dict[str, Tone] = {
    "reported": "good",
    "late": "warn",
    "returned": "warn",
    "missing": "bad",
    "excused": "plain",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Duty:
    """A unit's report of one form for one round, as it stands.

    state: `missing`, `overdue` (missing after its deadline), `reported`, `nil`, `late`, `returned` and what a newer hub
    may send. A withdrawn report is owed again, so it is one of the first two; group: one of GROUPS. deadline:
    exclusive, with extensions; original: without. received and revision: of the latest revision, None where there is
    none. mended: it came after a submission of its unit had been refused, in whatever group.
    """

    round: str
    plan: str
    form: str
    unit: str
    name: str
    state: str
    group: str
    deadline: datetime | None
    original: datetime | None
    received: datetime | None
    revision: int | None
    mended: bool

    @property
    def tone(self) -> Tone:
        return _TONE.get(self.state, "good")

    @property
    def sorting(self) -> tuple[str, str, str]:
        """By name as a Vietnamese dictionary has it."""
        return sort_key(self.name), self.unit, self.form


def duties(lines: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> tuple[Duty, ...]:
    """The lines of an answer in Vietnamese order. names: by unit code; one that is not there is called by its code."""
    return tuple(sorted((duty(line, names) for line in lines), key=lambda duty_: duty_.sorting))


def duty(line: Mapping[str, Any], names: Mapping[str, str]) -> Duty:
    state = _state(line)
    return Duty(
        round=line["round"],
        plan=line["plan"],
        form=line["form"],
        unit=line["unit"],
        name=names.get(line["unit"], line["unit"]),
        state=state,
        group=_GROUP.get(state, "reported"),
        deadline=instant(line["deadline"]),
        original=instant(line["originalDeadline"]),
        received=instant(line.get("receivedAt")),
        revision=line.get("revision"),
        mended=bool(line.get("mended")),
    )


def _state(line: Mapping[str, Any]) -> str:
    if line["state"] == "missing":
        return "overdue" if line["overdue"] else "missing"
    if line["state"] in ("returned", "dormant"):
        return str(line["state"])
    if line.get("late"):
        return "late"
    return "nil" if line.get("nil") else str(line["state"])


def count_by_group(lines: Iterable[Duty]) -> dict[str, int]:
    """How many are in each group; every group is there."""
    counts = dict.fromkeys(GROUPS, 0)
    for duty_ in lines:
        counts[duty_.group] += 1
    return counts


def matching(lines: Iterable[Duty], *, group: str | None, form: str | None, text: str | None) -> tuple[Duty, ...]:
    """Those of a group and form whose unit's name or code holds the text, marks not needed."""
    needle = fold(text or "")
    return tuple(
        duty_
        for duty_ in lines
        if (group in (None, duty_.group) or (group == MENDED and duty_.mended))
        and form in (None, duty_.form)
        and (needle in fold(duty_.name) or needle in duty_.unit.casefold())
    )


def names_of(children: Mapping[str, Any]) -> dict[str, str]:
    """Full names by code, of an answer of /v1/units/{code}/children."""
    return {unit["code"]: unit["full_name"] for unit in children["units"]}


def names_in(dataset: Mapping[str, Any]) -> dict[str, str]:
    """Names by code, of a release's dataset."""
    return {unit["code"]: unit["name"] or unit["code"] for unit in dataset["units"]}
