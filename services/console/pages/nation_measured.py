"""What provinces can be compared by: an indicator or a figure of their releases, side by side. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from services.console.asking import Answer
from services.console.pages.indicators import Measure
from services.console.pages.rounds import Text
from services.console.pictures import maps


@dataclass(frozen=True, kw_only=True, slots=True)
class OfferedMeasure(Measure):
    """An indicator, or a figure's sum."""

    indicator: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class ProvinceValue:
    """What a province's release says. value: a number as text, None where it can't be said; status: of one that is no
    number.
    """

    value: str | None
    status: Text | None


def measures_in(datasets: Iterable[Answer]) -> tuple[OfferedMeasure, ...]:
    """Those of the datasets, indicators first; each code once."""
    by_code: dict[str, OfferedMeasure] = {}
    for dataset in datasets:
        for members, indicator in (("indicators", True), ("figures", False)):
            for body in dataset[members]:
                by_code.setdefault(body["code"], OfferedMeasure.of(body, indicator=indicator))
    return tuple(sorted(by_code.values(), key=lambda measure: (not measure.indicator, measure.code)))


def values_in(datasets: Iterable[Answer], measure: OfferedMeasure) -> dict[str, ProvinceValue]:
    """By province; of several plans the first that says something."""
    by_province: dict[str, ProvinceValue] = {}
    for dataset in datasets:
        value = _value_in(dataset, measure)
        province = dataset["issuer"]["code"]
        if value is not None and (
            province not in by_province or by_province[province] == ProvinceValue(value=None, status=None)
        ):
            by_province[province] = value
    return by_province


def _value_in(dataset: Answer, measure: OfferedMeasure) -> ProvinceValue | None:
    rows: Iterable[Mapping[str, Any]] = dataset["indicators"] if measure.indicator else dataset["figures"]
    row = next((row for row in rows if row["code"] == measure.code), None)
    if row is None:
        return None
    return ProvinceValue(value=row["value" if measure.indicator else "sum"], status=row.get("statusLabel"))


def looks(by_province: Mapping[str, ProvinceValue]) -> dict[str, str]:
    """A shade for each province with a number, from the lowest to the highest."""
    numbers = {
        code: float(Decimal(value.value))
        for code, value in by_province.items()
        if value.value is not None and value.status is None
    }
    low, high = min(numbers.values(), default=0.0), max(numbers.values(), default=0.0)
    return {code: maps.shade(number, low, high) for code, number in numbers.items()}
