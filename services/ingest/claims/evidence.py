"""The ledger held against the log, in both directions: every accepted fact has its row, every row its fact, and what
both tell is the same. The latest revisions follow from the log too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from psycopg.rows import class_row, dict_row

from lienthong import events
from lienthong.errors import Problem
from lienthong.events import Recorded
from lienthong.instants import read, wire, wire_or_none
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.proof.seals import CLAIMS, is_erased, of_claim
from lienthong.proof.witness import finding
from services.ingest.claims.ledger import LedgerRow
from services.ingest.claims.receipts import number_of

SQL = Queries(Path(__file__).with_name("evidence.sql"))

_PAGE = 2_000  # rows of the ledger fetched at once: some 2 MB
_KEPT = {kind: claim for kind, (claim, _) in CLAIMS.items()}


@dataclass(frozen=True, kw_only=True, slots=True)
class _LatestRevision:
    """The latest of a report. position: of the fact that made it so. first: when its first revision came; None in a row
    that a process of before wrote.
    """

    revision: int
    withdrawn: bool
    late: bool
    received_at: datetime
    first: datetime | None
    nil: bool = False
    position: int = 0

    @property
    def text(self) -> str:
        marks = "".join(f" {mark}" for mark in ("withdrawn", "late", "nil") if getattr(self, mark))
        first = "" if self.first is None else f" ({wire(self.first)})"
        return f"{self.revision}{marks}, {wire(self.received_at)}{first}"


class Ledger:
    """The witness of one partition. conn: in a transaction that sees one moment."""

    def __init__(self, conn: Connection, key: str) -> None:
        self._conn = conn
        self._key = key
        self._rows = _rows(conn, key)
        self._row = next(self._rows, None)
        self._latest: dict[tuple[str, str, str], _LatestRevision] = {}

    def see(self, recorded: Recorded, data: Any, /) -> Iterator[Problem]:
        while self._row is not None and self._row.position < recorded.position:
            yield self._extra(self._row)
            self._row = next(self._rows, None)
        row = self._row if self._row is not None and self._row.position == recorded.position else None
        if row is not None:
            self._row = next(self._rows, None)
        if data is None:
            return
        if recorded.event.type not in CLAIMS or not of_claim(recorded.event, data):
            if row is not None:
                yield self._extra(row)
            return
        self._note(recorded, data)
        if row is None:
            receipt = number_of(self._key, recorded.position)
            yield finding(self._key, recorded.position, "ledger_row_missing", receipt=receipt)
        else:
            yield from self._differences(row, recorded, data)

    def end(self) -> Iterator[Problem]:
        while self._row is not None:
            yield self._extra(self._row)
            self._row = next(self._rows, None)
        held = dict(_latest_rows(self._conn, self._key))
        for report in sorted(held.keys() | self._latest.keys()):
            yield from self._latest_difference(report, held.get(report), self._latest.get(report))

    def _extra(self, row: LedgerRow) -> Problem:
        return finding(self._key, row.position, "ledger_row_extra", source=row.source, id=row.id)

    def _differences(self, row: LedgerRow, recorded: Recorded, data: Mapping[str, Any]) -> Iterator[Problem]:
        held, expected = _held_fields(row), _expected_fields(recorded, data)
        if is_erased(data):
            expected["salt"] = "0" * 32
        for field, value in expected.items():
            if held[field] != value:
                yield finding(
                    self._key, row.position, "ledger_field_differs", field=field, held=held[field], expected=value
                )

    def _note(self, recorded: Recorded, data: Mapping[str, Any]) -> None:
        """What the fact makes of its report."""
        kind = recorded.event.type
        if kind in (events.REPORT_ACCEPTED, events.REPORT_WITHDRAWN):
            report = (str(data.get("round")), str(data.get("form")), str(data.get("unit")))
            before = self._latest.get(report)
            self._latest[report] = _LatestRevision(
                revision=int(data["revision"]),
                withdrawn=kind == events.REPORT_WITHDRAWN,
                late=bool(data.get("late")),
                received_at=recorded.event.time,
                first=recorded.event.time if before is None else before.first,
                nil=data.get("nil") is True,
                position=recorded.position,
            )

    def _latest_difference(
        self, report: tuple[str, str, str], held: _LatestRevision | None, expected: _LatestRevision | None
    ) -> Iterator[Problem]:
        if held is not None and held.first is None and expected is not None:
            expected = replace(expected, first=None)
        left = None if held is None else held.text
        right = None if expected is None else expected.text
        if left != right:
            position = expected.position if expected is not None else 0
            yield finding(
                self._key,
                position,
                "latest_revision_differs",
                report="/".join(report),
                held=left or "–",
                expected=right or "–",
            )


def _rows(conn: Connection, key: str) -> Iterator[LedgerRow]:
    with conn.cursor(f"ledger_{key}", row_factory=class_row(LedgerRow)) as cursor:
        cursor.itersize = _PAGE
        yield from cursor.execute(SQL.ledger_of_partition, {"key": key})


def _latest_rows(conn: Connection, key: str) -> Iterable[tuple[tuple[str, str, str], _LatestRevision]]:
    with conn.cursor(row_factory=dict_row) as cursor:
        for row in cursor.execute(SQL.latest_of_partition, {"key": key}):
            yield (
                (row["round"], row["form"], row["unit"]),
                _LatestRevision(
                    revision=row["revision"],
                    withdrawn=row["withdrawn"],
                    late=row["late"],
                    received_at=row["received_at"],
                    first=row["first_received_at"],
                    nil=row["nil"],
                ),
            )


def _held_fields(row: LedgerRow) -> dict[str, Any]:
    return {
        "source": row.source,
        "id": row.id,
        "type": row.type,
        "province": row.province,
        "unit": row.unit,
        "round": row.round,
        "form": row.form,
        "revision": row.revision,
        "content_hash": row.content_hash.hex(),
        "salt": row.salt.hex(),
        "link": row.link.hex(),
        "received_at": wire(row.received_at),
        "deadline": wire_or_none(row.deadline),
        "late": row.late,
        "client": row.client,
        "explanations": _read_column(row.explanations),
        "warnings": _queries_of(_read_column(row.warnings)),
    }


def _read_column(text: str) -> Any:
    """A column of JSON; as it stands where somebody made it none."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def _queries_of(warnings: Any) -> Any:
    """The queries that a receipt tells, as their fact words them."""
    try:
        return [warning["message_vi"] for warning in warnings]
    except (KeyError, TypeError):
        return warnings


def _expected_fields(recorded: Recorded, data: Mapping[str, Any]) -> dict[str, Any]:
    """What the row must hold, by the fact. What a fact does not tell is not asked."""
    event, claim = recorded.event, data.get("claim") or {}
    summary = {
        "source": claim.get("source"),
        "id": claim.get("id"),
        "type": _KEPT[event.type],
        "province": event.partition_key,
        "unit": data.get("unit"),
        "content_hash": recorded.seal.hex(),
        "salt": data.get("salt"),
        "link": recorded.link.hex(),
        "received_at": wire(event.time),
        "late": data.get("late"),
        "client": data.get("client"),
        "explanations": (data.get(CLAIMS[event.type][1]) or {}).get("explanations") or [],
        "warnings": [query["message"]["vi"] for query in data.get("queries") or []],
    }
    if "round" in data:
        summary |= {
            "round": data["round"],
            "form": data.get("form"),
            "revision": data.get("revision"),
            "deadline": _one_spelling(data.get("deadline")),
        }
    return summary


def _one_spelling(text: str | None) -> str | None:
    return None if text is None else wire(read(text))
