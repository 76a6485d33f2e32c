"""Material that agencies share: searching it, how much there is; a unit shares its own and says who may see it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.datastructures import FormData
from starlette.routing import Route

from lienthong import events
from lienthong.refusals import refused
from lienthong.units.names import sort_key
from services.console import acting, claiming
from services.console.asking import Answer
from services.console.frame import Frame
from services.console.page import Page, Visit
from services.console.pages.directives import names_of_units, programmes_of
from services.console.running import doing, overseen
from services.console.running.doing import Outcome
from services.console.running.overseen import UnitChoices
from services.console.showing import segment
from services.console.tables import Cell, Column, Table, row


@dataclass(frozen=True, kw_only=True, slots=True)
class Material:
    """As it was shared last. visible_to: units that may see it, empty for all of the province; names: of these."""

    unit: str
    name: str
    material: str
    kind: str
    title: str
    subject: str
    summary: str
    link: str
    programmes: tuple[str, ...]
    visible_to: tuple[str, ...]
    visible_names: tuple[str, ...]
    changed: datetime

    @property
    def path(self) -> str:
        return f"/materials/{segment(self.unit)}/{segment(self.material)}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Materials:
    """materials: the filtered ones, by title. subjects: of those that the person may see; counts: (subject, how many)
    of what is shown. units: those that the person shares for, code and name.
    """

    materials: tuple[Material, ...]
    text: str | None
    kind: str | None
    subject: str | None
    programme: str | None
    subjects: tuple[str, ...]
    counts: tuple[tuple[str, int], ...]
    programmes: tuple[str, ...]
    units: tuple[tuple[str, str], ...]
    known: UnitChoices


@dataclass(frozen=True, kw_only=True, slots=True)
class OneMaterial:
    """material: the one of the address. own: the person shares for its unit."""

    material: Material
    own: bool
    programmes: tuple[str, ...]
    known: UnitChoices


async def gather_list(visit: Visit) -> Materials:
    answer, names, plans, counts = await visit.hub.all(
        _materials(visit, q=visit.filter("q"), kind=visit.filter("kind"), programme=visit.filter("programme")),
        names_of_units(visit),
        visit.hub.get("/v1/plans"),
        visit.hub.get("/v1/materials/counts"),
    )
    subject = visit.option("subject", [count["subject"] for count in counts["subjects"]])
    materials = (_material(body, names) for body in answer["materials"] if subject in (None, body["subject"]))
    matching = tuple(sorted(materials, key=lambda material: (sort_key(material.title), material.path)))
    by_subject = Counter(material.subject for material in matching)
    return Materials(
        materials=matching,
        text=visit.filter("q"),
        kind=visit.filter("kind"),
        subject=subject,
        programme=visit.filter("programme"),
        subjects=tuple(sorted((count["subject"] for count in counts["subjects"]), key=sort_key)),
        counts=tuple(sorted(by_subject.items(), key=lambda count: (-count[1], sort_key(count[0])))),
        programmes=programmes_of(plans),
        units=tuple((code, names.get(code, code)) for code in visit.person.own_units),
        known=overseen.by_name(names),
    )


async def gather(visit: Visit) -> OneMaterial:
    unit, code = visit.path["unit"], visit.path["material"]
    answer, names, plans = await visit.hub.all(
        _materials(visit, unit=unit), names_of_units(visit), visit.hub.get("/v1/plans")
    )
    materials = (_material(body, names) for body in answer["materials"])
    material = next((material for material in materials if segment(material.material) == code), None)
    if material is None:
        raise refused("material_unknown", unit=unit, material=code)
    return OneMaterial(
        material=material,
        own=material.unit in visit.person.own_units,
        programmes=programmes_of(plans),
        known=overseen.by_name(names),
    )


async def _materials(visit: Visit, **query: str | None) -> Answer:
    """All pages of /v1/materials as one."""
    return await visit.hub.every("/v1/materials", "materials", query)


def _material(body: Answer, names: Mapping[str, str]) -> Material:
    visible = tuple(body["visibleTo"] or ())
    return Material(
        unit=body["unit"],
        name=names.get(body["unit"], body["unit"]),
        material=body["material"],
        kind=body["kind"],
        title=body["title"],
        subject=body["subject"],
        summary=body["summary"] or "",
        link=body["link"],
        programmes=tuple(body["programmes"]),
        visible_to=visible,
        visible_names=tuple(names.get(code, code) for code in visible),
        changed=datetime.fromisoformat(body["changedAt"]),
    )


def list_tables(data: Materials, visit: Visit) -> Sequence[Table]:
    return _materials_table(data, visit), _counts_table(data, visit)


def _materials_table(data: Materials, visit: Visit) -> Table:
    t = visit.words
    return Table(
        name="materials",
        title=t("materials.title"),
        empty=t("materials.none"),
        columns=(
            Column(name="title", title=t("content.what"), heading=True),
            Column(name="kind", title=t("content.kind")),
            Column(name="subject", title=t("materials.subject")),
            Column(name="unit", title=t("column.unit")),
            Column(name="programmes", title=t("column.programme"), kind="code"),
            Column(name="visible", title=t("materials.visible")),
            Column(name="changed", title=t("content.changed"), kind="when"),
            Column(name="link", title=t("content.link")),
        ),
        rows=tuple(
            row(
                Cell(value=material.title, href=material.path),
                t.name("material_kind", material.kind),
                material.subject,
                material.name,
                ", ".join(material.programmes),
                seen_by(material, visit),
                material.changed,
                Cell(value=material.link, href=material.link, short=t("content.open")),
            )
            for material in data.materials
        ),
    )


def _counts_table(data: Materials, visit: Visit) -> Table:
    """How many there are of each subject."""
    t = visit.words
    return Table(
        name="counts",
        title=t("materials.counts"),
        empty=t("materials.none"),
        columns=(
            Column(name="subject", title=t("materials.subject"), heading=True),
            Column(name="materials", title=t("materials.count"), kind="number"),
        ),
        rows=tuple(row(subject, count) for subject, count in data.counts),
    )


def seen_by(material: Material, visit: Visit) -> Cell:
    """Who may see it; by their names in the files, how many there are on the page."""
    t = visit.words
    if not material.visible_to:
        return Cell(value=t("materials.all"))
    summary = t("materials.some", count=len(material.visible_to))
    return Cell(value="; ".join(material.visible_names), short=summary if len(material.visible_to) > 2 else "")


def tables(data: OneMaterial, visit: Visit) -> Sequence[Table]:
    """The units that may see it; none where all may."""
    t, material = visit.words, data.material
    return (
        Table(
            name="visible",
            title=t("materials.visible"),
            empty=t("materials.all"),
            columns=(
                Column(name="name", title=t("column.unit"), heading=True),
                Column(name="code", title=t("column.code"), kind="code"),
            ),
            rows=tuple(row(name, code) for name, code in zip(material.visible_names, material.visible_to, strict=True)),
        ),
    )


LIST = Page(
    name="materials",
    paths=("/materials",),
    gather=gather_list,
    tables=list_tables,
    filters=frozenset({"q", "kind", "subject", "programme"}),
    menu=True,
)
PAGE = Page(name="material", paths=("/materials/{unit}/{material}",), gather=gather, tables=tables, under="materials")


# ---------------------------------------------------------------- the acts


def routes(frame: Frame) -> list[Route]:
    """Sharing one, and what is said of one later."""
    return [doing.route(frame, LIST, add), doing.route(frame, PAGE, change)]


async def add(visit: Visit, form: FormData) -> Outcome:
    """A new one; its code is made of its title, and of its link, so that two of one title stay two."""
    title, link = doing.text(form, "title"), doing.text(form, "link")
    body = {"unit": doing.text(form, "unit"), "material": claiming.code_of(title[:60], link[-40:]), **event_data(form)}
    await _share(visit, body)
    return Outcome(to=f"/materials/{segment(body['unit'])}/{segment(body['material'])}")


async def change(visit: Visit, form: FormData) -> Outcome:
    """do: `save`, `remove` (shared no more)."""
    material = (await gather(visit)).material
    key = {"unit": material.unit, "material": material.material}
    if acting.button(form, "save", "remove") == "save":
        await _share(visit, {**key, **event_data(form)})
        return Outcome(to=material.path)
    body = {"kind": material.kind, "title": material.title, "subject": material.subject, "link": material.link}
    await _share(visit, {**key, **body, "programmes": list(material.programmes), "withdrawn": True})
    return Outcome(to=LIST.paths[0])


async def _share(visit: Visit, body: Mapping[str, Any]) -> None:
    await claiming.submit(visit, events.MATERIAL_SHARED, body, field=field_of)


def event_data(form: FormData) -> dict[str, Any]:
    """The material as the event has it."""
    texts = {name: doing.text(form, name) for name in ("kind", "title", "subject", "link")}
    summary, visible = doing.text(form, "summary"), doing.words(form, "visibleTo")
    return {
        **texts,
        **({"summary": summary} if summary else {}),
        "programmes": doing.words(form, "programmes"),
        **({"visibleTo": visible} if visible else {}),
    }


def field_of(pointer: str) -> str:
    """The form's field that a problem of the event is about. Pure."""
    _, data, member, *_ = [*pointer.split("/"), "", ""]
    return "act" if data != "data" or not member else "title" if member == "material" else member
