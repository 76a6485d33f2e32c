"""What an accepted claim becomes: a row of the ledger and a fact of the log. Pure, but for the salt."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from lienthong.contracts import canonical
from lienthong.errors import Problem
from lienthong.events import ACCEPTED, Event
from lienthong.instants import wire
from lienthong.proof.links import noted_of_claim
from lienthong.web.problems import entry as problem_entry
from services.ingest.claims.ledger import LedgerRow
from services.ingest.claims.verdicts import Checked


def ledger_row(item: Checked, received: datetime, first_received: datetime) -> LedgerRow:
    """The row without its place. first_received: of the report's first accepted revision, which decides on late."""
    salt = os.urandom(16)
    key = item.key or (None, None, item.unit or "")
    return LedgerRow(
        source=item.claim.source,
        id=item.claim.id,
        type=item.claim.type,
        province=item.province,
        unit=key[2],
        round=key[0],
        form=key[1],
        revision=item.revision,
        salt=salt,
        content_hash=canonical.content_hash(salt, item.claim.type, item.claim.body),
        link=b"",
        partition=0,
        position=0,
        received_at=received,
        deadline=item.late_from,
        late=item.late_from is not None and first_received >= item.late_from,
        client=item.client,
        warnings=_warnings(item.warnings),
        explanations=_explanations(item.data),
    )


def _warnings(problems: Sequence[Problem]) -> str:
    return orjson.dumps([problem_entry(w) for w in problems], default=str).decode() if problems else "[]"


def _explanations(data: Mapping[str, Any]) -> str:
    """Of a report or an explanation: what it says of queries. In the order and the words of its sender."""
    explanations = data.get("explanations")
    return orjson.dumps(explanations).decode() if explanations else "[]"


def noted_of(item: Checked, row: LedgerRow) -> bytes:
    """What the chain takes of the hub's decision: what the receipt tells. row: with its position."""
    reports = row.round is not None  # of other claims neither receipt nor fact tells a revision or a deadline
    return noted_of_claim(
        partition=row.province,
        position=row.position,
        source=row.source,
        id=row.id,
        client=row.client,
        unit=row.unit,
        round=row.round,
        form=row.form,
        revision=row.revision if reports else None,
        received_at=row.received_at,
        deadline=row.deadline if reports else None,
        late=row.late,
        queries=[query.message.vi for query in item.warnings],
    )


def fact_of(item: Checked, row: LedgerRow) -> Event:
    """The fact that the log carries. Its data embeds the claim's canonical body untouched."""
    body: dict[str, Any] = {
        "unit": row.unit,
        "receivedAt": wire(row.received_at),
        "late": row.late,
        "claim": {"source": row.source, "id": row.id},
        "client": row.client,
        "contentHash": f"sha256:{row.content_hash.hex()}",
        "salt": row.salt.hex(),
        "link": row.link.hex(),
        "position": row.position,
    }
    if item.key is not None:
        body |= {
            "round": row.round,
            "form": row.form,
            "revision": row.revision,
            "deadline": None if row.deadline is None else wire(row.deadline),
        }
    body |= item.more_facts
    head, made = orjson.dumps(body), ACCEPTED[row.type]
    data = b"".join((head[:-1], b',"', made.member.encode(), b'":', item.claim.body, b"}")).decode()
    return Event(
        type=made.fact,
        source=f"/hub/{row.province}",
        id=f"{row.province}-{row.position}",
        time=row.received_at,
        partition_key=row.province,
        data=data,
        subject="/".join(item.key or item.subject_parts or (row.unit,)),
        correlation_id=item.claim.correlation_id,
        causation_id=row.id,
        traceparent=item.claim.traceparent,
    )
