"""What two datasets of one round say differently."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from services.console.asking import Answer
from services.console.page import Visit
from services.console.pages.rounds import Text
from services.console.tables import Cell, Column, Table, row


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """What changed against another version. what: `figure`, `indicator`, `value`, `status`, `assessment`; unit: None
    for a sum.
    """

    code: str
    title: Text
    unit: str | None
    name: str | None
    before: str | None
    after: str | None


def differences(before: Answer, after: Answer, names: Mapping[str, str]) -> Iterable[Difference]:
    """What two datasets of one round say differently: sums, indicators, then each unit's figures."""
    titles = {(figure["form"], figure["code"]): figure["label"] for figure in (*before["figures"], *after["figures"])}
    for key, old, new in _apart(before["figures"], after["figures"], ("form", "code"), "sum"):
        yield Difference(code=key[1], title=titles[key[0], key[1]], unit=None, name=None, before=old, after=new)
    indicators = {indicator["code"]: indicator["title"] for indicator in (*before["indicators"], *after["indicators"])}
    for key, old, new in _apart(before["indicators"], after["indicators"], ("code",), "value"):
        yield Difference(code=key[0], title=indicators[key[0]], unit=None, name=None, before=old, after=new)
    keys = ("form", "figure", "unit")
    for (form, figure, unit), old, new in _apart(before["observations"], after["observations"], keys, "value"):
        yield Difference(
            code=figure,
            title=titles.get((form, figure), {}),
            unit=unit,
            name=names.get(unit, unit),
            before=old,
            after=new,
        )


def _apart(
    before: Iterable[Mapping[str, Any]], after: Iterable[Mapping[str, Any]], keys: tuple[str, ...], member: str
) -> Iterable[tuple[tuple[str, ...], str | None, str | None]]:
    """(key, before, after) where a member differs."""
    old = {tuple(body[name] for name in keys): body[member] for body in before}
    new = {tuple(body[name] for name in keys): body[member] for body in after}
    for key in sorted(old.keys() | new.keys()):
        if old.get(key) != new.get(key):
            yield key, old.get(key), new.get(key)


def differences_table(
    differences: Iterable[Difference], against: int | None, visit: Visit, *, linked: bool = True
) -> Table:
    """What changed since the version `against`. linked: to the page of each unit."""
    t = visit.words
    return Table(
        name="differences",
        title=t("release.differences", version=against or ""),
        empty=t("release.no_differences"),
        columns=(
            Column(name="what", title=t("release.what"), heading=True),
            Column(name="unit", title=t("column.unit")),
            Column(name="before", title=t("release.before"), kind="number"),
            Column(name="after", title=t("release.after"), kind="number"),
        ),
        rows=tuple(
            row(
                t.say(difference.title) or difference.code,
                Cell(
                    value=difference.name or t("release.sum"),
                    href=f"/units/{difference.unit}" if linked and difference.unit else None,
                ),
                as_number(difference.before),
                as_number(difference.after),
            )
            for difference in differences
        ),
    )


def as_number(text: str | None) -> Decimal | str | None:
    """A value of a dataset as a number, where it is one."""
    if text is None or not text.lstrip("-").replace(".", "", 1).isdigit():
        return text
    return Decimal(text)
