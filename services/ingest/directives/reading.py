"""The register of directives as it stands."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import orjson
from psycopg.rows import class_row

from lienthong.access.principals import Principal
from lienthong.eventlog.installation import hub_now
from lienthong.instants import wire
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from services.ingest.definitions.snapshot import Definitions
from services.ingest.rights.requiring import explain_nothing, require_seen
from services.ingest.rights.seeing import PUBLISHED, readable_units

SQL = Queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, kw_only=True, slots=True)
class DirectiveFilter:
    """Which of the register. None narrows nothing."""

    unit: str | None = None
    programme: str | None = None
    issued_from: date | None = None
    issued_to: date | None = None

    def words(self) -> dict[str, object]:
        """As they stand in an address."""
        return {
            "unit": self.unit,
            "programme": self.programme,
            "issuedFrom": self.issued_from,
            "issuedTo": self.issued_to,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Directive:
    """A directive. body: what was registered last, as JSON."""

    unit: str
    directive: str
    revision: int
    issued: date
    body: str
    changed_at: datetime

    def wire_body(self) -> dict[str, Any]:
        data = orjson.loads(self.body)
        return {
            "unit": self.unit,
            "directive": self.directive,
            "revision": self.revision,
            "number": data["number"],
            "title": data["title"],
            "issuer": data["issuer"],
            "issued": self.issued.isoformat(),
            "programmes": data["programmes"],
            "posted": data.get("posted", []),
            "shared": data.get("shared", []),
            "changedAt": wire(self.changed_at),
        }


def list_directives(
    conn: Connection,
    definitions: Definitions,
    principal: Principal,
    filter_: DirectiveFilter,
    *,
    after: str | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Directives of the caller's units, by their day of issue; of its whole province for who reads it. after: a place,
    as `place` gives it. Raises Rejected (404) for a unit or a programme that there is not.
    """
    now = hub_now(conn)
    require_seen(filter_.unit, principal, definitions, now, PUBLISHED)
    units = readable_units(principal, definitions, now, PUBLISHED)
    issued, unit, directive = (None, None, None) if after is None else json.loads(after)
    given = {
        "units": sorted(units if filter_.unit is None else units & {filter_.unit}),
        "programme": filter_.programme,
        "issued_from": filter_.issued_from,
        "issued_to": filter_.issued_to,
        "issued": issued,
        "after_unit": unit,
        "after_directive": directive,
        "limit": limit,
    }
    rows = conn.cursor(row_factory=class_row(Directive)).execute(SQL.directives_of, given).fetchall()
    if not rows:
        explain_nothing(filter_.programme, definitions)
    return [row.wire_body() for row in rows]


def place(directive: Mapping[str, Any]) -> str:
    """Where a directive stands in the list."""
    return json.dumps([directive["issued"], directive["unit"], directive["directive"]])
