"""What systems supplied of a report, offered beside its fields; what of it was taken over. Pure.

The unit decides: nothing is in the report that it did not take, and what it took and then typed anew is its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.console.entering import spelling
from services.console.entering.form import FigureField, FigureValue, Texts, exact, taken_field
from services.console.words import Lang

TAKEN = "1"
"""What stands in a field's `taken-CODE`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SystemValue:
    """What one system said of a figure last. receipt: of that supply; part: it adds up with other systems'."""

    system: str
    value: FigureValue
    as_of: date
    receipt: str
    part: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """A figure of the assembled draft. value: None where its sources contradict each other."""

    code: str
    value: FigureValue
    sources: tuple[SystemValue, ...]

    @property
    def counted_sources(self) -> tuple[SystemValue, ...]:
        """The sources that the value is made of: a whole stands alone."""
        wholes = tuple(source for source in self.sources if not source.part)
        return wholes or self.sources


def offers_of(draft: Mapping[str, Any]) -> dict[str, Offer]:
    """By figure, those that somebody supplied. draft: of /v1/supplied."""
    return {figure["figure"]: _offer(figure) for figure in draft["provenance"] if figure["sources"]}


def take(typed: Texts, fields: Iterable[FigureField], offers: Mapping[str, Offer], lang: Lang) -> dict[str, str]:
    """What was typed, with the offered values in these fields."""
    texts = dict(typed)
    for field in fields:
        offer = offers.get(field.code)
        if offer is not None and offer.value is not None:
            texts.pop(field.none, None)
            texts |= {field.id: spell(offer.value, lang), taken_field(field.code): TAKEN}
    return texts


def taken_marks(content: Mapping[str, Any], offers: Mapping[str, Offer]) -> dict[str, str]:
    """The marks of what an accepted report took over, as far as the systems say the same still."""
    receipts = set(content.get("assembledFrom") or ())
    same = (
        offer for offer in offers.values() if receipts.issuperset(source.receipt for source in offer.counted_sources)
    )
    return {taken_field(offer.code): TAKEN for offer in same}


def assembled_from(figures: Mapping[str, FigureValue], typed: Texts, offers: Mapping[str, Offer]) -> list[str]:
    """The receipts of what is in the report as it was supplied."""
    return sorted(set(_receipts(figures, typed, offers)), key=lambda receipt: (len(receipt), receipt))


def _receipts(figures: Mapping[str, FigureValue], typed: Texts, offers: Mapping[str, Offer]) -> Iterator[str]:
    for code, value in figures.items():
        offer = offers.get(code)
        if offer is not None and typed.get(taken_field(code)) == TAKEN and value is not None and offer.value == value:
            yield from (source.receipt for source in offer.counted_sources)


def _offer(body: Mapping[str, Any]) -> Offer:
    sources = (
        SystemValue(
            system=source["system"],
            value=exact(source["value"]),
            as_of=date.fromisoformat(source["asOf"]),
            receipt=source["receipt"],
            part=source["share"] == "part",
        )
        for source in body["sources"]
    )
    return Offer(code=body["figure"], value=exact(body["value"]), sources=tuple(sources))


def spell(value: FigureValue, lang: Lang) -> str:
    """An offered value as somebody would type it."""
    return str(value) if isinstance(value, str) or value is None else spelling.spell(value, lang)
