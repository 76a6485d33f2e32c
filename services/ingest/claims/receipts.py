"""The receipt (biên nhận): what the sender gets, and gets again for the same event; made of the ledger alone."""

from __future__ import annotations

import re
from typing import Any, Final, NotRequired, TypedDict

import orjson

from lienthong.contracts import texts
from lienthong.instants import wire
from lienthong.samples import sample_mark
from services.ingest.claims.ledger import LedgerRow
from services.ingest.claims.verdicts import ERASED_SALT

NUMBER: Final = re.compile(texts.RECEIPT)


def number_of(partition: str, position: int) -> str:
    """A receipt's number (`20-17`): where it stands in the log."""
    return f"{partition}-{position}"


def place_of(number: str) -> tuple[str, int]:
    """The same read back: partition and position."""
    partition, _, position = number.partition("-")
    return partition, int(position)


class Receipt(TypedDict):
    """As it goes over the wire.

    receipt: `<province>-<position>`. client: who sent it. contentHash: hex over salt, type and canonical data
    (lienthong.contracts.canonical). redacted: a text was removed, the salt with it; nobody can compare. link: the
    chain's value, over all that is told here (lienthong.proof.links). late: by the time of receipt against `deadline`
    (exclusive). round, form, revision: of reports. sample, notice: of sample data.
    """

    receipt: str
    source: str
    id: str
    client: str
    type: str
    unit: str
    contentHash: str
    salt: str
    link: str
    partition: str
    position: int
    receivedAt: str
    late: bool
    deadline: str | None
    warnings: list[dict[str, Any]]
    round: NotRequired[str]
    form: NotRequired[str | None]
    revision: NotRequired[int | None]
    redacted: NotRequired[bool]
    sample: NotRequired[bool]
    notice: NotRequired[str | None]


def receipt_of(row: LedgerRow, sample: bool) -> Receipt:
    """The receipt of a row that has its place."""
    receipt: Receipt = {
        "receipt": f"{row.province}-{row.position}",  # as number_of has it: a call for each report would cost more
        "source": row.source,
        "id": row.id,
        "client": row.client,
        "type": row.type,
        "unit": row.unit,
        "contentHash": f"sha256:{row.content_hash.hex()}",
        "salt": row.salt.hex(),
        "link": row.link.hex(),
        "partition": row.province,
        "position": row.position,
        "receivedAt": wire(row.received_at),
        "late": row.late,
        "deadline": None if row.deadline is None else wire(row.deadline),
        "warnings": [] if row.warnings == "[]" else orjson.loads(row.warnings),
    }
    if row.round is not None:
        receipt["round"], receipt["form"], receipt["revision"] = row.round, row.form, row.revision
    if row.salt == ERASED_SALT:
        receipt["redacted"] = True
    if sample:
        receipt.update(sample_mark(sample))  # type: ignore[typeddict-item]
    return receipt
