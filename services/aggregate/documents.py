"""The signed documents of a release and of the reports that it is made of, the latter straight from the log. Pure: from
facts to what a dataset tells.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

from lienthong.events import Recorded
from lienthong.releases import Dataset
from lienthong.releases.figures import Provenance
from lienthong.releases.round import Document

MORE_OF_DOCUMENT: Final = ("agency", "electronicId", "fileHash")


def document_of(body: Mapping[str, Any] | None) -> Document | None:
    """A signed document as a dataset tells it; None where nothing is known of it. The further members stand there only
    where they were given, so that older releases come out as they were.
    """
    if not body:
        return None
    document: Document = {"number": body.get("number"), "date": body.get("date")}
    for name in MORE_OF_DOCUMENT:
        if body.get(name):
            document[name] = body[name]
    return document


def signed_document(recorded: Recorded) -> Document | None:
    """The signed document that a report's fact names. What was redacted of it is unknown again."""
    body = (recorded.event.content().get("report") or {}).get("signedDocument")
    if not body:
        return None
    document = document_of({name: value or None for name, value in body.items()})
    return document if document and any(document.values()) else None


def documents(reports: Iterable[Recorded]) -> dict[int, Document]:
    """The signed documents of reports, by position; of those that name one."""
    return {report.position: document for report in reports if (document := signed_document(report)) is not None}


def as_told_then(dataset: Dataset, original: Dataset) -> Dataset:
    """A recomputed dataset with what was redacted since of the reports' documents as the release was made with it: what
    was released never changes, and an erased text is no sign of damage. A document that differs otherwise shows.
    """
    then = {(report["unit"], report["form"], report["revision"]): report for report in original["provenance"]}
    return {
        **dataset,
        "provenance": [
            _signed_then(report, then.get((report["unit"], report["form"], report["revision"])))
            for report in dataset["provenance"]
        ],
    }


def _signed_then(provenance: Provenance, then: Provenance | None) -> Provenance:
    before = None if then is None else then.get("signedDocument")
    if before is None:
        return provenance
    now: Mapping[str, Any] = provenance.get("signedDocument") or {}
    names = ("number", "date", *MORE_OF_DOCUMENT)
    whole = {name: now.get(name) or before.get(name) for name in names if name in now or name in before}
    return {**provenance, "signedDocument": cast(Document, whole)}
