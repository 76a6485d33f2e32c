"""Faults in the shape of a report. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lienthong import events
from lienthong.contracts import texts
from lienthong.contracts.schemas import event_id
from lienthong.errors import Problem
from lienthong.forms.schema import ASSEMBLED, EXPLANATIONS, form_id, of_form
from services.ingest.claims.claim import Claim
from services.ingest.definitions.snapshot import Definitions

DOCUMENT = "signedDocument"


def schema_problems(claim: Claim, data: Mapping[str, Any], definitions: Definitions) -> list[Problem]:
    """Faults under the form's own schema when the form is known, else under the generic shape of a report: that is also
    the shape of a nil report, which has no figures, whatever its form.
    """
    form, version = data.get("form"), data.get("formVersion")
    if data.get("nil") is True:
        return definitions.contracts.problems(event_id(claim.type), claim.data, at="/data")
    if isinstance(form, str) and isinstance(version, str) and (form, version) in definitions.forms:
        more = [
            *_explanations_malformed(data, definitions),
            *_assembled_malformed(data, definitions),
            *_document_malformed(data, definitions),
        ]
        return [*definitions.contracts.problems(form_id(form, version), of_form(data), at="/data"), *more]
    return definitions.contracts.problems(event_id(claim.type), claim.data, at="/data")


def _explanations_malformed(data: Mapping[str, Any], definitions: Definitions) -> list[Problem]:
    """Faults in the shape of the explanations that come with a report."""
    if EXPLANATIONS not in data:
        return []
    alone = {name: data[name] for name in ("round", "form", "unit", "revision", EXPLANATIONS) if name in data}
    problems = definitions.contracts.problems(event_id(events.EXPLANATION_SUBMITTED), alone, at="/data")
    return [fault for fault in problems if fault.pointer.startswith(f"/data/{EXPLANATIONS}")]


def _assembled_malformed(data: Mapping[str, Any], definitions: Definitions) -> list[Problem]:
    """Faults in the shape of what the report says it was assembled from."""
    if ASSEMBLED not in data:
        return []
    alone = {ASSEMBLED: data[ASSEMBLED]}
    problems = definitions.contracts.problems(event_id(events.REPORT_SUBMITTED), alone, at="/data")
    return [problem for problem in problems if problem.pointer.startswith(f"/data/{ASSEMBLED}")]


def _document_malformed(data: Mapping[str, Any], definitions: Definitions) -> list[Problem]:
    """Broken lines in the reference to the signed document: the same for every form, and so in no version of one."""
    document = data.get(DOCUMENT)
    if not isinstance(document, Mapping) or all(
        texts.is_line(text) for text in document.values() if isinstance(text, str)
    ):
        return []
    problems = definitions.contracts.problems(event_id(events.REPORT_SUBMITTED), {DOCUMENT: document}, at="/data")
    return [problem for problem in problems if problem.code == "not_one_line"]
