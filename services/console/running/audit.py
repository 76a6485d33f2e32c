"""The audit log: who did what to which thing, newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from lienthong.calendar import start_of_day
from services.console.entering.spelling import day_asked
from services.console.page import Visit
from services.console.running import doing
from services.console.tables import Column, Table, row
from services.console.words import Words

_PAGE = 25  # each with all that the act says
_WORDS = ("actor", "act", "subject", "since", "until")


@dataclass(frozen=True, kw_only=True, slots=True)
class Act:
    """An entry. seq: its number in the province's chain. details: what the act says besides, by name."""

    seq: int
    at: datetime
    actor: str
    act: str
    subject: str
    details: Mapping[str, Any]
    address: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Audit:
    """acts: those of the page, all of them for a file; older: the cursor of the next page. head: (number, link) of the
    newest entry of the chain; None for who may not read all of it. asked: the filters.
    """

    province: str
    acts: tuple[Act, ...]
    older: str | None
    head: tuple[int, str] | None
    asked: Mapping[str, str | None]


async def gather(visit: Visit) -> Audit:
    words = {name: visit.filter(name) for name in _WORDS}
    days = {name: _midnight(name, words[name], later) for name, later in (("since", 0), ("until", 1))}
    question = words | days | {"actor": _actor(words["actor"])}
    answer = await visit.list_of("/v1/audit", "acts", at_once=_PAGE, **question)
    links, head = answer["links"], answer["head"]
    return Audit(
        province=answer["province"],
        acts=tuple(_act(act) for act in answer["acts"]),
        asked=words,
        older=parse_qs(urlsplit(links["next"]).query)["cursor"][0] if "next" in links else None,
        head=None if head is None else (head["seq"], head["link"]),
    )


def _actor(actor: str | None) -> str | None:
    """As the log names who did something; a bare name, as the page shows it, is a person's."""
    return actor if actor is None or ":" in actor else f"person:{actor}"


def _midnight(name: str, text: str | None, later: int) -> str | None:
    """The first instant of a day that a filter names, or of the day after; an instant, as it is. Raises Rejected (400)
    for what is neither.
    """
    if text is None or "T" in text:
        return text
    day = date.fromisoformat(day_asked(name, text) or "")
    return start_of_day(day + timedelta(days=later)).isoformat()


def _act(body: Mapping[str, Any]) -> Act:
    return Act(
        seq=body["seq"],
        at=datetime.fromisoformat(body["at"]),
        actor=body["actor"],
        act=body["act"],
        subject=body["subject"],
        details=body["details"],
        address=body["address"],
    )


def tables(data: Audit, visit: Visit) -> Sequence[Table]:
    t = visit.words
    return (
        Table(
            name="acts",
            title=t("audit.title"),
            empty=t("audit.none"),
            columns=(
                Column(name="seq", title=t("audit.number"), kind="number"),
                Column(name="at", title=t("audit.at"), kind="when"),
                Column(name="actor", title=t("audit.actor"), heading=True),
                Column(name="act", title=t("audit.act")),
                Column(name="subject", title=t("audit.subject")),
                Column(name="details", title=t("audit.details"), kind="hash"),
                Column(name="address", title=t("audit.address"), kind="code"),
            ),
            rows=tuple(
                row(
                    act.seq,
                    act.at,
                    t.who(act.actor),
                    t.name("act", act.act),
                    act.subject,
                    _details(act.details, t),
                    act.address,
                )
                for act in data.acts
            ),
            end=len(data.acts),
        ),
    )


def _details(details: Mapping[str, Any], words: Words) -> str | None:
    """`lý do: …; đơn vị: 05977, 05986; vai trò: drafter 20`."""
    parts = (
        f"{words.name('detail', name)}: {_plainly(value, words)}"
        for name, value in details.items()
        if value not in ([], {}, "")
    )
    return "; ".join(parts) or None


def _plainly(value: Any, words: Words) -> str:
    """As the entry's JSON writes it, without its brackets."""
    if isinstance(value, Mapping):
        return " ".join(_plainly(part, words) for part in value.values() if part not in ([], None))
    if isinstance(value, list):
        return ", ".join(_plainly(part, words) for part in value)
    if isinstance(value, bool):
        return words("provenance.yes" if value else "provenance.no")
    return "–" if value is None else str(value)


PAGE = doing.operators_page(
    name="audit",
    paths=("/audit",),
    gather=gather,
    tables=tables,
    scope="read:audit",
    filters=frozenset({*_WORDS, "cursor"}),
)
