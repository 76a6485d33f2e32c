"""A revision of a report as pages have it: what it says, what was asked and explained, what the via unit did. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from services.console.entering.form import FURTHER
from services.console.pages.rounds import Text, label_of

NARRATIVE = ("results", "shortcomings", "proposals")


@dataclass(frozen=True, kw_only=True, slots=True)
class Review:
    """What the via unit did. state: `returned` or `passed_on`; figures: code and reason of those it doubts."""

    state: str
    at: datetime
    by: str
    reason: str
    figures: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """A query on a revision. explanation: what was said of it last, None while it is open; empty where the text was
    redacted, for the reason given.
    """

    check: str
    message: Text
    explanation: str | None
    said_at: datetime | None
    redacted: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Supply:
    """What one system supplied that a revision took over. as_of: the day its figures hold for."""

    system: str
    as_of: date
    receipt: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Revision:
    """One revision as accepted. late: as its receipt says. withdrawal: the report was taken back, and there is no
    content. document: number and date of the signed document. narrative: by part. salt: with the content it gives the
    hash (docs/canonical-form.md). queries: what was asked of it, and the explanations. nil: it says that there is
    nothing to report. reviews: what the via unit did with it, oldest first. assembled: receipts of what systems
    supplied that it took over.
    """

    receipt: str
    revision: int
    received: datetime
    late: bool
    withdrawal: bool
    content_hash: str
    salt: str
    link: str
    document: tuple[str | None, str | None]
    document_more: Mapping[str, str]
    narrative: Mapping[str, str]
    queries: tuple[Query, ...]
    reason: str
    nil: bool
    reviews: tuple[Review, ...]
    assembled: tuple[Supply, ...] = ()


def figures_of(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The figures of a revision; None for a withdrawal and where the content is gone."""
    content = body["content"]
    figures = content.get("figures") if isinstance(content, Mapping) else None
    return figures if isinstance(figures, Mapping) else None


def revision_of(body: Mapping[str, Any], supplies: Mapping[int, Sequence[Mapping[str, Any]]] | None = None) -> Revision:
    """From an answer of /v1/reports. supplies: by revision, what it was assembled from."""
    receipt, content = body["receipt"], body["content"] or {}
    document = content.get("signedDocument") or {}
    return Revision(
        receipt=receipt["receipt"],
        revision=receipt["revision"],
        received=datetime.fromisoformat(receipt["receivedAt"]),
        late=receipt["late"],
        withdrawal=receipt["type"].endswith("withdrawal.v1"),
        content_hash=receipt["contentHash"],
        salt=receipt["salt"],
        link=receipt["link"],
        document=(document.get("number"), document.get("date")),
        document_more={name: document[name] for name in FURTHER if document.get(name)},
        narrative={part: text for part in NARRATIVE if (text := (content.get("narrative") or {}).get(part))},
        queries=tuple(query_of(query) for query in body.get("queries", ())),
        reason=content.get("reason") or "",
        nil=content.get("nil") is True,
        reviews=tuple(_review(review) for review in body.get("reviews", ())),
        assembled=_supplies(content, (supplies or {}).get(receipt["revision"], ())),
    )


def _supplies(content: Mapping[str, Any], supplies: Sequence[Mapping[str, Any]]) -> tuple[Supply, ...]:
    """supplies: of the revision. A withdrawal has its report's number and takes nothing over."""
    if "assembledFrom" not in content:
        return ()
    return tuple(
        Supply(system=supply["system"], as_of=date.fromisoformat(supply["asOf"]), receipt=supply["receipt"])
        for supply in supplies
    )


def query_of(body: Mapping[str, Any]) -> Query:
    """A query as /v1/reports and /v1/rounds/{round}/releases/preview tell it."""
    explanation = body["explanation"]
    removed = explanation["redactions"] if explanation else ()
    return Query(
        check=body["check"],
        message={"vi": body["message_vi"], "en": body["message_en"]},
        explanation=explanation["text"] if explanation else None,
        said_at=datetime.fromisoformat(explanation["at"]) if explanation else None,
        redacted=removed[-1]["reason"] if removed else "",
    )


def _review(body: Mapping[str, Any]) -> Review:
    return Review(
        state=body["state"],
        at=datetime.fromisoformat(body["at"]),
        by=body["by"],
        reason=body["reason"] or "",
        figures=tuple((figure["code"], figure["reason"]) for figure in body["figures"] or ()),
    )


def value_of(value: Any, described: Mapping[str, Any]) -> Decimal | Text | None:
    """A figure's value as it is shown: the label of a status. described: the figure in its form's schema."""
    if value is None:
        return None
    labels: dict[str, Text] = {value["code"]: value["label"] for value in described.get("x-values", ())}
    if isinstance(value, str):
        return label_of(value, labels)
    return Decimal(str(value))
