"""How units are told that they owe a report: who has a contact and who has none, setting one, many by a file, and
forgetting one. What a system's webhook is signed with stands once on the page that answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.routing import Route

from lienthong.errors import Rejected
from lienthong.refusals import refused
from lienthong.units import contact_files
from lienthong.units.names import fold, sort_key
from services.console import acting
from services.console.asking import Answer
from services.console.frame import Frame
from services.console.page import Visit
from services.console.pages.reaching import reaching
from services.console.running import doing, overseen
from services.console.running.doing import Outcome
from services.console.running.overseen import UnitChoices
from services.console.showing import segment
from services.console.tables import Cell, Column, Table, row

SCOPE = "operate:units"
SET, NONE = "set", "none"
_BEGINNING = 12  # characters of a version in the page: a province has 200 units, and two versions are alike once in 2⁴⁸


@dataclass(frozen=True, kw_only=True, slots=True)
class Contact:
    """A unit and how it is told; nobody is told where there is neither. reach: where the webhook may lie."""

    unit: str
    name: str
    mails: tuple[str, ...] = ()
    webhook: str | None = None
    reach: str = "public"
    version: str = ""

    @property
    def path(self) -> str:
        return f"/contacts/{segment(self.unit)}"

    @property
    def is_set(self) -> bool:
        return bool(self.mails or self.webhook)


@dataclass(frozen=True, kw_only=True, slots=True)
class Contacts:
    """units: the filtered ones in Vietnamese order. missing: of all, how many have no contact. state, text: the filters
    as they were set. seen: of all units that have one the beginning of its version, and of the others' one.
    known: the units to pick from.
    """

    units: tuple[Contact, ...]
    missing: int
    all: int
    state: str | None
    text: str | None
    seen: str
    known: UnitChoices = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class OneContact:
    """A unit with how it is told. version: of that, as its forms are made from it."""

    contact: Contact
    version: str


async def gather_list(visit: Visit) -> Contacts:
    doing.require(visit, SCOPE)
    answer = await visit.hub.get("/v1/contacts")
    names = await overseen.names(visit, SCOPE)
    return build(
        answer,
        names,
        state=visit.option("state", (SET, NONE)),
        text=visit.filter("q"),
    )


async def gather(visit: Visit) -> OneContact:
    """Raises Rejected (404) for a unit that there is not, or that the person is not over."""
    doing.require(visit, SCOPE)
    code = visit.path["unit"]
    with reaching(code):
        unit = await visit.hub.get(f"/v1/units/{code}")
    names = await overseen.names(visit, SCOPE)
    if not visit.person.is_national and unit["code"] not in names:
        raise refused("unit_outside", unit=code)
    answer, version = await visit.hub.with_version(f"/v1/units/{segment(unit['code'])}/contact")
    return OneContact(contact=_contact(answer, unit["full_name"]), version=version)


def build(body: Answer, names: Mapping[str, str], *, state: str | None, text: str | None) -> Contacts:
    """Pure. body: of /v1/contacts. names: by code of all units that are shown whether or not they have a contact."""
    contacts = sorted(_contacts(body, names), key=lambda contact: (sort_key(contact.name), contact.unit))
    needle = fold(text or "")
    matching = tuple(
        unit
        for unit in contacts
        if state in (None, SET if unit.is_set else NONE)
        and (needle in fold(unit.name) or needle in unit.unit.casefold() or any(needle in mail for mail in unit.mails))
    )
    return Contacts(
        units=matching,
        missing=sum(not unit.is_set for unit in contacts),
        all=len(contacts),
        state=state,
        text=text,
        seen=" ".join(f"{code}={version[:_BEGINNING]}" for code, version in _versions(body).items()),
        known=overseen.by_name(names),
    )


def _versions(body: Answer) -> dict[str, str]:
    """By unit the version of its contact; under "" that of the units which have none. body: of /v1/contacts."""
    return {"": body["unset"]} | {contact["unit"]: contact["version"] for contact in body["contacts"]}


def _contacts(answer: Answer, names: Mapping[str, str]) -> list[Contact]:
    contacts = {
        contact["unit"]: _contact(contact, names.get(contact["unit"], contact["unit"]))
        for contact in answer["contacts"]
    }
    return list(({code: Contact(unit=code, name=name) for code, name in names.items()} | contacts).values())


def _contact(body: Answer, name: str) -> Contact:
    return Contact(
        unit=body["unit"], name=name, mails=tuple(body["mails"]), webhook=body["webhook"], reach=body["reach"]
    )


def tables(data: Contacts, visit: Visit) -> Sequence[Table]:
    t = visit.words
    return (
        Table(
            name="contacts",
            title=t("contacts.title"),
            empty=t("contacts.nobody"),
            columns=(
                Column(name="unit", title=t("column.unit"), heading=True),
                Column(name="code", title=t("column.code"), kind="code"),
                Column(name="mails", title=t("contacts.mails")),
                Column(name="webhook", title=t("contacts.webhook")),
            ),
            rows=tuple(_row(unit, visit) for unit in data.units),
        ),
    )


def _row(contact: Contact, visit: Visit) -> tuple[Cell, ...]:
    nobody = Cell(value=visit.words("contacts.none"), tone="warn")
    return row(
        Cell(value=contact.name, href=contact.path),
        contact.unit,
        " ".join(contact.mails) or (None if contact.webhook else nobody),
        contact.webhook,
    )


LIST = doing.operators_page(
    name="contacts",
    paths=("/contacts",),
    gather=gather_list,
    tables=tables,
    filters=frozenset({"state", "q"}),
    scope=SCOPE,
)
PAGE = doing.operators_page(name="contact", paths=("/contacts/{unit}",), gather=gather, scope=SCOPE)


# ---------------------------------------------------------------- the acts


def routes(frame: Frame) -> list[Route]:
    """Many at once, and what is done to one."""
    return [doing.route(frame, LIST, bring_in), doing.route(frame, PAGE, change)]


async def bring_in(visit: Visit, form: FormData) -> Outcome:
    """do: `set` (one unit by its code), `import` (a file); mail addresses alone, a webhook stays."""
    if acting.button(form, "set", "import") == "set":
        contact = {"unit": doing.text(form, "unit"), "mails": contact_files.mails_of(doing.text(form, "mails"))}
        try:
            await _send(visit, form, [contact])
        except Rejected as error:
            raise _of_the_form(error) from error
        return Outcome(result={"written": 1})
    raw, name = await doing.file(form, "file")
    rows = await run_in_threadpool(contact_files.read, raw, name)
    try:
        await _send(visit, form, [{"unit": contact_row.unit, "mails": contact_row.mails} for contact_row in rows])
    except Rejected as error:
        raise doing.by_line(error, [contact_row.line for contact_row in rows]) from error
    return Outcome(result={"written": len(rows)})


async def _send(visit: Visit, form: FormData, rows: Sequence[Mapping[str, Any]]) -> None:
    """Each with the version that the page was made from, where the form says so."""
    page_versions = dict(pair.split("=", 1) for pair in doing.text(form, "seen").split() if "=" in pair)
    if "" in page_versions:
        current = _versions(await visit.hub.get("/v1/contacts"))
        rows = [{**row_, "version": _version_shown(row_["unit"], page_versions, current)} for row_ in rows]
    await visit.hub.send("POST", "/v1/contacts", {"contacts": rows})


def _version_shown(unit: str, page_versions: Mapping[str, str], current: Mapping[str, str]) -> str:
    """Pure. The version that was shown of a unit; that of nothing where another stands."""
    now = current.get(unit, current[""])
    return now if now[:_BEGINNING] == page_versions.get(unit, page_versions[""]) else doing.NEVER


def _of_the_form(error: Rejected) -> Rejected:
    """At the form's own fields."""
    problems = [replace(problem, pointer=problem.pointer.removeprefix("/contacts/0")) for problem in error.problems]
    return Rejected(problems, status=error.status)


async def change(visit: Visit, form: FormData) -> Outcome:
    """do: `set` (what the form holds is all that there is from now on), `forget`."""
    path = f"/v1/units/{visit.path['unit']}/contact"
    if acting.button(form, "set", "forget") == "forget":
        await visit.hub.send("DELETE", path, version=doing.version(form))
        return Outcome(to=LIST.paths[0])
    now = (await gather(visit)).contact
    webhook = doing.text(form, "webhook") or None
    body: dict[str, Any] = {"mails": contact_files.mails_of(doing.text(form, "mails")), "webhook": webhook}
    if webhook is not None and webhook == now.webhook:
        body["reach"] = now.reach
    answer = (await visit.hub.send("PUT", path, body, version=doing.version(form))).json()
    return Outcome(result={"secret": answer["secret"]})
