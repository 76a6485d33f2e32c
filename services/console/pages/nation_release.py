"""A release as the Ministry reads it, from its feed: indicators, sums, completeness, what changed between versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.console.asking import Answer
from services.console.page import Asked, Page
from services.console.pages.nation import entries
from services.console.pages.plans import TONES
from services.console.pages.releases import (
    Difference,
    Measured,
    difference_columns,
    differences,
    indicator_columns,
    measured,
    shown,
)
from services.console.pages.rounds import Text
from services.console.tables import Cell, Column, Table, row


@dataclass(frozen=True, kw_only=True, slots=True)
class Sum:
    """A figure of the release. sum: over the units that gave it (given of obliged); None for a status."""

    code: str
    label: Text
    measure: Text
    sum: str | None
    given: int
    obliged: int


@dataclass(frozen=True, kw_only=True, slots=True)
class NationRelease:
    """One release. issuer: the name of who signed it off; versions: those of its round that stand, by number; against:
    the version compared with, None for none; forms: (code, reported, late, obliged).
    """

    name: str
    round: str
    title: Text
    programme: str
    period: str
    issuer: str
    version: int
    versions: tuple[int, ...]
    signed_at: datetime
    document: tuple[str | None, str | None]
    forms: tuple[tuple[str, int, int, int], ...]
    indicators: tuple[Measured, ...]
    sums: tuple[Sum, ...]
    against: int | None
    differences: tuple[Difference, ...]

    @property
    def latest(self) -> bool:
        return self.version == max(self.versions, default=self.version)


async def gather(asked: Asked) -> NationRelease:
    round_, version = asked.path["round"], asked.path["version"]
    dataset = await _dataset(asked, round_, version)
    known = [entry for entry in await entries(asked) if entry["round"] == dataset["round"]]
    gone = {one["release"] for one in known if one["entry"] == "withdrawn"}
    versions = sorted({one["version"] for one in known if one["entry"] == "release" and one["release"] not in gone})
    before = [number for number in versions if number < dataset["version"]]
    against = asked.chosen("against") or (str(before[-1]) if before else None)
    other = None if against is None else await _dataset(asked, round_, against)
    return build(dataset, tuple(versions), other)


async def _dataset(asked: Asked, round_: str, version: str) -> Answer:
    return await asked.hub.get(f"/v1/feed/releases/{round_}/{version}/dataset", format="json")


def build(dataset: Answer, versions: tuple[int, ...], other: Answer | None) -> NationRelease:
    """Pure. dataset: of the release; other: the dataset to compare with."""
    names = {unit["code"]: unit["name"] or unit["code"] for unit in dataset["units"]}
    issuer, document = dataset["issuer"], dataset["signedOff"]["document"] or {}
    earlier = {} if other is None else {indicator["code"]: indicator["value"] for indicator in other["indicators"]}
    return NationRelease(
        name=dataset["release"],
        round=dataset["round"],
        title=dataset["plan"]["title"],
        programme=dataset["programme"]["code"],
        period=dataset["period"]["code"],
        issuer=issuer["name"] or issuer["code"],
        version=dataset["version"],
        versions=versions,
        signed_at=datetime.fromisoformat(dataset["signedOff"]["at"]),
        document=(document.get("number"), document.get("date")),
        forms=tuple((one["form"], one["reported"], one["late"], one["obliged"]) for one in dataset["completeness"]),
        indicators=tuple(measured(indicator, earlier) for indicator in dataset["indicators"]),
        sums=tuple(_sum(figure) for figure in dataset["figures"]),
        against=None if other is None else other["version"],
        differences=() if other is None else tuple(differences(other, dataset, names)),
    )


def _sum(body: Mapping[str, Any]) -> Sum:
    return Sum(
        code=body["code"],
        label=body["label"],
        measure=body["measure"],
        sum=body["sum"],
        given=body["given"],
        obliged=body["obliged"],
    )


def tables(data: NationRelease, asked: Asked) -> Sequence[Table]:
    t = asked.words
    return (
        Table(
            name="indicators",
            title=t("plan.indicators"),
            empty=t("plan.none"),
            columns=indicator_columns(t),
            rows=tuple(_indicator(indicator, asked) for indicator in data.indicators),
        ),
        Table(
            name="sums",
            title=t("consolidation.sums"),
            empty=t("nation.none"),
            columns=(
                Column(name="figure", title=t("column.figure"), heading=True),
                Column(name="code", title=t("column.code"), kind="code"),
                Column(name="sum", title=t("nation.sum"), kind="number"),
                Column(name="measure", title=t("column.measure")),
                Column(name="given", title=t("nation.given"), kind="number"),
                Column(name="obliged", title=t("column.obliged"), kind="number"),
            ),
            rows=tuple(
                row(t.say(one.label), one.code, shown(one.sum), t.say(one.measure), one.given, one.obliged)
                for one in data.sums
            ),
        ),
        Table(
            name="completeness",
            title=t("release.completeness"),
            empty=t("release.no_forms"),
            columns=(
                Column(name="form", title=t("column.form"), kind="code", heading=True),
                Column(name="reported", title=t("column.reported"), kind="number"),
                Column(name="late", title=t("column.late"), kind="number"),
                Column(name="obliged", title=t("column.obliged"), kind="number"),
            ),
            rows=tuple(row(*counts) for counts in data.forms),
        ),
        Table(
            name="differences",
            title=t("release.differences", version=data.against or ""),
            empty=t("release.no_differences"),
            columns=difference_columns(t),
            rows=tuple(
                row(
                    t.say(difference.title) or difference.code,
                    difference.name or t("release.sum"),
                    shown(difference.before),
                    shown(difference.after),
                )
                for difference in data.differences
            ),
        ),
    )


def _indicator(one: Measured, asked: Asked) -> tuple[Cell, ...]:
    t = asked.words
    return row(
        one.code,
        t.say(one.title),
        shown(one.value) if one.status is None else t.say(one.status),
        t.say(one.measure),
        Cell(value=t.name("assessment", one.assessment), tone=TONES.get(one.assessment, "plain")),
        one.arithmetic,
    )


PAGE = Page(
    name="nation_release",
    paths=("/nation/releases/{round}/{version:int}",),
    gather=gather,
    tables=tables,
    filters=frozenset({"against"}),
    national=True,
    under="nation",
)
