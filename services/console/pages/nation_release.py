"""A release as the Ministry reads it, from its feed: indicators, sums, completeness, what changed between versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from lienthong.units.names import sort_key
from services.console.asking import Answer
from services.console.page import Page, Visit
from services.console.pages.differences import Difference, as_number, differences, differences_table
from services.console.pages.difficulties import Difficulty, difficulties_table, of_dataset
from services.console.pages.indicators import ComparedIndicator, Sum, aimed_table, columns
from services.console.pages.nation import entries
from services.console.pages.rounds import Text
from services.console.pages.standing import names_in
from services.console.tables import Cell, Column, Table, folding, row


@dataclass(frozen=True, kw_only=True, slots=True)
class SignedDocument:
    """The signed document of one report that went in. document: what is known of it, by member."""

    name: str
    form: str
    revision: int
    received: datetime
    document: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class NationRelease:
    """One release. issuer: the name of who signed it off; versions: those of its round that stand, by number; against:
    the version compared with, None for none; forms: (code, reported, late, obliged). difficulties:
    None where the release was made before they went with it; signed: documents of single reports, by unit.
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
    indicators: tuple[ComparedIndicator, ...]
    sums: tuple[Sum, ...]
    against: int | None
    differences: tuple[Difference, ...]
    difficulties: tuple[Difficulty, ...] | None = None
    signed: tuple[SignedDocument, ...] = ()

    @property
    def reported(self) -> int:
        return sum(reported for _, reported, _, _ in self.forms)

    @property
    def late(self) -> int:
        return sum(late for _, _, late, _ in self.forms)

    @property
    def obliged(self) -> int:
        return sum(obliged for _, _, _, obliged in self.forms)

    @property
    def provisional(self) -> int:
        return sum(indicator.assessment == "provisional" for indicator in self.indicators)

    @property
    def latest(self) -> bool:
        return self.version == max(self.versions, default=self.version)


async def gather(visit: Visit) -> NationRelease:
    round_, version = visit.path["round"], visit.path["version"]
    dataset = await _dataset(visit, round_, version)
    round_entries = [entry for entry in await entries(visit) if entry["round"] == dataset["round"]]
    withdrawn = {body["release"] for body in round_entries if body["entry"] == "withdrawn"}
    versions = sorted(
        {body["version"] for body in round_entries if body["entry"] == "release" and body["release"] not in withdrawn}
    )
    before = [number for number in versions if number < dataset["version"]]
    against = visit.filter("against") or (str(before[-1]) if before else None)
    other_dataset = None if against is None else await _dataset(visit, round_, against)
    difficulties = of_dataset(dataset, names_in(dataset), visit.words)
    return replace(
        build(dataset, tuple(versions), other_dataset, visit), difficulties=difficulties, signed=documents_of(dataset)
    )


def documents_of(dataset: Answer) -> tuple[SignedDocument, ...]:
    """The documents that single reports name, by their units in Vietnamese order. Pure."""
    names = names_in(dataset)
    documents = (
        SignedDocument(
            name=names.get(report["unit"], report["unit"]),
            form=report["form"],
            revision=report["revision"],
            received=datetime.fromisoformat(report["receivedAt"]),
            document={name: text for name, text in report["signedDocument"].items() if text},
        )
        for report in dataset["provenance"]
        if report.get("signedDocument")
    )
    return tuple(sorted(documents, key=lambda report: (sort_key(report.name), report.form)))


async def _dataset(visit: Visit, round_: str, version: str) -> Answer:
    return await visit.hub.get(f"/v1/feed/releases/{round_}/{version}/dataset", format="json")


def build(dataset: Answer, versions: tuple[int, ...], other_dataset: Answer | None, visit: Visit) -> NationRelease:
    """Pure. dataset: of the release; other_dataset: the dataset to compare with."""
    names = names_in(dataset)
    issuer, document = dataset["issuer"], dataset["signedOff"]["document"] or {}
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
        forms=tuple(
            (form["form"], form["reported"], form["late"], form["obliged"]) for form in dataset["completeness"]
        ),
        indicators=ComparedIndicator.all_of(dataset, other_dataset, visit),
        sums=tuple(map(Sum.of, dataset["figures"])),
        against=None if other_dataset is None else other_dataset["version"],
        differences=() if other_dataset is None else tuple(differences(other_dataset, dataset, names)),
    )


def tables(data: NationRelease, visit: Visit) -> Sequence[Table]:
    all_tables = (
        aimed_table(data.indicators, visit),
        _sums(data, visit),
        _completeness(data, visit),
        _documents_table(data, visit),
        *((difficulties_table(data.difficulties, visit),) if data.difficulties is not None else ()),
        differences_table(data.differences, data.against, visit, linked=False),
    )
    return folding(all_tables, "sums", "signed", "difficulties", "differences")


def _sums(data: NationRelease, visit: Visit) -> Table:
    t = visit.words
    return Table(
        name="sums",
        title=t("consolidation.sums"),
        empty=t("nation.none"),
        columns=columns(t, "figure", "code", "sum", "measure", "given", "obliged_units"),
        rows=tuple(
            row(t.say(sum_.label), sum_.code, as_number(sum_.sum), t.say(sum_.measure), sum_.given, sum_.obliged)
            for sum_ in data.sums
        ),
    )


def _completeness(data: NationRelease, visit: Visit) -> Table:
    t = visit.words
    return Table(
        name="completeness",
        title=t("release.completeness"),
        empty=t("release.no_forms"),
        columns=(
            Column(name="form", title=t("column.form"), kind="code", heading=True),
            *columns(t, "reported", "late", "obliged"),
        ),
        rows=tuple(row(*counts) for counts in data.forms),
    )


def _documents_table(data: NationRelease, visit: Visit) -> Table:
    t = visit.words
    return Table(
        name="signed",
        title=t("nation_release.signed"),
        empty=t("nation_release.unsigned"),
        columns=(
            Column(name="unit", title=t("column.unit"), heading=True),
            Column(name="form", title=t("column.form"), kind="code"),
            Column(name="revision", title=t("column.revision"), kind="number"),
            Column(name="number", title=t("entry.number")),
            Column(name="date", title=t("entry.date"), kind="when"),
            Column(name="agency", title=t.name("document", "agency")),
            Column(name="electronicId", title=t.name("document", "electronicId"), kind="code"),
            Column(name="fileHash", title=t.name("document", "fileHash"), kind="code", filed=True),
            Column(name="received", title=t("column.received"), kind="when"),
        ),
        rows=tuple(_document_row(report) for report in data.signed),
    )


def _document_row(report: SignedDocument) -> tuple[Cell, ...]:
    document = report.document
    day = document.get("date")
    return row(
        report.name,
        report.form,
        report.revision,
        document.get("number"),
        date.fromisoformat(day) if day else None,
        document.get("agency"),
        document.get("electronicId"),
        document.get("fileHash"),
        report.received,
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
