"""Queries on reports and what was said of them: as facts tell it, and as a release tells it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lienthong import events
from lienthong.events import Recorded
from lienthong.instants import wire
from lienthong.releases import Dataset
from lienthong.releases.offices import QueryTold

_MEMBER = {events.REPORT_ACCEPTED: "report", events.EXPLANATION_ACCEPTED: "data"}
"""Of a fact that may explain: the member that holds what was submitted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """What a check of severity warning asks of a revision."""

    round: str
    form: str
    unit: str
    revision: int
    check_code: str
    figure: str
    message_vi: str
    message_en: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """What was said of a query of a revision. number: its place in the event at this position, from 0."""

    province: str
    position: int
    number: int
    round: str
    form: str
    unit: str
    revision: int
    check_code: str
    text: str
    said_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class RoundQueries:
    """The queries of a round, of whichever revisions, and all that was said of them, in order."""

    queries: Sequence[Query] = ()
    explanations: Sequence[Explanation] = ()


def has_queries(recorded: Recorded) -> bool:
    """Whether a fact may have queries or explanations: most have none, and are not read for it."""
    return '"queries":' in recorded.event.data or '"explanations":' in recorded.event.data


def asked_by(recorded: Recorded, data: Mapping[str, Any]) -> RoundQueries:
    """What a fact asks and explains."""
    place = {name: data[name] for name in ("round", "form", "unit", "revision")}
    explanations = (data.get(_MEMBER[recorded.event.type]) or {}).get("explanations") or ()
    queries = {query["check"]: query for query in data.get("queries", ())}
    return RoundQueries(
        queries=[
            Query(
                **place,
                check_code=check,
                figure=doubt["figure"],
                message_vi=doubt["message"]["vi"],
                message_en=doubt["message"]["en"],
            )
            for check, doubt in queries.items()
        ],
        explanations=[
            Explanation(
                **place,
                province=recorded.event.partition_key,
                position=recorded.position,
                number=number,
                check_code=explanation["check"],
                text=explanation["text"],
                said_at=recorded.event.time,
            )
            for number, explanation in enumerate(explanations)
        ],
    )


def redacted_explanations(data: Mapping[str, Any]) -> list[int]:
    """The places of the explanations whose text a redaction removed from its target."""
    return [
        int(parts[3])
        for pointer in data["pointers"]
        for parts in [pointer.split("/")]
        if len(parts) == 5
        and parts[1] in _MEMBER.values()
        and (parts[2], parts[4]) == ("explanations", "text")
        and parts[3].isdecimal()
    ]


def told_queries(round_queries: RoundQueries, standing: Mapping[tuple[str, str], int]) -> Iterator[QueryTold]:
    """The queries on the revisions that stand, each with what was said last. standing: revision by (form, unit)."""
    newest = {
        (explanation.form, explanation.unit, explanation.revision, explanation.check_code): explanation
        for explanation in round_queries.explanations
    }
    for query in sorted(round_queries.queries, key=lambda query: (query.form, query.unit, query.check_code)):
        if standing.get((query.form, query.unit)) == query.revision:
            yield _query_told(query, newest.get((query.form, query.unit, query.revision, query.check_code)))


def texts_as_then(dataset: Dataset, original: Dataset) -> Dataset:
    """A recomputed dataset with the explanations that were redacted since as the release was made with them: what was
    released never changes, and an erased text is no sign of damage.
    """
    then = {(query["form"], query["unit"], query["check"]): query for query in original.get("queries", ())}
    if not then:
        return dataset
    return {**dataset, "queries": list(_with_texts_then(dataset.get("queries", ()), then))}


def _with_texts_then(
    queries: Iterable[QueryTold], then: Mapping[tuple[str, str, str], QueryTold]
) -> Iterator[QueryTold]:
    for query in queries:
        explanation, before = query["explanation"], then.get((query["form"], query["unit"], query["check"]))
        kept = None if before is None else before["explanation"]
        if explanation is None or kept is None or explanation["text"] or explanation["position"] != kept["position"]:
            yield query
        else:
            yield {**query, "explanation": kept}


def _query_told(query: Query, explanation: Explanation | None) -> QueryTold:
    return {
        "unit": query.unit,
        "form": query.form,
        "revision": query.revision,
        "check": query.check_code,
        "figure": query.figure,
        "message": {"vi": query.message_vi, "en": query.message_en},
        "explanation": None
        if explanation is None
        else {"text": explanation.text, "at": wire(explanation.said_at), "position": explanation.position},
    }
