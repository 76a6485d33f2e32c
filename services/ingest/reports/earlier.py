"""Figures of earlier reports, for the checks that compare with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import orjson

from lienthong import events
from lienthong.forms.values import unpack
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from services.ingest.claims.claim import Claim
from services.ingest.claims.verdicts import Earlier, Key
from services.ingest.definitions.snapshot import Definitions
from services.ingest.reports.checks import before

SQL = Queries(Path(__file__).with_name("queries.sql"))


def earlier(tx: Connection, claims: Iterable[Claim], definitions: Definitions) -> Earlier:
    """Figures of the reports of the round before, for those of the claims whose forms check against them."""
    if not definitions.compares:
        return {}
    submitted = (claim for claim in claims if claim.type == events.REPORT_SUBMITTED)
    keys = {key for claim in submitted if (key := before(claim, definitions)) is not None}
    return {
        key: unpack(definitions.forms[(key[1], version)], values)
        for key, (version, values) in latest_values(tx, sorted(keys)).items()
    }


def latest_values(tx: Connection, keys: Sequence[Key]) -> dict[Key, tuple[str, list[int | None]]]:
    """Form version and packed values of these reports' latest revisions; withdrawn ones are absent."""
    if not keys:
        return {}
    rounds, forms, units = (list(column) for column in zip(*keys, strict=True))
    rows = tx.execute(SQL.latest_reports, {"rounds": rounds, "forms": forms, "units": units})
    bodies = {(round_, form, unit): orjson.loads(data) for round_, form, unit, data in rows}
    return {key: (body["formVersion"], body["values"]) for key, body in bodies.items()}
