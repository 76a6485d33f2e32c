"""Checking a plan before it is published: structure, lint, forms. Shared by the HTTP route and the command line.

Pure: documents and definitions in, findings out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from lienthong.errors import Message, Rejected
from lienthong.forms.version_numbers import order
from lienthong.forms.versions import VersionVerdict, compatibility, refusals
from lienthong.lint import Finding, lint
from lienthong.programmes import Form, Plan, parse_published
from lienthong.programmes.files import PlanFile, from_data
from lienthong.refusals import problem
from services.ingest.definitions.snapshot import Definitions
from services.ingest.plans.changes import changes


@dataclass(frozen=True, kw_only=True, slots=True)
class Published:
    """What publishing a plan did, or would do. version 0: the same plan was published before; nothing changed.

    changes: against the version before, in words; only when asked beforehand. openings: what becomes of the planned
    rounds that are not open yet (`forecast.body`).
    """

    plan: str
    version: int
    verdicts: Mapping[str, VersionVerdict] = field(default_factory=dict)
    changes: tuple[Message, ...] = ()
    openings: tuple[Mapping[str, Any], ...] = ()


def check_document(document: Mapping[str, Any], definitions: Definitions) -> list[dict[str, Any]]:
    """The lint's findings on a published document. Raises Rejected when any is an error, or parts are missing."""
    missing = [name for name in ("programme", "plan") if not isinstance(document.get(name), dict)]
    if missing:
        raise Rejected([problem(f"/{name}", "member_missing", name=name) for name in missing])
    return [
        finding_body(finding)
        for finding in check_files(
            [from_data(document[name], path=name) for name in ("programme", "plan")], definitions
        )
    ]


def check_files(files: Sequence[PlanFile], definitions: Definitions) -> list[Finding]:
    """The lint's findings, held against the plans in force. Raises Rejected when any is an error: such a plan can't
    be computed, or would count something twice.
    """
    findings = lint(files, definitions.registry, tuple(definitions.plans.values()))
    errors = [f for f in findings if f.severity == "error"]
    if errors:
        raise Rejected(
            [
                problem(f.pointer, "plan_has_errors", rule=f.rule, file=f.file, line=f.line, finding=f.message)
                for f in errors
            ]
        )
    return findings


def preview(document: Mapping[str, Any], definitions: Definitions) -> Published:
    """What publishing would do: the version it would get (0: it is published already), what it changes in the plan
    and in its forms. Raises Rejected for a form that changes without a new version.
    """
    plan = parse_published(document)
    current = definitions.plans.get(plan.code)
    if current is None:
        return Published(plan=plan.code, version=1, verdicts=form_verdicts(definitions, plan))
    if replace(plan, version=current.version) == current:
        return Published(plan=plan.code, version=0)
    return Published(
        plan=plan.code,
        version=current.version + 1,
        verdicts=form_verdicts(definitions, plan),
        changes=tuple(change.message for change in changes(current, plan).changes),
    )


def finding_body(finding: Finding) -> dict[str, Any]:
    """A finding for machines."""
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "file": finding.file,
        "line": finding.line,
        "pointer": finding.pointer,
        "message_vi": finding.message.vi,
        "message_en": finding.message.en,
        "quote": finding.quote,
    }


def form_verdicts(definitions: Definitions, new: Plan) -> dict[str, VersionVerdict]:
    """How each form differs from the newest one published under its code, also by a plan that has dropped it since.

    Raises Rejected for every change that its version hides.
    """
    newest: dict[str, Form] = {}
    for form in definitions.forms.values():
        if form.code not in newest or order(form.version) > order(newest[form.code].version):
            newest[form.code] = form
    verdicts = {form.code: compatibility(newest[form.code], form) for form in new.forms if form.code in newest}
    wrong = [
        refusal
        for place, form in enumerate(new.forms)
        if form.code in verdicts and not verdicts[form.code].accepts(form.version)
        for refusal in refusals(verdicts[form.code], form, pointer=f"/plan/forms/{place}/version")
    ]
    if wrong:
        raise Rejected(wrong)
    return verdicts
