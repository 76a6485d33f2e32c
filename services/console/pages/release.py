"""One release: completeness, what is provisional, what is pending, versions compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.console.asking import Answer
from services.console.entering.form import FURTHER
from services.console.formats import instant
from services.console.page import Page, Visit
from services.console.pages import computed as computed_of
from services.console.pages import tasks as tasks_of
from services.console.pages.computed import Computed
from services.console.pages.differences import Difference, differences, differences_table
from services.console.pages.indicators import ComparedIndicator, aimed_table, columns, provisional
from services.console.pages.rounds import Text, label_of, labels_of
from services.console.pages.standing import names_in
from services.console.pages.tasks import Tasks
from services.console.tables import Cell, Column, Table, folding, row


@dataclass(frozen=True, kw_only=True, slots=True)
class FormCount:
    """How complete a form is. missing: code and name of who had not reported at the cut."""

    form: str
    label: Text
    obliged: int
    reported: int
    late: int
    missing: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Pending:
    """A report that came after the cut and would be in the next version."""

    unit: str
    name: str
    label: Text
    revision: int
    withdrawn: bool
    received: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ReleasePage:
    """One release. by: who signed; document: number and date. against: the version compared with, None for none.
    versions: all of the round, by number. changed: the plan, its units or deadlines changed since the cut.
    tasks: of the plan, on the day tasks_as_of. computed: what the hub computed itself.
    """

    name: str
    round: str
    title: Text
    version: int
    versions: tuple[int, ...]
    signed_at: datetime
    by: str
    note: str
    document: tuple[str | None, str | None]
    document_more: Mapping[str, str]
    recipients: tuple[str, ...]
    digest: str
    forms: tuple[FormCount, ...]
    indicators: tuple[ComparedIndicator, ...]
    against: int | None
    differences: tuple[Difference, ...]
    pending: tuple[Pending, ...]
    changed: bool
    latest: bool
    assumptions: tuple[Text, ...]
    tasks: Tasks
    tasks_as_of: date | None
    computed: Computed

    @property
    def provisional(self) -> int:
        return provisional(self.indicators)


async def gather(visit: Visit) -> ReleasePage:
    round_, version, hub = visit.path["round"], visit.path["version"], visit.hub
    dataset, pending, body, plans = await hub.all(
        hub.get(f"/v1/releases/{round_}/{version}"),
        hub.get(f"/v1/releases/{round_}/{version}/pending"),
        hub.get(f"/v1/rounds/{round_}"),
        hub.get("/v1/plans"),
    )
    versions = tuple(release["version"] for release in body["round"]["releases"])
    before = [number for number in versions if number < dataset["version"]]
    against = visit.filter("against") or (str(before[-1]) if before else None)
    other_dataset = None if against is None else await hub.get(f"/v1/releases/{round_}/{against}")
    return build(
        dataset,
        pending,
        versions,
        other_dataset,
        labels_of(plans),
        digest=_digest(body, dataset["release"]),
        visit=visit,
    )


def _digest(body: Answer, name: str) -> str:
    return next((release["digest"] for release in body["round"]["releases"] if release["release"] == name), "")


def build(
    dataset: Answer,
    pending: Answer,
    versions: tuple[int, ...],
    other_dataset: Answer | None,
    labels: Mapping[str, Text],
    *,
    digest: str,
    visit: Visit,
) -> ReleasePage:
    """Pure. dataset: of the release; pending: what came after it; other_dataset: the dataset to compare with."""
    names = names_in(dataset)
    sign_off, document = dataset["signedOff"], dataset["signedOff"]["document"] or {}
    return ReleasePage(
        name=dataset["release"],
        round=dataset["round"],
        title=dataset["plan"]["title"],
        version=dataset["version"],
        versions=versions,
        signed_at=datetime.fromisoformat(sign_off["at"]),
        by=sign_off["by"],
        note=sign_off["note"],
        document=(document.get("number"), document.get("date")),
        document_more={name: document[name] for name in FURTHER if document.get(name)},
        recipients=tuple(dataset["recipients"]),
        digest=digest,
        forms=tuple(_form(form, names, labels) for form in dataset["completeness"]),
        indicators=ComparedIndicator.all_of(dataset, other_dataset, visit),
        against=None if other_dataset is None else other_dataset["version"],
        differences=() if other_dataset is None else tuple(differences(other_dataset, dataset, names)),
        pending=tuple(_pending(report, names, labels) for report in pending["reports"]),
        changed=pending["definitionChanged"],
        latest=pending["latest"],
        assumptions=tuple(dataset["assumptions"]),
        tasks=tasks_of.of_dataset(dataset),
        tasks_as_of=date.fromisoformat(dataset["tasksAsOf"]) if "tasksAsOf" in dataset else None,
        computed=computed_of.build(dataset["round"], dataset.get("computed", {})),
    )


def _form(body: Mapping[str, Any], names: Mapping[str, str], labels: Mapping[str, Text]) -> FormCount:
    form = body["form"]
    return FormCount(
        form=form,
        label=label_of(form, labels),
        obliged=body["obliged"],
        reported=body["reported"],
        late=body["late"],
        missing=tuple((code, names.get(code, code)) for code in body["missing"]),
    )


def _pending(body: Mapping[str, Any], names: Mapping[str, str], labels: Mapping[str, Text]) -> Pending:
    form = body["form"]
    received = instant(body["receivedAt"])
    assert received is not None, "every report was received"
    return Pending(
        unit=body["unit"],
        name=names.get(body["unit"], body["unit"]),
        received=received,
        label=label_of(form, labels),
        revision=body["revision"],
        withdrawn=body["withdrawn"],
    )


def tables(data: ReleasePage, visit: Visit) -> Sequence[Table]:
    all_tables = (
        _completeness(data, visit),
        _indicators(data, visit),
        differences_table(data.differences, data.against, visit),
        _pending_table(data, visit),
        computed_of.beside(data.computed, visit),
        tasks_of.table(data.tasks, visit),
    )
    return folding(all_tables, "differences", "pending", "computed", "tasks")


def _completeness(data: ReleasePage, visit: Visit) -> Table:
    t = visit.words
    return Table(
        name="completeness",
        title=t("release.completeness"),
        empty=t("release.no_forms"),
        columns=(
            Column(name="form", title=t("column.form"), heading=True),
            *columns(t, "reported", "late", "obliged"),
            Column(name="missing", title=t("group.missing")),
        ),
        rows=tuple(
            row(t.say(form.label), form.reported, form.late, form.obliged, ", ".join(name for _, name in form.missing))
            for form in data.forms
        ),
    )


def _indicators(data: ReleasePage, visit: Visit) -> Table:
    return aimed_table(data.indicators, visit, lambda code: f"/provenance/{data.round}/{code}?release={data.name}")


def _pending_table(data: ReleasePage, visit: Visit) -> Table:
    t = visit.words
    return Table(
        name="pending",
        title=t("release.pending"),
        empty=t("release.no_pending"),
        columns=(
            Column(name="unit", title=t("column.unit"), heading=True),
            Column(name="form", title=t("column.form")),
            Column(name="revision", title=t("column.revision"), kind="number"),
            Column(name="received", title=t("column.received"), kind="when"),
            Column(name="state", title=t("column.state")),
        ),
        rows=tuple(
            row(
                Cell(value=change.name, href=f"/units/{change.unit}"),
                t.say(change.label),
                change.revision,
                change.received,
                t.name("delivered", "withdrawn" if change.withdrawn else "corrected"),
            )
            for change in data.pending
        ),
    )


PAGE = Page(
    name="release",
    paths=("/releases/{round}/{version:int}",),
    gather=gather,
    tables=tables,
    filters=frozenset({"against"}),
    under="releases",
)
