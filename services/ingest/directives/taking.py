"""What is asked of a directive that is registered, and its row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from lienthong import events
from lienthong.access.principals import Principal
from lienthong.calendar import day_of
from lienthong.contracts import canonical, strict
from lienthong.errors import Problem
from lienthong.postgres.answers import certain, value
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.refusals import problem
from services.ingest.claims.claim import Claim
from services.ingest.claims.ledger import LedgerRow
from services.ingest.claims.removal import Removable, says_withdrawn
from services.ingest.claims.verdicts import Checked, Earlier
from services.ingest.definitions.snapshot import Definitions
from services.ingest.rights.claiming import UnitClaim

SQL = Queries(Path(__file__).with_name("queries.sql"))


REMOVABLE: Final = Removable(
    noun="directive",
    member="directive",
    makes=lambda claim: claim.type == events.DIRECTIVE_REGISTERED and not says_withdrawn(claim),
    removes=lambda claim: claim.type == events.DIRECTIVE_REGISTERED and says_withdrawn(claim),
)


def check(claim: Claim, principal: Principal, definitions: Definitions, now: datetime, earlier: Earlier) -> Checked:
    """A directive as it is registered, posted or shared since, or taken off. Pure."""
    claimed = UnitClaim.of(claim, principal, definitions, now, scope="content:submit")
    data = claimed.data
    more = [] if claimed.shape_problems else list(_days(data, day_of(now)))
    if not claimed.foreign:
        more += REMOVABLE.problems(claim, earlier)
    if not says_withdrawn(claim):  # what was taken with a code that nobody knew can be taken away as it stands
        more += claimed.unserved_problems()
    return claimed.verdict(more, about=(str(data.get("unit")), str(data.get("directive"))))


def earlier_of(tx: Connection, claims: Iterable[Claim], definitions: Definitions) -> Earlier:
    """The directives that the claims take away, those that there are."""
    return REMOVABLE.earlier_of(
        claims, lambda units, directives: tx.execute(SQL.directives_named, {"units": units, "directives": directives})
    )


def put(tx: Connection, checked: Checked, row: LedgerRow) -> None:
    """The directive as registered last; the ledger's row gets the revision that the hub gives it."""
    parameters = {
        "unit": checked.data["unit"],
        "directive": checked.data["directive"],
        "issued": date.fromisoformat(checked.data["issued"]),
        "withdrawn": bool(checked.data.get("withdrawn")),
        "body": checked.claim.body.decode(),
        "at": row.received_at,
    }
    row.revision = certain(tx, int, SQL.put_directive, parameters)


def redact(tx: Connection, before: Any, after: Any) -> None:
    """The row of a directive loses a text with the event that it was registered last by."""
    named = {"unit": before["unit"], "directive": before["directive"]}
    text = value(tx, str, SQL.directive_locked, named)
    if text is not None and strict.read(text.encode()) == before:
        tx.execute(SQL.set_directive_body, {**named, "body": canonical.write(after).decode()})


def _days(data: Mapping[str, Any], today: date) -> Iterator[Problem]:
    """Nothing is posted or shared before it is issued, and nothing happens after today."""
    issued = date.fromisoformat(data["issued"])
    if issued > today:
        yield problem("/data/issued", "directive_in_the_future", day=issued)
    for name in ("posted", "shared"):
        for place, dated in enumerate(data.get(name, ())):
            day, pointer = date.fromisoformat(dated["day"]), f"/data/{name}/{place}/day"
            if day < issued:
                yield problem(pointer, "directive_before_issue", day=day, issued=issued)
            elif day > today:
                yield problem(pointer, "directive_in_the_future", day=day)
