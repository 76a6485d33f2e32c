"""Who owes what in a round as it stands now: the same lines that units and operators are shown."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime

from lienthong.postgres.answers import certain
from lienthong.postgres.pool import Connection
from lienthong.rounds.round import OpenRound
from services.ingest.reminders import SQL
from services.ingest.reminders.letters import Standing
from services.ingest.rounds import obligations

_OWED = ("missing", "returned")


def owed_of(conn: Connection, round_: OpenRound, now: datetime) -> Mapping[str, tuple[str, ...]]:
    """By unit the forms that it owes; what was returned or withdrawn is owed again."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for line in obligations.of_rounds(conn, [round_], now):
        if line["state"] in _OWED:
            found[line["unit"]].append(line["form"])
    return {unit: tuple(forms) for unit, forms in found.items()}


def standing_of(conn: Connection, round_: OpenRound, now: datetime) -> Standing:
    """What the digest says of a round."""
    lines = obligations.of_rounds(conn, [round_], now)
    states = Counter(line["state"] for line in lines)
    return Standing(
        obliged=len(lines),
        received=states["reported"],
        late=sum(1 for line in lines if line["state"] == "reported" and line["late"]),
        returned=states["returned"],
        missing=states["missing"],
        mended=certain(conn, int, SQL.mended, {"round": round_.code, "province": round_.province}),
    )
