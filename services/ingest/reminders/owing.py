"""Who owes what in a round as it stands now: the same lines that units and operators are shown."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from lienthong.postgres.pool import Connection
from lienthong.rounds.round import OpenRound
from services.ingest.reminders.letters import DutyCounts
from services.ingest.rounds import obligations
from services.ingest.rounds.lines import OWED, counts_of


def owed_of(
    conn: Connection, round_: OpenRound, now: datetime, *, unit: str | None = None
) -> Mapping[str, tuple[str, ...]]:
    """By unit the forms that it owes; what was returned or withdrawn is owed again. unit: of this one alone."""
    owed: defaultdict[str, list[str]] = defaultdict(list)
    for line in obligations.of_rounds(conn, [round_], now, unit=unit):
        if line["state"] in OWED:
            owed[line["unit"]].append(line["form"])
    return {unit: tuple(forms) for unit, forms in owed.items()}


def earliest(round_: OpenRound, unit: str, forms: Iterable[str]) -> datetime | None:
    """The first deadline of what a unit owes, as it stands now; None where none is set."""
    return min((due for form in forms if (due := round_.deadline_of(form, unit)) is not None), default=None)


def standing_of(conn: Connection, round_: OpenRound, now: datetime) -> DutyCounts:
    """What the digest says of a round: every duty in one group, as the list of the round has them."""
    lines = obligations.of_rounds(conn, [round_], now)
    states, counts = Counter(line["state"] for line in lines), counts_of(lines)
    return DutyCounts(
        on_time=counts["reported"] - counts["late"],
        late=counts["late"],
        returned=states["returned"],
        missing=states["missing"],
        excused=sum(len(round_.dormant_in(form)) for form in round_.form_versions),
        mended=sum(1 for line in lines if line["mended"]),
    )
