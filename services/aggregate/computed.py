"""What a release tells of the figures that the hub computes itself (`computed` of the plan): from the content items and
directives that the log holds at the cut, beside the reports. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from lienthong import events
from lienthong.computed.counting import Countable, directive_of, item_of
from lienthong.computed.measured import CountedForm
from lienthong.computed.telling import computed_beside_reported, counted_form, rules_of
from lienthong.events import Recorded
from lienthong.programmes import Form
from lienthong.releases import Dataset
from lienthong.releases.offices import ComputedTold
from services.aggregate.counting import Report
from services.aggregate.rounds import Round

FACTS: Final = (
    events.CONTENT_ACCEPTED,
    events.CONTENT_APPROVED,
    events.CONTENT_WITHDRAWN,
    events.DIRECTIVE_ACCEPTED,
    events.TEXT_REDACTED,
)
"""The types of facts that are counted."""

_DECIDES: Final = frozenset({"link", "publishedAt", "jointEvent", "number"})
"""Texts that what is counted depends on, and that a redaction may take away."""

Reports = Mapping[str, Mapping[str, Report]]
"""Of a round: by form, then by unit."""


@dataclass(slots=True)
class Register:
    """The items and directives of a programme as they stand at the cut. lessened: whether a redaction took away a text
    that decides what is counted.
    """

    programme: str
    root: str | None
    items: dict[tuple[str, str], Mapping[str, Any]]
    directives: dict[tuple[str, str], Mapping[str, Any]]
    lessened: bool = False

    def take(self, recorded: Recorded) -> None:
        """root: the one unit whose own count, under a commune's plan; None: all of the partition."""
        data, kind = recorded.event.content(), recorded.event.type
        if kind == events.CONTENT_APPROVED:
            self.items[data["unit"], data["item"]] = data["content"]
        elif kind == events.DIRECTIVE_ACCEPTED:
            content = data["data"]
            self.directives[content["unit"], content["directive"]] = content
        else:  # submitted anew it waits for its approval, withdrawn it is gone
            self.items.pop((data["data"]["unit"], data["data"]["item"]), None)

    def countable(self) -> Countable:
        items = [
            item_of(unit, item, content) for (unit, item), content in self.items.items() if self._counts(unit, content)
        ]
        directives = [
            directive_of(content)
            for (unit, _), content in self.directives.items()
            if self._counts(unit, content) and not content.get("withdrawn")
        ]
        return Countable(items=[item for item in items if item is not None], directives=directives)

    def _counts(self, unit: str, content: Mapping[str, Any]) -> bool:
        return self.root in (None, unit) and self.programme in content["programmes"]


def register(facts: Iterable[Recorded], round_: Round, cut: int) -> Register:
    """facts: of FACTS, in order."""
    register_ = Register(
        programme=round_.programme,
        root=None if round_.root == round_.province else round_.root,
        items={},
        directives={},
    )
    for recorded in facts:
        if recorded.event.type == events.TEXT_REDACTED:
            texts = {pointer.rpartition("/")[2] for pointer in recorded.event.content()["pointers"]}
            register_.lessened = register_.lessened or not _DECIDES.isdisjoint(texts)
        elif recorded.position <= cut:
            register_.take(recorded)
    return register_


def computed_told(round_: Round, countable: Countable, rounds: Sequence[tuple[Round, Reports]]) -> ComputedTold:
    """rounds: this round and those before it of the same plan, each with its reports."""
    plan = round_.reading
    by_period = {each.period.code: (each.period, _forms(round_, each, countable, reports)) for each, reports in rounds}
    return computed_beside_reported(plan, round_.level, round_.period.code, by_period)


def _forms(round_: Round, each: Round, countable: Countable, reports: Reports) -> list[CountedForm]:
    plan, counted = round_.reading, []
    for form in forms_of(round_, each):
        obliged = each.obliged_in(form.code)
        standing = [
            report.values
            for unit, report in sorted(reports.get(form.code, {}).items())
            if report.stands and not report.nil and report.values is not None and unit in obliged
        ]
        counted.append(counted_form(plan, form, countable, each.period, reported=standing, obliged=len(obliged)))
    return counted


def forms_of(round_: Round, each: Round) -> list[Form]:
    """The forms of a round that the plan, as this round reads it, has a computed figure of."""
    opened = ((code, layout, each.opened.form(code)) for code, layout in sorted(each.layouts.items()))
    forms = [replace(form, version=layout.version, figures=layout.figures) for _, layout, form in opened if form]
    return [form for form in forms if rules_of(round_.reading, form)]


def as_told_then(dataset: Dataset, original: Dataset, *, lessened: bool) -> Dataset:
    """A recomputed dataset with what was computed then, where a text that decided it was redacted since."""
    then = original.get("computed")
    if not lessened or then is None or "computed" not in dataset:
        return dataset
    return {**dataset, "computed": then}
