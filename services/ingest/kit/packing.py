"""The package of a plan version: what a vendor needs to build and check reports on its own machine. Pure.

It is laid out as the product's own tree, so that the links of its pages hold:

    README.md                    what is in it, and what to do, Vietnamese first
    package.json                 which plan, and the SHA-256 of every other file
    plan.json, units.json        the plan as it was published; the province's units
    rules.json, deadlines.csv    checks between figures; rounds with the last day in time
    docs/forms/*.md              a page for each form
    schemas/forms/…, events/…    JSON Schemas: of the forms, older versions too, and of what goes around them
    schemas/examples/…           good and faulty reports

The same plan version and units give the same bytes.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lienthong.calendar import last_day
from lienthong.contracts.canonical import digest
from lienthong.contracts.schemas import ENVELOPE_CLAIM, Contracts, event_id
from lienthong.events import NATION, REPORT_SUBMITTED, REPORT_WITHDRAWAL
from lienthong.forms.files import files_of
from lienthong.forms.schema import canonical_bytes, form_id
from lienthong.programmes import Form, Obligation, Plan, deadline_instant
from lienthong.rounds import opening
from lienthong.units import Registry, to_row
from services.ingest.kit.readme import readme

VERSION = 1
"""Of the layout. A reader refuses what is newer than itself."""
MANIFEST, PLAN, UNITS = "package.json", "plan.json", "units.json"
FORMS = "schemas/forms/"

_YEARS = 10  # of a plan without an end, whose deadlines are written out
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can say: the files' own time is nobody's business
_OURS = (
    (ENVELOPE_CLAIM, "envelope-claim.v1"),
    (event_id(REPORT_SUBMITTED), "report.submitted.v1"),
    (event_id(REPORT_WITHDRAWAL), "report.withdrawal.v1"),
)

Files = Mapping[str, bytes]


@dataclass(frozen=True, kw_only=True, slots=True)
class PackageSource:
    """What a package is made of. document: as it was published. older: forms of earlier plan versions, which are
    still accepted."""

    plan: Plan
    document: Mapping[str, Any]
    older: tuple[Form, ...]
    registry: Registry
    contracts: Contracts


def files(source: PackageSource) -> Files:
    """Every file by its name."""
    plan = source.plan
    contents: dict[str, bytes] = {}
    for form in plan.forms:
        contents |= files_of(plan, form, _example_unit(plan, form, source.registry))
    for form in source.older:
        name = f"{FORMS}{plan.code}/{form.reporters}/{form.version}.json"
        contents.setdefault(name, _json(source.contracts.schema(form_id(form.code, form.version))))
    contents |= {f"schemas/events/{name}.json": _json(source.contracts.schema(id_)) for id_, name in _OURS}
    contents["deadlines.csv"] = _csv(_deadlines(plan))
    contents["rules.json"] = _json({"rules": [rule for form in plan.forms for rule in _rules(form)]})
    contents[PLAN] = _json(source.document)
    contents[UNITS] = _json(_units(plan, source.registry))
    contents["README.md"] = readme(plan).encode()
    return contents | {MANIFEST: _json(_manifest(plan, contents))}


def zip_files(contents: Files) -> bytes:
    """The files as one archive: the same files, the same bytes."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(contents):
            info = zipfile.ZipInfo(name, date_time=_LONG_AGO)
            info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
            archive.writestr(info, contents[name])
    return raw.getvalue()


def _manifest(plan: Plan, contents: Files) -> dict[str, Any]:
    return {
        "package": VERSION,
        "plan": plan.code,
        "version": plan.version,
        "programme": plan.programme,
        "issuedBy": plan.issued_by,
        "forms": [{"form": form.code, "version": form.version} for form in plan.forms],
        "files": {name: digest(contents[name]) for name in sorted(contents)},
    }


def _example_unit(plan: Plan, form: Form, registry: Registry) -> str:
    """The first that owes the form at the first close of data; the issuer, where nobody does."""
    periods = opening.scheduled(plan, registry)
    owing = opening.obliged_units(plan, form, registry, periods[0].last) if periods else []
    return owing[0] if owing else plan.issued_by


def _rules(form: Form) -> Iterator[dict[str, Any]]:
    for check in form.checks:
        yield {
            "form": form.code,
            "check": check.code,
            "severity": check.severity,
            "kind": check.kind,
            "left": check.left,
            "right": list(check.right),
            **({} if check.percent is None else {"percent": str(check.percent)}),
            **({} if check.error_from is None else {"errorFrom": check.error_from.isoformat()}),
            "message": {"vi": check.message.vi, "en": check.message.en},
        }


def _deadlines(plan: Plan) -> Iterator[list[str]]:
    """A row for each round, form and duty. Days as Vietnam writes them; empty where the source names none."""
    yield ["round", "first", "close", "form", "obligation", "to", "via", "last_day_in_time"]
    periods = opening.all_periods(plan)
    until = min((period.year for period in periods), default=0) + _YEARS
    for period in (period for period in periods if period.year < until):
        for duty, form in _duties(plan):
            at = deadline_instant(duty, period)
            yield [
                opening.code_of(plan, period),
                f"{period.first:%d/%m/%Y}",
                f"{period.last:%d/%m/%Y}",
                form.code,
                duty.code,
                duty.to_text or " ".join(duty.to),
                duty.via_text or duty.via or "",
                "" if at is None else f"{last_day(at):%d/%m/%Y}",
            ]


def _duties(plan: Plan) -> Iterator[tuple[Obligation, Form]]:
    for duty in plan.obligations:
        if duty.kind == "periodic" and duty.level == "units":
            yield from ((duty, form) for form in plan.forms if form.reporters in duty.reporters)


def _units(plan: Plan, registry: Registry) -> dict[str, Any]:
    """The plan's province with all that is below it, in all their versions; what became of whom; who lives there."""
    wanted = {NATION, *(unit.code for unit in _provinces(plan, registry))}
    for _ in range(3):  # communes and agencies of the province, agencies of communes
        wanted |= {unit.code for unit in registry.units if unit.parent in wanted and unit.parent != NATION}
    kept = [unit for unit in registry.units if unit.code in wanted and unit.parent in (None, *wanted)]
    codes = {unit.code for unit in kept}
    relations = [relation for relation in registry.relations if {relation.predecessor, relation.successor} <= codes]
    people = [each for each in registry.populations if each.unit in codes]
    return {
        "units": [to_row(unit) for unit in kept],
        "relations": [to_row(relation) for relation in relations],
        "populations": [to_row(each) for each in people],
    }


def _provinces(plan: Plan, registry: Registry) -> Iterable[Any]:
    for unit in registry.history(plan.issued_by):
        if (province := registry.province_of(unit.code, on=unit.valid_from)) is not None:
            yield province


def _json(document: Mapping[str, Any]) -> bytes:
    return canonical_bytes(document)


def _csv(rows: Iterable[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode("utf-8-sig")  # a spreadsheet that guesses the encoding guesses right
