"""What was accepted before, for the checks that compare with it: figures of earlier reports, what systems supplied."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from lienthong import events
from lienthong.forms.schema import ASSEMBLED
from lienthong.forms.values import unpack
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from services.ingest.claims.claim import Claim
from services.ingest.claims.receipts import NUMBER, place_of
from services.ingest.claims.verdicts import Earlier, Key
from services.ingest.definitions.snapshot import Definitions
from services.ingest.reports.checks import key_before, supply_key

SQL = Queries(Path(__file__).with_name("queries.sql"))
MOST_SUPPLIES = 200  # of one report, as its schema says: no more is looked for


def earlier_of(tx: Connection, claims: Iterable[Claim], definitions: Definitions) -> Earlier:
    """Figures of the reports of the round before, for those of the claims whose forms check against them; and whose
    report each supply is for that a claim says it was assembled from.
    """
    submitted = [claim for claim in claims if claim.type == events.REPORT_SUBMITTED]
    supplied = _supplied_for(tx, {receipt for claim in submitted for receipt in _receipts(claim)})
    if not definitions.compares:
        return supplied
    keys = {key for claim in submitted if (key := key_before(claim, definitions)) is not None}
    return supplied | {
        key: unpack(definitions.forms[(key[1], version)], values)
        for key, (version, values) in latest_values(tx, sorted(keys)).items()
    }


def _receipts(claim: Claim) -> Iterator[str]:
    """Those of a claim that look like receipts; of what else stands there its schema says what is wrong."""
    receipts = claim.data.get(ASSEMBLED) if isinstance(claim.data, dict) else None
    for receipt in receipts[:MOST_SUPPLIES] if isinstance(receipts, list) else ():
        if isinstance(receipt, str) and NUMBER.fullmatch(receipt):
            yield receipt


def _supplied_for(tx: Connection, receipts: Collection[str]) -> dict[Key, Mapping[str, Any]]:
    """The report (`ROUND/FORM/UNIT`) that each was supplied for; nothing under a receipt of anything else."""
    if not receipts:
        return {}
    places = [place_of(receipt) for receipt in sorted(receipts)]
    parameters = {"keys": [key for key, _ in places], "positions": [position for _, position in places]}
    subjects: dict[Key, Mapping[str, Any]] = {supply_key(receipt): {} for receipt in receipts}
    for receipt, subject in tx.execute(SQL.supplied_for, parameters):
        subjects[supply_key(receipt)] = {subject: True}
    return subjects


def latest_values(tx: Connection, keys: Sequence[Key]) -> dict[Key, tuple[str, list[int | None]]]:
    """Form version and packed values of these reports' latest revisions; withdrawn ones are absent."""
    if not keys:
        return {}
    rounds, forms, units = (list(column) for column in zip(*keys, strict=True))
    rows = tx.execute(SQL.latest_reports, {"rounds": rounds, "forms": forms, "units": units})
    bodies = {(round_, form, unit): orjson.loads(data) for round_, form, unit, data in rows}
    return {key: (body["formVersion"], body["values"]) for key, body in bodies.items()}
