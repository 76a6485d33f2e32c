"""The committed files of the shipped forms: schemas, examples and pages. Reads and writes a checkout.

    schemas/forms/<plan>/<reporters>/<version>.json              every version that was ever committed
    schemas/examples/{valid,invalid}/forms/<plan>/<reporters>/<version>/*.json
    docs/forms/<form>.md, docs/forms/README.md                   the current versions

A committed schema never changes: a changed form needs a new version (form_versions.py says which).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from lienthong import units
from lienthong.contracts.schemas import Contracts
from lienthong.errors import Problem, Rejected
from lienthong.forms import examples as form_examples
from lienthong.forms import pages as form_pages
from lienthong.forms.schema import canonical_bytes, derive, form_of
from lienthong.forms.version_numbers import order
from lienthong.forms.versions import compatibility, refusals, refuse_silent_break
from lienthong.periods import Period
from lienthong.programmes import Form, Plan
from lienthong.programmes import files as planfiles
from lienthong.refusals import problem

Files = dict[str, bytes]
"""Content by path, relative to the root of the checkout."""

_GENERATED = ("schemas/examples/valid/forms", "schemas/examples/invalid/forms", "docs/forms")


@dataclass(frozen=True, kw_only=True, slots=True)
class Regenerated:
    """What `regenerate` did: paths relative to the root."""

    written: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: int


def regenerate(root: Path) -> Regenerated:
    """Write the files of all shipped plans that differ. Raises Rejected, writing nothing, when a form changed
    without a new version.
    """
    plans = load_plans(root)
    refusals = [version_problem for plan in plans for version_problem in version_problems(root, plan)]
    if refusals:
        raise Rejected(refusals)
    wanted = generate(plans, load_registry(root))
    written = [path for path, content in wanted.items() if _differs(root / path, content)]
    for path in written:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(wanted[path])
    removed = list(_left_over(root, wanted))
    for path in removed:
        (root / path).unlink()
    return Regenerated(written=tuple(written), removed=tuple(removed), unchanged=len(wanted) - len(written))


def check_drift(root: Path) -> list[Problem]:
    """What `regenerate` would refuse, write or remove; [] when the committed files are the plans' own."""
    plans = load_plans(root)
    refusals = [version_problem for plan in plans for version_problem in version_problems(root, plan)]
    if refusals:
        return refusals
    wanted = generate(plans, load_registry(root))
    drifted = [path for path, content in wanted.items() if _differs(root / path, content)]
    return [_drift(path) for path in (*drifted, *_left_over(root, wanted))]


def load_plans(root: Path) -> list[Plan]:
    """The shipped plans. Raises Rejected as planfiles does."""
    return planfiles.plans(planfiles.load(root / "schemas" / "programmes"))


def load_registry(root: Path) -> units.Registry:
    """The shipped register of units, which the examples take their unit from."""
    return units.load(root / "schemas" / "units")


def generate(plans: Iterable[Plan], registry: units.Registry) -> Files:
    """All files of the plans' current forms."""
    plans = list(plans)
    files: Files = {"docs/forms/README.md": form_pages.index(plans).encode()}
    for plan in plans:
        for form in plan.forms:
            files |= files_of(plan, form, example_unit(plan, form, registry))
    return files


def version_problems(root: Path, plan: Plan) -> list[Problem]:
    """Forms of the plan that differ from what is committed under their version, or hide a break."""
    problems: list[Problem] = []
    for form in plan.forms:
        try:
            _refuse_changed(root, plan, form)
        except Rejected as refused:
            problems.extend(refused.problems)
    return problems


def committed_versions(root: Path, plan: str, reporters: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(version, schema) of every committed version of a form, oldest first."""
    folder = root / "schemas" / "forms" / plan / reporters
    for path in sorted(folder.glob("*.json"), key=lambda path: order(path.stem)):
        yield path.stem, json.loads(path.read_bytes())


def example_unit(plan: Plan, form: Form, registry: units.Registry) -> str:
    """The first unit by code that reports on the form: for examples."""
    reporters, on = plan.reporters[form.reporters], _first_close(plan)
    if reporters.units:
        return reporters.units[0]
    if reporters.level == "agency":
        codes = [
            unit.code
            for unit in registry.agencies_of(plan.issued_by, on, group=reporters.group)
            if (not reporters.types or unit.type in reporters.types) and unit.type not in reporters.except_types
        ]
        return codes[0]
    return next((unit.code for unit in registry.communes_of(plan.issued_by, on)), plan.issued_by)


def files_of(plan: Plan, form: Form, unit: str) -> Files:
    """Schema, page and examples of one form. unit: who reports in the examples."""
    schema = derive(plan, form)
    contracts = Contracts({schema["$id"]: schema})
    period = _first_period(plan)
    full = form_examples.full_report(plan, form, unit=unit, period=period)
    place = f"{plan.code}/{form.reporters}/{form.version}"
    valid = {"full": full, "nothing_reported": form_examples.nothing_reported(plan, form, unit=unit, period=period)}
    files = {
        f"schemas/forms/{place}.json": canonical_bytes(schema),
        f"docs/forms/{form.code}.md": form_pages.page(plan, form, full).encode(),
    }
    files |= {
        f"schemas/examples/valid/forms/{place}/{name}.json": canonical_bytes(event) for name, event in valid.items()
    }
    for name, event in form_examples.faulty(full, form):
        document = {"expect": _expected_problems(contracts, form, event), "event": event}
        files[f"schemas/examples/invalid/forms/{place}/{name}.json"] = canonical_bytes(document)
    return files


def _expected_problems(contracts: Contracts, form: Form, event: Mapping[str, Any]) -> list[dict[str, str]]:
    data = json.loads(json.dumps(event["data"]), parse_float=Decimal)
    problems = form_examples.judge(contracts, form, data, at="/data")
    return [{"pointer": item.pointer, "code": item.code} for item in problems]


def _refuse_changed(root: Path, plan: Plan, form: Form) -> None:
    committed = dict(committed_versions(root, plan.code, form.reporters))
    committed_schema = committed.pop(form.version, None)
    if committed_schema is not None and canonical_bytes(committed_schema) != canonical_bytes(derive(plan, form)):
        raise Rejected(refusals(compatibility(form_of(committed_schema), form), form))
    earlier = [form_of(schema) for version, schema in committed.items()]
    if committed_schema is None and earlier:
        refuse_silent_break(max(earlier, key=lambda old: order(old.version)), form)


def _first_close(plan: Plan) -> date:
    """The first close of data of a plan: a day on which its units are known."""
    return _first_period(plan).last


def _first_period(plan: Plan) -> Period:
    year = min(schedule.first_year for schedule in plan.schedules)
    return plan.periods(year)[0]


def _differs(path: Path, content: bytes) -> bool:
    return not path.is_file() or path.read_bytes() != content


def _left_over(root: Path, wanted: Files) -> Iterator[str]:
    """Generated files that no form accounts for; those of an earlier version stay beside its schema."""
    current = {name.rpartition("/")[0] for name in wanted}
    for folder in _GENERATED:
        for path in sorted(path for path in (root / folder).rglob("*") if path.is_file()):
            name = path.relative_to(root).as_posix()
            place = path.parent.relative_to(root / folder).as_posix()
            earlier = (root / "schemas/forms" / f"{place}.json").is_file()
            if name not in wanted and (name.rpartition("/")[0] in current or not earlier):
                yield name


def _drift(path: str) -> Problem:
    return problem(
        "",
        "form_files_drifted",
        file=path,
    )
