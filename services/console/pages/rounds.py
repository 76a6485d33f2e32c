"""What every page reads of rounds and plans. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from services.console.formats import instant
from services.console.tables import Tone

Text = Mapping[str, str]
"""A text in both languages: {"vi": …, "en": …}."""


def label_of(code: str, labels: Mapping[str, Text]) -> Text:
    """What a form or value is called; its code where nobody says."""
    return labels.get(code, {"vi": code, "en": code})


def distinct_names(figures: Iterable[tuple[str, str]]) -> list[str]:
    """What figures are called in a list, each given as its label and its form's: with the form where another one of the
    list is called alike.
    """
    pairs = list(figures)
    counts = Counter(label for label, _ in pairs)
    return [f"{label} ({form})" if counts[label] > 1 else label for label, form in pairs]


OPEN = ("open", "overdue")
TONES: dict[str, Tone] = {
    "planned": "plain",
    "open": "info",
    "overdue": "warn",
    "released": "good",
    "locked": "plain",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Deadline:
    """A deadline of a round for one level. sender: `units` or `issuer`; to: codes of the receivers; at: exclusive,
    with an extension for all; extended: how many single units have another.
    """

    obligation: str
    sender: str
    forms: tuple[str, ...]
    to: tuple[str, ...]
    via: str | None
    at: datetime | None
    extended: int


def merge(deadlines: Iterable[Deadline]) -> tuple[Deadline, ...]:
    """Deadlines that say the same (sender, receivers, date) once, all their forms together."""
    by_key: dict[tuple[Any, ...], Deadline] = {}
    for deadline in deadlines:
        key = (deadline.sender, deadline.to, deadline.via, deadline.at)
        former = by_key.get(key)
        by_key[key] = (
            deadline
            if former is None
            else replace(former, forms=former.forms + deadline.forms, extended=max(former.extended, deadline.extended))
        )
    return tuple(by_key.values())


@dataclass(frozen=True, kw_only=True, slots=True)
class Release:
    """A signed version. name: `P119-LS.2026/1`."""

    name: str
    version: int
    signed_at: datetime
    withdrawn_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Round:
    """state: `planned`, `open`, `overdue`, `released`, `locked`. obliged, reported, late: forms owed by units, all
    forms together. first, last: the days that the figures cover.
    """

    code: str
    plan: str
    programme: str
    title: Text
    kind: str
    period: str
    first: date
    last: date
    state: str
    root: str
    deadlines: tuple[Deadline, ...]
    obliged: int
    reported: int
    late: int
    releases: tuple[Release, ...]
    assumptions: tuple[Text, ...]

    @property
    def tone(self) -> Tone:
        return TONES.get(self.state, "plain")

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    def awaits(self, now: datetime) -> bool:
        """Whether reports are waited for: it is open, or was released before its units' deadline had passed."""
        moments = [deadline.at for deadline in self.deadlines if deadline.sender == "units" and deadline.at is not None]
        return self.is_open or (self.state == "released" and any(at > now for at in moments))


def round_of(body: Mapping[str, Any]) -> Round:
    """From an answer of /v1/rounds."""
    counts = body["completeness"]
    return Round(
        code=body["round"],
        plan=body["plan"],
        programme=body["programme"],
        title=body["title"],
        kind=body["kind"],
        period=body["period"]["code"],
        first=date.fromisoformat(body["period"]["first"]),
        last=date.fromisoformat(body["period"]["last"]),
        state=body["state"],
        root=body["root"],
        deadlines=merge(_deadline(deadline) for deadline in body["deadlines"]),
        obliged=sum(c["obliged"] for c in counts),
        reported=sum(c["reported"] for c in counts),
        late=sum(c["late"] for c in counts),
        releases=tuple(_release(release) for release in body["releases"]),
        assumptions=tuple(body["assumptions"]),
    )


def labels_of(plans: Mapping[str, Any]) -> dict[str, Text]:
    """What each form is called (by whom it is reported), of an answer of /v1/plans."""
    return {form["form"]: form["label"] for plan in plans["plans"] for form in plan["forms"]}


def in_order(rounds: Iterable[Round]) -> list[Round]:
    """The latest close of data first."""
    return sorted(rounds, key=lambda round_: (round_.last, round_.code), reverse=True)


def _deadline(body: Mapping[str, Any]) -> Deadline:
    return Deadline(
        obligation=body["obligation"],
        sender=body["sender"],
        forms=tuple(body["forms"]),
        to=tuple(body["to"]),
        via=body["via"],
        at=instant(body["deadline"]),
        extended=sum(extension["unit"] is not None for extension in body["extensions"]),
    )


def _release(body: Mapping[str, Any]) -> Release:
    return Release(
        name=body["release"],
        version=body["version"],
        signed_at=datetime.fromisoformat(body["signedAt"]),
        withdrawn_at=instant(body["withdrawnAt"]),
    )
